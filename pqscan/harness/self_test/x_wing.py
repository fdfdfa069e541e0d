"""X-Wing (draft-connolly-cfrg-xwing-kem): the combiner is computed here, ML-KEM-768 by each library, X25519 by `cryptography`."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from cryptography.hazmat.primitives.asymmetric import x25519

from pqscan.harness.library import Encapsulation, Kem, KeyPair, Library
from pqscan.harness.self_test.attempt import Case, Wanted, each, same
from pqscan.harness.vectors import shipped
from pqscan.harness.vectors.fields import Fields
from pqscan.model.trial import Trial

ALGORITHM = "X-Wing"
SECTION = "draft-connolly-cfrg-xwing-kem, section 5"
_LABEL = rb"\.//^" + b"\\"  # Six bytes, drawn like an X-wing.
_KEY_BYTES, _CIPHERTEXT_BYTES = 1184, 1088


@dataclass(frozen=True, slots=True)
class XWing:
    """The KEM over one library's ML-KEM-768."""

    kem: Kem

    def from_seed(self, seed: bytes) -> tuple[KeyPair, x25519.X25519PrivateKey]:
        """The ML-KEM pair and the X25519 key that come out of 32 bytes."""
        expanded = hashlib.shake_256(seed).digest(96)
        return self.kem.from_seed(expanded[:64]), x25519.X25519PrivateKey.from_private_bytes(expanded[64:])

    def public(self, seed: bytes) -> bytes:
        pair, classical = self.from_seed(seed)
        return pair.public + classical.public_key().public_bytes_raw()

    def encapsulate(self, public: bytes, randomness: bytes) -> Encapsulation:
        """With 64 bytes of randomness: the first half is ML-KEM's m, the second the X25519 scalar."""
        made = self.kem.encapsulate(public[:_KEY_BYTES], randomness[:32])
        scalar = x25519.X25519PrivateKey.from_private_bytes(randomness[32:])
        peer, ciphertext = public[_KEY_BYTES:], scalar.public_key().public_bytes_raw()
        shared = scalar.exchange(x25519.X25519PublicKey.from_public_bytes(peer))
        return Encapsulation(made.ciphertext + ciphertext, combine(made.secret, shared, ciphertext, peer))

    def decapsulate(self, seed: bytes, ciphertext: bytes) -> bytes:
        pair, classical = self.from_seed(seed)
        theirs = ciphertext[_CIPHERTEXT_BYTES:]
        shared = classical.exchange(x25519.X25519PublicKey.from_public_bytes(theirs))
        secret = self.kem.decapsulate(pair.private, ciphertext[:_CIPHERTEXT_BYTES])
        return combine(secret, shared, theirs, classical.public_key().public_bytes_raw())


def combine(post_quantum: bytes, classical: bytes, ciphertext: bytes, public: bytes) -> bytes:
    """SHA3-256(ss_M ‖ ss_X ‖ ct_X ‖ pk_X ‖ label), section 5.3 of the draft."""
    return hashlib.sha3_256(post_quantum + classical + ciphertext + public + _LABEL).digest()


def vectors(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    if not wanted.takes(ALGORITHM):
        return
    for number, test in enumerate(shipped.read("x-wing").rows(), 1):
        for what, check in (("key generation", _key), ("encapsulation", _encapsulation), ("decapsulation", _decapsulation)):
            case = Case("x-wing", f"{number} {what}", ALGORITHM, SECTION, needs="ML-KEM-768")
            yield from each(case, libraries, _find, partial(check, test))


def _find(library: Library) -> XWing | None:
    found = library.kems.get("ML-KEM-768")
    return None if found is None else XWing(found)


def _key(test: Fields, tool: XWing) -> None:
    same("public key", test.octets("pk"), tool.public(test.octets("seed")))


def _encapsulation(test: Fields, tool: XWing) -> None:
    made = tool.encapsulate(test.octets("pk"), test.octets("eseed"))
    same("ciphertext", test.octets("ct"), made.ciphertext)
    same("shared secret", test.octets("ss"), made.secret)


def _decapsulation(test: Fields, tool: XWing) -> None:
    same("shared secret", test.octets("ss"), tool.decapsulate(test.octets("seed"), test.octets("ct")))
