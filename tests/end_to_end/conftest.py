"""The installed program, run as a user runs it: its own process, its own data folder, no network beyond loopback."""

from __future__ import annotations

import contextlib
import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from unittest import mock

import pytest

from pqscan.cli.entry import run
from pqscan.demo.servers import DEMO_SERVERS, RunningServer, start
from tests.peers.lab import Lab
from tests.peers.postgresql import new_database, postgres

__all__ = ["new_database", "postgres"]  # Fixtures.


@dataclass(frozen=True, slots=True)
class Done:
    """How one command ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:  # Any: whatever document the command printed.
        return json.loads(self.out)


class Program:
    """`pqscan` with a data folder of its own; English and 80 columns unless said otherwise."""

    def __init__(self, folder: Path, store: str) -> None:
        self.folder = folder
        self.store = store
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("PQSCAN_", "LC_", "LANG"))}
        self.environment = kept | {
            "XDG_DATA_HOME": str(folder / "data"),
            "PQSCAN_DB": store,
            "LC_ALL": "en",
            "COLUMNS": "80",
            "NO_COLOR": "1",
        }

    @property
    def audit_log(self) -> Path:
        return self.folder / "data" / "pqscan" / "audit.jsonl"

    def command(self, *arguments: str) -> list[str]:
        return [sys.executable, "-m", "pqscan", *arguments]

    def __call__(self, *arguments: str, stdin: str | None = None, seconds: float = 120, **variables: str) -> Done:
        done = subprocess.run(
            self.command(*arguments),
            env=self.environment | variables,
            cwd=self.folder,
            input=stdin,
            stdin=subprocess.DEVNULL if stdin is None else None,
            capture_output=True,
            encoding="utf-8",
            timeout=seconds,
            check=False,
        )
        assert "Traceback" not in done.stdout + done.stderr
        return Done(done.returncode, done.stdout, done.stderr)

    def within(self, *arguments: str, **variables: str) -> Done:
        """As `works`, in the process of the tests: for the many commands that only prepare what a test asks, each of which would
        wait a second for its interpreter and its modules. Nothing of the process itself is tested so."""
        disabled = logging.root.manager.disable
        streams = [io.TextIOWrapper(io.BytesIO(), "utf-8", write_through=True) for _ in range(2)]
        with (
            mock.patch.dict(os.environ, self.environment | variables, clear=True),
            contextlib.chdir(self.folder),
            contextlib.redirect_stdout(streams[0]),
            contextlib.redirect_stderr(streams[1]),
        ):
            code = run(arguments)
        logging.disable(disabled)
        said = [cast("io.BytesIO", stream.buffer).getvalue().decode() for stream in streams]
        assert code == 0, f"{arguments}: {said[1]}"
        assert "Traceback" not in "".join(said)
        return Done(code, *said)

    def works(self, *arguments: str, stdin: str | None = None, seconds: float = 120, **variables: str) -> Done:
        """As a call, and it must end with exit code 0."""
        done = self(*arguments, stdin=stdin, seconds=seconds, **variables)
        assert done.code == 0, f"{arguments}: {done.err}"
        return done

    def start(self, *arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command(*arguments),
            env=self.environment,
            cwd=self.folder,
            stdin=stdin,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        )


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path, str(tmp_path / "inventory.sqlite"))


@pytest.fixture(scope="module")
def server(lab: Lab) -> Iterator[RunningServer]:
    """A web server as they are today: hybrid by default, RSA certificate."""
    specs = {spec.name: spec for spec in DEMO_SERVERS}
    with start(specs["hybrid-default"], maker=lab.maker) as running:
        yield running


@pytest.fixture(scope="module")
def place(server: RunningServer) -> str:
    return f"{server.spec.host}@{server.address}:{server.port}"


@pytest.fixture(scope="module")
def scanned(lab: Lab, tmp_path_factory: pytest.TempPathFactory) -> Program:
    """A store with an inventory of several servers of the lab."""
    folder = tmp_path_factory.mktemp("scanned")
    program = Program(folder, str(folder / "inventory.sqlite"))
    names = ("hybrid-default", "classical", "mldsa65", "old", "needs-name", "two-sites")
    running = [lab[name] for name in names]
    targets = [f"{name}.demo.invalid@{each.address}:{each.port}" for name, each in zip(names, running, strict=True)]
    program.works("scan", "net", *targets)
    return program
