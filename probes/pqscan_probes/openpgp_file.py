"""OpenPGP at rest: keyrings, keys of GnuPG's agent, signatures and encrypted messages, as packets, in armour, and in the keyboxes
of GnuPG. Each key with its size, curve, use and lock; each way to sign once, with its hash. Names, recipients and documents are
not kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import zip_longest

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.algorithm_facts import algorithm_observation
from pqscan.model.certificate import PublicKey
from pqscan.model.key_facts import Stated, private_key_observation, public_key_observation
from pqscan.model.observation import Observation, Subject, Support, Usage, Where
from pqscan.model.outcome import Facts
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.registry.algorithms import Function, by_name
from pqscan.registry.openpgp import public_key_algorithm
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.openpgp.agent_key import read_agent_key
from pqscan.wire.openpgp.armour import read_armour
from pqscan.wire.openpgp.keybox import is_keybox, read_keybox
from pqscan.wire.openpgp.keys import PgpKey, read_key
from pqscan.wire.openpgp.messages import PgpEncryption, PgpSignature, read_encryption, read_signature
from pqscan.wire.openpgp.packets import Packet, Tag, packets_inside, read_packets

MOST_FOUND = 20_000
_ARMOUR = Mark("pgp-armour", "-----BEGIN PGP ")
_KEYBOX = Mark("pgp-keybox", "?? ?? ?? ?? 01 ?? ?? ?? 4b 42 58 66", is_hex=True, at_start=True)
_FIRST = (0x84, 0x85, 0x88, 0x89, 0x8C, 0x90, 0x94, 0x95, 0x98, 0x99, 0xA3, 0xC1, 0xC2, 0xC3, 0xC4, 0xC5, 0xC6, 0xC8)
_PACKETS = tuple(Mark(f"pgp-{octet:02x}", f"{octet:02x}", is_hex=True, at_start=True) for octet in _FIRST)
_AGENT = tuple(
    Mark(f"gpg-{kind}", f"({size}:{kind}private-key(", at_start=True)
    for size, kind in ((21, "protected-"), (20, "shadowed-"), (11, ""))
)
_AGENT_TEXT = tuple(Mark(f"gpg-{kind}text", f"Key: ({kind}private-key (") for kind in ("protected-", "shadowed-", ""))
_USES = frozenset({"signing", "encryption"})
_KEYS = frozenset({Tag.SECRET_KEY, Tag.PUBLIC_KEY, Tag.SECRET_SUBKEY, Tag.PUBLIC_SUBKEY})
_SIGNATURES = frozenset({Tag.SIGNATURE, Tag.ONE_PASS})
_ENCRYPTIONS = frozenset({Tag.PKESK, Tag.SKESK, Tag.ENCRYPTED, Tag.PROTECTED, Tag.AEAD})


@dataclass(slots=True)
class _Ring:
    """What a run of packets holds; a key waits for the signature behind it that says what it is for."""

    where: Where
    is_binary: bool
    keys: list[tuple[PgpKey, Where, frozenset[str]]] = field(default_factory=list)
    signatures: dict[tuple[int, int, bool], tuple[PgpSignature, Where]] = field(default_factory=dict)
    encryptions: dict[PgpEncryption, Where] = field(default_factory=dict)
    unreadable: int = 0
    packets: int = 0

    @property
    def is_empty(self) -> bool:
        return not (self.keys or self.signatures or self.encryptions)

    @property
    def is_chance(self) -> bool:
        """Whether one packet that is no key was read, and of an algorithm that nobody lists: other octets look alike."""
        listed = (*(one.algorithm for one, _ in self.signatures.values()), *(one.algorithm for one in self.encryptions))
        return self.packets < 2 and not self.keys and all(_is_unlisted(number) for number in listed)

    def take(self, packet: Packet) -> None:
        self.packets += 1
        where = replace(self.where, offset=(self.where.offset or 0) + packet.offset) if self.is_binary else self.where
        if packet.tag in _KEYS:
            self.keys.append((read_key(packet), where, frozenset()))
        elif packet.tag in _SIGNATURES:
            signature = read_signature(packet)
            self.signatures.setdefault((signature.algorithm, signature.hash_number, signature.on_key), (signature, where))
            if self.keys and signature.flags and not self.keys[-1][2]:
                self.keys[-1] = (*self.keys[-1][:2], signature.flags)
        elif packet.tag in _ENCRYPTIONS:
            self.encryptions.setdefault(read_encryption(packet), where)
        elif packet.tag is Tag.COMPRESSED:
            for inside in packets_inside(packet):
                self.take(replace(inside, offset=packet.offset))


@dataclass(slots=True)
class _Found:
    observations: list[Observation] = field(default_factory=list)
    unreadable: int = 0
    is_cut: bool = False

    def add(self, ring: _Ring) -> None:
        made = tuple(_observations(ring))
        room = MOST_FOUND - len(self.observations)
        self.is_cut = self.is_cut or len(made) > room
        self.observations.extend(made[:room])
        self.unreadable += ring.unreadable


class OpenPgpFileProbe:
    """Raises WrongProtocol where there is nothing of OpenPGP."""

    name = "openpgp_file"
    marks = (_ARMOUR, _KEYBOX, *_PACKETS, *_AGENT, *_AGENT_TEXT)

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        found = _Found()
        if source.places(_KEYBOX).offsets and is_keybox(source.data):
            _read_keybox(source, found)
        elif any(source.places(mark).offsets for mark in _PACKETS):
            _read_binary(source, found)
        _read_armoured(source, found)
        _read_agent(source, found)
        if not found.observations and not found.unreadable:
            raise WrongProtocol(f"{target.path} holds nothing of OpenPGP that tells an algorithm; leave it out")
        if not found.observations:
            raise MalformedMessage(f"{target.path} has packets of OpenPGP that cannot be read; look at the file")
        return Facts(
            observations=_each_once(found.observations),
            complete=not (found.unreadable or found.is_cut),
            detail=Reason.of("openpgp_unreadable", count=found.unreadable) if found.unreadable else None,
        )


def _each_once(observations: list[Observation]) -> tuple[Observation, ...]:
    """In their order. Observations of one value are told apart by more than their own hash does, as a file may hold thousands."""
    return tuple({(one.where, one.parameters, one): one for one in observations}.values())


def _read_binary(source: FileSource, found: _Found) -> None:
    """A file of packets from its first octet on. So few octets begin it that all of the first one must be right. What was read in
    front of octets that are no packet stands."""
    ring = _Ring(replace(source.where(0), line=None), is_binary=True)
    try:
        _take_all(ring, read_packets(source.data))
    except MalformedMessage:
        ring.unreadable += 1
    if not (ring.is_empty or ring.is_chance):
        found.add(ring)


def _is_unlisted(algorithm: int | None) -> bool:
    return algorithm is not None and public_key_algorithm(algorithm) is None


def _take_all(ring: _Ring, packets: Iterable[Packet]) -> None:
    """A packet that cannot be read is counted, unless it is the first. Raises MalformedMessage."""
    for packet in packets:
        try:
            ring.take(packet)
        except MalformedMessage:
            if ring.is_empty:
                raise
            ring.unreadable += 1


def _read_armoured(source: FileSource, found: _Found) -> None:
    for offset in source.places(_ARMOUR).offsets:
        block = read_armour(source.data, offset)
        if block is None or block.is_mention:
            continue
        ring = _Ring(source.where(offset), is_binary=False)
        try:
            if not block.octets:
                raise MalformedMessage("the armour cannot be read")
            _take_all(ring, read_packets(block.octets))
        except MalformedMessage:
            ring.unreadable += 1
        found.add(ring)


def _read_agent(source: FileSource, found: _Found) -> None:
    """Private keys of GnuPG's agent: mostly a file each."""
    places = [(offset, 0) for mark in _AGENT for offset in source.places(mark).offsets]
    places += [(offset, len("Key: ")) for mark in _AGENT_TEXT for offset in source.places(mark).offsets]
    places.sort()
    found.is_cut = found.is_cut or len(places) > MOST_FOUND
    for (offset, before), (behind, _) in zip_longest(
        places[:MOST_FOUND], places[1 : MOST_FOUND + 1], fillvalue=(len(source.data), 0)
    ):
        try:
            key = read_agent_key(source.data, offset + before, behind)
        except MalformedMessage:
            continue  # Words in a program or in a text about the format.
        where = source.where(offset)
        if key.is_on_card:
            found.observations.append(public_key_observation(key.public, where, others=(("secret_key", "card"),)))
        else:
            lock = () if key.lock is None else key.lock.stated
            found.observations.append(private_key_observation(key.public, "gpg-agent", where, lock=lock))


