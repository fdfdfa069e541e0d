"""What is said at the end of a scan of the network of what was put off and spared."""

from __future__ import annotations

import pytest
from pqscan_reports.escape import display_width

from pqscan.cli import words
from pqscan.cli.scan_end import left_behind
from pqscan.model.outcome import OutcomeStatus
from pqscan.scan.settings import Summary


def ended(paused: float = 0.0, **counts: int) -> list[str]:
    return left_behind(Summary(1, 1, False, {OutcomeStatus(status): count for status, count in counts.items()}, 0, (), paused))


def test_a_scan_that_asked_everything_says_nothing_of_it() -> None:
    assert ended(completed=5, refused=7, timed_out=1) == []


@pytest.mark.parametrize("language", ["vi", "en"])
def test_each_line_fits_80_columns(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    monkeypatch.setattr(words, "_language", language)
    lines = ended(paused=12_345.6, throttled=65_536, not_asked=654_321)
    assert len(lines) == 4
    assert all(display_width(line) <= 80 for line in lines)


def test_each_is_told_with_its_number() -> None:
    assert ended(throttled=3)[0].startswith("3 ")
    spared, remedy = ended(not_asked=1)
    assert spared.startswith("1 ")
    assert "--silent-ports 0" in remedy
    assert "61" in ended(paused=61.0)[0]
