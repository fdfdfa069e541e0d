"""The two states of a target, each with its reasons: `key_establishment` and `authentication`, by the probe that asked it."""

from __future__ import annotations

from pqscan.model.observation import Profile
from pqscan.policy import authentication as tls_authentication
from pqscan.policy import key_establishment as tls_key_establishment
from pqscan.policy.chains import NamedChains
from pqscan.policy.ike_states import ike_authentication, ike_key_establishment
from pqscan.policy.ssh_states import ssh_authentication, ssh_key_establishment
from pqscan.policy.state import Assessment

__all__ = ["NamedChains", "authentication", "key_establishment"]


def key_establishment(profile: Profile, chains: NamedChains = ()) -> Assessment:
    """Which of the seven states the answers show, the deciding reason first. `chains` are (context, certificates leaf first)."""
    if profile.probe == "ssh":
        return ssh_key_establishment(profile)
    if profile.probe == "ike":
        return ike_key_establishment(profile)
    return tls_key_establishment.key_establishment(profile, chains)


def authentication(profile: Profile, chains: NamedChains) -> Assessment:
    """The same over keys, certificates and signatures."""
    if profile.probe == "ssh":
        return ssh_authentication(profile, chains)
    if profile.probe == "ike":
        return ike_authentication(profile)
    return tls_authentication.authentication(profile, chains)
