"""Vectors in a folder that the user names: C2SP CCTV (`cctv/`), examples of the LAMPS drafts and RFCs (`lamps/`), Wycheproof
(`wycheproof/`). Whatever lies there is somebody else's: reading is bounded, and anything but a regular file is refused."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from pathlib import Path

from pqscan.errors import UsageError
from pqscan.harness.vectors.fields import DamagedVectors, Fields, parse
from pqscan.registry.foreign_file import open_regular

MOST_FILE_BYTES = 16 << 20  # The largest published file has 4 MB; JSON of empty objects takes 25 times its size in memory.
MOST_UNPACKED_BYTES = 16 << 20


@dataclass(frozen=True, slots=True)
class ExtraFolder:
    """A folder with `cctv`, `lamps` or `wycheproof` in it."""

    path: Path

    def has(self, name: str) -> bool:
        """Whether there is such a file, packed or not."""
        return any((self.path / f"{name}{ending}").exists() for ending in ("", ".gz"))

    def names(self, folder: str) -> tuple[str, ...]:
        """The files below one of the folders, as `read` takes them, sorted; none where the folder is not there."""
        try:
            found = [f"{folder}/{path.name.removesuffix('.gz')}" for path in (self.path / folder).iterdir()]
        except OSError:
            return ()
        return tuple(sorted(set(found)))

    def read(self, name: str) -> bytes:
        """The bytes of a file, unpacked where `.gz` lies there. Raises DamagedVectors: not there, no regular file, too large,
        or damaged."""
        packed = (self.path / f"{name}.gz").exists()
        path = self.path / (f"{name}.gz" if packed else name)
        try:
            with open_regular(path) as file:
                data = file.read(MOST_FILE_BYTES + 1)
        except OSError as error:
            raise DamagedVectors(f"{name} cannot be read: {error.strerror}") from error
        if len(data) > MOST_FILE_BYTES:
            raise DamagedVectors(f"{name} is larger than {MOST_FILE_BYTES} bytes")
        return _unpacked(data, name) if packed else data

    def fields(self, name: str) -> Fields:
        return parse(self.read(name), name)


def _unpacked(data: bytes, name: str) -> bytes:
    unpacker = zlib.decompressobj(31)
    try:
        found = unpacker.decompress(data, MOST_UNPACKED_BYTES)
    except zlib.error:
        raise DamagedVectors(f"{name} is damaged: it does not unpack") from None
    if unpacker.unconsumed_tail:
        raise DamagedVectors(f"{name} is larger than {MOST_UNPACKED_BYTES} bytes when unpacked")
    if not unpacker.eof:
        raise DamagedVectors(f"{name} is damaged: it ends too early")
    return found


def extra_folder(path: str | Path) -> ExtraFolder:
    """Raises UsageError where none of the folders is in it."""
    folder = Path(path)
    if not any((folder / name).is_dir() for name in ("cctv", "lamps", "wycheproof")):
        raise UsageError(f"{folder} holds no extra vectors: there is no folder cctv, lamps or wycheproof in it")
    return ExtraFolder(folder)
