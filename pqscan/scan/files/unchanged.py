"""What a folder held when it was looked at last: files that were read whole and did not change since are not read again.

Told is that by a digest of a file's name, size, times and inode, made with the edition of what was looked for: no name is kept, and
whatever looks for other things believes nothing of it. A file that changed shortly before it was looked at is not believed, as
it may have changed once more within the same tick of the file system's clock."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import islice

from pqscan.scan.files.walk import Entry, Step

DIGEST_OCTETS = 16
_RACY_NS = 2_000_000_000
_STEPS_AT_ONCE = 1024  # of a walk, whose folders are looked up together
_MOST_FILES = 200_000  # of one folder; where there are more, all of them are read each time

Load = Callable[[Collection[str]], Mapping[str, bytes]]


def digest_of(entry: Entry, edition: bytes) -> bytes:
    """`edition` has up to 64 octets."""
    told = b"%d %d %d %d " % (entry.size, entry.modified_ns, entry.changed_ns, entry.identity[1])
    return blake2b(told + os.fsencode(os.path.basename(entry.path)), digest_size=DIGEST_OCTETS, key=edition).digest()


@dataclass(slots=True)
class _Folder:
    """`before` is what was known of it, `now` what is known; `reading` are files whose end nobody told yet, with their digest
    (None: not to be believed). `is_past`: the walk has left it."""

    before: frozenset[bytes]
    now: set[bytes] = field(default_factory=set)
    reading: dict[str, bytes | None] = field(default_factory=dict)
    is_past: bool = False
    is_news: bool = False


class Unchanged:
    """Sorts out of a walk what need not be read. `load` gives what is known of folders; `now_ns` is the time of day, in the unit of
    the file system's. Files that were `named` themselves are always read: a look at one says nothing of its folder. So are those
    that are `doubted`, whatever is known of them."""

    def __init__(
        self,
        edition: bytes,
        load: Load,
        now_ns: Callable[[], int],
        named: Collection[str] = (),
        doubted: Collection[str] = (),
    ) -> None:
        self._edition = edition
        self._load = load
        self._now_ns = now_ns
        self._named = frozenset(named)
        self._doubted = frozenset(doubted)
        self._folders: dict[str, _Folder] = {}
        self._open: _Folder | None = None
        self._open_path = ""

    def changed(self, steps: Iterable[Step], unchanged: Callable[[Entry], None]) -> Iterator[Step]:
        """The steps that must be taken; `unchanged` is told the files that need not be read."""
        walk = iter(steps)
        while True:
            before = self._now_ns()  # Before anything is told of the files, so that the doubt is never shorter than it should be.
            portion = list(islice(walk, _STEPS_AT_ONCE))
            if not portion:
                break
            folders = {os.path.dirname(step.path) for step in portion if isinstance(step, Entry)}
            known = self._load(folders - self._folders.keys())
            for step in portion:
                if not isinstance(step, Entry) or step.path in self._named or not self._is_unchanged(step, known, before):
                    yield step
                else:
                    unchanged(step)
        self._leave()

    def read(self, path: str, *, whole: bool) -> None:
        """A file was looked at; `whole`: nothing in it was left out."""
        folder = self._folders.get(os.path.dirname(path))
        if folder is None or path not in folder.reading:
            return
        digest = folder.reading.pop(path)
        if whole and digest is not None:
            folder.now.add(digest)
            folder.is_news = True

    def news(self) -> list[tuple[str, bytes]]:
        """What is known now of folders and was not known before. What is not through yet keeps what was known before."""
        told: list[tuple[str, bytes]] = []
        for path, folder in list(self._folders.items()):
            is_through = folder.is_past and not folder.reading
            files = folder.now if is_through else folder.now | folder.before
            if len(files) <= _MOST_FILES and (folder.is_news or (is_through and files != folder.before)):
                told.append((path, b"".join(sorted(files))))
            folder.is_news = False
            if is_through:
                del self._folders[path]
        return told

    def _is_unchanged(self, entry: Entry, known: Mapping[str, bytes], looked_at_ns: int) -> bool:
        folder = self._folder(os.path.dirname(entry.path), known)
        digest = digest_of(entry, self._edition)
        if digest in folder.before and entry.path not in self._doubted:
            folder.now.add(digest)
            return True
        is_old = max(entry.modified_ns, entry.changed_ns) < looked_at_ns - _RACY_NS
        folder.reading[entry.path] = digest if is_old else None
        return False

    def _folder(self, path: str, known: Mapping[str, bytes]) -> _Folder:
        """All files of a folder come one after another."""
        if self._open is None or path != self._open_path:
            self._leave()
            self._open, self._open_path = self._folders.setdefault(path, _Folder(_split(known.get(path, b"")))), path
        return self._open

    def _leave(self) -> None:
        if self._open is not None:
            self._open.is_past = True
            self._open = None


def _split(files: bytes) -> frozenset[bytes]:
    return frozenset(files[place : place + DIGEST_OCTETS] for place in range(0, len(files), DIGEST_OCTETS))
