"""The file in which a snapshot is carried (`.pqsnap`): two lines and the bytes of files, nothing else.

The first line names the format. The second is canonical JSON: the snapshot, its seal, and which of the sealed files follow.
Then come those files' bytes in that order, of the sizes and SHA-256 that the snapshot gives. There is no compression, no offset,
no path and no byte that is not accounted for, so that a reader can be checked and a file cannot be two things at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from pqscan.errors import MalformedMessage
from pqscan.readiness.foreign_json import Json, canonical, read_canonical
from pqscan.readiness.seal import Seal
from pqscan.readiness.snapshot import MOST_FILES, MOST_SNAPSHOT_BYTES, SealedFile, Snapshot

FIRST_LINE = b"pqscan-unit-file/1\n"
MOST_HEADER_BYTES = 2 * MOST_SNAPSHOT_BYTES
MOST_UNIT_FILE_BYTES = 512 << 20


@dataclass(frozen=True, slots=True)
class UnitFile:
    """A snapshot with its seal, and the bytes of those of its files that are carried along (by name)."""

    snapshot: Snapshot
    seal: Seal
    files: Mapping[str, bytes]

    def encode(self) -> bytes:
        names = sorted(self.files)
        carried: list[Json] = list(names)
        header = canonical({"snapshot": json.loads(self.snapshot.encode()), "seal": self.seal.document(), "files": carried})
        return b"".join((FIRST_LINE, header, b"\n", *(self.files[name] for name in names)))

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Raises MalformedMessage. Sizes and digests are checked here, signatures and what they are worth are not."""
        if not data.startswith(FIRST_LINE):
            raise MalformedMessage("this is no unit file of pqscan, or one of another format")
        end = data.find(b"\n", len(FIRST_LINE), len(FIRST_LINE) + MOST_HEADER_BYTES)
        if end < 0:
            raise MalformedMessage("the unit file's second line has no end or is too long")
        fields = read_canonical(data[len(FIRST_LINE) : end], "the unit file")
        document = fields.document("snapshot")
        seal = Seal.read(fields.table("seal"))
        names = fields.texts("files", MOST_FILES, 100)
        fields.done()
        snapshot = Snapshot.decode(document)
        if hashlib.sha256(document).hexdigest() != seal.digest:
            raise MalformedMessage("the snapshot in the unit file is not the one that was sealed")
        if list(names) != sorted(set(names)):
            raise MalformedMessage("the unit file's files are not in their order, or one is named twice")
        return cls(snapshot, seal, _files(data, end + 1, names, {file.name: file for file in snapshot.files}))


def _files(data: bytes, start: int, names: tuple[str, ...], sealed: Mapping[str, SealedFile]) -> dict[str, bytes]:
    unknown = next((name for name in names if name not in sealed), None)
    if unknown is not None:
        raise MalformedMessage(f"the file {unknown!a} in the unit file was not sealed with the snapshot")
    if start + sum(sealed[name].size for name in names) != len(data):
        raise MalformedMessage("the unit file is cut off, or something was put behind its end")
    found = {}
    for name in names:
        content = data[start : start + sealed[name].size]
        start += len(content)
        if hashlib.sha256(content).hexdigest() != sealed[name].sha256:
            raise MalformedMessage(f"the file {name} in the unit file is not the one that was sealed")
        found[name] = content
    return found
