"""The examples of RFC 9881 (ML-DSA) and RFC 9935 (ML-KEM), read from a folder of the user: public keys, certificates, and private
keys as seed, expanded key and both; and private keys that must be refused.

`cryptography` reads the files itself. For other libraries PKCS#8 (RFC 5958) is taken apart here, and they get the keys in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.serialization import load_der_private_key

from pqscan.errors import MalformedMessage
from pqscan.harness import on_cryptography
from pqscan.harness.library import Kem, Lacks, Library, PrivateKey, Refused, Signer
from pqscan.harness.self_test.attempt import Case, Wanted, damaged, each, kem, refuses, same, signer
from pqscan.harness.vectors.extra import ExtraFolder
from pqscan.harness.vectors.fields import DamagedVectors
from pqscan.model.reason import Reason
from pqscan.model.trial import Trial
from pqscan.wire.pki.der import DerReader
from pqscan.wire.pki.pem import scan_pem

_SUITE, _RFC = "extra/lamps", {"ML-DSA": "RFC 9881, appendix C", "ML-KEM": "RFC 9935, appendix C"}
_KEMS, _SIGNERS = ("ML-KEM-512", "ML-KEM-768", "ML-KEM-1024"), ("ML-DSA-44", "ML-DSA-65", "ML-DSA-87")
_FORMS = ("seed", "expanded", "both")
_SEQUENCE, _INTEGER, _OCTETS, _SEED = 0x30, 0x02, 0x04, 0x80
_MESSAGE = b"pqscan harness self-test"


def vectors(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    folder = wanted.extra
    names = folder.names("lamps") if folder is not None else ()
    if folder is None or not names:
        return
    for algorithm in (*_KEMS, *_SIGNERS):
        if not wanted.takes(algorithm):
            continue
        try:
            yield from _examples(folder, algorithm, libraries)
        except DamagedVectors as error:
            yield damaged(_SUITE, algorithm, error)
    for path in names:
        name = path.partition("/")[2]
        if name.startswith("bad-") and name.endswith(".pem"):
            yield from _bad(folder, name, libraries, wanted)


def _examples(folder: ExtraFolder, algorithm: str, libraries: tuple[Library, ...]) -> Iterator[Trial]:
    stem = algorithm.lower()
    if not folder.has(f"lamps/{stem}-pub.pem"):
        return
    rests_on = _RFC[algorithm[:6]]
    public = _public_key(_der(folder, f"{stem}-pub.pem"), f"{stem}-pub.pem")
    for form in _FORMS:
        name = f"{stem}-priv-{form}.pem"
        if not folder.has(f"lamps/{name}"):
            continue
        der = _der(folder, name)
        for library in libraries:
            case = Case(_SUITE, name, algorithm, rests_on)
            if algorithm in _KEMS:
                yield from each(case, (library,), kem(algorithm), partial(_kem_key, library.name, der, name, public))
            else:
                yield from each(case, (library,), signer(algorithm), partial(_signing_key, library.name, der, name, public))
    if folder.has(f"lamps/{stem}-cert.pem"):
        certificate = _der(folder, f"{stem}-cert.pem")
        case = Case(_SUITE, f"{stem}-cert.pem", algorithm, rests_on)
        if algorithm in _KEMS:
            yield from each(case, _reading(libraries), kem(algorithm), partial(_kem_certificate, certificate, public))
        else:
            yield from each(case, libraries, signer(algorithm), partial(_certificate, certificate, public))


def _reading(libraries: tuple[Library, ...]) -> tuple[Library, ...]:
    """Those that read certificates."""
    return tuple(library for library in libraries if library.name == on_cryptography.NAME)


def _der(folder: ExtraFolder, name: str) -> bytes:
    block = next((block for block in scan_pem(folder.read(f"lamps/{name}")) if block.whole), None)
    if block is None:
        raise DamagedVectors(f"{name} holds no PEM block")
    return block.der


def _public_key(der: bytes, name: str) -> bytes:
    """The bytes in the BIT STRING of a SubjectPublicKeyInfo (RFC 5280, section 4.1)."""
    try:
        outer = DerReader(der, set()).enter("SubjectPublicKeyInfo", _SEQUENCE)
        outer.read("algorithm", _SEQUENCE)
        return outer.read("subjectPublicKey", 0x03).value[1:]
    except MalformedMessage as error:
        raise DamagedVectors(f"{name}: {error}") from error


def private_key(der: bytes, name: str) -> PrivateKey:
    """The forms that stand in a PKCS#8 key: [0] seed, an OCTET STRING with the expanded key, or a SEQUENCE of both (RFC 9881 and
    RFC 9935, section 6). Raises DamagedVectors."""
    try:
        outer = DerReader(der, set()).enter("PrivateKeyInfo", _SEQUENCE)
        outer.read("version", _INTEGER)
        outer.read("privateKeyAlgorithm", _SEQUENCE)
        inner = DerReader(outer.read("privateKey", _OCTETS).value, set())
        if inner.next_tag == _SEED:
            return PrivateKey(seed=inner.read("seed").value)
        if inner.next_tag == _OCTETS:
            return PrivateKey(expanded=inner.read("expandedKey").value)
        both = inner.enter("both", _SEQUENCE)
        return PrivateKey(both.read("seed", _OCTETS).value, both.read("expandedKey", _OCTETS).value)
    except MalformedMessage as error:
        raise DamagedVectors(f"{name}: {error}") from error


def _loaded(der: bytes) -> Any:  # Any: whichever of the key classes it is.
    """By `cryptography`. Raises Refused."""
    try:
        return load_der_private_key(der, None)
    except (ValueError, UnsupportedAlgorithm, TypeError) as error:
        raise Refused(str(error)[:200]) from error


def _key_of(library: str, der: bytes, name: str) -> PrivateKey:
    """As the library reads it."""
    forms = private_key(der, name)
    if library != on_cryptography.NAME:
        return forms
    if forms.expanded is None:
        return PrivateKey(seed=_loaded(der).private_bytes_raw())
    try:
        return PrivateKey(seed=_loaded(der).private_bytes_raw())
    except Refused:
        raise Lacks(Reason.of("self_test.lacks.pkcs8_forms", library=library)) from None


def _kem_key(library: str, der: bytes, name: str, public: bytes, tool: Kem) -> None:
    key = _key_of(library, der, name)
    _agree_in_both_forms(key, public, tool.from_seed)
    made = tool.encapsulate(public)
    same("shared secret", made.secret, tool.decapsulate(key, made.ciphertext))


def _signing_key(library: str, der: bytes, name: str, public: bytes, tool: Signer) -> None:
    key = _key_of(library, der, name)
    _agree_in_both_forms(key, public, tool.from_seed)
    same("verified", True, tool.verify(public, _MESSAGE, tool.sign(key, _MESSAGE)))


def _agree_in_both_forms(key: PrivateKey, public: bytes, from_seed: Callable[[bytes], Any]) -> None:
    if key.seed is None:
        return
    pair = from_seed(key.seed)
    same("public key", public, pair.public)
    if key.expanded is not None and pair.private.expanded is not None:
        same("expanded key", pair.private.expanded, key.expanded)


def _certificate(der: bytes, public: bytes, tool: Signer) -> None:
    """Each is signed by itself: the signature over its tbsCertificate is one of the key in it."""
    try:
        outer = DerReader(der, set()).enter("Certificate", _SEQUENCE)
        signed = outer.read("tbsCertificate", _SEQUENCE).encoded
        outer.read("signatureAlgorithm", _SEQUENCE)
        signature = outer.read("signatureValue", 0x03).value[1:]
    except MalformedMessage as error:
        raise DamagedVectors(str(error)) from error
    same("verified", True, tool.verify(public, signed, signature))
    same("verified when changed", False, tool.verify(public, signed + b"\0", signature))


def _kem_certificate(der: bytes, public: bytes, _tool: Kem) -> None:
    found: Any = x509.load_der_x509_certificate(der).public_key()
    same("public key", public, found.public_bytes_raw())


def _bad(folder: ExtraFolder, name: str, libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    """`bad-ml-kem-512-1-priv.pem`: parts that disagree, a wrong hash, a wrong length."""
    algorithm = "-".join(name.split("-")[1:4]).upper()
    if algorithm not in (*_KEMS, *_SIGNERS) or not wanted.takes(algorithm):
        return
    case = Case(_SUITE, name, algorithm, _RFC[algorithm[:6]])
    try:
        der = _der(folder, name)
    except DamagedVectors as error:
        yield damaged(_SUITE, name, error)
        return
    for library in libraries:
        if library.name == on_cryptography.NAME:
            yield from each(case, (library,), lambda _library: der, _refused_by_cryptography)
        elif algorithm in _KEMS:
            yield from each(case, (library,), kem(algorithm), partial(_refused, der, name))
        else:
            yield from each(case, (library,), signer(algorithm), partial(_not_read, library.name))


def _refused_by_cryptography(der: bytes) -> None:
    refuses("private key", lambda: _loaded(der))


def _refused(der: bytes, name: str, tool: Kem) -> None:
    refuses("private key", partial(_check_pair, private_key(der, name), tool))


def _check_pair(key: PrivateKey, tool: Kem) -> None:
    """What a careful reader of a decapsulation key does: both forms agree, it passes the checks of FIPS 203, section 7.3, and a
    secret that is sent to it comes out (RFC 9935, section 8). Raises Refused."""
    expanded = key.expanded or b""
    if key.seed is not None and tool.from_seed(key.seed).private.expanded != expanded:
        raise Refused("the seed and the expanded key are not one key")
    tool.check_private(expanded)
    half = (len(expanded) - 96) // 2  # dk_PKE ‖ ek_PKE ‖ ρ ‖ H(ek) ‖ z (FIPS 203, algorithm 16)
    made = tool.encapsulate(expanded[half : 2 * half + 32])
    if tool.decapsulate(key, made.ciphertext) != made.secret:
        raise Refused("the key does not get out what was sent to it")


def _not_read(library: str, _tool: Signer) -> None:
    raise Lacks(Reason.of("self_test.lacks.pkcs8", library=library))
