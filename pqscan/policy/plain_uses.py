"""What an observation of a protocol without public-key cryptography of its own uses: by the registry's row of its number."""

from __future__ import annotations

from pqscan.model.observation import Observation, Subject
from pqscan.policy.rule import Purpose
from pqscan.policy.use import AlgorithmUse
from pqscan.registry.plain_numbers import NumberKind, PlainNumber, plain_number
from pqscan.registry.quantum import QuantumClass

_KINDS = {
    Subject.ENCRYPTION: NumberKind.CIPHER,
    Subject.SELECTED_ENCRYPTION: NumberKind.CIPHER,
    Subject.MAC: NumberKind.MAC,
    Subject.SELECTED_MAC: NumberKind.MAC,
}
_PROTOCOLS = {"SMB": "smb", "Kerberos": "kerberos", "SNMP": "snmp"}  # by how their contexts begin


def is_plain(observation: Observation) -> bool:
    """Whether its context is of such a protocol. Names of SSH stand in the same subjects."""
    return observation.subject in _KINDS and _protocol(observation) is not None


def row_of(observation: Observation) -> PlainNumber | None:
    """The registry's row of `0x0002`, `18`; None where no source lists it."""
    kind, protocol = _KINDS.get(observation.subject), _protocol(observation)
    try:
        number = int(observation.value[:8], 0)
    except ValueError:
        return None
    return None if kind is None or protocol is None else plain_number(protocol, kind, number)


def plain_uses(observation: Observation, profile: bytes | None) -> tuple[AlgorithmUse, ...]:
    """The use that the observation shows; nothing in it is broken by a quantum computer."""
    row = row_of(observation)
    families = () if row is None else (row.primitive, *row.weak)
    sets = (f"{row.primitive}-{row.key_bits}",) if row is not None and row.key_bits is not None else ()
    return (
        AlgorithmUse(
            Purpose.PROTOCOL,
            observation.subject.value,
            observation.value,
            observation.name,
            observation.context,
            QuantumClass.NOT_PUBLIC_KEY,
            families,
            sets,
            profile=profile,
        ),
    )


def _protocol(observation: Observation) -> str | None:
    context = observation.context or ""
    return next((protocol for start, protocol in _PROTOCOLS.items() if context.startswith(start)), None)
