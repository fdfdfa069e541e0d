"""Private keys as the agent of GnuPG keeps them (private-keys-v1.d; GnuPG 2.2, agent/keyformat.txt): S-expressions in the
canonical form, and in text. Size, curve and lock are read by their names; nothing of the private part is looked at."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import PublicKey
from pqscan.registry.oids import by_oid
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.private_key import Lock

_MOST = 1 << 16
_MOST_HEAD = 256
_MOST_NUMBER = 2048  # octets
_HEAD = re.compile(
    rb"\((?:21:(?=protected)|20:(?=shadowed)|11:)?(protected-|shadowed-)?private-key\s*\((?:3:)?(rsa|dsa|elg|ecc|ecdsa|eddsa)(?=[\s(])"
)
_NUMBER = {"rsa": "n", "dsa": "p", "elg": "p"}
_CURVE = re.compile(rb"\((?:5:curve\d{1,2}:|curve\s+\"?)([A-Za-z0-9. -]{2,24}?)\"?\)")
_PROTECTED = re.compile(rb"\((?:9:protected\d{1,2}:|protected\s+)([a-z0-9-]{3,40})\s*\(\s*\(\s*(?:\d:)?(sha1|sha256)?")
_CIPHERS = {"ocb-aes": "AES-128-OCB", "sha1-aes-cbc": "AES-128-CBC", "sha1-aes256-cbc": "AES-256-CBC"}
_S2K = "openpgp-s2k3-"
_HASHES = {b"sha1": "SHA-1", b"sha256": "SHA-256"}
_OIDS = {
    "rsa": ("1.2.840.113549.1.1.1", "RSA"),
    "dsa": ("1.2.840.10040.4.1", "DSA"),
    "elg": ("16", "ElGamal"),
}
_CURVES = {
    "NIST P-256": "1.2.840.10045.3.1.7",
    "NIST P-384": "1.3.132.0.34",
    "NIST P-521": "1.3.132.0.35",
    "secp256k1": "1.3.132.0.10",
    "brainpoolP256r1": "1.3.36.3.3.2.8.1.1.7",
    "brainpoolP384r1": "1.3.36.3.3.2.8.1.1.11",
    "brainpoolP512r1": "1.3.36.3.3.2.8.1.1.13",
}
_WHOLE = {"Ed25519": "1.3.101.112", "Curve25519": "1.3.101.110", "Ed448": "1.3.101.113", "X448": "1.3.101.111"}
_EC = "1.2.840.10045.2.1"
_FIELD = re.compile(r"\d{3}")


@dataclass(frozen=True, slots=True)
class AgentKey:
    """`lock` is None for a key in the clear; `is_on_card`: the file only says on which card the private key lies."""

    public: PublicKey
    lock: Lock | None
    is_on_card: bool


def read_agent_key(data: bytes, position: int = 0, end: int | None = None) -> AgentKey:
    """The key whose expression begins at `position` and reaches no further than to `end`. Raises MalformedMessage."""
    head = _HEAD.match(data, position, position + _MOST_HEAD)
    if head is None:
        raise MalformedMessage("it is no private key of GnuPG's agent")
    text = data[position : min(position + _MOST, len(data) if end is None else end)]
    kind = head[2].decode("ascii")
    start = head.end() - position
    public = _of_number(text, start, kind) if kind in _NUMBER else _of_curve(text, start)
    if head[1] == b"shadowed-":
        return AgentKey(public, None, is_on_card=True)
    return AgentKey(public, _lock(text, start) if head[1] else None, is_on_card=False)


def _of_number(text: bytes, start: int, kind: str) -> PublicKey:
    name = _NUMBER[kind].encode()
    canonical = re.compile(rb"\(1:" + name + rb"(\d{1,4}):").match(text, start)
    if canonical is not None:
        size = int(canonical[1])
        octets = text[canonical.end() : canonical.end() + size]
        if len(octets) < size or size > _MOST_NUMBER:
            raise MalformedMessage("the public part of a key of GnuPG's agent is cut off")
    else:
        written = re.compile(rb"\s*\(" + name + rb"\s+#([0-9A-Fa-f\s]{2,8192})#\)").match(text, start)
        if written is None:
            raise MalformedMessage("a key of GnuPG's agent has no public part")
        digits = b"".join(written[1].split())
        octets = bytes.fromhex(digits[: len(digits) & ~1].decode("ascii"))
    oid, algorithm = _OIDS[kind]
    return PublicKey(oid, algorithm, int.from_bytes(octets).bit_length(), None, (), b"", QuantumClass.TRADITIONAL)


def _of_curve(text: bytes, start: int) -> PublicKey:
    found = _CURVE.search(text, start, start + 64)
    if found is None:
        raise MalformedMessage("a key of GnuPG's agent names no curve")
    name = found[1].decode("ascii")
    whole = by_oid(_WHOLE.get(name, ""))
    if whole is not None:
        return PublicKey(whole.oid, whole.name, 8 * (whole.public_key_bytes or 32), None, (), b"", QuantumClass.TRADITIONAL)
    row = by_oid(_CURVES.get(name, ""))
    digits = _FIELD.search(name)
    parameter = row.name if row is not None else name
    return PublicKey(_EC, "EC", int(digits[0]) if digits else None, parameter, (), b"", QuantumClass.TRADITIONAL)


def _lock(text: bytes, start: int) -> Lock:
    found = _PROTECTED.search(text, start)
    if found is None:
        return Lock(None)
    mode = found[1].decode("ascii")
    cipher = _CIPHERS.get(mode.removeprefix(_S2K), mode)
    hashed = _HASHES.get(found[2] or b"")
    return Lock(cipher, None if hashed is None else f"S2K iterated {hashed}")
