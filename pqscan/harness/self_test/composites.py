"""Composite signatures and KEMs of X.509 (draft-ietf-lamps-pq-composite-sigs, draft-ietf-lamps-pq-composite-kem), read from a
folder of the user. The post-quantum half is each library's, the classical one `cryptography`'s, the rest is computed here."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from functools import partial

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, padding, rsa, x448, x25519
from cryptography.hazmat.primitives.serialization import load_der_private_key

from pqscan.errors import MalformedMessage
from pqscan.harness.library import Kem, Library, PrivateKey, Signer
from pqscan.harness.self_test.attempt import Case, Wanted, damaged, each, kem, same, signer
from pqscan.harness.vectors.fields import DamagedVectors, Fields
from pqscan.model.trial import Trial
from pqscan.wire.pki.der import DerReader

_SUITE = "extra/composite"
_SIGS, _KEMS = "lamps/composite-sigs.json", "lamps/composite-kem.json"
_SIGS_DRAFT, _KEMS_DRAFT = "draft-ietf-lamps-pq-composite-sigs, section 3", "draft-ietf-lamps-pq-composite-kem, section 3"
_PREFIX = b"CompositeAlgorithmSignatures2025"
_SIGNERS = {"MLDSA44": ("ML-DSA-44", 1312, 2420), "MLDSA65": ("ML-DSA-65", 1952, 3309), "MLDSA87": ("ML-DSA-87", 2592, 4627)}
_KEM_SIZES = {"MLKEM768": ("ML-KEM-768", 1184, 1088), "MLKEM1024": ("ML-KEM-1024", 1568, 1568)}  # ek, ciphertext
_PURE = {"id-ML-DSA-44", "id-ML-DSA-65", "id-ML-DSA-87", "id-alg-ml-kem-768", "id-alg-ml-kem-1024"}
_SHORT = {"brainpoolP256r1": "BP256", "brainpoolP384r1": "BP384"}  # as the labels have them
_CURVES: dict[str, tuple[ec.EllipticCurve, hashes.HashAlgorithm]] = {
    "P256": (ec.SECP256R1(), hashes.SHA256()),
    "P384": (ec.SECP384R1(), hashes.SHA384()),
    "P521": (ec.SECP521R1(), hashes.SHA512()),
    "brainpoolP256r1": (ec.BrainpoolP256R1(), hashes.SHA256()),
    "brainpoolP384r1": (ec.BrainpoolP384R1(), hashes.SHA384()),
}
_UNREADABLE = (IndexError, KeyError, ValueError, UnsupportedAlgorithm, MalformedMessage)
_PRE_HASHES: dict[str, Callable[[bytes], bytes]] = {
    "SHA256": lambda data: hashlib.sha256(data).digest(),
    "SHA512": lambda data: hashlib.sha512(data).digest(),
    "SHAKE256": lambda data: hashlib.shake_256(data).digest(64),
}


def vectors(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    folder = wanted.extra
    for name, run in ((_SIGS, _signatures), (_KEMS, _kems)):
        if folder is None or not folder.has(name):
            continue
        try:
            yield from run(folder.fields(name), libraries, wanted)
        except DamagedVectors as error:
            yield damaged(_SUITE, name, error)


def _octets(fields: Fields, name: str) -> bytes:
    try:
        return base64.b64decode(fields.text(name), validate=True)
    except ValueError:
        raise DamagedVectors(f"{fields.place}: {name} is not Base64") from None


def _signatures(document: Fields, libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    message, given = _octets(document, "m"), _octets(document, "ctx")
    if len(given) > 255:
        raise DamagedVectors(f"{document.place}: ctx is longer than 255 bytes")
    for test in document.rows("tests"):
        name = test.text("tcId")
        parts = name.removeprefix("id-").split("-")
        pure = name in _PURE
        algorithm = name.removeprefix("id-") if pure else _SIGNERS.get(parts[0], ("", 0, 0))[0]
        if not algorithm or not wanted.takes(algorithm):
            continue
        for field, context in (("s", b""), ("sWithContext", given)):
            case = Case(_SUITE, f"{name}, {'with' if context else 'without'} context", algorithm, _SIGS_DRAFT)
            check: Callable[..., None] = partial(_verify, test) if pure else partial(_both, test, parts)
            yield from each(case, libraries, signer(algorithm), partial(check, message, context, field))


def _verify(test: Fields, message: bytes, context: bytes, field: str, tool: Signer) -> None:
    same("verified", True, tool.verify(_octets(test, "pk"), message, _octets(test, field), context=context))


def _both(test: Fields, parts: list[str], message: bytes, context: bytes, field: str, tool: Signer) -> None:
    """M' = Prefix ‖ Label ‖ len(ctx) ‖ ctx ‖ PH(M), signed by both; ML-DSA has the label for its context."""
    _algorithm, key_bytes, signature_bytes = _SIGNERS[parts[0]]
    label = ("COMPSIG-" + "-".join(_SHORT.get(part, part) for part in parts)).encode()
    pre_hash = _PRE_HASHES.get(parts[-1])
    if pre_hash is None:
        raise DamagedVectors(f"{test.place}: {parts[-1]} is no hash that is known")
    public, signature = _octets(test, "pk"), _octets(test, field)
    signed = _PREFIX + label + bytes((len(context),)) + context + pre_hash(message)
    same("ML-DSA half verified", True, tool.verify(public[:key_bytes], signed, signature[:signature_bytes], context=label))
    same("classical half verified", True, _verifies(parts[1:-1], public[key_bytes:], signature[signature_bytes:], signed))


