"""Progress on standard error: a bar with rate and time left on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol

from pqscan.cli import out, words
from pqscan.cli.words import msgid
from pqscan.model.outcome import OutcomeStatus

if TYPE_CHECKING:
    from rich.progress import Progress as Bar
    from rich.progress import TaskID

    from pqscan.scan.progress import Progress

LINE_SECONDS = 10.0
_GONE = {"network": msgid("paused: no network"), "resolver": msgid("paused: no name server")}


class Shower(Protocol):
    def __call__(self, progress: Progress) -> None: ...

    def close(self) -> None: ...


@contextmanager
def shower(quiet: bool) -> Iterator[Shower]:
    """What shows the progress of one scan; closed at the end, whatever happens."""
    chosen: Shower = Silence() if quiet else BarShower() if sys.stderr.isatty() else LineShower()
    try:
        yield chosen
    finally:
        chosen.close()


class Silence:
    def __call__(self, progress: Progress) -> None:
        pass

    def close(self) -> None:
        pass


class LineShower:
    """A line every few seconds, the first one after some time: a short scan says nothing. A pause is told at once."""

    def __init__(self) -> None:
        self._next = time.monotonic() + LINE_SECONDS
        self._gone = ""

    def __call__(self, progress: Progress) -> None:
        now = time.monotonic()
        if now >= self._next or progress.gone != self._gone:
            self._gone = progress.gone
            self._next = now + LINE_SECONDS
            out.note(line_of(progress))

    def close(self) -> None:
        pass


class BarShower:
    """A bar on the terminal's last line."""

    def __init__(self) -> None:
        self._bar: Bar | None = None
        self._task: TaskID | None = None

    def __call__(self, progress: Progress) -> None:
        if self._bar is None or self._task is None:
            self._start(progress.total)
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=progress.done, words=line_of(progress))

    def close(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None

    def _start(self, total: int) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, TextColumn
        from rich.progress import Progress as Bar

        console = Console(stderr=True, highlight=False)
        columns = (BarColumn(bar_width=20), TextColumn("{task.fields[words]}", markup=False))
        self._bar = Bar(*columns, console=console, transient=True)
        self._task = self._bar.add_task("", total=total, words="")
        self._bar.start()


def line_of(progress: Progress) -> str:
    """Done of all, rate, how many are put off, time left or why it pauses: shorter than 58 columns in both languages."""
    number = words.say().number
    put_off = sum(progress.by_status.get(status, 0) for status in (OutcomeStatus.THROTTLED, OutcomeStatus.NOT_ASKED))
    later = " · " + words.filled("{count} put off", count=number(put_off)) if put_off else ""
    if progress.gone:
        done = f"{number(progress.done)}/{number(progress.total)}"
        return f"{done}{later} · {words.gettext(_GONE[progress.gone])}"
    text = words.filled(
        "{done}/{total} · {rate}/s", done=number(progress.done), total=number(progress.total), rate=number(round(progress.rate))
    )
    text += later
    if progress.seconds_left is None or progress.done >= progress.total:
        return text
    minutes, seconds = divmod(round(progress.seconds_left), 60)
    hours, minutes = divmod(minutes, 60)
    return text + " · " + words.filled("{time} left", time=f"{hours}:{minutes:02d}:{seconds:02d}")
