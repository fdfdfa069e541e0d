"""Policy packs as files: a folder of them, checking and signing them.

A signature is detached, Ed25519 (RFC 8032) over the bytes of the file, in NAME.toml.sig beside it; `openssl pkeyutl -verify -rawin`
verifies it too."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from pqscan.errors import UsageError, WorkError
from pqscan.policy.reading import check_policy, read_policy
from pqscan.policy.rows import LARGEST_FILE_BYTES, Problem
from pqscan.policy.rule import PolicyEdition
from pqscan.policy.shelf import Shelf
from pqscan.registry.foreign_file import open_regular

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

MOST_PACKS = 500  # in a folder
MOST_KEY_BYTES = 65_536
SIGNATURE_BYTES = 64
_MAKE_A_KEY = "make one with: openssl genpkey -algorithm ed25519 -out private.pem"


class SignatureState(StrEnum):
    UNSIGNED = "unsigned"
    UNCHECKED = "unchecked"  # there is one, and no key was given
    VALID = "valid"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class CheckedPack:
    """One file: the edition in it, None where it has faults."""

    path: Path
    edition: PolicyEdition | None
    problems: tuple[Problem, ...]
    signature: SignatureState
    replaces: bool = False


def read_folder(folder: Path) -> Shelf:
    """The packs of a folder beside those that come with pqscan. Raises UsageError for a folder without packs and for the first
    fault of a pack."""
    return Shelf.of(read_policy(_content(path, LARGEST_FILE_BYTES + 1, or_stream=True), str(path)) for path in _packs_in(folder))


def check(place: Path, key: Path | None = None) -> tuple[CheckedPack, ...]:
    """Every pack of a folder, or one file, with all its faults. With a public key, signatures are verified. Raises UsageError where
    there is nothing to check or the key is none."""
    public = None if key is None else _public_key(key)
    paths = _packs_in(place) if place.is_dir() else (place,)
    checked = [_checked(path, public) for path in paths]
    return tuple(_with_shelf(checked))


def _checked(path: Path, key: Ed25519PublicKey | None) -> CheckedPack:
    content = _content(path, LARGEST_FILE_BYTES + 1, or_stream=True)
    edition, problems = check_policy(content, str(path))
    return CheckedPack(path, edition, problems, _signature_state(path, content, key))


def _with_shelf(checked: Iterable[CheckedPack]) -> Iterable[CheckedPack]:
    """What only shows among packs: one id twice, an id that no pack may have, whom a pack replaces."""
    seen: list[PolicyEdition] = []
    for pack in checked:
        if pack.edition is None:
            yield pack
            continue
        try:
            shelf = Shelf.of([*seen, pack.edition])
        except UsageError as error:
            yield CheckedPack(pack.path, None, (Problem(f"{pack.path}: {error}"),), pack.signature)
            continue
        seen.append(pack.edition)
        yield CheckedPack(pack.path, pack.edition, (), pack.signature, shelf.own[pack.edition.id].replaces)


def sign(path: Path, key: Path) -> Path:
    """Writes the signature of a pack beside it, in the place of an older one. Raises UsageError for a pack with faults and for a
    key that is none, WorkError where it cannot be written."""
    private = _private_key(key)
    content = _content(path, LARGEST_FILE_BYTES + 1, or_stream=True)
    read_policy(content, str(path))
    signature = _signature_path(path)
    try:
        signature.write_bytes(private.sign(content))
    except OSError as error:
        raise WorkError(f"the signature cannot be written to {signature}: {error.strerror}") from None
    return signature


def _packs_in(folder: Path) -> tuple[Path, ...]:
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix == ".toml")
    except OSError as error:
        raise UsageError(f"the folder of policies {folder} cannot be read: {error.strerror}") from None
    if not paths:
        raise UsageError(f"the folder of policies {folder} holds no policy: packs are files that end in .toml")
    if len(paths) > MOST_PACKS:
        raise UsageError(f"the folder of policies {folder} holds more than {MOST_PACKS} files that end in .toml")
    return tuple(paths)


def _content(path: Path, most: int, *, or_stream: bool = False) -> bytes:
    try:
        with open_regular(path, or_stream=or_stream) as file:
            return file.read(most)
    except OSError as error:
        raise UsageError(f"the file {path} cannot be read: {error.strerror}") from None


def _signature_path(path: Path) -> Path:
    return path.with_name(path.name + ".sig")


def _signature_state(path: Path, content: bytes, key: Ed25519PublicKey | None) -> SignatureState:
    from cryptography.exceptions import InvalidSignature

    signature = _signature_path(path)
    if not signature.exists():
        return SignatureState.UNSIGNED
    if key is None:
        return SignatureState.UNCHECKED
    try:
        key.verify(_content(signature, SIGNATURE_BYTES + 1), content)
    except InvalidSignature:
        return SignatureState.WRONG
    return SignatureState.VALID


def _public_key(path: Path) -> Ed25519PublicKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = serialization.load_pem_public_key(_content(path, MOST_KEY_BYTES))
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(
            f"{path} is no public key in PEM: openssl pkey -in private.pem -pubout -out public.pem writes one"
        ) from None
    if not isinstance(key, Ed25519PublicKey):
        raise UsageError(f"{path} is no Ed25519 key; {_MAKE_A_KEY}")
    return key


def _private_key(path: Path) -> Ed25519PrivateKey:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    try:
        key = serialization.load_pem_private_key(_content(path, MOST_KEY_BYTES), None)
    except TypeError:
        raise UsageError(
            f"the key {path} has a passphrase, which pqscan does not ask for: openssl pkey -in {path} takes it off"
        ) from None
    except (ValueError, UnsupportedAlgorithm):
        raise UsageError(f"{path} is no private key in PEM; {_MAKE_A_KEY}") from None
    if not isinstance(key, Ed25519PrivateKey):
        raise UsageError(f"{path} is no Ed25519 key; {_MAKE_A_KEY}")
    return key