def _verifies(parts: list[str], public: bytes, signature: bytes, signed: bytes) -> bool:
    """RSA2048-PSS, RSA3072-PKCS15, ECDSA-P256, Ed25519, ... over `signed`. Raises DamagedVectors."""
    try:
        if parts[0] == "Ed25519":
            ed25519.Ed25519PublicKey.from_public_bytes(public).verify(signature, signed)
        elif parts[0] == "Ed448":
            ed448.Ed448PublicKey.from_public_bytes(public).verify(signature, signed)
        elif parts[0] == "ECDSA":
            curve, digest = _CURVES[parts[1]]
            ec.EllipticCurvePublicKey.from_encoded_point(curve, public).verify(signature, signed, ec.ECDSA(digest))
        else:
            key = _rsa_public(public)
            digest = hashes.SHA384() if parts[0] == "RSA4096" else hashes.SHA256()
            pss = padding.PSS(padding.MGF1(digest), digest.digest_size)
            key.verify(signature, signed, pss if parts[1] == "PSS" else padding.PKCS1v15(), digest)
    except InvalidSignature:
        return False
    except _UNREADABLE as error:
        raise DamagedVectors(f"the key of {'-'.join(parts)} cannot be read") from error
    return True


def _rsa_public(der: bytes) -> rsa.RSAPublicKey:
    """RSAPublicKey of RFC 8017, appendix A.1.1."""
    reader = DerReader(der, set()).enter("RSAPublicKey", 0x30)
    modulus, exponent = (int.from_bytes(reader.read("integer", 0x02).value, "big") for _ in range(2))
    return rsa.RSAPublicNumbers(exponent, modulus).public_key()


def _kems(document: Fields, libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    for test in document.rows("tests"):
        name = test.text("tcId")
        parts = name.removeprefix("id-").split("-")
        pure = name in _PURE
        algorithm = name.removeprefix("id-alg-").upper() if pure else _KEM_SIZES.get(parts[0], ("", 0, 0))[0]
        if not algorithm or not wanted.takes(algorithm):
            continue
        check = partial(_decapsulate, test) if pure else partial(_combine, test, parts)
        yield from each(Case(_SUITE, name, algorithm, _KEMS_DRAFT), libraries, kem(algorithm), check)


def _decapsulate(test: Fields, tool: Kem) -> None:
    key = tool.from_seed(_octets(test, "dk"))
    same("encapsulation key", _octets(test, "ek"), key.public)
    same("shared secret", _octets(test, "k"), tool.decapsulate(key.private, _octets(test, "c")))


def _combine(test: Fields, parts: list[str], tool: Kem) -> None:
    """SHA3-256(mlkemSS ‖ tradSS ‖ tradCT ‖ tradPK ‖ Label)."""
    _algorithm, key_bytes, ciphertext_bytes = _KEM_SIZES[parts[0]]
    private, public, ciphertext = _octets(test, "dk"), _octets(test, "ek"), _octets(test, "c")
    same("encapsulation key", public[:key_bytes], tool.from_seed(private[:64]).public)
    post_quantum = tool.decapsulate(PrivateKey(seed=private[:64]), ciphertext[:ciphertext_bytes])
    theirs, ours = ciphertext[ciphertext_bytes:], public[key_bytes:]
    classical = _classical_secret(parts[1:], private[64:], theirs)
    made = hashlib.sha3_256(post_quantum + classical + theirs + ours + _label(parts)).digest()
    same("shared secret", _octets(test, "k"), made)


def _label(parts: list[str]) -> bytes:
    """`MLKEM768-P256`, `MLKEM768-RSAOAEP2048`, `MLKEM1024-X448`; X25519 has that of X-Wing. Raises DamagedVectors."""
    if len(parts) < 3:
        raise DamagedVectors(f"{'-'.join(parts)} names no composite KEM")
    post_quantum, kind = parts[0], parts[1]
    if kind == "X25519":
        return rb"\.//^" + b"\\"
    curve = _SHORT.get(parts[2], parts[2]) if kind == "ECDH" else kind.replace("RSA", "RSAOAEP")
    return f"{post_quantum}-{curve}".encode()


def _classical_secret(parts: list[str], private: bytes, ciphertext: bytes) -> bytes:
    try:
        if parts[0] == "X25519":
            key = x25519.X25519PrivateKey.from_private_bytes(private)
            return key.exchange(x25519.X25519PublicKey.from_public_bytes(ciphertext))
        if parts[0] == "X448":
            return x448.X448PrivateKey.from_private_bytes(private).exchange(x448.X448PublicKey.from_public_bytes(ciphertext))
        loaded = load_der_private_key(private, None)
        if isinstance(loaded, rsa.RSAPrivateKey):
            return loaded.decrypt(ciphertext, padding.OAEP(padding.MGF1(hashes.SHA256()), hashes.SHA256(), None))
        if isinstance(loaded, ec.EllipticCurvePrivateKey):
            return loaded.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(loaded.curve, ciphertext))
    except _UNREADABLE as error:
        raise DamagedVectors(f"the classical half of {'-'.join(parts)} cannot be read") from error
    raise DamagedVectors(f"the classical key of {'-'.join(parts)} is neither RSA nor EC")
