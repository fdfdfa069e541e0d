"""The two states of a target, each with its reasons: `key_establishment` and `authentication`, by the probe that asked it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pqscan.model.observation import Profile
from pqscan.model.reason import Reason
from pqscan.policy import authentication as tls_authentication
from pqscan.policy import key_establishment as tls_key_establishment
from pqscan.policy.algorithm_states import PROBES as OF_FILES
from pqscan.policy.algorithm_states import algorithm_state
from pqscan.policy.chains import NamedChains
from pqscan.policy.client_offers import CLIENT_PROBES, client_authentication, client_key_establishment
from pqscan.policy.configuration_states import CONFIGURATION, configuration_authentication, configuration_key_establishment
from pqscan.policy.dns_states import dns_authentication, dns_key_establishment
from pqscan.policy.ike_states import ike_authentication, ike_key_establishment
from pqscan.policy.passive import is_passive, passive_authentication, passive_key_establishment
from pqscan.policy.plain_states import kerberos_state, openvpn_unseen, smb_state, snmp_state, wireguard_state
from pqscan.policy.rule import Purpose
from pqscan.policy.ssh_states import ssh_authentication, ssh_key_establishment
from pqscan.policy.state import Assessment, State
from pqscan.registry.dtls import DTLS, as_dtls

__all__ = ["NamedChains", "authentication", "key_establishment"]

_TOLD_BY_OTHERS = Assessment(State.UNKNOWN, (Reason.of("only_imported"),))  # a CBOM of another program
_KEY_ESTABLISHMENT: dict[str, Callable[[Profile], Assessment]] = {
    "ssh": ssh_key_establishment,
    "ike": ike_key_establishment,
    "dns": lambda _: dns_key_establishment(),
    "smb": smb_state,
    "kerberos": kerberos_state,
    "snmp": snmp_state,
    "wireguard": wireguard_state,
    "cbom": lambda _: _TOLD_BY_OTHERS,
    CONFIGURATION: configuration_key_establishment,
    **dict.fromkeys(CLIENT_PROBES, client_key_establishment),
    **dict.fromkeys(OF_FILES, lambda profile: algorithm_state(profile, Purpose.KEY_ESTABLISHMENT)),
}
_AUTHENTICATION: dict[str, Callable[[Profile, NamedChains], Assessment]] = {
    "ssh": ssh_authentication,
    "ike": lambda profile, _: ike_authentication(profile),
    "dns": dns_authentication,
    "smb": lambda profile, _: smb_state(profile),
    "kerberos": lambda profile, _: kerberos_state(profile),
    "snmp": lambda profile, _: snmp_state(profile),
    "wireguard": lambda profile, _: wireguard_state(profile),
    "cbom": lambda profile, _: _TOLD_BY_OTHERS,
    CONFIGURATION: lambda profile, _: configuration_authentication(profile),
    **dict.fromkeys(CLIENT_PROBES, lambda profile, _: client_authentication(profile)),
    **dict.fromkeys(OF_FILES, lambda profile, chains: _signing_in_file(profile, chains)),
}
_OF_DTLS = {"tls13_refused": "dtls13_refused", "tls13_refused_signatures": "dtls13_refused_signatures"}


def key_establishment(profile: Profile, chains: NamedChains = ()) -> Assessment:
    """Which of the seven states the answers show, the deciding reason first. `chains` are (context, certificates leaf first)."""
    judge = _KEY_ESTABLISHMENT.get(profile.probe)
    if judge is not None:
        return judge(profile)
    if (unseen := openvpn_unseen(profile)) is not None:
        return unseen
    if is_passive(profile):
        return passive_key_establishment(profile)
    return _spelled(profile, tls_key_establishment.key_establishment(profile, chains))


def authentication(profile: Profile, chains: NamedChains) -> Assessment:
    """The same over keys, certificates and signatures."""
    judge = _AUTHENTICATION.get(profile.probe)
    if judge is not None:
        return judge(profile, chains)
    if (unseen := openvpn_unseen(profile)) is not None:
        return unseen
    if is_passive(profile):
        return passive_authentication()
    return _spelled(profile, tls_authentication.authentication(profile, chains))


def _signing_in_file(profile: Profile, chains: NamedChains) -> Assessment:
    """By what is used there, and by the certificates that lie in it: what resists on one side alone does not make it safe."""
    own = algorithm_state(profile, Purpose.SIGNATURE)
    if not chains or own.state not in (State.NONE, State.EXCLUSIVE):
        return own
    by_certificates = tls_authentication.file_authentication(profile, chains)
    return own if by_certificates.state is State.NONE else by_certificates


def _spelled(profile: Profile, found: Assessment) -> Assessment:
    """Over datagrams versions are judged as those of TLS that they are, and told as what they are."""
    if profile.probe != DTLS:
        return found
    return replace(found, reasons=tuple(map(_of_dtls, found.reasons)))


def _of_dtls(reason: Reason) -> Reason:
    parameters = tuple((name, as_dtls(value) if isinstance(value, str) else value) for name, value in reason.parameters)
    return Reason(_OF_DTLS.get(reason.code, reason.code), parameters)
