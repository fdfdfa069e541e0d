"""Key shares whose post-quantum part is computed by a chosen library; classical parts are always computed by `cryptography`.

Which parts a group has, their order and sizes come from the registry. liboqs is asked by its own mechanism names.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import cryptography
from cryptography.hazmat.primitives.asymmetric import ec

from pqscan.errors import UsageError, WorkError
from pqscan.harness import liboqs
from pqscan.harness.tls.encapsulation import ENCAPSULATORS, CurveEncapsulator, Encapsulator, MlKemEncapsulator
from pqscan.registry.tls import NamedGroup, named_group, named_groups
from pqscan.wire.key_agreement import COMPONENT_KEYS, ComponentKey, KeyMaker, KeyShare, can_carry_through, generate

LIBRARIES = ("liboqs", "cryptography")
DEFAULT_GROUPS = (0x11EC, 0x11EB, 0x11ED, 0x0200, 0x0201, 0x0202)
"""The hybrids of RFC 10024 and pure ML-KEM (draft-ietf-tls-mlkem)."""

_POST_QUANTUM = ("ML-KEM-512", "ML-KEM-768", "ML-KEM-1024", "sntrup761", "FrodoKEM-976", "FrodoKEM-1344")
_VARIANTS = ("AES", "SHAKE")  # of FrodoKEM: the group's name says which, its component does not

_BRAINPOOL: Mapping[str, Encapsulator] = {
    "brainpoolP256r1": CurveEncapsulator(ec.BrainpoolP256R1()),
    "brainpoolP384r1": CurveEncapsulator(ec.BrainpoolP384R1()),
    "brainpoolP512r1": CurveEncapsulator(ec.BrainpoolP512R1()),
}


class _OqsKey:
    """One key pair of liboqs. Its secret lies in the library's buffer, which is wiped when the key goes."""

    def __init__(self, oqs: Any, mechanism: str) -> None:  # Any: the binding comes without types.
        try:
            self._kem = oqs.KeyEncapsulation(mechanism)
            weakref.finalize(self, self._kem.free)
            self.public: bytes = self._kem.generate_keypair()
            self.peer_bytes = int(self._kem.details["length_ciphertext"])
        except Exception as error:  # A foreign build can fail in any way.
            raise WorkError(f"liboqs cannot make a key of {mechanism} ({type(error).__name__})") from error

    def agree(self, peer: bytes) -> bytes:
        """See `ComponentKey.agree`. ML-KEM and FrodoKEM never refuse a ciphertext: a false one gives another secret."""
        try:
            return bytes(self._kem.decap_secret(peer))
        except RuntimeError as error:
            raise ValueError("the ciphertext cannot be decapsulated") from error


@dataclass(frozen=True, slots=True)
class ShareMaker:
    """Makes key shares on one library. `mechanisms` are the names that liboqs was built with, none for `cryptography`."""

    library: str
    version: str
    mechanisms: frozenset[str] = frozenset()

    @classmethod
    def on(cls, library: str) -> ShareMaker:
        """Raises LiboqsMissing where it is asked for and not there, UsageError for another name."""
        if library == "cryptography":
            return cls(library, cryptography.__version__)
        if library != "liboqs":
            raise UsageError(f"there is no library {library!r}; choose one of {', '.join(LIBRARIES)}")
        oqs = liboqs.load()
        return cls(library, liboqs.version(), frozenset(oqs.get_enabled_kem_mechanisms()))

    @property
    def label(self) -> str:
        """`liboqs 0.13.0`."""
        return f"{self.library} {self.version}"

    def can_make(self, group: NamedGroup) -> bool:
        """Whether the library has every post-quantum part of the group, and there is one."""
        if not set(group.components).intersection(_POST_QUANTUM):
            return False
        return can_carry_through(group, self._makers(group))

    def make(self, group: NamedGroup) -> KeyShare:
        """A fresh key pair. Raises WorkError where the library has none, or one of another size than the group wants."""
        share = generate(group, self._makers(group))
        if share is None:
            raise WorkError(f"{self.label} has no {' and '.join(group.components)}")
        sizes = (len(share.public), share.server_bytes)
        wanted = (group.client_share_bytes or sizes[0], group.server_share_bytes or sizes[1])
        if sizes != wanted:
            raise WorkError(f"{self.label} makes shares of {sizes} bytes for {group.name}, {wanted} are right")
        return share

    def mechanism(self, component: str, name: str) -> str | None:
        """What liboqs calls a component of the group or method of that name; None where it was built without it."""
        names = [component]
        if component.startswith("FrodoKEM"):
            names = [f"{component}-{variant}" for variant in _VARIANTS if variant.lower() in name.lower()]
        return next((name for name in names if name in self.mechanisms), None)

    def encapsulators(self, group: NamedGroup) -> Mapping[str, Encapsulator]:
        """The server's half on the same library, for a loop-back pair."""
        found = {**ENCAPSULATORS, **_BRAINPOOL}
        if self.library == "cryptography":
            return found
        found = {name: part for name, part in found.items() if name not in _POST_QUANTUM}
        for component in group.components:
            mechanism = self.mechanism(component, group.name) if component in _POST_QUANTUM else None
            if mechanism is not None:
                found[component] = _encapsulator(mechanism)
        return found

    def _makers(self, group: NamedGroup) -> Mapping[str, KeyMaker]:
        return self.makers(group.components, group.name)

    def makers(self, components: tuple[str, ...], name: str) -> Mapping[str, KeyMaker]:
        """What makes the parts of the group or method of that name, as far as the library has them."""
        if self.library == "cryptography":
            return COMPONENT_KEYS
        makers = {name: maker for name, maker in COMPONENT_KEYS.items() if name not in _POST_QUANTUM}
        for component in components:
            mechanism = self.mechanism(component, name) if component in _POST_QUANTUM else None
            if mechanism is not None:
                makers[component] = _key_maker(mechanism)
        return makers


