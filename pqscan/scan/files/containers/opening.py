"""Chooses what reads a container, by its first octets, and gives it what it needs: some formats can only be read from a file
in which one can go back, so what comes as a stream is held in memory for them, within a bound."""

from __future__ import annotations

import io

from pqscan.model.reason import Reason
from pqscan.registry.file_kinds import HEAD_OCTETS, FileKind, kind_of
from pqscan.scan.files.bounds import Counted, Left
from pqscan.scan.files.containers import ar, compressed, cpio, rpm, tar, zipped
from pqscan.scan.files.containers.member import BrokenContainer, Opened

_MOST_HELD = 64 << 20
"""Octets of an archive in an archive that is held whole, as its table stands at its end."""
_TAR = FileKind("tar", (), 0, is_opened=True)


def is_container(head: bytes) -> FileKind | None:
    """The kind that the first octets tell; None for plain content."""
    kind = kind_of(head[:HEAD_OCTETS])
    if kind is None and tar.has_checksum(head[:HEAD_OCTETS]):
        return _TAR
    return kind


def members_of(
    kind: FileKind, first: bytes, rest: io.RawIOBase | None, whole: io.BufferedIOBase | None, name: str, left: Left
) -> Opened:
    """The members of a container that begins with `first` and goes on with `rest` (None: that was all). `whole` is the same as a
    file in which one can go back, where there is one. `name` is the container's own. Raises BrokenContainer."""
    if not kind.is_opened:
        raise BrokenContainer(Reason.of("container_not_opened", kind=kind.name))
    if kind.name == "zip":
        return zipped.members(whole or _held(first, rest), left)
    stream = Counted(io.BytesIO(first), left) if rest is None else _Joined(first, rest)
    if kind.name == "tar":
        return tar.members(stream)
    if kind.name == "ar":
        return ar.members(stream)
    if kind.name == "cpio":
        return cpio.members(stream)
    if kind.name == "rpm":
        return rpm.members(stream, left)
    return compressed.members(kind.name, stream, name, left)


def _held(first: bytes, rest: io.RawIOBase | None) -> io.BytesIO:
    parts, size = [first], len(first)
    while rest is not None and (part := rest.read(1 << 20)):
        parts.append(part)
        size += len(part)
        if size > _MOST_HELD:
            raise BrokenContainer(Reason.of("container_too_large_inside", megabytes=_MOST_HELD >> 20))
    return io.BytesIO(b"".join(parts))


class _Joined(io.RawIOBase):
    """The octets that were read to see what it is, then the others."""

    def __init__(self, first: bytes, rest: io.RawIOBase) -> None:
        super().__init__()
        self._first = memoryview(first)
        self._rest = rest

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1, /) -> bytes:
        if self._first:
            part = bytes(self._first if size < 0 else self._first[:size])
            self._first = self._first[len(part) :]
            return part
        return self._rest.read(size) or b""

    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]  # Any writable buffer in typeshed.
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)
