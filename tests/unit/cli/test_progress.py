"""Progress: a line now and then, a bar on a terminal, nothing where quiet is asked for."""

from __future__ import annotations

import io
import sys

import pytest
from pqscan_reports.escape import display_width

from pqscan.cli import progress, words
from pqscan.model.outcome import OutcomeStatus
from pqscan.scan.progress import Progress

SEEN = Progress(65_000, 65_536, 1234.5, 3725.0, {})


@pytest.mark.parametrize("language", ["vi", "en"])
def test_a_line_tells_done_rate_and_time_left(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    monkeypatch.setattr(words, "_language", language)
    line = progress.line_of(SEEN)
    assert "65" in line
    assert "1:02:05" in line
    assert display_width(line) < 58


def test_a_scan_that_is_over_tells_no_time_left() -> None:
    assert "0:00" not in progress.line_of(Progress(10, 10, 5.0, 0.0, {}))
    assert "left" not in progress.line_of(Progress(0, 10, 0.0, None, {}))


@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("gone", ["", "network", "resolver"])
def test_a_line_tells_what_is_put_off_and_why_it_pauses(monkeypatch: pytest.MonkeyPatch, language: str, gone: str) -> None:
    monkeypatch.setattr(words, "_language", language)
    counts = {OutcomeStatus.THROTTLED: 9_000, OutcomeStatus.NOT_ASKED: 876}
    line = progress.line_of(Progress(65_000, 65_536, 1234.5, 3725.0, counts, gone))
    assert "876" in line
    assert ("1:02:05" in line) is (gone == "")
    assert display_width(line) < 58


def test_a_pause_is_told_at_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(progress.time, "monotonic", lambda: 100.0)
    shower = progress.LineShower()
    for gone in ("", "network", "network", ""):
        shower(Progress(1, 2, 1.0, 1.0, {}, gone))
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_lines_come_now_and_then_and_not_at_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    now = [100.0]
    monkeypatch.setattr(progress.time, "monotonic", lambda: now[0])
    shower = progress.LineShower()
    for second in range(25):
        now[0] = 100.0 + second
        shower(SEEN)
    assert len(capsys.readouterr().err.splitlines()) == 2


def test_a_terminal_gets_a_bar_that_fits_80_columns(monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    stream = Terminal()
    monkeypatch.setattr(sys, "stderr", stream)
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.setenv("TERM", "xterm")
    with progress.shower(quiet=False) as shower:
        assert isinstance(shower, progress.BarShower)
        shower(SEEN)
    shown = stream.getvalue()
    assert "1:02:05" in shown
    assert all(display_width(line) < 200 for line in shown.splitlines())


def test_quiet_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with progress.shower(quiet=True) as shower:
        shower(SEEN)
    assert capsys.readouterr() == ("", "")
