"""Two network namespaces with a cable between them: a scanner's side, and a side where addresses serve, refuse or are silent.

Needs root and util-linux; what is missing is a skip with its reason. Nothing of it touches this machine's own network.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCANNER, PEER = "10.8.0.1", "10.8.0.2"


class TwoNetworks:
    """`here` is the scanner's end of the cable, `there` the peers'."""

    def __init__(self, here: int, there: int) -> None:
        self._pids = {"here": here, "there": there}

    def command(self, side: str, *words: str) -> list[str]:
        return ["nsenter", "-t", str(self._pids[side]), "-n", *words]

    def ip(self, side: str, *words: str) -> None:
        subprocess.run(self.command(side, "ip", *words), check=True, capture_output=True)

    def start(self, side: str, module: str, *words: str) -> subprocess.Popen[str]:
        """A Python module of the tests in one of the namespaces, with pipes; who starts it ends it."""
        return subprocess.Popen(
            self.command(side, sys.executable, "-m", module, *words),
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def cable(self, side: str, state: str) -> None:
        """Sets one end up or down. Down here takes the routes away; down there is a cable that was pulled elsewhere."""
        self.ip(side, "link", "set", side, state)
        if side == "here" and state == "up":
            self.ip("here", "route", "replace", "10.9.0.0/16", "via", PEER)

    def serves(self, *addresses: str) -> None:
        """These answer; whatever else lies in 10.9.0.0/16 is silent."""
        batch = "".join(f"addr add {address}/32 dev lo\n" for address in addresses)
        subprocess.run(self.command("there", "ip", "-batch", "-"), input=batch, text=True, check=True, capture_output=True)


@contextlib.contextmanager
def two_networks() -> Iterator[TwoNetworks]:
    for program in ("unshare", "nsenter", "ip"):
        if shutil.which(program) is None:
            pytest.skip(f"there is no {program} on this machine")
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        pytest.skip("only root makes network namespaces")
    with contextlib.ExitStack() as stack:
        holders = [stack.enter_context(_holder()) for _ in range(2)]
        networks = TwoNetworks(*(holder.pid for holder in holders))
        made = subprocess.run(
            networks.command("here", *f"ip link add here type veth peer name there netns {holders[1].pid}".split()),
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            pytest.skip(f"no cable can be made between namespaces here: {made.stderr.strip()}")
        for side, address in (("here", SCANNER), ("there", PEER)):
            networks.ip(side, "link", "set", "lo", "up")
            networks.ip(side, "addr", "add", f"{address}/24", "dev", side)
            networks.ip(side, "link", "set", side, "up")
        networks.ip("here", "route", "add", "10.9.0.0/16", "via", PEER)
        # What is forwarded into a black hole is dropped without a word: silence, as behind a firewall that drops.
        networks.ip("there", "route", "add", "blackhole", "10.9.0.0/16")
        subprocess.run(networks.command("there", "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"), check=True)
        subprocess.run(networks.command("there", "sh", "-c", "echo 4096 > /proc/sys/net/core/somaxconn"), check=True)
        yield networks


@contextlib.contextmanager
def _holder() -> Iterator[subprocess.Popen[str]]:
    """A process that keeps a namespace alive until its standard input closes."""
    process = subprocess.Popen(
        ["unshare", "-n", "sh", "-c", "echo ready; read line"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )
    try:
        if process.stdout is None or process.stdout.readline() != "ready\n":
            pytest.skip("no network namespace can be made here")
        yield process
    finally:
        if process.stdin is not None:
            process.stdin.close()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
