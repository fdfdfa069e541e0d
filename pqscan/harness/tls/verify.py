"""Checks a server's CertificateVerify: `cryptography` for ECDSA, RSA-PSS, EdDSA and ML-DSA, liboqs for Falcon.

Falcon in TLS has only the private code points of oqs-provider; keys and signatures stand there as liboqs gives them.
"""

from __future__ import annotations

from typing import Any

from pqscan.errors import MalformedMessage
from pqscan.harness import liboqs
from pqscan.registry.tls import SignatureScheme, signature_schemes
from pqscan.wire.pki.der import BIT_STRING, SEQUENCE, DerReader
from pqscan.wire.pki.layout import find_layout
from pqscan.wire.tls import signature

_CLASSICAL = (
    0x0403, 0x0503, 0x0603, 0x0807, 0x0808, 0x081A, 0x081B, 0x081C, 0x0809, 0x080A, 0x080B, 0x0804, 0x0805, 0x0806,
)  # fmt: skip
_ML_DSA = (0x0905, 0x0906, 0x0904)
_CURVES = {
    0x0403: bytes.fromhex("06082a8648ce3d030107"),
    0x0503: bytes.fromhex("06052b81040022"),
    0x0603: bytes.fromhex("06052b81040023"),
    0x081A: bytes.fromhex("06092b2403030208010107"),
    0x081B: bytes.fromhex("06092b240303020801010b"),
    0x081C: bytes.fromhex("06092b240303020801010d"),
}  # The OID of the curve that a scheme names: RFC 5480, section 2.1.1.1; RFC 5639, section 4.1; RFC 8734, section 3.
_RSAE, _PSS = bytes.fromhex("06092a864886f70d010101"), bytes.fromhex("06092a864886f70d01010a")  # RFC 8017, appendix C
_RSA_PSS = {0x0804: _RSAE, 0x0805: _RSAE, 0x0806: _RSAE, 0x0809: _PSS, 0x080A: _PSS, 0x080B: _PSS}
_FALCON = ("Falcon-512", "Falcon-1024")
_MOST_SIGNATURE = 1 << 16


def verifiable_schemes(*, with_falcon: bool) -> tuple[int, ...]:
    """The signature schemes that a client of the harness offers: those that it can check."""
    falcon = tuple(row.value for row in _falcon_rows()) if with_falcon else ()
    return (*_ML_DSA, *_CLASSICAL, *falcon)


class SignatureVerifier:
    """A `SignatureCheck` that remembers how its last check came out: True, False, or None where it could not be made."""

    def __init__(self, *, with_falcon: bool) -> None:
        self.result: bool | None = None
        self._oqs: Any = liboqs.load() if with_falcon else None  # Any: the binding comes without types.

    def __call__(self, leaf: bytes, scheme: int, signed: bytes, transcript_hash: bytes) -> bool | None:
        self.result = signature.verifies(leaf, scheme, signed, transcript_hash)
        if self.result and not scheme_fits(leaf, scheme):
            self.result = False
        if self.result is None and self._oqs is not None:
            self.result = self._falcon(leaf, scheme, signed, transcript_hash)
        return self.result

    def _falcon(self, leaf: bytes, scheme: int, signed: bytes, transcript_hash: bytes) -> bool | None:
        row = next((row for row in _falcon_rows() if row.value == scheme), None)
        key = raw_public_key(leaf)
        if row is None or key is None:
            return None
        if len(key) != row.public_key_bytes or not signed or len(signed) > _MOST_SIGNATURE:
            return False
        try:
            with self._oqs.Signature(row.components[0]) as verifier:
                return bool(verifier.verify(signature.signed_bytes(transcript_hash), signed, key))
        except Exception:  # Built without Falcon, or a foreign build that fails: then nothing was checked.
            return None


def scheme_fits(leaf: bytes, scheme: int) -> bool:
    """Whether a scheme is for the key in the certificate, beyond what its signature shows: an ECDSA scheme names one curve, an
    RSA-PSS scheme one of two OIDs (RFC 9846, section 4.3.3). True where that cannot be read."""
    algorithm = _key_algorithm(leaf)
    if algorithm is None:
        return True
    if scheme in _CURVES:
        return algorithm.endswith(_CURVES[scheme])
    if scheme in _RSA_PSS:
        return algorithm.startswith(_RSA_PSS[scheme])
    return True


def _key_algorithm(leaf: bytes) -> bytes | None:
    """The AlgorithmIdentifier of a certificate's key, without its header: an OID, and parameters."""
    try:
        return DerReader(leaf, set()).inside(find_layout(leaf, set()).key).read("algorithm", SEQUENCE).value
    except MalformedMessage:
        return None


def raw_public_key(leaf: bytes) -> bytes | None:
    """The octets of a certificate's subjectPublicKey (RFC 5280, section 4.1); None where there are none to be read."""
    try:
        layout = find_layout(leaf, set())
        inside = DerReader(leaf, set()).inside(layout.key)
        inside.enter("algorithm", SEQUENCE)
        octets = inside.read("subjectPublicKey", BIT_STRING).value
    except MalformedMessage:
        return None
    return octets[1:] if octets[:1] == b"\x00" else None


def _falcon_rows() -> tuple[SignatureScheme, ...]:
    return tuple(row for row in signature_schemes() if len(row.components) == 1 and row.components[0] in _FALCON)