def _key_maker(mechanism: str) -> KeyMaker:
    def make() -> ComponentKey:
        return _OqsKey(liboqs.load(), mechanism)

    return make


@dataclass(frozen=True, slots=True)
class _OqsEncapsulator:
    """A KEM of liboqs whose encapsulation keys have no form that could be checked but their size."""

    mechanism: str
    client_bytes: int
    server_bytes: int

    def encapsulate(self, part: bytes) -> tuple[bytes, bytes]:
        """See `Encapsulator.encapsulate`."""
        if len(part) != self.client_bytes:
            raise ValueError("the encapsulation key has a wrong size")
        return self.compute(part)

    def compute(self, key: bytes) -> tuple[bytes, bytes]:
        """Ciphertext and secret."""
        with liboqs.load().KeyEncapsulation(self.mechanism) as kem:
            ciphertext, secret = kem.encap_secret(key)
            return bytes(ciphertext), bytes(secret)


def _encapsulator(mechanism: str) -> Encapsulator:
    with liboqs.load().KeyEncapsulation(mechanism) as kem:
        sizes = int(kem.details["length_public_key"]), int(kem.details["length_ciphertext"])
    own = _OqsEncapsulator(mechanism, *sizes)
    return MlKemEncapsulator(*sizes, own.compute) if mechanism.startswith("ML-KEM") else own


def groups_named(words: tuple[str, ...]) -> tuple[NamedGroup, ...]:
    """Groups by name, in any case, by another name they have, or by code point (`0x11ec`), in the order given, each once.

    A name that several code points have means the likeliest of them. Raises UsageError for a word that is no group with a
    post-quantum part."""
    found: dict[int, NamedGroup] = {}
    for word in words:
        group = _group(word)
        found.setdefault(group.value, group)
    return tuple(found.values())


def default_groups() -> tuple[NamedGroup, ...]:
    """What is tried where no group is named."""
    rows = (named_group(value).row for value in DEFAULT_GROUPS)
    return tuple(row for row in rows if row is not None)


def every_group(maker: ShareMaker) -> tuple[NamedGroup, ...]:
    """All that the library can make shares for: the default groups first, then private and former code points by number.

    A code point that was used twice means the likelier group."""
    found = {group.value: group for group in default_groups()}
    for group in named_groups():
        if named_group(group.value).row is group:
            found.setdefault(group.value, group)
    return tuple(group for group in found.values() if maker.can_make(group))


def _group(word: str) -> NamedGroup:
    folded = word.strip().lower()
    statuses = {"standard": 0, "draft": 1, "private": 2}
    rows = [row for row in named_groups() if folded in (row.name.lower(), *(alias.lower() for alias in row.aliases))]
    if not rows and folded.startswith("0x"):
        try:
            value = int(folded, 16)
        except ValueError:
            value = -1
        rows = [row for row in named_groups() if row.value == value]
    rows = [row for row in rows if set(row.components).intersection(_POST_QUANTUM)]
    if not rows:
        known = ", ".join(group.name for group in default_groups())
        raise UsageError(f"{word!r:.80} names no group with a post-quantum part that can be tried here; such are {known}")
    return min(rows, key=lambda row: statuses.get(row.status, 3))
