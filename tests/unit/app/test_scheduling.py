"""Plans in the words of systemd and cron; hostile words stay words."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from dataclasses import replace
from datetime import date, time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.app.scheduling import cron_line, on_calendar, systemd_units
from pqscan.errors import UsageError
from pqscan.readiness.recurrence import Every, Plan

PROGRAM = ("/opt/pqscan/bin/pqscan", "--db", "/srv/kho dữ liệu.sqlite")


def plan(every: Every = Every.MONTH, first: date = date(2026, 12, 5), words: tuple[str, ...] = ("scan", "net", "@targets")) -> Plan:
    return Plan("night", every, first, time(1, 30), words)


@pytest.mark.parametrize(
    ("every", "first", "calendar", "cron"),
    [
        (Every.DAY, date(2026, 12, 5), "*-*-* 01:30:00", "30 1 * * *"),
        (Every.WEEK, date(2026, 12, 6), "Sun *-*-* 01:30:00", "30 1 * * 0"),
        (Every.MONTH, date(2026, 12, 5), "*-*-05 01:30:00", "30 1 5 * *"),
        (Every.QUARTER, date(2026, 12, 5), "*-03,06,09,12-05 01:30:00", "30 1 5 03,06,09,12 *"),
        (Every.HALF_YEAR, date(2026, 10, 1), "*-04,10-01 01:30:00", "30 1 1 04,10 *"),
        (Every.YEAR, date(2026, 9, 1), "*-09-01 01:30:00", "30 1 1 09 *"),
    ],
)
def test_the_time_is_told_in_the_words_of_both(every: Every, first: date, calendar: str, cron: str) -> None:
    assert on_calendar(plan(every, first)) == calendar
    assert cron_line(plan(every, first), PROGRAM).startswith(f"{cron} /opt/pqscan/bin/pqscan ")


def test_the_last_day_of_a_month_is_named_where_it_can_be() -> None:
    assert on_calendar(plan(first=date(2026, 12, 31))) == "*-*~01 01:30:00"
    with pytest.raises(UsageError, match="cron cannot name the last day"):
        cron_line(plan(first=date(2026, 12, 31)), PROGRAM)


@pytest.mark.parametrize("name", ["", "-a", "A", "a b", "../x", "x" * 41, "a\nb"])
def test_a_name_that_no_file_should_have_is_refused(name: str) -> None:
    with pytest.raises(UsageError, match="no name for a plan"):
        systemd_units(Plan(name, Every.DAY, date(2026, 1, 1), time(1), ("scan",)), PROGRAM)


def test_a_line_break_in_a_word_is_refused() -> None:
    with pytest.raises(UsageError, match="control character"):
        cron_line(plan(words=("scan", "net", "x\nrm -rf /")), PROGRAM)


@given(st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30))
def test_cron_gives_the_shell_every_word_as_it_was(word: str) -> None:
    line = cron_line(plan(words=("scan", "net", word)), PROGRAM)
    command = line.split(" ", 5)[5].rstrip("\n").replace("\\%", "%")
    assert shlex.split(command) == [*PROGRAM, "scan", "net", word]


def test_names_of_files_begin_where_the_plan_was_written() -> None:
    here = replace(plan(), folder="/srv/đơn vị/50%")
    (_, service), _ = systemd_units(here, PROGRAM)
    assert "WorkingDirectory=/srv/đơn vị/50%%\n" in service
    assert " cd '/srv/đơn vị/50\\%' && /opt/pqscan/bin/pqscan --db " in cron_line(here, PROGRAM)
    with pytest.raises(UsageError, match="control character"):
        cron_line(replace(here, folder="/a\nb"), PROGRAM)


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd-analyze is not installed")
@pytest.mark.parametrize("every", list(Every))
def test_systemd_reads_what_was_written(every: Every, tmp_path: Path) -> None:
    units = systemd_units(plan(every, date(2026, 12, 31), ("scan", "net", 'a%b$c"d\\e')), ("/bin/true",))
    for name, text in units:
        (tmp_path / name).write_text(text, encoding="utf-8")
    for name, _text in units:
        ended = subprocess.run(["systemd-analyze", "verify", str(tmp_path / name)], capture_output=True, text=True, check=False)
        assert ended.returncode == 0, ended.stderr
    asked = ["systemd-analyze", "calendar", on_calendar(plan(every))]
    assert subprocess.run(asked, capture_output=True, check=False).returncode == 0
