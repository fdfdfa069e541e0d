"""Runs one program to its end and measures it: wall time, CPU time of it and its children, and the memory of all of them.

A program that does not end in time is killed with everything it started. Nothing is raised for a program that fails. Children
that outlive it (a fork server does, by a moment) are waited for, so that their CPU time counts too: Linux hands them to us.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

_SAMPLE_SECONDS = 0.05
_PR_SET_CHILD_SUBREAPER = 36  # prctl(2)
_ORPHAN_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class Ended:
    """How a program ended. `peak_bytes` is the most that it and its children had resident at once; 0 where not asked for."""

    command: str
    code: int
    seconds: float
    cpu_seconds: float
    peak_bytes: int
    output: str
    errors: str
    out_of_time: bool = False

    @property
    def failure(self) -> str:
        """Why the figures of this run cannot count; empty where they do."""
        if self.out_of_time:
            return f"not through after {self.seconds:.0f} s"
        if self.code:
            lines = (self.errors or self.output).strip().splitlines()
            return f"exit code {self.code}: {lines[-1][:160] if lines else 'nothing was said'}"
        return ""


def run(
    command: Sequence[str | Path],
    *,
    most_seconds: float,
    folder: Path,
    environment: Mapping[str, str] | None = None,
    watch_memory: bool = False,
) -> Ended:
    """Runs `command` with its output in `folder`."""
    words = [str(word) for word in command]
    out_path, err_path = folder / "output", folder / "errors"
    _adopt_orphans()
    with out_path.open("wb") as out, err_path.open("wb") as err:
        started = time.perf_counter()
        process = subprocess.Popen(
            words,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=err,
            env={**os.environ, **(environment or {})},
            start_new_session=True,
        )
        killed = threading.Event()
        timer = threading.Timer(most_seconds, _kill, (process.pid, killed))
        timer.start()
        memory = _Memory(process.pid) if watch_memory else None
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        cpu_seconds = usage.ru_utime + usage.ru_stime + _orphans_cpu_seconds(process.pid)
        timer.cancel()
        peak = memory.stop() if memory is not None else 0
        process.returncode = os.waitstatus_to_exitcode(status)
    return Ended(
        shlex.join(words),
        process.returncode,
        seconds,
        cpu_seconds,
        peak,
        out_path.read_text(encoding="utf-8", errors="replace"),
        err_path.read_text(encoding="utf-8", errors="replace"),
        killed.is_set(),
    )


def _adopt_orphans() -> None:
    with contextlib.suppress(OSError, AttributeError):  # Not Linux: what outlives a program is then not counted.
        ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


def _orphans_cpu_seconds(group: int) -> float:
    """Of the processes that the ended program left in its process group: waits for them a little."""
    spent, ends = 0.0, time.monotonic() + _ORPHAN_SECONDS
    while time.monotonic() < ends:
        try:
            pid, _, usage = os.wait4(-group, os.WNOHANG)
        except ChildProcessError:
            break
        if pid:
            spent += usage.ru_utime + usage.ru_stime
        else:
            time.sleep(_SAMPLE_SECONDS / 10)
    return spent


def _kill(group: int, killed: threading.Event) -> None:
    killed.set()
    with contextlib.suppress(ProcessLookupError):
        os.killpg(group, signal.SIGKILL)


class _Memory:
    """Adds up, again and again, what all processes of a session have resident; a page that several share counts once. Needs
    /proc; gives 0 without it."""

    def __init__(self, session: int) -> None:
        self._session = session
        self._peak = 0
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)
        self._thread.start()

    def stop(self) -> int:
        self._stopped.set()
        self._thread.join()
        return self._peak

    def _watch(self) -> None:
        while not self._stopped.wait(_SAMPLE_SECONDS):
            self._peak = max(self._peak, sum(_resident_bytes(self._session)))


def _resident_bytes(session: int) -> list[int]:
    found: list[int] = []
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError, ValueError):
            fields = entry.read_text(encoding="latin-1").rpartition(")")[2].split()
            if int(fields[3]) == session:
                found.append(_share_of(entry.with_name("smaps_rollup")))
    return found


def _share_of(rollup: Path) -> int:
    """The process's proportional share: of a page in several processes each has its part (proc_pid_smaps(5))."""
    lines = rollup.read_text(encoding="latin-1").splitlines()
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)
