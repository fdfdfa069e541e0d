"""`pqscan scan net --discover nmap`: found by nmap, asked by the probes, within what may be asked."""

from __future__ import annotations

import shutil
import sys
import textwrap
from collections.abc import Iterator

import pytest

from pqscan.demo.servers import RunningServer
from tests.end_to_end.conftest import Program
from tests.peers.ssh_programs import SshPeer, load_ssh_truth, missing, running

pytest.importorskip("nmap", reason="python-nmap is not installed")
pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(shutil.which("nmap") is None, reason="nmap is not installed (apt install nmap)"),
]


@pytest.fixture(scope="module")
def sshd() -> Iterator[SshPeer]:
    truth = load_ssh_truth("openssh-modern")
    why = missing(truth.peer)
    if why is not None:
        pytest.skip(why)
    with running(truth) as peer:
        yield peer


def stand_in(program: Program, body: str) -> dict[str, str]:
    """A program named nmap that notes what it is asked, and then does `body`; what must be in the environment."""
    folder = program.folder / "bin"
    folder.mkdir(exist_ok=True)
    path = folder / "nmap"
    path.write_text(
        textwrap.dedent(f"""\
        #!{sys.executable}
        import os, sys
        if "-V" in sys.argv:
            print("Nmap version 7.93 ( https://nmap.org )")
            sys.exit()
        with open({str(folder / "asked")!r}, "a") as notes:
            listed = open(sys.argv[sys.argv.index("-iL") + 1]).read().split()
            notes.write(" ".join([*sys.argv[1:-1], *listed]) + chr(10))
        {body}
        """)
    )
    path.chmod(0o755)
    return {"PATH": f"{folder}:{program.environment.get('PATH', '')}"}


def asked(program: Program) -> list[list[str]]:
    path = program.folder / "bin" / "asked"
    return [line.split() for line in path.read_text().splitlines()] if path.exists() else []


def test_what_nmap_finds_is_asked_by_the_right_probe(program: Program, server: RunningServer, sshd: SshPeer) -> None:
    program.works("scan", "net", "127.0.0.1", "--ports", f"{server.port},{sshd.port},1", "--discover", "nmap", "--profile", "quick")
    document = program.within("report", "json").json
    rows = {row["target"]["port"]: row for row in document["targets"]}
    assert {port: (row["probe"], row["status"]) for port, row in rows.items()} == {
        server.port: ("tls", "completed"),
        sshd.port: ("ssh", "completed"),
    }
    assert rows[sshd.port]["connections_used"] == 1, "SSH was heard there, so that nobody spoke TLS to it"
    told = document["profiles"][rows[sshd.port]["profile"]]["observations"]
    software = {one["value"]: one for one in told if one["subject"] == "software"}
    (guess,) = (value for value, one in software.items() if one["parameters"].get("source") == "nmap")
    assert guess.startswith("OpenSSH ")
    assert len(software) == 2, "what the server calls itself stands beside it"


def test_excluded_addresses_never_reach_nmap(program: Program) -> None:
    real = shutil.which("nmap")
    variables = stand_in(program, f"os.execv({real!r}, sys.argv)")
    program.works(
        *("scan", "net", "127.0.0.0/29", "--ports", "1,2", "--discover", "nmap"),
        *("--exclude", "127.0.0.3", "--exclude", "127.0.0.4:2"),
        **variables,
    )
    pairs = set()
    for words in asked(program):
        ports = words[words.index("-p") + 1].partition(":")[2].split(",")
        pairs |= {(word, port) for word in words if word.startswith("127.") for port in ports}
    everything = {(f"127.0.0.{last}", port) for last in range(8) for port in ("1", "2")}
    assert pairs == everything - {("127.0.0.3", "1"), ("127.0.0.3", "2"), ("127.0.0.4", "2")}


def test_without_an_authorisation_nmap_is_not_started(program: Program) -> None:
    done = program("scan", "net", "192.0.2.0/30", "--ports", "443", "--discover", "nmap", **stand_in(program, "sys.exit(1)"))
    assert done.code == 2
    assert "needs --authorisation FILE" in done.err
    assert asked(program) == []


def test_an_nmap_that_fails_leaves_a_run_that_goes_on(program: Program, server: RunningServer) -> None:
    variables = stand_in(program, "os.kill(os.getpid(), 9)")
    done = program("scan", "net", "127.0.0.1", "--ports", f"{server.port}", "--discover", "nmap", "--profile", "quick", **variables)
    assert done.code == 3
    errors = [line for line in done.err.splitlines() if line.startswith("Error:")]
    assert len(errors) == 1
    assert "nmap ended without a result" in errors[0]
    (run,) = program.within("--json", "show", "runs").json
    assert run["state"] == "interrupted"
    program.works("scan", "net", "--resume", run["id"])
    (row,) = program.within("report", "json").json["targets"]
    assert (row["target"]["port"], row["status"]) == (server.port, "completed")
