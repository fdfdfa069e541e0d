"""What every measurement is given: the Go programs, the peers, the size of the run, and fresh stores."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bench.go_programs import NoServer
from bench.peers import Found
from bench.place import PQSCAN, ROOT, work_folder
from bench.process import Ended, run

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Bench:
    """`fast` measures less of everything. `programs` None: there are no Go programs, for the reason `without_go`.
    `ssh_programs` None: none that speaks SSH, for the reason `without_ssh`."""

    peers: Mapping[str, Found]
    programs: Path | None
    without_go: str
    fast: bool
    ssh_programs: Path | None
    without_ssh: str
    folder: Path = field(default_factory=work_folder)

    def go(self) -> Path:
        """The folder of the Go programs. Raises NoServer."""
        if self.programs is None:
            raise NoServer(self.without_go)
        return self.programs

    def go_with_ssh(self) -> Path:
        """The folder of the Go programs that speak SSH. Raises NoServer."""
        if self.ssh_programs is None:
            raise NoServer(self.without_ssh)
        return self.ssh_programs

    def fresh_store(self) -> Path:
        """A name for a store that is not there yet."""
        path = self.folder / f"store-{next(_numbers)}.sqlite"
        remove_store(path)
        return path

    def run(self, command: Sequence[str | Path], *, most_seconds: float, watch_memory: bool = False) -> Ended:
        return run(
            command,
            most_seconds=most_seconds,
            folder=self.folder,
            environment={"XDG_DATA_HOME": str(self.folder / "data"), "PQSCAN_LANG": "en", "LC_ALL": "C.UTF-8"},
            watch_memory=watch_memory,
        )

    def pqscan(self, store: Path, *words: str, most_seconds: float = 600, watch_memory: bool = False) -> Ended:
        """One command of pqscan on a store."""
        command: list[str | Path] = [PQSCAN, "--db", store, "--lang", "en", "--quiet", *words]
        return self.run(command, most_seconds=most_seconds, watch_memory=watch_memory)


def remove_store(path: Path) -> None:
    for name in (path, Path(f"{path}-wal"), Path(f"{path}-shm")):
        name.unlink(missing_ok=True)


def shown(command: str) -> str:
    """A command as a reader may repeat it, without the paths of this machine."""
    for folder in (f"{ROOT}/.venv/bin/", f"{ROOT}/bench/.peers/venv/bin/", f"{ROOT}/bench/.peers/crates/bin/",
                   f"{ROOT}/bench/.peers/node/node_modules/.bin/",
                   f"{ROOT}/bench/.work/bin/", f"{ROOT}/bench/.work/", f"{ROOT}/", "/usr/bin/"):  # fmt: skip
        command = command.replace(folder, "")
    return command
