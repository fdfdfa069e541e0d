"""Services that have no TLS, as they told themselves: below today's floor, whatever else is true of them.

A service told so in the words of its protocol (its greeting and its list of what it can were read whole), so that the profile is
complete. Where TLS was accepted on another connection, that is judged instead, and the behaviour is a finding of its own.
"""

from __future__ import annotations

from pqscan.model.observation import Subject
from pqscan.model.reason import Reason
from pqscan.policy.answers import Answers
from pqscan.policy.floor import value_below

_WHY = {  # The first that fits: RDP standard security is no TLS, and encrypted all the same.
    "rdp_standard_security": "only_rdp_standard_security",
    "starttls_not_offered": "no_tls_offered",
    "http_without_tls": "http_without_tls",
}


def without_tls(answers: Answers) -> Reason | None:
    """Why nothing protects what is sent to this service; None where TLS was seen, or where nothing is proven."""
    if not answers.profile.complete or answers.accepted_versions:
        return None
    behaviours = {one.value for one in answers.profile.observations if one.subject is Subject.BEHAVIOUR}
    found = next((value for value in _WHY if value in behaviours), None)
    rule = None if found is None else value_below(Subject.BEHAVIOUR, found, None)
    return None if found is None or rule is None else Reason.of(_WHY[found], rule=rule.id)
