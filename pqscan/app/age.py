"""Files encrypted for those who may read them, in the format of age (https://age-encryption.org/v1), by pyrage.

The plain text is kept in memory alone, and never longer than `MOST_BYTES`. It keeps a lost or copied file from being read by
chance: hygiene on the way, no protection of state secrets. Keys are X25519, as `age-keygen` makes them."""

from __future__ import annotations

import io
import os
import secrets
import stat
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import BinaryIO

from pqscan.app.place import owner_only
from pqscan.errors import UsageError, WorkError
from pqscan.registry.foreign_file import open_regular

SUFFIX = ".age"
MOST_BYTES = 1 << 30  # of one plain text
_HEAD = b"age-encryption.org/v1\n"
_MOST_KEY_FILE_BYTES = 1 << 16
_MOST_KEYS = 100
_identities: list[object] = []


def recipients(words: Iterable[str]) -> tuple[object, ...]:
    """Those whom `age1...` or the lines of `@FILE` name. Raises UsageError for what is none, WorkError where pyrage is missing."""
    names: list[str] = []
    for word in words:
        names += _lines(Path(word[1:]), "the file of recipients") if word.startswith("@") else [word.strip()]
    if len(names) > _MOST_KEYS:
        raise UsageError(f"more than {_MOST_KEYS} recipients are named: encrypt for fewer at once")
    age = _pyrage()
    found = []
    for name in names:
        try:
            found.append(age.x25519.Recipient.from_str(name))
        except (age.RecipientError, UnicodeError):
            raise UsageError(f"{ascii(name)[:40]} is no recipient of age: give age1... from age-keygen, or @FILE") from None
    return tuple(found)


def use_identities(path: Path) -> None:
    """From now on what was encrypted for one of the keys in the file (AGE-SECRET-KEY-1...) can be read in this process.

    Raises UsageError where no key stands in it, WorkError where others can read it or pyrage is missing."""
    age = _pyrage()
    for line in _lines(path, "the file of identities", private=True):
        try:
            _identities.append(age.x25519.Identity.from_str(line))
        except (age.IdentityError, UnicodeError):
            raise UsageError(f"the file of identities {path} holds a line that is no key: take what age-keygen wrote") from None


def is_encrypted(data: bytes) -> bool:
    """Whether bytes begin as a file of age does."""
    return data.startswith(_HEAD)


def decrypted(data: bytes, what: str, most: int) -> bytes:
    """The plain text, at most so many bytes of it; bytes that are no file of age as they are.

    Raises UsageError where none of our keys opens it, or where it is longer, altered or cut."""
    if not is_encrypted(data):
        return data
    if not _identities:
        raise UsageError(f"{what} is encrypted: name the file with your key by --age-identity")
    age = _pyrage()
    plain = _Bounded(most)
    try:
        age.decrypt_io(io.BytesIO(data), plain, _identities)
    except _TooLong:
        raise UsageError(f"{what} is larger than {most} bytes when it is decrypted; is it the right file?") from None
    except age.DecryptError:
        raise UsageError(f"{what} is encrypted for somebody else, or damaged: ask for it anew") from None
    except OSError:
        raise UsageError(f"{what} was altered or cut after it was encrypted: ask for it anew") from None
    return plain.getvalue()


@contextmanager
def encrypting(file: BinaryIO, to: Sequence[object]) -> Iterator[BinaryIO]:
    """What is written into it reaches the file encrypted, when all of it is there; without recipients it is the file itself."""
    if not to:
        yield file
        return
    plain = _Bounded(MOST_BYTES)
    try:
        yield plain
    except _TooLong:
        raise WorkError(f"more than {MOST_BYTES} bytes cannot be encrypted at once: encrypt the file by age itself") from None
    plain.seek(0)
    _pyrage().encrypt_io(plain, file, list(to))


def is_encrypted_file(path: Path) -> bool:
    """Whether a file begins as one of age does; one that cannot be read does not."""
    try:
        with open_regular(path) as file:
            return is_encrypted(file.read(len(_HEAD)))
    except OSError:
        return False


def encrypt_file(plain: Path, goal: Path, to: Sequence[object]) -> None:
    """Writes a file of any length encrypted into a new one of mode 0600, whole or not at all. Raises WorkError."""
    partial = goal.with_name(f".pqscan-{secrets.token_hex(8)}")
    try:
        try:
            with plain.open("rb") as source, open(partial, "xb", opener=owner_only) as file:
                _pyrage().encrypt_io(source, file, list(to))
                file.flush()
                os.fsync(file.fileno())
            os.replace(partial, goal)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise WorkError(f"nothing can be written to {goal}: {error.strerror or error}") from None


def decrypt_file(path: Path, goal: Path, what: str) -> None:
    """Writes the plain text of a file of any length into a new one of mode 0600: it is never longer than what is encrypted.

    Raises UsageError where none of our keys opens it, or where it is altered or cut, WorkError where it cannot be written; what
    was written until then is left for the caller to delete."""
    if not _identities:
        raise UsageError(f"{what} is encrypted: name the file with your key by --age-identity")
    age = _pyrage()
    try:
        with open_regular(path) as source, open(goal, "xb", opener=owner_only) as file:
            plain = _Kept(file)
            try:
                age.decrypt_io(source, plain, _identities)
            except age.DecryptError:
                raise UsageError(f"{what} is encrypted for somebody else, or damaged: ask for it anew") from None
            except OSError:
                if plain.failure is not None:
                    raise plain.failure from None
                raise UsageError(f"{what} was altered or cut after it was encrypted: ask for it anew") from None
    except OSError as error:
        raise WorkError(f"the plain text of {what} cannot be written to {goal.parent}: {error.strerror or error}") from None


class _Kept(io.RawIOBase):
    """Writes to a file, and remembers what hinders it: age tells a full disk and a cut message by one kind of error."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.failure: OSError | None = None

    def writable(self) -> bool:
        return True

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # Whatever has a length.
        try:
            return self._file.write(data)
        except OSError as error:
            self.failure = error
            raise


class _TooLong(Exception):
    pass


class _Bounded(io.BytesIO):
    def __init__(self, most: int) -> None:
        super().__init__()
        self._most = most

    def write(self, data: bytes, /) -> int:  # type: ignore[override]  # Whatever has a length.
        if self.tell() + len(data) > self._most:
            raise _TooLong
        return super().write(data)


def _lines(path: Path, what: str, *, private: bool = False) -> list[str]:
    """The lines of a file of keys, without comments."""
    try:
        with open_regular(path, or_stream=True) as file:
            if private and os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise WorkError(f"{what} {path} can be read by others: take its keys as known to them, or run chmod 600 on it")
            data = file.read(_MOST_KEY_FILE_BYTES + 1)
    except OSError as error:
        raise UsageError(f"{what} {path} cannot be read: {error.strerror}") from None
    if len(data) > _MOST_KEY_FILE_BYTES:
        raise UsageError(f"{what} {path} is larger than {_MOST_KEY_FILE_BYTES} bytes; is it the right file?")
    lines = [line.strip() for line in data.decode("utf-8", "replace").splitlines()]
    found = [line for line in lines if line and not line.startswith("#")]
    if not found:
        raise UsageError(f"{what} {path} names nobody: write one key on a line")
    return found[: _MOST_KEYS + 1]


def _pyrage() -> ModuleType:
    try:
        return import_module("pyrage")
    except ImportError:
        raise WorkError("files of age need pyrage, which is missing: install this program's `encrypted` extra") from None
