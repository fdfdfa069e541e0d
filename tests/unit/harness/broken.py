"""Libraries that are broken on purpose, one fault each, around the real `cryptography`: what the self-test is there to find."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace

from pqscan.harness import on_cryptography
from pqscan.harness.library import Agreement, Encapsulation, Kem, KeyPair, Library, PrivateKey, Refused, Signer

GOOD = on_cryptography.load()
_SENT: dict[bytes, bytes] = {}  # secrets by the beginning of the ciphertext
_SENT_TO: dict[bytes, Encapsulation] = {}  # by the encapsulation key


@dataclass(frozen=True)
class AKem:
    """Passes everything on to a real library; each fault overrides one method."""

    real: Kem

    def generate(self) -> KeyPair:
        return self.real.generate()

    def from_seed(self, seed: bytes) -> KeyPair:
        return self.real.from_seed(seed)

    def encapsulate(self, public: bytes, randomness: bytes | None = None) -> Encapsulation:
        return self.real.encapsulate(public, randomness)

    def decapsulate(self, key: PrivateKey, ciphertext: bytes) -> bytes:
        return self.real.decapsulate(key, ciphertext)

    def check_private(self, expanded: bytes) -> None:
        self.real.check_private(expanded)


class WrongKeys(AKem):
    def from_seed(self, seed: bytes) -> KeyPair:
        pair = self.real.from_seed(seed)
        return replace(pair, public=bytes(len(pair.public)))


class SwappedSeed(AKem):
    """Takes z ‖ d for d ‖ z."""

    def from_seed(self, seed: bytes) -> KeyPair:
        return self.real.from_seed(seed[32:] + seed[:32])


class FlippedBit(AKem):
    def decapsulate(self, key: PrivateKey, ciphertext: bytes) -> bytes:
        secret = self.real.decapsulate(key, ciphertext)
        return secret[:-1] + bytes((secret[-1] ^ 1,))


class WrongSecretSent(AKem):
    def encapsulate(self, public: bytes, randomness: bytes | None = None) -> Encapsulation:
        made = self.real.encapsulate(public, randomness)
        return replace(made, secret=made.secret[::-1])


class TakesAnyKey(AKem):
    """No check of the encapsulation key: a modulus too large, a wrong length, everything goes (FIPS 203, section 7.2)."""

    def encapsulate(self, public: bytes, randomness: bytes | None = None) -> Encapsulation:
        try:
            return self.real.encapsulate(public, randomness)
        except Refused:
            return Encapsulation(bytes(1088), bytes(32))


class TakesAnyCiphertext(AKem):
    def decapsulate(self, key: PrivateKey, ciphertext: bytes) -> bytes:
        try:
            return self.real.decapsulate(key, ciphertext)
        except Refused:
            return bytes(32)


def _recoded(kem: Kem, key: PrivateKey, ciphertext: bytes) -> bool:
    """Whether the ciphertext was made for this key: else what comes out is J(z ‖ c), FIPS 203, algorithm 18."""
    return key.seed is None or kem.decapsulate(key, ciphertext) != hashlib.shake_256(key.seed[32:] + ciphertext).digest(32)


class ConstantRejection(AKem):
    """One and the same secret for every ciphertext that was not made for the key."""

    def decapsulate(self, key: PrivateKey, ciphertext: bytes) -> bytes:
        good = _recoded(self.real, key, ciphertext)
        return self.real.decapsulate(key, ciphertext) if good else bytes(32)


class RefusesOutright(AKem):
    """Tells a peer that its ciphertext was bad, which implicit rejection is there to hide."""

    def decapsulate(self, key: PrivateKey, ciphertext: bytes) -> bytes:
        if not _recoded(self.real, key, ciphertext):
            raise Refused("decapsulation failed")
        return self.real.decapsulate(key, ciphertext)


class ComparesLikeStrcmp(AKem):
    """Stops comparing ciphertexts at the first zero: where both begin with one, what should be rejected is accepted (CCTV)."""

    def decapsulate(self, key: PrivateKey, ciphertext: bytes) -> bytes:
        if ciphertext[:1] == b"\0" and not _recoded(self.real, key, ciphertext):
            return hashlib.sha3_512(ciphertext).digest()[:32]  # In the place of the K that was encapsulated.
        return self.real.decapsulate(key, ciphertext)


class LooksAtThreeQuarters(AKem):
    """Compares the ciphertext that was sent with the one that is computed again, but not to its end."""

    def decapsulate(self, key: PrivateKey, ciphertext: bytes) -> bytes:
        made = _SENT.get(ciphertext[:816])
        return self.real.decapsulate(key, ciphertext) if made is None else made

    def encapsulate(self, public: bytes, randomness: bytes | None = None) -> Encapsulation:
        made = self.real.encapsulate(public, randomness)
        _SENT[made.ciphertext[:816]] = made.secret
        return made


class SendsAlwaysTheSame(AKem):
    """Its random number generator gives the same bytes again and again."""

    def encapsulate(self, public: bytes, randomness: bytes | None = None) -> Encapsulation:
        made = _SENT_TO.get(public) or self.real.encapsulate(public, randomness)
        return _SENT_TO.setdefault(public, made)


class Falls(AKem):
    def decapsulate(self, key: PrivateKey, ciphertext: bytes) -> bytes:
        raise ZeroDivisionError("no such thing")


@dataclass(frozen=True)
class ASigner:
    """Passes everything on to a real library; each fault overrides one method."""

    real: Signer

    def generate(self) -> KeyPair:
        return self.real.generate()

    def from_seed(self, seed: bytes) -> KeyPair:
        return self.real.from_seed(seed)

    def sign(self, key: PrivateKey, message: bytes, *, context: bytes = b"", randomness: bytes | None = None) -> bytes:
        return self.real.sign(key, message, context=context, randomness=randomness)

    def sign_mu(self, key: PrivateKey, mu: bytes, *, randomness: bytes | None = None) -> bytes:
        return self.real.sign_mu(key, mu, randomness=randomness)

    def sign_prefixed(self, key: PrivateKey, prefixed: bytes, *, randomness: bytes | None = None) -> bytes:
        return self.real.sign_prefixed(key, prefixed, randomness=randomness)

    def verify(self, public: bytes, message: bytes, signature: bytes, *, context: bytes = b"") -> bool:
        return self.real.verify(public, message, signature, context=context)

    def verify_mu(self, public: bytes, mu: bytes, signature: bytes) -> bool:
        return self.real.verify_mu(public, mu, signature)

    def verify_prefixed(self, public: bytes, prefixed: bytes, signature: bytes) -> bool:
        return self.real.verify_prefixed(public, prefixed, signature)


class VerifiesEverything(ASigner):
    def verify(self, public: bytes, message: bytes, signature: bytes, *, context: bytes = b"") -> bool:
        return True


class VerifiesNothing(ASigner):
    def verify(self, public: bytes, message: bytes, signature: bytes, *, context: bytes = b"") -> bool:
        return False


class IgnoresContext(ASigner):
    def verify(self, public: bytes, message: bytes, signature: bytes, *, context: bytes = b"") -> bool:
        return self.real.verify(public, message, signature)

    def sign(self, key: PrivateKey, message: bytes, *, context: bytes = b"", randomness: bytes | None = None) -> bytes:
        return self.real.sign(key, message, randomness=randomness)


class TakesLongContext(ASigner):
    """Cuts a context of more than 255 bytes where it must refuse (FIPS 204, section 5.2)."""

    def sign(self, key: PrivateKey, message: bytes, *, context: bytes = b"", randomness: bytes | None = None) -> bytes:
        return self.real.sign(key, message, context=context[:255], randomness=randomness)


class TakesLongSignature(ASigner):
    """Looks at the first bytes of a signature alone: whoever adds some makes another valid one."""

    def verify(self, public: bytes, message: bytes, signature: bytes, *, context: bytes = b"") -> bool:
        return self.real.verify(public, message, signature[: {1312: 2420, 1952: 3309}.get(len(public), 4627)], context=context)


class SkipsNorm(ASigner):
    """Accepts what has the right length and was refused: no look at norms or hints."""

    def verify(self, public: bytes, message: bytes, signature: bytes, *, context: bytes = b"") -> bool:
        return self.real.verify(public, message, signature, context=context) or len(signature) == 3309


@dataclass(frozen=True)
class AnAgreement:
    real: Agreement

    def agree(self, private: bytes, public: bytes) -> bytes:
        return self.real.agree(private, public)


class TakesAnyPoint(AnAgreement):
    """A point off the curve goes through: the invalid-curve attack."""

    def agree(self, private: bytes, public: bytes) -> bytes:
        try:
            return self.real.agree(private, public)
        except Refused:
            return bytes(32)


class DropsLeadingZeros(AnAgreement):
    """The X coordinate as a number instead of a string of fixed length."""

    def agree(self, private: bytes, public: bytes) -> bytes:
        return self.real.agree(private, public).lstrip(b"\0")


@dataclass(frozen=True)
class Forger:
    """An LMS verifier that believes everything."""

    def verify(self, public: bytes, message: bytes, signature: bytes) -> bool:
        return True


def with_kem(make: Callable[[Kem], Kem], algorithm: str = "ML-KEM-768") -> Library:
    return Library("broken", "1", kems={algorithm: make(GOOD.kems[algorithm])})


def with_signer(make: Callable[[Signer], Signer], algorithm: str = "ML-DSA-65") -> Library:
    return Library("broken", "1", signers={algorithm: make(GOOD.signers[algorithm])})


def with_agreement(make: Callable[[Agreement], Agreement], algorithm: str) -> Library:
    return Library("broken", "1", agreements={algorithm: make(GOOD.agreements[algorithm])})
