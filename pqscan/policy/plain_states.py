"""The states of servers whose protocols have no public-key exchange of their own: `none`, with the reason, unless what they take is
below today's floor. Ciphers and passwords are no quantum matter; what is weak among them is a finding beside the state."""

from __future__ import annotations

from pqscan.model.observation import Observation, Profile, Subject
from pqscan.model.reason import Reason
from pqscan.policy.floor import value_below
from pqscan.policy.state import Assessment, State

_NO_OPTION = Reason.of("no_post_quantum_option")
_SMB_1 = "SMB1"


def smb_state(profile: Profile) -> Assessment:
    """Both states of a server of SMB: keys and the server's identity come from the login, which is not asked."""
    versions = [one for one in profile.observations if one.subject is Subject.PROTOCOL_VERSION and one.support.shows_use]
    if not versions:
        return Assessment(State.UNKNOWN, (Reason.of("answer_incomplete"),))
    old = next((one for one in versions if one.value == _SMB_1), None)
    if old is not None and len(versions) == 1:
        return _broken(old, Reason.of("smb_old_alone"))
    beside = () if old is None else (Reason.of("smb_old_beside"),)
    return Assessment(State.NONE, (Reason.of("smb_keys_come_from_the_login"), _NO_OPTION, *beside))


def _broken(one: Observation, reason: Reason) -> Assessment:
    rule = value_below(one.subject, one.value, one.context)
    return Assessment(State.NONE if rule is None else State.BROKEN, (reason, _NO_OPTION))
