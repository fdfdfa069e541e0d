"""The scan of files over trees that are on this machine: files and octets a CPU second, beside the peers that install."""

from __future__ import annotations

import os
import shutil
import tarfile
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.means import Bench, remove_store, shown
from bench.process import Ended
from bench.result import Goal, Section, megabytes

_MOST_SECONDS = 900
_FILES_GOAL, _RATE_GOAL, _MEMORY_GOAL, _UNCHANGED_GOAL = 2000, 300e6, 300e6, 20_000
_SOURCES, _PROGRAMS, _ARCHIVES, _AGAIN = "source code", "programs", "archives", "source code again, unchanged"
_LEAST_FOR_GOAL = 1000  # files: in fewer the start of the program is most of it
_PEERS = {
    "cdxgen": ("{program}", "-o", "{output}", "{tree}"),
    "PostShor": ("{program}", "scan", "{tree}", "-q", "-o", "{output}"),
    "qrp-mcp": ("{program}", "scan", "{tree}", "--out", "{output}"),
    "qtrust-inspector": ("{program}", "directory", "{tree}", "-o", "{output}"),
    "cbomkit-theia": ("{program}", "dir", "{tree}"),
}


@dataclass(frozen=True, slots=True)
class _Tree:
    name: str
    path: Path
    files: int
    octets: int


def measure(bench: Bench) -> Section:
    section = Section(
        "Files: the same trees, all rules",
        ("tree", "files", "octets", "program", "wall s", "CPU s", "files a CPU s", "MB a CPU s", "peak resident"),
    )
    trees = tuple(_trees(bench))
    own: dict[str, Ended] = {}
    for tree in trees:
        store = bench.fresh_store()
        own[tree.name] = _line(section, tree, "pqscan", bench.pqscan(store, "scan", "files", str(tree.path), watch_memory=True))
        if tree.name == _SOURCES:
            again = _Tree(_AGAIN, tree.path, tree.files, tree.octets)
            own[_AGAIN] = _line(section, again, "pqscan", bench.pqscan(store, "scan", "files", str(tree.path), watch_memory=True))
        remove_store(store)
        for name, words in _PEERS.items():
            _peer(section, bench, tree, name, words)
    section.notes += [
        "Source code is that of Go's library, programs are shared libraries of this system, archives hold the source code as tar, "
        "tar.gz and zip.",
        "A peer's line says only that it went through the tree, not what it found there: the corpus says that.",
    ]
    section.goals += list(_goals(trees, own))
    return section


def _trees(bench: Bench) -> Iterator[_Tree]:
    source = _go_source()
    programs = bench.folder / "programs"
    _copy_some(Path("/usr/lib"), programs, 100_000_000 if bench.fast else 600_000_000)
    if source is not None:
        yield _measured(_SOURCES, source / "crypto" if bench.fast else source)
    yield _measured(_PROGRAMS, programs)
    if source is not None:
        yield _measured(_ARCHIVES, _archived(source / "crypto" if bench.fast else source, bench.folder / "archives"))


def _go_source() -> Path | None:
    go = shutil.which("go")
    found = None if go is None else Path(go).resolve().parent.parent / "src"
    return found if found is not None and found.is_dir() else None


def _copy_some(origin: Path, target: Path, octets: int) -> None:
    """Shared libraries of the system, until there are enough: the tree is then the same file system as the others."""
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    for path in sorted(origin.rglob("*.so*")):
        if octets > 0 and path.is_file() and not path.is_symlink():
            shutil.copyfile(path, target / f"{octets}-{path.name}")
            octets -= path.stat().st_size


def _archived(origin: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    target.mkdir(parents=True)
    with tarfile.open(target / "source.tar", "w") as plain, tarfile.open(target / "source.tgz", "w:gz", compresslevel=6) as packed:
        plain.add(origin, "src")
        packed.add(origin, "src")
    with zipfile.ZipFile(target / "source.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(origin.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(origin))
    return target


def _measured(name: str, path: Path) -> _Tree:
    files = octets = 0
    for folder, _, names in os.walk(path):
        for each in names:
            told = os.lstat(os.path.join(folder, each))
            files, octets = files + 1, octets + told.st_size
    return _Tree(name, path, files, octets)


def _peer(section: Section, bench: Bench, tree: _Tree, name: str, words: tuple[str, ...]) -> None:
    found = bench.peers[name]
    if found.path is None:
        section.miss(tree.name, "", "", name, found.reason)
        return
    output = bench.folder / "peer-output.json"
    command = [word.format(program=found.path, tree=tree.path, output=output) for word in words]
    ended = bench.run(command, most_seconds=60 if bench.fast else _MOST_SECONDS, watch_memory=True)
    _line(section, tree, found.label, ended, is_peer=True)


def _line(section: Section, tree: _Tree, label: str, ended: Ended, *, is_peer: bool = False) -> Ended:
    section.commands.append(shown(ended.command))
    if ended.out_of_time or (ended.failure and not is_peer):
        section.miss(tree.name, f"{tree.files:,}", megabytes(tree.octets), label, ended.failure)
        return ended
    spent = max(ended.cpu_seconds, 1e-3)
    section.rows.append(
        (tree.name, f"{tree.files:,}", megabytes(tree.octets), label if not ended.failure else f"{label} ({ended.failure[:60]})",
         f"{ended.seconds:.1f}", f"{ended.cpu_seconds:.1f}", f"{tree.files / spent:,.0f}", f"{tree.octets / spent / 1e6:,.1f}",
         megabytes(ended.peak_bytes))
    )  # fmt: skip
    return ended


def _goals(trees: tuple[_Tree, ...], own: dict[str, Ended]) -> Iterator[Goal]:
    by_name = {tree.name: tree for tree in trees}
    source, again = by_name.get(_SOURCES), own.get(_AGAIN)
    if source is not None and not own[_SOURCES].failure:
        rate = source.files / own[_SOURCES].cpu_seconds
        yield Goal("at least 2,000 files a CPU second over a source tree with all rules", f"{rate:,.0f}", rate >= _FILES_GOAL)
    if source is not None and again is not None and not again.failure:
        rate = source.files / again.seconds
        yield Goal("an unchanged rescan at 20,000 files a second", f"{rate:,.0f}, start-up and all", rate >= _UNCHANGED_GOAL)
    for name in (_PROGRAMS, _ARCHIVES):
        if name in by_name and not own[name].failure:
            rate = by_name[name].octets / own[name].cpu_seconds
            yield Goal(f"at least 300 MB/s per core over {name}", f"{rate / 1e6:,.0f} MB a CPU second", rate >= _RATE_GOAL)
    peak = max((ended.peak_bytes for ended in own.values()), default=0)
    yield Goal("peak memory under 300 MB whatever the tree, all processes together", megabytes(peak), 0 < peak < _MEMORY_GOAL)
