"""A unit's private keys: made, kept in a file of its owner alone, read again, and used to seal.

They lie outside the store, so that a copy of the store cannot seal. A key file holds two PEM blocks (PKCS#8, RFC 5958): Ed25519
(RFC 8410) and ML-DSA-65 (RFC 9881), both under the same passphrase where there is one. It is hygiene, and no protection of
state secrets."""

from __future__ import annotations

import os
import re
import stat
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import platformdirs
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA65PrivateKey, MLDSA65PublicKey
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from pqscan.app.place import owner_only
from pqscan.errors import MalformedMessage, UsageError, WorkError
from pqscan.readiness.foreign_json import canonical
from pqscan.readiness.seal import PublicKeys, Purpose, Signatures, seal
from pqscan.readiness.unit_key import MOST_CARD_BYTES, MOST_CODE, KeyCard, card_document
from pqscan.registry.foreign_file import open_regular
from pqscan.scan.names import shown

PRIVATE_SUFFIX, CARD_SUFFIX = ".key.pem", ".card.json"
_MOST_PRIVATE_BYTES = 1 << 16
_MOST_PASSPHRASE_BYTES = 1024
_BLOCK = re.compile(rb"-----BEGIN [A-Z ]*PRIVATE KEY-----\n[A-Za-z0-9+/=\n]+-----END [A-Z ]*PRIVATE KEY-----\n?")
_NAME_DIGITS = 16  # of the fingerprint, in the names of files


@dataclass(frozen=True, slots=True)
class UnitKey:
    """A pair of private keys that can seal, with the card that names them."""

    card: KeyCard
    _ed25519: Ed25519PrivateKey
    _ml_dsa_65: MLDSA65PrivateKey

    @property
    def public(self) -> PublicKeys:
        return self.card.public

    def sign(self, message: bytes, context: bytes) -> Signatures:
        return _sign(self._ed25519, self._ml_dsa_65, message, context)


@dataclass(frozen=True, slots=True)
class _Pair:
    ed25519: Ed25519PrivateKey
    ml_dsa_65: MLDSA65PrivateKey

    @property
    def public(self) -> PublicKeys:
        return PublicKeys(self.ed25519.public_key().public_bytes_raw(), self.ml_dsa_65.public_key().public_bytes_raw())

    def sign(self, message: bytes, context: bytes) -> Signatures:
        return _sign(self.ed25519, self.ml_dsa_65, message, context)


def _sign(ed25519: Ed25519PrivateKey, ml_dsa_65: MLDSA65PrivateKey, message: bytes, context: bytes) -> Signatures:
    return Signatures(ed25519.sign(message), ml_dsa_65.sign(message, context))


class CryptographyCheck:
    """Checks both signatures with the library's own code; whatever it refuses is no signature."""

    def verifies(self, public: PublicKeys, signatures: Signatures, message: bytes, context: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(public.ed25519).verify(signatures.ed25519, message)
            MLDSA65PublicKey.from_public_bytes(public.ml_dsa_65).verify(signatures.ml_dsa_65, message, context)
        except (InvalidSignature, ValueError):
            return False
        return True


def default_folder() -> Path:
    """`PQSCAN_KEYS`, else a folder of the user's configuration: never the folder of the store."""
    return Path(os.environ.get("PQSCAN_KEYS") or Path(platformdirs.user_config_dir("pqscan", appauthor=False)) / "keys")


def make_key(folder: Path, unit: str, now: datetime, passphrase: bytes | None = None, *, old: UnitKey | None = None) -> UnitKey:
    """Makes a pair of keys for a unit; with `old` they take the place of those, which sign the new ones.

    Raises UsageError for a unit code that cannot be, WorkError where the files cannot be written."""
    if not unit.strip() or len(unit) > MOST_CODE or not unit.isprintable():
        raise UsageError(f"{shown(unit)} is no code of a unit: write 1 to {MOST_CODE} printable characters")
    try:
        pair = _Pair(Ed25519PrivateKey.generate(), MLDSA65PrivateKey.generate())
    except UnsupportedAlgorithm:
        raise WorkError("this build of the cryptography library knows no ML-DSA-65; install the locked version") from None
    predecessor = None if old is None else old.public.fingerprint
    document = canonical(card_document(unit, pair.public, now, predecessor))
    succession = None if old is None else seal(document, Purpose.SUCCESSION, old)
    card = KeyCard(unit, pair.public, now, predecessor, seal(document, Purpose.KEY, pair), succession)
    stem = card.public.fingerprint[:_NAME_DIGITS]
    encryption: KeySerializationEncryption = NoEncryption() if passphrase is None else BestAvailableEncryption(passphrase)
    blocks = [key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, encryption) for key in (pair.ed25519, pair.ml_dsa_65)]
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        _write_new(folder / f"{stem}{PRIVATE_SUFFIX}", b"".join(blocks))
        _write_new(folder / f"{stem}{CARD_SUFFIX}", card.encode())
    except OSError as error:
        raise WorkError(f"the keys cannot be written to {folder}: {error.strerror}") from None
    return UnitKey(card, pair.ed25519, pair.ml_dsa_65)


