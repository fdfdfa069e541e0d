"""HPKE with post-quantum KEMs (draft-ietf-hpke-pq): the vectors of Go, and what `cryptography` seals with its own HPKE.

ML-KEM comes from the library on trial; seeds, combiners and the key schedule are computed here. Base mode alone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric import ec, mlkem, x25519

from pqscan.harness.library import Agreement, Kem, Library
from pqscan.harness.self_test.attempt import Case, Differs, Wanted, attempt, each, same, skipped
from pqscan.harness.self_test.hpke_schedule import Context, Suite, labeled_expand, labeled_extract, schedule
from pqscan.harness.self_test.x_wing import XWing
from pqscan.harness.vectors import shipped
from pqscan.harness.vectors.fields import Fields
from pqscan.model.reason import Reason
from pqscan.model.trial import Trial

_SUITE, _OWN, _DRAFT = "hpke-pq", "pqscan", "draft-ietf-hpke-pq"
_PURE = {0x40: "ML-KEM-512", 0x41: "ML-KEM-768", 0x42: "ML-KEM-1024"}
_X_WING = 0x647A
# DHKEM (RFC 9180, section 7.1): name of the function, hash, bytes of the secret.
_CLASSICAL = {0x10: ("secp256r1", "sha256", 32), 0x11: ("secp384r1", "sha384", 48), 0x20: ("X25519", "sha256", 32)}
_DHKEM = {0x10: "DHKEM(P-256)", 0x11: "DHKEM(P-384)", 0x20: "DHKEM(X25519)", 0x21: "DHKEM(X448)"}


@dataclass(frozen=True, slots=True)
class _Hybrid:
    """A hybrid of draft-irtf-cfrg-concrete-hybrid-kems: ML-KEM and a curve. `drawn` bytes of the seed go to the scalar, which is
    the first that is not too large."""

    name: str
    kem: str
    curve: ec.EllipticCurve
    ciphertext_bytes: int
    drawn: int


_HYBRIDS = {
    0x50: _Hybrid("MLKEM768-P256", "ML-KEM-768", ec.SECP256R1(), 1088, 128),
    0x51: _Hybrid("MLKEM1024-P384", "ML-KEM-1024", ec.SECP384R1(), 1568, 48),
}


def vectors(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    if not wanted.takes("HPKE"):
        return
    for number, test in enumerate(shipped.read(_SUITE).rows(), 1):
        suite = Suite(test.number("kem_id"), test.number("kdf_id"), test.number("aead_id"))
        algorithm = _name(suite.kem)
        case = Case(_SUITE, f"{number} decapsulation, {algorithm}", "HPKE", _DRAFT, needs=_ml_kem(suite.kem) or algorithm)
        if suite.kem in _CLASSICAL:
            with_classical = tuple(library for library in libraries if library.agreements)
            yield from each(case, with_classical, partial(_agreement, suite.kem), partial(_decapsulate_classical, test, suite.kem))
        elif _ml_kem(suite.kem):
            yield from each(case, libraries, partial(_kem, suite.kem), partial(_decapsulate, test, suite.kem))
        else:
            yield skipped(case, "cryptography", Reason.of("self_test.lacks.algorithm", library="cryptography", algorithm=algorithm))
        case = Case(_SUITE, f"{number} key schedule, {algorithm}", "HPKE", "RFC 9180, section 5.1")
        if suite.is_known:
            yield attempt(case, _OWN, partial(_messages, test, suite))
        else:
            yield skipped(case, _OWN, Reason.of("self_test.lacks.turboshake"))


def _name(number: int) -> str:
    if number in _PURE:
        return _PURE[number]
    if number in _HYBRIDS:
        return _HYBRIDS[number].name
    return "X-Wing" if number == _X_WING else _DHKEM.get(number, f"KEM 0x{number:04x}")


def _ml_kem(number: int) -> str | None:
    """The ML-KEM set inside a KEM of HPKE; None for a classical one."""
    if number in _HYBRIDS:
        return _HYBRIDS[number].kem
    return "ML-KEM-768" if number == _X_WING else _PURE.get(number)


def _kem(number: int, library: Library) -> Kem | None:
    return library.kems.get(_ml_kem(number) or "")


def _agreement(number: int, library: Library) -> Agreement | None:
    return library.agreements.get(_CLASSICAL[number][0])


def _decapsulate(test: Fields, number: int, tool: Kem) -> None:
    same("shared secret", test.octets("shared_secret"), shared_secret(number, tool, test.octets("skRm"), test.octets("enc")))


def shared_secret(number: int, tool: Kem, seed: bytes, sent: bytes) -> bytes:
    """What the recipient with that seed makes of the encapsulation that was sent."""
    if number in _PURE:
        return tool.decapsulate(tool.from_seed(seed).private, sent)
    if number == _X_WING:
        return XWing(tool).decapsulate(seed, sent)
    hybrid = _HYBRIDS[number]
    expanded = hashlib.shake_256(seed).digest(64 + hybrid.drawn)
    private = _scalar(hybrid.curve, expanded[64:])
    ciphertext, theirs = sent[: hybrid.ciphertext_bytes], sent[hybrid.ciphertext_bytes :]
    post_quantum = tool.decapsulate(tool.from_seed(expanded[:64]).private, ciphertext)
    classical = private.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(hybrid.curve, theirs))
    return hashlib.sha3_256(post_quantum + classical + theirs + _point(private) + hybrid.name.encode()).digest()


def _scalar(curve: ec.EllipticCurve, drawn: bytes) -> ec.EllipticCurvePrivateKey:
    size = (curve.key_size + 7) // 8
    for place in range(0, len(drawn), size):
        try:
            return ec.derive_private_key(int.from_bytes(drawn[place : place + size], "big"), curve)
        except ValueError:
            continue
    raise Differs("scalar", "one in range", "none")


def _point(private: ec.EllipticCurvePrivateKey) -> bytes:
    numbers, size = private.public_key().public_numbers(), (private.curve.key_size + 7) // 8
    return b"\x04" + numbers.x.to_bytes(size, "big") + numbers.y.to_bytes(size, "big")


def _decapsulate_classical(test: Fields, number: int, tool: Agreement) -> None:
    """DHKEM's Decap (RFC 9180, section 4.1)."""
    _curve, hash_name, size = _CLASSICAL[number]
    own, sent = b"KEM" + number.to_bytes(2, "big"), test.octets("enc")
    shared = tool.agree(test.octets("skRm"), sent)
    extracted = labeled_extract(hash_name, own, b"", b"eae_prk", shared)
    made = labeled_expand(hash_name, own, extracted, b"shared_secret", sent + test.octets("pkRm"), size)
    same("shared secret", test.octets("shared_secret"), made)