def _read_keybox(source: FileSource, found: _Found) -> None:
    try:
        for begin, end in read_keybox(source.data):
            ring = _Ring(replace(source.where(0), line=None), is_binary=True)
            try:
                _take_all(ring, read_packets(source.data, begin, end))
            except MalformedMessage:
                ring.unreadable += 1
            found.add(ring)
    except MalformedMessage:
        found.unreadable += 1
    if not source.is_whole:
        found.is_cut = True


def _observations(ring: _Ring) -> Iterator[Observation]:
    for key, where, flags in ring.keys:
        yield _of_key(key, where, flags)
    for signature, where in ring.signatures.values():
        yield _of_signature(signature, where)
    for encryption, where in ring.encryptions.items():
        yield from _of_encryption(encryption, where)


def _of_key(key: PgpKey, where: Where, flags: frozenset[str]) -> Observation:
    row = key.row
    uses = frozenset(("signing" if use == "signature" else use for use in row.uses) if row is not None else _USES)
    uses = uses & flags or uses  # Where no signature says what it is for, it is there for all that it can do.
    context = "any_use" if uses == _USES else next(iter(uses))
    public = key.public or _unread(key)
    others: Stated = (("version", key.version), ("of", "subkey" if key.is_subkey else "primary_key"))
    if key.is_secret and not key.elsewhere:
        lock = () if key.lock is None else key.lock.stated
        return private_key_observation(public, "openpgp", where, lock=lock, others=others, context=context)
    if key.elsewhere:
        others = (*others, ("secret_key", key.elsewhere))
    return public_key_observation(public, where, others=others, context=context)