def _write_new(path: Path, content: bytes) -> None:
    with open(path, "xb", opener=owner_only) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def own_cards(folder: Path) -> tuple[KeyCard, ...]:
    """The cards of the keys in a folder, by unit and age; what is no card of ours is left out. Raises WorkError."""
    try:
        paths = sorted(path for path in folder.iterdir() if path.name.endswith(CARD_SUFFIX)) if folder.is_dir() else []
    except OSError as error:
        raise WorkError(f"the keys in {folder} cannot be read: {error.strerror}") from None
    cards = [read_card(path) for path in paths]
    return tuple(sorted(cards, key=lambda card: (card.unit, card.made_at, card.public.fingerprint)))


def read_card(path: Path) -> KeyCard:
    """A key card from a file. Raises UsageError where it is none."""
    data = _read(path, MOST_CARD_BYTES, "the key card")
    try:
        return KeyCard.decode(data)
    except MalformedMessage as error:
        raise UsageError(f"{path} is no key card: {error}") from None


def active_card(folder: Path, unit: str | None) -> KeyCard:
    """The unit's newest keys that nothing took the place of; without a unit, those of the only one there is. Raises UsageError."""
    cards = own_cards(folder)
    replaced = {card.predecessor for card in cards}
    found = [card for card in cards if card.public.fingerprint not in replaced and unit in (None, card.unit)]
    units = sorted({card.unit for card in found})
    if not found:
        whose = "" if unit is None else f" of the unit {shown(unit)}"
        raise UsageError(f"there are no keys{whose} in {folder}: make them with `pqscan key make`")
    if len(units) > 1:
        raise UsageError(f"{folder} holds keys of several units ({', '.join(units)}): name one with --unit")
    return found[-1]


def needs_passphrase(folder: Path, card: KeyCard) -> bool:
    """Whether the private keys are under a passphrase. Raises WorkError where they are not there."""
    return b"BEGIN ENCRYPTED PRIVATE KEY" in _private_bytes(folder, card)


def load_key(folder: Path, card: KeyCard, passphrase: bytes | None = None) -> UnitKey:
    """Reads the private keys of a card. Raises WorkError where they are missing, damaged, readable by others, or locked with
    another passphrase. No message holds a part of a key or of a passphrase."""
    data = _private_bytes(folder, card)
    path = _private_path(folder, card)
    try:
        keys = [load_pem_private_key(block, passphrase) for block in _BLOCK.findall(data)]
    except TypeError:
        hint = "give the passphrase" if passphrase is None else "it has no passphrase: give none"
        raise WorkError(f"the keys in {path} cannot be opened: {hint}") from None
    except (ValueError, UnsupportedAlgorithm):
        raise WorkError(f"the keys in {path} cannot be opened: the passphrase is wrong, or the file is damaged") from None
    if len(keys) == 2 and isinstance(keys[0], Ed25519PrivateKey) and isinstance(keys[1], MLDSA65PrivateKey):
        found = UnitKey(card, keys[0], keys[1])
        if _Pair(keys[0], keys[1]).public == card.public:
            return found
    raise WorkError(f"the keys in {path} are not those of the card beside them: restore both from a backup")


def card_path(folder: Path, card: KeyCard) -> Path:
    """Where a card lies that was made in this folder."""
    return folder / f"{card.public.fingerprint[:_NAME_DIGITS]}{CARD_SUFFIX}"


def _private_path(folder: Path, card: KeyCard) -> Path:
    return folder / f"{card.public.fingerprint[:_NAME_DIGITS]}{PRIVATE_SUFFIX}"


def _private_bytes(folder: Path, card: KeyCard) -> bytes:
    path = _private_path(folder, card)
    try:
        with open_regular(path) as file:
            if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise WorkError(f"the key file {path} can be read by others: take it as known to them, or run chmod 600 on it")
            data = file.read(_MOST_PRIVATE_BYTES + 1)
    except OSError as error:
        raise WorkError(f"the key file {path} cannot be read: {error.strerror}") from None
    if len(data) > _MOST_PRIVATE_BYTES:
        raise WorkError(f"the key file {path} is too large to be one")
    return data


def read_passphrase(path: Path) -> bytes:
    """The first line of a file, without its end. Raises UsageError where there is none."""
    line = _read(path, _MOST_PASSPHRASE_BYTES, "the passphrase file").split(b"\n", 1)[0].rstrip(b"\r")
    if not line:
        raise UsageError(f"the passphrase file {path} begins with an empty line: write the passphrase there")
    return line


def _read(path: Path, most: int, what: str) -> bytes:
    try:
        with open_regular(path, or_stream=True) as file:
            data = file.read(most + 1)
    except OSError as error:
        raise UsageError(f"{what} {path} cannot be read: {error.strerror}") from None
    if len(data) > most:
        raise UsageError(f"{what} {path} is larger than {most} bytes; is it the right file?")
    return data
