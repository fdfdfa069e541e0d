"""One face for the cryptography of several libraries: key encapsulation, signatures, Diffie-Hellman, hash-based signatures.

What a library has no call for raises `Lacks`, what it refuses raises `Refused`: neither is ever passed over in silence. Libraries
are values, so that a test can hand over one that is broken on purpose.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from pqscan.errors import PqscanError
from pqscan.model.reason import Reason


class Lacks(PqscanError):
    """The library offers no way to do this; `reason` says what is missing."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


class Refused(PqscanError):
    """The library took the input and refused it: a key that is not reduced, a ciphertext of a wrong length."""


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """A private key in the forms that are known of it: the seed (d ‖ z of FIPS 203, ξ of FIPS 204) and the expanded key."""

    seed: bytes | None = None
    expanded: bytes | None = None


@dataclass(frozen=True, slots=True)
class KeyPair:
    """A new key. `private` holds the forms that the library gives out."""

    public: bytes
    private: PrivateKey


@dataclass(frozen=True, slots=True)
class Encapsulation:
    ciphertext: bytes
    secret: bytes


class Kem(Protocol):
    """One parameter set of a key encapsulation mechanism. Every method may raise Lacks; what takes input from outside, Refused."""

    def generate(self) -> KeyPair: ...

    def from_seed(self, seed: bytes) -> KeyPair:
        """ML-KEM.KeyGen_internal(d, z) of FIPS 203, section 6.1, for `seed` = d ‖ z."""

    def encapsulate(self, public: bytes, randomness: bytes | None = None) -> Encapsulation:
        """With `randomness` (m of FIPS 203, section 6.2) what comes out is fixed. Raises Refused for an encapsulation key that
        does not pass the checks of section 7.2."""

    def decapsulate(self, key: PrivateKey, ciphertext: bytes) -> bytes:
        """The secret; a pseudorandom one where the ciphertext was not made for this key (FIPS 203, section 6.3)."""

    def check_private(self, expanded: bytes) -> None:
        """Raises Refused where an expanded decapsulation key does not pass the checks of FIPS 203, section 7.3."""


class Signer(Protocol):
    """One parameter set of a signature algorithm. Every method may raise Lacks; what takes input from outside, Refused."""

    def generate(self) -> KeyPair: ...

    def from_seed(self, seed: bytes) -> KeyPair:
        """ML-DSA.KeyGen_internal(ξ) of FIPS 204, section 6.1."""

    def sign(self, key: PrivateKey, message: bytes, *, context: bytes = b"", randomness: bytes | None = None) -> bytes:
        """Pure ML-DSA (FIPS 204, section 5.2). `randomness` is rnd, 32 bytes, all zero for the deterministic variant; None
        leaves it to the library."""

    def sign_mu(self, key: PrivateKey, mu: bytes, *, randomness: bytes | None = None) -> bytes:
        """Over a message representative of 64 bytes that the caller computed (FIPS 204, section 6.2)."""

    def sign_prefixed(self, key: PrivateKey, prefixed: bytes, *, randomness: bytes | None = None) -> bytes:
        """ML-DSA.Sign_internal over M' as it stands: domain separation, context and hash are the caller's."""

    def verify(self, public: bytes, message: bytes, signature: bytes, *, context: bytes = b"") -> bool: ...

    def verify_mu(self, public: bytes, mu: bytes, signature: bytes) -> bool: ...

    def verify_prefixed(self, public: bytes, prefixed: bytes, signature: bytes) -> bool:
        """ML-DSA.Verify_internal over M' as it stands."""


class Agreement(Protocol):
    """A Diffie-Hellman function: X25519, or ECDH on one curve."""

    def agree(self, private: bytes, public: bytes) -> bytes:
        """The shared secret. `private` is the scalar, `public` the peer's share as it stands on the wire. Raises Refused."""


class Verifier(Protocol):
    """Hash-based signatures, of which verification alone is asked."""

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool: ...


@dataclass(frozen=True, slots=True)
class Library:
    """What one library has, by the algorithms' published names. `missing` says why there is nothing in it here; `is_own`
    marks code of pqscan, of which nobody expects any other algorithm."""

    name: str
    version: str = ""
    kems: Mapping[str, Kem] = field(default_factory=dict)
    signers: Mapping[str, Signer] = field(default_factory=dict)
    agreements: Mapping[str, Agreement] = field(default_factory=dict)
    verifiers: Mapping[str, Verifier] = field(default_factory=dict)
    missing: Reason | None = None
    is_own: bool = False

    @property
    def algorithms(self) -> frozenset[str]:
        return frozenset({*self.kems, *self.signers, *self.agreements, *self.verifiers})
