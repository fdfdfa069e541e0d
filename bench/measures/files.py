"""The scan of files over trees that are on this machine: files and octets a CPU second, beside the peers that install."""

from __future__ import annotations

import os
import re
import shutil
import tarfile
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.means import Bench, remove_store, shown
from bench.process import Ended
from bench.result import Goal, Section, megabytes, ratio

_MOST_SECONDS = 120  # of a peer; one that takes longer is told so
_FILES_GOAL, _RATE_GOAL, _MEMORY_GOAL, _UNCHANGED_GOAL = 2000, 300e6, 300e6, 20_000
_SOURCES, _PROGRAMS, _ARCHIVES, _AGAIN = "source code", "programs", "archives", "source code again, unchanged"
_EMPTY = "nothing"
_LEFT_OUT = "testdata"  # of Go's source: archives and vectors, which are no source code
_PROGRAM_OCTETS, _PACKED_OCTETS = 1_000_000_000, 200_000_000
_TURNS = 3  # of what takes a second: seconds vary more than minutes


@dataclass(frozen=True, slots=True)
class _Peer:
    """The command line of a peer, the trees that it looks into, and how its output tells how many files it read (None: not)."""

    words: tuple[str, ...]
    trees: frozenset[str] = frozenset({_SOURCES})
    read: re.Pattern[str] | None = None


_PEERS = {
    "cdxgen": _Peer(("{program}", "-o", "{output}", "{tree}")),
    "PostShor": _Peer(("{program}", "scan", "{tree}", "-q", "-o", "{output}"), read=re.compile(r'"files_scanned": (\d+)')),
    "qrp-mcp": _Peer(("{program}", "scan", "{tree}", "--out", "{output}"), read=re.compile(r"This scan read (\d+) of \d+ files")),
    "qtrust-inspector": _Peer(("{program}", "directory", "{tree}", "-o", "{output}"), frozenset({_SOURCES, _PROGRAMS})),
    "cbomkit-theia": _Peer(("{program}", "dir", "{tree}"), frozenset({_SOURCES, _PROGRAMS})),
}


@dataclass(frozen=True, slots=True)
class _Tree:
    """`octets` are those of the files; of archives those of the files in them."""

    name: str
    path: Path
    files: int
    octets: int


def measure(bench: Bench) -> Section:
    section = Section(
        "Files: the same trees, all rules",
        ("tree", "files", "octets", "program", "files read", "wall s", "CPU s", "files a CPU s", "MB a CPU s", "pqscan is",
         "peak resident"),
    )  # fmt: skip
    trees = tuple(_trees(bench))
    own: dict[str, Ended] = {}
    for tree in trees:
        store = bench.fresh_store()
        own[tree.name] = _own(section, bench, store, tree)
        if _EMPTY not in own:
            own[_EMPTY] = _median([_scanned(bench, store, _emptied(bench.folder / "empty")) for _ in range(_TURNS)])
        if tree.name == _SOURCES:
            own[_AGAIN] = _median([_scanned(bench, store, tree.path) for _ in range(_TURNS)])
            _line(section, replace(tree, name=_AGAIN), "pqscan", own[_AGAIN], str(tree.files), "")
        remove_store(store)
        for name, peer in _PEERS.items():
            _line_of_peer(section, bench, tree, own[tree.name], name, peer)
    section.notes += [
        "Source code is that of Go, library and commands, without testdata; programs are shared libraries of this system, "
        "archives hold some of these as tar, tar.gz and zip: their octets are those of the files in them.",
        "“Files read” is what a program says of itself, “pqscan is” the CPU time of the peer over that of pqscan, start-up and "
        "all.",
        "A peer is measured over what it looks into. Its line says that it went through the tree, not what it found there: the "
        "corpus says that.",
    ]
    section.goals += list(_goals(trees, own))
    return section


