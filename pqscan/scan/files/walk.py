"""From paths to regular files in a fixed order: no link is followed, no file system of the kernel entered, nothing waited for.

A link that is named itself is followed, as its user meant what it points to.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pqscan.model.outcome import OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.scan.files.reading import of_system

_MOUNTS = Path("/proc/self/mountinfo")
_PSEUDO = frozenset({
    "autofs", "binfmt_misc", "bpf", "cgroup", "cgroup2", "configfs", "debugfs", "devpts", "devtmpfs", "efivarfs", "fusectl",
    "hugetlbfs", "mqueue", "nsfs", "proc", "pstore", "rpc_pipefs", "securityfs", "selinuxfs", "sysfs", "tracefs",
})  # fmt: skip
"""File systems of Linux whose files are the kernel's answers: some have no end, some do something when they are read."""
_KINDS = (
    (stat.S_ISFIFO, "fifo"), (stat.S_ISSOCK, "socket"), (stat.S_ISCHR, "character_device"), (stat.S_ISBLK, "block_device"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file. `identity` is (device, inode): the same for further names of one file, of which there are `links`.
    `changed_ns` is when the system last changed it or what it tells of it, which no program sets at will."""

    path: str
    size: int
    modified_ns: int
    changed_ns: int
    identity: tuple[int, int]
    links: int


@dataclass(frozen=True, slots=True)
class Skipped:
    """What is no regular file, or could not be looked at."""

    path: str
    status: OutcomeStatus
    reason: Reason


Step = Entry | Skipped


LeftOut = Callable[[str], Reason | None]
"""Why what lies at a path must not be looked at; None where it may."""


def walk(paths: Iterable[str], *, one_file_system: bool = False, left_out: LeftOut | None = None) -> Iterator[Step]:
    """Every regular file below the paths, once, folders in the order of the octets of their names. What is `left_out` is told, and
    not looked into."""
    pseudo = _pseudo_mounts()
    seen: set[tuple[int, int]] = set()
    for path in _outermost(paths):
        try:
            found = os.stat(path)
        except (OSError, ValueError) as error:
            yield Skipped(path, OutcomeStatus.UNREACHABLE, of_system(error))
            continue
        if not stat.S_ISDIR(found.st_mode):
            yield _step(path, found)
            continue
        device = found.st_dev if one_file_system else None
        stack: list[Iterator[str]] = [iter((path,))]
        while stack:
            inner = next(stack[-1], None)
            if inner is None:
                stack.pop()
                continue
            reason = None if left_out is None else left_out(inner)
            if reason is not None:
                yield Skipped(inner, OutcomeStatus.EXCLUDED, reason)
                continue
            if inner != path and os.path.islink(inner):  # It was a folder when it was listed.
                yield Skipped(inner, OutcomeStatus.CLOSED_EARLY, Reason.of("file_changed_meanwhile"))
                continue
            listed = yield from _folder(inner, device, pseudo, seen, left_out)
            stack.append(iter(listed))


def _folder(
    path: str, device: int | None, pseudo: frozenset[str], seen: set[tuple[int, int]], left_out: LeftOut | None
) -> Generator[Step, None, list[str]]:
    """Gives the files of one folder; returns the folders in it."""
    if path in pseudo:
        yield Skipped(path, OutcomeStatus.EXCLUDED, Reason.of("folder_of_the_kernel"))
        return []
    folders: list[str] = []
    try:
        found = os.stat(path)
        if device is not None and found.st_dev != device:
            yield Skipped(path, OutcomeStatus.EXCLUDED, Reason.of("folder_of_other_file_system"))
            return folders
        if (found.st_dev, found.st_ino) in seen:  # A second mount of the same, perhaps in itself.
            yield Skipped(path, OutcomeStatus.EXCLUDED, Reason.of("folder_seen_already"))
            return folders
        seen.add((found.st_dev, found.st_ino))
        with os.scandir(path) as listing:
            entries = sorted(listing, key=lambda entry: os.fsencode(entry.name))
    except OSError as error:
        yield Skipped(path, OutcomeStatus.UNREACHABLE, of_system(error))
        return folders
    for entry in entries:
        try:
            if entry.is_symlink():
                continue
            if entry.is_dir(follow_symlinks=False):
                folders.append(entry.path)
                continue
            reason = None if left_out is None else left_out(entry.path)
            if reason is not None:
                yield Skipped(entry.path, OutcomeStatus.EXCLUDED, reason)
                continue
            yield _step(entry.path, entry.stat(follow_symlinks=False))
        except OSError as error:
            yield Skipped(entry.path, OutcomeStatus.UNREACHABLE, of_system(error))
    return folders


def _step(path: str, found: os.stat_result) -> Step:
    if stat.S_ISREG(found.st_mode):
        return Entry(path, found.st_size, found.st_mtime_ns, found.st_ctime_ns, (found.st_dev, found.st_ino), found.st_nlink)
    kind = next((name for fits, name in _KINDS if fits(found.st_mode)), "other")
    return Skipped(path, OutcomeStatus.EXCLUDED, Reason.of("no_regular_file", kind=kind))


def _outermost(paths: Iterable[str]) -> list[str]:
    """The paths without those that lie below another of them, in their order."""
    absolute = list(dict.fromkeys(os.path.abspath(path) for path in paths))
    prefixes = {path.rstrip("/") + "/" for path in absolute if os.path.isdir(path) and not os.path.islink(path)}
    return [
        path
        for path in absolute
        if not any(
            path.startswith(prefix) and not _crosses_link(prefix, path) for prefix in prefixes if prefix != path.rstrip("/") + "/"
        )
    ]


def _crosses_link(prefix: str, path: str) -> bool:
    """Whether the way from the outer folder to the path goes over a link, which the walk would not follow."""
    while len(path) > len(prefix):
        if os.path.islink(path):
            return True
        path = os.path.dirname(path)
    return False


def _pseudo_mounts() -> frozenset[str]:
    """Where Linux shows the kernel's own file systems; nowhere on other systems."""
    try:
        lines = _MOUNTS.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return frozenset()
    found: set[str] = set()
    for line in lines:
        fields, _, rest = line.partition(" - ")
        places, kinds = fields.split(" "), rest.split(" ")
        if len(places) > 4 and kinds[0] in _PSEUDO:
            found.add(places[4].replace("\\040", " ").replace("\\011", "\t").replace("\\012", "\n").replace("\\134", "\\"))
    return frozenset(found)


def is_gone(path: str) -> bool:
    """Whether the system says that nothing is there: of a folder that may not be entered any more it says nothing."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except (OSError, ValueError):
        return False
    return False
