"""Private keys of gpg-agent (private-keys-v1.d): algorithm, size or curve, and how they are locked."""

from __future__ import annotations

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.certificate import PublicKey
from pqscan.model.key_facts import private_key_observation
from pqscan.model.observation import Observation, Where
from pqscan.model.outcome import Facts
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.registry.oids import by_oid
from pqscan.wire.openpgp.agent_key import AgentKey, read_agent_key

_MARKS = (
    Mark("agent-key", "(private-key"),
    Mark("agent-key-protected", "(protected-private-key"),
    Mark("agent-key-shadowed", "(shadowed-private-key"),
    Mark("agent-key-canonical", "(11:private-key("),
    Mark("agent-key-canonical-protected", "(21:protected-private-key("),
    Mark("agent-key-canonical-shadowed", "(20:shadowed-private-key("),
)
MOST_KEYS = 1000
_ALGORITHMS = {
    "rsa": ("1.2.840.113549.1.1.1", "RSA"),
    "dsa": ("1.2.840.10040.4.1", "DSA"),
    "ecc": ("1.2.840.10045.2.1", "EC"),
}
_CURVES = {
    "Ed25519": ("1.3.101.112", 256),
    "Curve25519": ("1.3.101.110", 256),
    "Ed448": ("1.3.101.113", 456),
    "X448": ("1.3.101.111", 448),
}
_NIST: dict[str, tuple[str | None, int | None]] = {
    "NIST P-256": ("secp256r1", 256),
    "NIST P-384": ("secp384r1", 384),
    "NIST P-521": ("secp521r1", 521),
}


class AgentKeyFileProbe:
    """Raises WrongProtocol where there is none."""

    name = "agent_key_file"
    marks = _MARKS

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        offsets = sorted({offset for mark in _MARKS for offset in source.places(mark).offsets})
        found: list[Observation] = []
        for offset in offsets[:MOST_KEYS]:
            try:
                key = read_agent_key(source.data, offset)
            except MalformedMessage:  # Words about keys in programs and texts look alike.
                continue
            found.append(_observation(key, source.where(offset)))
        if not found:
            raise WrongProtocol(f"{target.path} holds no private key of gpg-agent; leave it out")
        is_cut = len(offsets) > MOST_KEYS
        return Facts(tuple(found), complete=not is_cut, detail=Reason.of("file_marks_spent", places=MOST_KEYS) if is_cut else None)


def _observation(key: AgentKey, where: Where) -> Observation:
    lock = () if key.lock is None else (("locked_by", key.lock),)
    return private_key_observation(_public(key), "gpg-agent", where, lock=lock)


def _public(key: AgentKey) -> PublicKey | None:
    """The kind of key; None for one that no row names."""
    if key.curve in _CURVES:
        oid, size = _CURVES[key.curve]
        row = by_oid(oid)
        return None if row is None else PublicKey(oid, row.name, size, None, (), b"", row.quantum_class)
    known = _ALGORITHMS.get(key.algorithm.removeprefix("openpgp-"))
    row = None if known is None else by_oid(known[0])
    if known is None or row is None:
        return None
    parameter, bits = _NIST.get(key.curve or "", (key.curve, key.size_bits))
    return PublicKey(known[0], known[1], bits, parameter, (), b"", row.quantum_class)
