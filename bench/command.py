"""The command line of the bench: which parts to measure, in what order, and where the figures go."""

from __future__ import annotations

import argparse
import os
import platform
import sys
import traceback
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path

from bench import go_programs
from bench.go_programs import NoServer
from bench.means import Bench
from bench.measures import (
    capture,
    connections,
    corpus,
    discovery,
    files,
    history,
    ike,
    inventory,
    memory,
    mixed,
    quick,
    silent_range,
    ssh,
    ssh_many,
    startup,
    store,
)
from bench.peers import Found, Peers, read_peers
from bench.place import FOLDER, PQSCAN, work_folder
from bench.process import run
from bench.result import Section, goals_table, table

_BUSY = 0.75  # of the cores taken by others when the run begins

PARTS: Mapping[str, Callable[[Bench], Section]] = {
    "connections": connections.measure,
    "inventory": inventory.measure,
    "quick": quick.measure,
    "discovery": discovery.measure,
    "ssh": ssh.measure,
    "ssh_many": ssh_many.measure,
    "ike": ike.measure,
    "mixed": mixed.measure,
    "silent_range": silent_range.measure,
    "store": store.measure,
    "history": history.measure,
    "capture": capture.measure,
    "files": files.measure,
    "corpus": corpus.measure,
    "memory": memory.measure,
    "startup": startup.measure,
}


def main() -> int:
    parser = argparse.ArgumentParser(prog="bench/run.py", description=__doc__)
    parser.add_argument("--only", metavar="PARTS", default=",".join(PARTS), help=f"some of {','.join(PARTS)}")
    parser.add_argument("--fast", action="store_true", help="a rough look: fewer targets, fewer turns")
    parser.add_argument("--no-install", action="store_true", help="takes only the peers that are there")
    parser.add_argument("-o", "--output", type=Path, help="default: bench/RESULTS.md, for a whole run that is not --fast")
    options = parser.parse_args()
    chosen = tuple(options.only.split(","))
    if unknown := set(chosen) - set(PARTS):
        parser.error(f"there is no part {', '.join(sorted(unknown))}; choose from {', '.join(PARTS)}")
    if not PQSCAN.exists():
        parser.error("pqscan is not installed in .venv; run make setup first")
    peers = Peers(read_peers(), may_install=not options.no_install)
    programs, without_go, go_version = _go()
    ssh_programs, without_ssh = _go_with_ssh(may_fetch=not options.no_install)
    bench = Bench(peers, programs, without_go, options.fast, ssh_programs, without_ssh)
    load = os.getloadavg()[0]
    sections = [_measure(name, bench) for name in PARTS if name in chosen]
    text = _document(sections, peers.asked_for, go_version, load, fast=options.fast)
    print(text)
    output: Path | None = options.output
    if output is None and set(chosen) == set(PARTS) and not options.fast:
        output = FOLDER / "RESULTS.md"
    if output is not None:
        output.write_text(text, encoding="utf-8")
        print(f"written to {output}", file=sys.stderr)
    return 0


def _go() -> tuple[Path | None, str, str]:
    try:
        programs, version = go_programs.build()
    except NoServer as error:
        return None, str(error), str(error)
    return programs, "", version


def _go_with_ssh(*, may_fetch: bool) -> tuple[Path | None, str]:
    try:
        return go_programs.build_with_ssh(may_fetch=may_fetch), ""
    except NoServer as error:
        return None, str(error)


def _measure(name: str, bench: Bench) -> Section:
    print(f"measuring: {name}", file=sys.stderr, flush=True)
    try:
        section = PARTS[name](bench)
    except NoServer as error:
        section = Section(name.capitalize(), ("", "why there are no figures"))
        section.miss(name, str(error))
    except Exception as error:  # One part that breaks must not take the others' figures with it.
        traceback.print_exc()
        section = Section(name.capitalize(), ("", "why there are no figures"))
        section.miss(name, f"{type(error).__name__}: {error}")
    print(section.markdown(), file=sys.stderr, flush=True)
    return section


def _document(sections: list[Section], peers: Mapping[str, Found], go_version: str, load: float, *, fast: bool) -> str:
    version = run([PQSCAN, "--lang", "en", "--version"], most_seconds=30, folder=work_folder())
    machine = [
        ("date", f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC"),
        ("machine", f"{os.cpu_count()} cores, {_processor()}, {_memory()}"),
        ("system", f"{platform.system()} {platform.release()}, load {load:.1f} when the run began"),
        ("pqscan", f"{version.output.strip().rpartition(' ')[2]}, Python {platform.python_version()} ({_python_build()})"),
        ("Go", go_version),
    ]
    versions = [
        (peer.name, found.version or "-", found.reason or ("" if found.version == peer.version else f"expected {peer.version}"))
        for peer, found in ((found.peer, found) for found in peers.values())
    ]
    busy = load > _BUSY * (os.cpu_count() or 1)
    remark = "The machine was busy with other work, which stretches times and lessens rates.\n" if busy else ""
    kind = "A rough look (--fast), in which figures vary more. " if fast else ""
    parts = [
        "# What `make bench` measured\n",
        f"{kind}One run, side by side, against the same servers on loopback of the same machine: the ratios are what counts.\n",
        table(("", ""), machine) + "\n",
        *([remark] if remark else []),
        "## Targets\n\n" + goals_table(sections) + "\n",
        *(section.markdown() for section in sections),
        "## Peers\n\n" + table(("peer", "version", "remark"), versions) + "\n",
    ]
    return "\n".join(parts)


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), platform.machine())


def _memory() -> str:
    return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB"


def _python_build() -> str:
    """Which build runs: distributions optimise theirs with a profile, one compiled by hand without that is up to half slower."""
    return "the system's own" if sys.base_prefix == "/usr" else "not the system's own build"
