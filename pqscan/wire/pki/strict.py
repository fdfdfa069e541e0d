"""Asks `cryptography`, which reads strict DER only, for its opinion: does it load, are its parts sound, who signed it.

Its warnings (a serial number below one, parameters that should not be there) never reach the user: they are flaws that
the tolerant walk finds by itself.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.types import CertificatePublicKeyTypes, PublicKeyTypes
from cryptography.hazmat.primitives.serialization import load_der_public_key

MOST_BYTES = 1 << 17  # Larger ones are left to the tolerant walk, whose work is bounded by what it keeps.

_ValueT = TypeVar("_ValueT")
_ONE_AT_A_TIME = Lock()  # Filters of warnings belong to the process; two threads must not put them back crosswise.


@dataclass(frozen=True, slots=True)
class StrictCertificate:
    """One certificate that `cryptography` accepts as a whole. Its parts may still be refused once they are looked at:
    `is_sound` speaks of names, times and extensions; `key_is_sound` is False where the key's numbers are no key (a point
    that is not on its curve), and True for algorithms that it does not know."""

    certificate: x509.Certificate
    is_sound: bool
    key_is_sound: bool

    @classmethod
    def load(cls, der: bytes) -> StrictCertificate | None:
        """None where it is refused, or larger than `MOST_BYTES`."""
        if len(der) > MOST_BYTES:
            return None
        return _answer(lambda: _loaded(der))

    def is_signed_by(self, issuer: StrictCertificate) -> bool | None:
        """Whether the names fit and the issuer's key made the signature; None where that cannot be told here."""
        return _answer(lambda: _is_signed(self.certificate, issuer.certificate))


def _answer(question: Callable[[], _ValueT]) -> _ValueT | None:
    """The answer, or None where `cryptography` raises: hostile bytes decide which error it is."""
    with _ONE_AT_A_TIME, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return question()
        except BaseException as error:
            # A panic of its Rust core is no Exception, and no reason to stop either.
            if isinstance(error, Exception) or type(error).__name__ == "PanicException":
                return None
            raise


def _loaded(der: bytes) -> StrictCertificate:
    certificate = x509.load_der_x509_certificate(der)
    return StrictCertificate(certificate, _is_sound(certificate), _is_key(certificate))


def _is_sound(certificate: x509.Certificate) -> bool:
    try:
        parts = (certificate.subject, certificate.issuer, certificate.extensions)
    except Exception:  # Which one it is depends on the bytes.
        return False
    return parts is not None


def _is_key(certificate: x509.Certificate) -> bool:
    try:
        return certificate.public_key() is not None
    except ValueError:
        return False
    except Exception:  # An algorithm that it does not know says nothing about the key.
        return True


def _is_signed(certificate: x509.Certificate, issuer: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except InvalidSignature:
        return False
    return True


def public_key_of(der: bytes) -> CertificatePublicKeyTypes | None:
    """The subject's key of a certificate; None where `cryptography` refuses the certificate or does not know the key."""
    if len(der) > MOST_BYTES:
        return None
    return _answer(lambda: x509.load_der_x509_certificate(der).public_key())


def public_key_in(info: bytes) -> PublicKeyTypes | None:
    """The key of a SubjectPublicKeyInfo; None where `cryptography` refuses it or does not know its algorithm."""
    if len(info) > MOST_BYTES:
        return None
    return _answer(lambda: load_der_public_key(info))
