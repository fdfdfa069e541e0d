"""Builds and runs the Go programs of bench/go: the counting TLS server and the bare grabber, of the standard library only; and with
golang.org/x/crypto a counting SSH server and one that plays many services."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from bench.place import FOLDER, work_folder
from bench.process import run

FIRST_ADDRESS = "127.0.1.1"
FIRST_PORT = 21000  # below the range from which systems take ports of their own
_SETTINGS = {"GOFLAGS": "-mod=mod", "GOPROXY": "off", "GOTOOLCHAIN": "local", "CGO_ENABLED": "0"}


class NoServer(Exception):
    """The server could not be built or started; the text says why."""


def build() -> tuple[Path, str]:
    """The folder of the programs of the standard library and Go's version. Raises NoServer."""
    folder = _build(_go(), "./server", "./grabber")
    version = run([_go(), "env", "GOVERSION"], most_seconds=30, folder=work_folder(), environment=_SETTINGS)
    return folder, version.output.strip()


def build_with_ssh(*, may_fetch: bool) -> Path:
    """The folder of the programs that speak SSH; their module is fetched where it lies not in Go's cache. Raises NoServer."""
    go = _go()
    if may_fetch:
        run([go, "-C", FOLDER / "go", "mod", "download"], most_seconds=120, folder=work_folder())
    return _build(go, "./sshd", "./services")


def _go() -> str:
    go = shutil.which("go")
    if go is None:
        raise NoServer("Go is missing (Debian: apt-get install golang-go), and without it there is no server to measure against")
    return go


def _build(go: str, *packages: str) -> Path:
    folder = work_folder() / "bin"
    folder.mkdir(exist_ok=True)
    command: list[str | Path] = [go, "-C", FOLDER / "go", "build", "-o", f"{folder}/", *packages]
    ended = run(command, most_seconds=300, folder=work_folder(), environment=_SETTINGS)
    if ended.failure:
        raise NoServer(f"go build failed: {ended.failure}")
    return folder


@dataclass(frozen=True, slots=True)
class Counts:
    """Since the server started: connections accepted, handshakes completed, CPU seconds used."""

    accepted: int
    completed: int
    cpu_seconds: float

    def __sub__(self, before: Counts) -> Counts:
        return Counts(self.accepted - before.accepted, self.completed - before.completed, self.cpu_seconds - before.cpu_seconds)


class Server:
    """A program of ours that serves, counts, and ends with its standard input. Raises NoServer where it does not start."""

    def __init__(self, command: Sequence[str | Path]) -> None:
        self._command = [str(word) for word in command]
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            self._command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ
        )
        if self._line() != "ready":
            raise NoServer(f"the server did not start: {self._pipe(self._process.stderr).readline().strip()}")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._process is not None:
            self._pipe(self._process.stdin).close()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None

    def counts(self) -> Counts:
        process = self._running()
        stdin = self._pipe(process.stdin)
        stdin.write("\n")
        stdin.flush()
        accepted, completed, cpu_seconds = self._line().split()
        return Counts(int(accepted), int(completed), float(cpu_seconds))

    def _line(self) -> str:
        return self._pipe(self._running().stdout).readline().strip()

    def _running(self) -> subprocess.Popen[str]:
        if self._process is None:
            raise NoServer("the server does not run")
        return self._process

    @staticmethod
    def _pipe(pipe: IO[str] | None) -> IO[str]:
        if pipe is None:
            raise NoServer("the server has no pipe")
        return pipe


def tls_server(programs: Path, ports: int = 1) -> Server:
    """The modern endpoint on `ports` ports of every address of 127.0.0.0/8: TLS 1.2 and 1.3, two certificates."""
    return Server([programs / "server", "-port", str(FIRST_PORT), "-ports", str(ports)])


def ssh_server(programs: Path, ports: int = 1) -> Server:
    """SSH on `ports` ports of every address of 127.0.0.0/8, three host keys."""
    return Server([programs / "sshd", "-port", str(FIRST_PORT), "-ports", str(ports)])