def _messages(test: Fields, suite: Suite) -> None:
    context = schedule(suite, test.octets("shared_secret"), test.octets("info"))
    same("key", test.octets("key"), context.key)
    same("base nonce", test.octets("base_nonce"), context.base_nonce)
    same("exporter secret", test.octets("exporter_secret"), context.exporter_secret)
    for sequence, message in enumerate(test.rows("encryptions")):
        nonce = context.nonce(sequence)
        same("nonce", message.octets("nonce"), nonce)
        sealed = context.cipher().encrypt(nonce, message.octets("pt"), message.octets("aad"))
        same("ciphertext", message.octets("ct"), sealed)
    for export in test.rows("exports"):
        made = context.export(export.octets("exporter_context"), export.number("L"))
        same("exported value", export.octets("exported_value"), made)


def sealed_by_cryptography(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    """`cryptography` seals a message with its own HPKE to a key of ours; we open it with the ML-KEM of each library."""
    if not wanted.takes("HPKE"):
        return
    for number, seed_bytes, public in _RECIPIENTS:
        case = Case("cross/hpke", f"cryptography seals, opened here: {_name(number)}", "HPKE", _DRAFT, needs=_ml_kem(number) or "")
        yield from each(case, libraries, partial(_kem, number), partial(_open, number, bytes(range(seed_bytes)), public))


def _open(number: int, seed: bytes, public: Callable[[bytes], Any], tool: Kem) -> None:
    from cryptography.hazmat.primitives import hpke

    names = {0x41: "MLKEM768", 0x42: "MLKEM1024", _X_WING: "MLKEM768_X25519", 0x51: "MLKEM1024_P384"}
    suite, info, message = Suite(number, 1, 1), b"pqscan self-test", b"sealed"
    theirs = hpke.Suite(getattr(hpke.KEM, names[number]), hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_128_GCM)
    sealed = theirs.encrypt(message, public(seed), info)
    sent = {0x41: 1088, 0x42: 1568, _X_WING: 1120, 0x51: 1665}[number]
    context: Context = schedule(suite, shared_secret(number, tool, seed, sealed[:sent]), info)
    try:
        opened: bytes | None = context.cipher().decrypt(context.nonce(0), sealed[sent:], b"")
    except InvalidTag:
        opened = None
    same("message", message, opened)


def _x_wing_public(seed: bytes) -> Any:  # Any: the key class of `cryptography.hazmat.primitives.hpke`, which is private to it.
    from cryptography.hazmat.primitives import hpke

    expanded = hashlib.shake_256(seed).digest(96)
    ml_kem = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
    classical = x25519.X25519PrivateKey.from_private_bytes(expanded[64:])
    return hpke.MLKEM768X25519PublicKey(ml_kem.public_key(), classical.public_key())


def _p384_public(seed: bytes) -> Any:  # Any: as above.
    from cryptography.hazmat.primitives import hpke

    expanded = hashlib.shake_256(seed).digest(64 + 48)
    ml_kem = mlkem.MLKEM1024PrivateKey.from_seed_bytes(expanded[:64])
    return hpke.MLKEM1024P384PublicKey(ml_kem.public_key(), _scalar(ec.SECP384R1(), expanded[64:]).public_key())


_RECIPIENTS: tuple[tuple[int, int, Callable[[bytes], Any]], ...] = (
    (0x41, 64, lambda seed: mlkem.MLKEM768PrivateKey.from_seed_bytes(seed).public_key()),
    (0x42, 64, lambda seed: mlkem.MLKEM1024PrivateKey.from_seed_bytes(seed).public_key()),
    (_X_WING, 32, _x_wing_public),
    (0x51, 32, _p384_public),
)