def _trees(bench: Bench) -> Iterator[_Tree]:
    """All are made first, so that nothing in them has just changed when it is looked at: what has is read again."""
    go = _go_source()
    part = 4 if bench.fast else 1
    programs = _some_programs(_emptied(bench.folder / "programs"), _PROGRAM_OCTETS // part)
    packed = _pack(_some_programs(_emptied(bench.folder / "packed"), _PACKED_OCTETS // part), _emptied(bench.folder / "archives"))
    source = bench.folder / "source"
    if go is None:
        yield from (_measured(_PROGRAMS, programs), packed)
        return
    shutil.rmtree(source, ignore_errors=True)
    shutil.copytree(go / "crypto" if bench.fast else go, source, ignore=shutil.ignore_patterns(_LEFT_OUT))
    yield _measured(_SOURCES, source)
    yield _measured(_PROGRAMS, programs)
    yield packed


def _go_source() -> Path | None:
    go = shutil.which("go")
    found = None if go is None else Path(go).resolve().parent.parent / "src"
    return found if found is not None and found.is_dir() else None


def _emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def _some_programs(target: Path, octets: int) -> Path:
    """Shared libraries of the system until there are enough, named as some peers know them."""
    for path in sorted(Path("/usr/lib").rglob("*.so*")):
        if octets > 0 and path.is_file() and not path.is_symlink():
            shutil.copyfile(path, target / f"{octets}-{path.name.partition('.so')[0]}.so")
            octets -= path.stat().st_size
    return target


def _pack(origin: Path, target: Path) -> _Tree:
    with tarfile.open(target / "source.tar", "w") as plain, tarfile.open(target / "source.tgz", "w:gz", compresslevel=6) as packed:
        plain.add(origin, "src")
        packed.add(origin, "src")
    with zipfile.ZipFile(target / "source.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(origin.rglob("*")):
            if path.is_file():
                archive.write(path, path.relative_to(origin))
    inside, kinds = _measured(_ARCHIVES, origin), len(list(target.iterdir()))
    return _Tree(_ARCHIVES, target, kinds * inside.files, kinds * inside.octets)


def _measured(name: str, path: Path) -> _Tree:
    sizes = [os.lstat(os.path.join(folder, each)).st_size for folder, _, names in os.walk(path) for each in names]
    return _Tree(name, path, len(sizes), sum(sizes))


def _own(section: Section, bench: Bench, store: Path, tree: _Tree) -> Ended:
    ended = _scanned(bench, store, tree.path)
    _line(section, tree, "pqscan", ended, str(tree.files), "1 ×")
    return ended


def _scanned(bench: Bench, store: Path, path: Path) -> Ended:
    return bench.pqscan(store, "scan", "files", str(path), watch_memory=True)


def _median(turns: list[Ended]) -> Ended:
    return sorted(turns, key=lambda ended: ended.cpu_seconds)[len(turns) // 2]


def _line_of_peer(section: Section, bench: Bench, tree: _Tree, own: Ended, name: str, peer: _Peer) -> None:
    found = bench.peers[name]
    if found.path is None or tree.name not in peer.trees:
        section.miss(tree.name, f"{tree.files:,}", megabytes(tree.octets), found.label, found.reason or "does not look into them")
        return
    output = bench.folder / "peer-output.json"
    output.unlink(missing_ok=True)
    command = [word.format(program=found.path, tree=tree.path, output=output) for word in peer.words]
    ended = bench.run(command, most_seconds=_MOST_SECONDS, watch_memory=True)
    told = peer.read and output.exists() and peer.read.search(output.read_text(encoding="utf-8", errors="replace"))
    faster = "" if own.failure or ended.failure else ratio(ended.cpu_seconds, own.cpu_seconds)
    _line(section, tree, found.label, ended, told[1] if told else "not told", faster)


def _line(section: Section, tree: _Tree, label: str, ended: Ended, read: str, faster: str) -> None:
    """Where nothing was read, as the program itself says, there is no rate."""
    section.commands.append(shown(ended.command))
    about = tree.name, f"{tree.files:,}", megabytes(tree.octets), label
    if ended.failure:
        section.miss(*about, ended.failure)
        return
    spent = max(ended.cpu_seconds, 1e-3)
    files = int(read) if read.isdigit() else tree.files
    rates = (f"{files / spent:,.0f}", f"{tree.octets / spent / 1e6:,.1f}", faster) if files else ("", "", "")
    section.rows.append((*about, read, f"{ended.seconds:.1f}", f"{ended.cpu_seconds:.1f}", *rates, megabytes(ended.peak_bytes)))


def _goals(trees: Sequence[_Tree], own: Mapping[str, Ended]) -> Iterator[Goal]:
    by_name = {tree.name: tree for tree in trees if not own[tree.name].failure}
    source = by_name.get(_SOURCES)
    if source is not None:
        rate = source.files / own[_SOURCES].cpu_seconds
        yield Goal(
            "at least 2,000 files a CPU second over a source tree with all rules",
            f"{rate:,.0f}, start-up and all",
            rate >= _FILES_GOAL,
        )
        rate = source.files / _above(own[_AGAIN], own[_EMPTY])
        yield Goal(
            "an unchanged rescan at 20,000 files/s",
            f"{rate:,.0f} a CPU second above the {own[_EMPTY].cpu_seconds:.2f} s that an empty folder takes",
            rate >= _UNCHANGED_GOAL,
        )
    for name in (_PROGRAMS, _ARCHIVES):
        if name in by_name:
            whole, rate = (by_name[name].octets / spent for spent in (own[name].cpu_seconds, _above(own[name], own[_EMPTY])))
            yield Goal(
                f"at least 300 MB/s per core over {name}",
                f"{rate / 1e6:,.0f} MB a CPU second above what an empty folder takes, {whole / 1e6:,.0f} start-up and all",
                rate >= _RATE_GOAL,
            )
    peak = max(ended.peak_bytes for ended in own.values())
    yield Goal("peak memory under 300 MB whatever the tree, all processes together", megabytes(peak), 0 < peak < _MEMORY_GOAL)


def _above(ended: Ended, start: Ended) -> float:
    """CPU seconds beyond those of the start, which are the same however much is read."""
    return max(ended.cpu_seconds - start.cpu_seconds, 1e-3)
