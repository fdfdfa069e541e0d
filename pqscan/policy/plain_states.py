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
        if not profile.complete:  # Whether it has newer ones was not proven.
            return Assessment(State.UNKNOWN, (Reason.of("answer_incomplete"),))
        return _broken(old, Reason.of("smb_old_alone"))
    beside = () if old is None else (Reason.of("smb_old_beside"),)
    return Assessment(State.NONE, (Reason.of("smb_keys_come_from_the_login"), _NO_OPTION, *beside))


def kerberos_state(profile: Profile) -> Assessment:
    """Both states of a KDC: by shared secrets alone, unless it offers a login with public keys in it (RFC 4556, RFC 9588)."""
    gets = next((one for one in profile.observations if one.subject is Subject.SELECTED_ENCRYPTION), None)
    if gets is None:
        return Assessment(State.UNKNOWN, (Reason.of("answer_incomplete"),))
    rule = value_below(gets.subject, gets.value, gets.context)
    if rule is not None:
        below = Reason.of("current_client_gets_below_floor", value=gets.name or gets.value, rule=rule.id)
        return Assessment(State.BROKEN, (below, _NO_OPTION))
    told = {one.value: one.support for one in profile.observations if one.subject is Subject.BEHAVIOUR}
    for word, code in (("pkinit_offered", "kerberos_pkinit_traditional"), ("spake_offered", "kerberos_spake_traditional")):
        if word in told and told[word].shows_use:
            return Assessment(State.VULNERABLE, (Reason.of(code), _NO_OPTION))
    if "pkinit_offered" in told:
        return Assessment(State.UNKNOWN, (Reason.of("kerberos_ways_not_seen"), _NO_OPTION))
    return Assessment(State.NONE, (Reason.of("kerberos_symmetric"), _NO_OPTION))


def snmp_state(profile: Profile) -> Assessment:
    """Both states of an agent of SNMPv3 (RFC 3414): its keys come from passwords."""
    if any(one.subject is Subject.PROTOCOL_VERSION and one.support.shows_use for one in profile.observations):
        return Assessment(State.NONE, (Reason.of("snmp_symmetric"), _NO_OPTION))
    return Assessment(State.UNKNOWN, (Reason.of("answer_incomplete"),))


def wireguard_state(_: Profile) -> Assessment:
    """Both states: nothing was asked, for nothing would be answered."""
    return Assessment(State.UNKNOWN, (Reason.of("wireguard_silent"), _NO_OPTION))


def openvpn_unseen(profile: Profile) -> Assessment | None:
    """Both states of a server of OpenVPN in whose control channel nothing was seen; None for all else, which is judged as TLS."""
    if profile.probe != "openvpn" or any(one.subject is Subject.SELECTED_VERSION for one in profile.observations):
        return None
    return Assessment(State.UNKNOWN, (Reason.of("openvpn_not_seen"),))


def _broken(one: Observation, reason: Reason) -> Assessment:
    rule = value_below(one.subject, one.value, one.context)
    return Assessment(State.NONE if rule is None else State.BROKEN, (reason, _NO_OPTION))
