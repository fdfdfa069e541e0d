"""No call home: without a scan nothing is looked up or connected to, and a scan reaches what it was told to and nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from pqscan.app.reporting import REPORT_NAMES
from pqscan.demo.servers import RunningServer
from tests.end_to_end.conftest import Program
from tests.end_to_end.test_province import FILES, PROVINCE

pytestmark = pytest.mark.lab

_WATCHER = """
import json, os, sys

SENT = ("socket.connect", "socket.sendto", "socket.sendmsg")
ASKED = ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr")

def watch(event, arguments):
    if event not in SENT + ASKED:
        return
    where = arguments[1] if event in SENT else arguments[:2]
    if isinstance(where, (str, bytes)) or where is None:
        return  # A socket of this machine's file system, or a connection that was told before.
    with open(os.environ["WATCHED"], "a") as file:
        file.write(json.dumps([event, [str(part) for part in where]]) + "\\n")
    if os.environ.get("WATCH_REFUSES"):
        raise OSError(101, "Network is unreachable")

sys.addaudithook(watch)
"""
"""Loaded by Python before the program begins: writes down whatever leaves the process; with WATCH_REFUSES it is as without
a network interface, loopback's included."""

_IN_ONE_PROCESS = """
import json, sys
from pqscan.cli.entry import run

print("\\n" + json.dumps({" ".join(words): run(words) for words in json.loads(sys.argv[1])}))
"""

OFFLINE = (
    ("doctor",),
    ("policy", "list"),
    ("assess",),
    ("show", "targets"),
    ("show", "algorithms", "--where", "algorithm=X25519"),
    ("explain", "classical.demo.invalid"),
    ("exposure", "--sensitivity"),
    ("risk", "--pack", str(PROVINCE / "risk.toml")),
    ("index", "--pack", str(PROVINCE / "index.toml")),
    ("finding", "list"),
    ("trend",),
    ("diff", "--from", "2026-01-01", "--to", "2026-01-02"),
    ("register", "check"),
    ("system", "list"),
    ("gate", "--system", "HT49"),
    ("key", "make", "SKHCN", "--keys", "keys"),
    ("snapshot", "seal", "--unit", "SKHCN", "--period", "2026-H1", "--keys", "keys", "-o", "unit.pqsnap"),
    ("snapshot", "verify", "unit.pqsnap"),
    ("db", "backup", "copy.sqlite"),
    ("db", "verify"),
    ("acts",),
    *(("report", name, "-o", f"report.{name}") for name in REPORT_NAMES),
)


def watched(folder: Path, *, refuses: bool = False) -> dict[str, str]:
    """The environment in which a program is watched; what it reached for stands in `seen`."""
    library = folder / "watcher"
    library.mkdir(exist_ok=True)
    (library / "sitecustomize.py").write_text(_WATCHER)
    seen(folder).write_text("")
    return {"PYTHONPATH": str(library), "WATCHED": str(seen(folder)), "WATCH_REFUSES": "1" if refuses else ""}


def seen(folder: Path) -> Path:
    return folder / "reached.jsonl"


@pytest.fixture(scope="module")
def province(scanned: Program) -> Program:
    for kind, name in FILES.items():
        scanned.works("register", "import", kind, str(PROVINCE / f"{name}.csv"))
    return scanned


def test_r18_without_a_network_every_feature_but_a_scan_works_and_reaches_for_nothing(province: Program) -> None:
    done = subprocess.run(
        [sys.executable, "-c", _IN_ONE_PROCESS, json.dumps(OFFLINE)],
        env=province.environment | watched(province.folder, refuses=True),
        cwd=province.folder,
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    codes = json.loads(done.stdout.splitlines()[-1])
    failed = {words: code for words, code in codes.items() if code not in (0, 1)}  # 1: a criterion of the gate blocks.
    assert (len(codes), failed) == (len(OFFLINE), {}), done.stderr
    assert seen(province.folder).read_text() == ""


def test_r18_packets_go_to_the_scope_alone(program: Program, server: RunningServer) -> None:
    place = f"{server.address}:{server.port}"
    program.works("scan", "net", place, **watched(program.folder))
    reached = [json.loads(line) for line in seen(program.folder).read_text().splitlines()]
    assert {(event, tuple(where)) for event, where in reached} == {("socket.connect", (server.address, str(server.port)))}


def test_r18_a_scan_without_a_network_ends_as_one_whose_target_is_dead(program: Program, server: RunningServer) -> None:
    done = program("scan", "net", f"{server.address}:{server.port}", **watched(program.folder, refuses=True))
    assert done.code == 0, done.err
    assert seen(program.folder).read_text() != ""  # The watcher sees what leaves.
