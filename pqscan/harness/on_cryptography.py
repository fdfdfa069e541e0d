"""The library `cryptography` (pyca), with the OpenSSL inside it: ML-KEM-768 and -1024, ML-DSA, X25519 and ECDH.

It keeps private keys as seeds only, encapsulates and signs with its own randomness only, and gives no expanded key out.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from typing import Any

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, mldsa, mlkem, x25519

from pqscan.harness.library import Encapsulation, KeyPair, Lacks, Library, PrivateKey, Refused
from pqscan.model.reason import Reason

NAME = "cryptography"


def load() -> Library:
    """Always there: pqscan cannot work without it."""
    import cryptography
    from cryptography.hazmat.backends.openssl.backend import backend

    return Library(
        NAME,
        f"{cryptography.__version__} ({backend.openssl_version_text()})",
        kems={
            "ML-KEM-768": _MlKem(mlkem.MLKEM768PrivateKey, mlkem.MLKEM768PublicKey),
            "ML-KEM-1024": _MlKem(mlkem.MLKEM1024PrivateKey, mlkem.MLKEM1024PublicKey),
        },
        signers={
            "ML-DSA-44": _MlDsa(mldsa.MLDSA44PrivateKey, mldsa.MLDSA44PublicKey),
            "ML-DSA-65": _MlDsa(mldsa.MLDSA65PrivateKey, mldsa.MLDSA65PublicKey),
            "ML-DSA-87": _MlDsa(mldsa.MLDSA87PrivateKey, mldsa.MLDSA87PublicKey),
        },
        agreements={"X25519": _X25519(), "secp256r1": _Ecdh(ec.SECP256R1()), "secp384r1": _Ecdh(ec.SECP384R1())},
    )


def _lacks(what: str) -> Lacks:
    return Lacks(Reason.of(f"self_test.lacks.{what}", library=NAME))


def _read(make: Callable[[bytes], Any], data: bytes) -> Any:  # Any: key classes of three parameter sets, without a common base.
    try:
        return make(data)
    except (ValueError, UnsupportedAlgorithm) as error:
        raise Refused(str(error)[:200]) from error


class _MlKem:
    """Any: the two parameter sets have classes of the same shape and no common base."""

    def __init__(self, private: Any, public: Any) -> None:
        self._private, self._public = private, public

    def generate(self) -> KeyPair:
        return self._pair(self._private.generate())

    def from_seed(self, seed: bytes) -> KeyPair:
        return self._pair(_read(self._private.from_seed_bytes, seed))

    def _pair(self, key: Any) -> KeyPair:
        return KeyPair(key.public_key().public_bytes_raw(), PrivateKey(seed=key.private_bytes_raw()))

    def encapsulate(self, public: bytes, randomness: bytes | None = None) -> Encapsulation:
        key = _read(self._public.from_public_bytes, public)
        try:
            secret, ciphertext = key.encapsulate()  # In this order.
        except ValueError as error:
            raise Refused(str(error)[:200]) from error
        if randomness is not None:  # The key was looked at all the same: that it is refused or not is half of the answer.
            raise _lacks("given_randomness")
        return Encapsulation(ciphertext, secret)

    def decapsulate(self, key: PrivateKey, ciphertext: bytes) -> bytes:
        if key.seed is None:
            raise _lacks("expanded_keys")
        private = _read(self._private.from_seed_bytes, key.seed)
        secret: bytes = _read(private.decapsulate, ciphertext)
        return secret

    def check_private(self, expanded: bytes) -> None:
        raise _lacks("expanded_keys")


class _MlDsa:
    """Any: as for ML-KEM, three parameter sets."""

    def __init__(self, private: Any, public: Any) -> None:
        self._private, self._public = private, public

    def generate(self) -> KeyPair:
        return self._pair(self._private.generate())

    def from_seed(self, seed: bytes) -> KeyPair:
        return self._pair(_read(self._private.from_seed_bytes, seed))

    def _pair(self, key: Any) -> KeyPair:
        return KeyPair(key.public_key().public_bytes_raw(), PrivateKey(seed=key.private_bytes_raw()))

    def _key(self, key: PrivateKey, randomness: bytes | None) -> Any:
        if key.seed is None:
            raise _lacks("expanded_keys")
        private = _read(self._private.from_seed_bytes, key.seed)
        if randomness is not None:
            raise _lacks("given_randomness")
        return private

    def sign(self, key: PrivateKey, message: bytes, *, context: bytes = b"", randomness: bytes | None = None) -> bytes:
        private = self._key(key, randomness if len(context) <= 255 else None)  # Too long a context is refused whatever else is.
        signature: bytes = _read(lambda data: private.sign(data, context or None), message)
        return signature

    def sign_mu(self, key: PrivateKey, mu: bytes, *, randomness: bytes | None = None) -> bytes:
        signature: bytes = _read(self._key(key, randomness).sign_mu, mu)
        return signature

    def sign_prefixed(self, key: PrivateKey, prefixed: bytes, *, randomness: bytes | None = None) -> bytes:
        """By μ = H(H(pk) ‖ M'), which is all that Sign_internal makes of M'."""
        private = self._key(key, randomness)
        return self.sign_mu(key, message_representative(private.public_key().public_bytes_raw(), prefixed))

    def verify(self, public: bytes, message: bytes, signature: bytes, *, context: bytes = b"") -> bool:
        return self._verifies(public, lambda key: key.verify(signature, message, context or None))

    def verify_mu(self, public: bytes, mu: bytes, signature: bytes) -> bool:
        return self._verifies(public, lambda key: key.verify_mu(signature, mu))

    def verify_prefixed(self, public: bytes, prefixed: bytes, signature: bytes) -> bool:
        return self.verify_mu(public, message_representative(public, prefixed), signature)

    def _verifies(self, public: bytes, check: Callable[[Any], None]) -> bool:
        key = _read(self._public.from_public_bytes, public)
        try:
            check(key)
        except InvalidSignature:
            return False
        except ValueError as error:
            raise Refused(str(error)[:200]) from error
        return True


def message_representative(public: bytes, prefixed: bytes) -> bytes:
    """μ of FIPS 204, algorithms 7 and 8: H(H(pk, 64) ‖ M', 64), 64 bytes."""
    return hashlib.shake_256(hashlib.shake_256(public).digest(64) + prefixed).digest(64)


class _X25519:
    def agree(self, private: bytes, public: bytes) -> bytes:
        key = _read(x25519.X25519PrivateKey.from_private_bytes, private)
        peer = _read(x25519.X25519PublicKey.from_public_bytes, public)
        secret: bytes = _read(key.exchange, peer)
        return secret


class _Ecdh:
    """Points uncompressed or compressed; the secret is the X coordinate (SEC 1, section 3.3.1)."""

    def __init__(self, curve: ec.EllipticCurve) -> None:
        self._curve = curve

    def agree(self, private: bytes, public: bytes) -> bytes:
        key = _read(lambda data: ec.derive_private_key(int.from_bytes(data, "big"), self._curve), private)
        peer = _read(lambda data: ec.EllipticCurvePublicKey.from_encoded_point(self._curve, data), public)
        secret: bytes = _read(lambda point: key.exchange(ec.ECDH(), point), peer)
        return secret
