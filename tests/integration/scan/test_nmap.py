"""nmap itself, over servers on loopback."""

from __future__ import annotations

import os
import shutil
import socket
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from pqscan.errors import WorkError
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.target import Transport
from pqscan.net.budget import NO_LIMITS
from pqscan.scan.nmap_discovery import Means, PythonNmap, discovered
from tests.peers.lab import Lab
from tests.peers.ssh_programs import SshPeer, load_ssh_truth, missing, running

pytest.importorskip("nmap", reason="python-nmap is not installed")
pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(shutil.which("nmap") is None, reason="nmap is not installed (apt install nmap)"),
]
TCP = Transport.TCP


@pytest.fixture(scope="module")
def sshd() -> Iterator[SshPeer]:
    truth = load_ssh_truth("openssh-modern")
    why = missing(truth.peer)
    if why is not None:
        pytest.skip(why)
    with running(truth) as peer:
        yield peer


def closed_port() -> int:
    with socket.socket() as sock:
        sock.bind(("127.0.0.1", 0))
        return int(sock.getsockname()[1])


@pytest.mark.parametrize("is_root", [False, pytest.param(True, marks=pytest.mark.skipif(os.geteuid() != 0, reason="needs root"))])
def test_open_ports_are_found_and_what_speaks_there_is_heard(lab: Lab, sshd: SshPeer, is_root: bool) -> None:
    tls = lab["hybrid-default"]
    closed = closed_port()
    places = [("127.0.0.1", port, TCP) for port in (tls.port, sshd.port, closed)]
    states = discovered(places, NO_LIMITS, Means(PythonNmap(), is_root), lambda: False)
    assert {place[1]: (state.status, state.service) for place, state in states.items()} == {
        tls.port: (None, "tls"),
        sshd.port: (None, "ssh"),
        closed: (OutcomeStatus.REFUSED, ""),
    }


def test_an_nmap_that_is_killed_is_one_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program = tmp_path / "nmap"
    program.write_text(
        textwrap.dedent(f"""\
        #!{sys.executable}
        import os, signal, sys
        if "-V" in sys.argv:
            print("Nmap version 7.93 ( https://nmap.org )")
        else:
            print('<?xml version="1.0"?><nmaprun scanner="nmap" start="1"><host>', flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        """)
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    with pytest.raises(WorkError, match=r"nmap ended without a result .*go on with --resume") as caught:
        discovered([("127.0.0.1", 1, TCP)], NO_LIMITS, Means(PythonNmap()), lambda: False)
    assert "\n" not in str(caught.value)