def _unread(key: PgpKey) -> PublicKey:
    """A key of which nothing but its number is known."""
    row, number = key.row, str(key.algorithm)
    if row is None:
        return PublicKey(number, number, None, None, (), b"", QuantumClass.UNKNOWN)
    return PublicKey(row.oid or number, row.name, None, None, row.components, b"", row.quantum_class)


def _of_signature(signature: PgpSignature, where: Where) -> Observation:
    row = public_key_algorithm(signature.algorithm)
    return Observation(
        Subject.DOCUMENT_SIGNATURE,
        str(signature.algorithm),
        Support.OFFERED,
        context="openpgp_key" if signature.on_key else "openpgp",
        name=None if row is None else row.name,
        quantum_class=QuantumClass.UNKNOWN if row is None else row.quantum_class,
        usage=Usage.PRESENT,
        components=() if row is None else row.components,
        parameters=(("hash", signature.hash),),
        where=where,
    )


def _of_encryption(encryption: PgpEncryption, where: Where) -> Iterator[Observation]:
    if encryption.algorithm is not None:
        row = public_key_algorithm(encryption.algorithm)
        yield Observation(
            Subject.DOCUMENT_ENCRYPTION,
            str(encryption.algorithm),
            Support.OFFERED,
            context="openpgp",
            name=None if row is None else row.name,
            quantum_class=QuantumClass.UNKNOWN if row is None else row.quantum_class,
            usage=Usage.PRESENT,
            components=() if row is None else row.components,
            where=where,
        )
    cipher = None if encryption.cipher is None else by_name(encryption.cipher) or by_name(encryption.cipher.rpartition("-")[0])
    if cipher is not None and encryption.cipher is not None:
        mode = encryption.cipher.removeprefix(cipher.name).lstrip("-")
        others: Stated = (("of", "openpgp"),)
        if encryption.derivation is not None:
            others = (*others, ("kdf", encryption.derivation))
        yield algorithm_observation(
            cipher, Usage.PRESENT, where, function=Function.ENCRYPTION, parameter=mode or None, others=others
        )
