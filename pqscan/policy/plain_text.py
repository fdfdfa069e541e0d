"""Services that have no TLS, as they told themselves: below today's floor, whatever else is true of them.

A service told so in the words of its protocol (its greeting and its list of what it can were read whole), so that the profile is
complete. Where TLS was accepted on another connection, that is judged instead, and the behaviour is a finding of its own.
"""

from __future__ import annotations

from pqscan.model.observation import Subject
from pqscan.model.reason import Reason
from pqscan.policy.answers import Answers
from pqscan.policy.floor import value_below

_HTTP = "http_without_tls"
_WHY = {  # The first that fits: RDP standard security is no TLS, and encrypted all the same.
    "rdp_standard_security": "only_rdp_standard_security",
    "starttls_not_offered": "no_tls_offered",
    _HTTP: "http_without_tls",
}


def without_tls(answers: Answers) -> Reason | None:
    """Why nothing protects what is sent to this service; None where TLS was seen, or where nothing is proven."""
    if not answers.profile.complete or answers.accepted_versions:
        return None
    behaviours = {one.value for one in answers.profile.observations if one.subject is Subject.BEHAVIOUR}
    found = next((value for value in _WHY if value in behaviours), None)
    rule = None if found is None else value_below(Subject.BEHAVIOUR, found, None)
    if found is None or rule is None:
        return None
    told = {one.value: dict(one.parameters) for one in answers.profile.observations if one.subject is Subject.BEHAVIOUR}
    if found == _HTTP and (place := told.get("redirects_to_https", {}).get("to")):
        return Reason.of("http_forwards_to_https", to=place, rule=rule.id)
    if found == _HTTP and "no_redirect_to_https" in told:
        return Reason.of("http_does_not_forward", rule=rule.id)
    return Reason.of(_WHY[found], rule=rule.id)
