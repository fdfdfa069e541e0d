"""The states of a TLS server that was only seen in captures or reports of others: what it was seen to do, and nothing else.

That it chose something quantum-resistant shows that it can. That it did not shows nothing: nobody asked it for all that it has."""

from __future__ import annotations

from pqscan.model.observation import Profile, Subject
from pqscan.model.passive import PASSIVE
from pqscan.model.reason import Reason
from pqscan.policy.answers import QUANTUM_RESISTANT, group_class
from pqscan.policy.key_establishment import QUIC
from pqscan.policy.state import Assessment, State
from pqscan.registry.dtls import DTLS


def is_passive(profile: Profile) -> bool:
    return profile.depth == PASSIVE and profile.probe in ("tls", QUIC, DTLS)


def passive_key_establishment(profile: Profile) -> Assessment:
    chosen = [one for one in profile.observations if one.subject is Subject.NAMED_GROUP and one.support.shows_use]
    resistant = next((one for one in chosen if group_class(one.value, one.context) in QUANTUM_RESISTANT), None)
    if resistant is not None:
        return Assessment(State.CAPABLE, (Reason.of("seen_choosing_resistant", group=resistant.name or resistant.value),))
    if chosen:
        return Assessment(State.UNKNOWN, (Reason.of("seen_choosing_traditional", group=chosen[0].name or chosen[0].value),))
    return Assessment(State.UNKNOWN, (Reason.of("seen_passively"),))


def passive_authentication() -> Assessment:
    return Assessment(State.UNKNOWN, (Reason.of("seen_passively"),))
