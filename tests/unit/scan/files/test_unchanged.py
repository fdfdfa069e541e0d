"""What need not be read again: only what was read whole, looks the same, and did not change just before it was looked at."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace

import pytest

from pqscan.scan.files.unchanged import Unchanged, digest_of
from pqscan.scan.files.walk import Entry

SECOND = 1_000_000_000
NOW = 1_000 * SECOND
EDITION, OTHER = b"edition", b"another"


def an_entry(path: str = "/d/a", **different: object) -> Entry:
    return replace(Entry(path, 5, 10 * SECOND, 11 * SECOND, (1, 7), 1), **different)  # type: ignore[arg-type]


class Kept:
    """Rows as a store has them."""

    def __init__(self) -> None:
        self.rows: dict[str, bytes] = {}

    def load(self, paths: Collection[str]) -> Mapping[str, bytes]:
        return {path: self.rows[path] for path in paths if path in self.rows}

    def look(
        self, *entries: Entry, unread: Collection[str] = (), edition: bytes = EDITION, now: int = NOW, named: Collection[str] = ()
    ) -> list[str]:
        """The paths that are read, one look long."""
        unchanged = Unchanged(edition, self.load, lambda: now, named)
        read = [step.path for step in unchanged.changed(entries, lambda entry: None)]
        for path in read:
            unchanged.read(path, whole=path not in unread)
        self.rows.update(unchanged.news())
        return read


def test_a_file_that_was_read_whole_is_not_read_again() -> None:
    kept = Kept()
    assert kept.look(an_entry(), an_entry("/d/b")) == ["/d/a", "/d/b"]
    assert kept.look(an_entry(), an_entry("/d/b")) == []


@pytest.mark.parametrize(
    "different",
    [
        {"size": 6}, {"modified_ns": 10 * SECOND + 1}, {"changed_ns": 11 * SECOND + 1}, {"identity": (1, 8)}, {"path": "/d/c"},
        {"path": "/e/a"},
    ],
    ids=str,
)  # fmt: skip
def test_a_file_of_which_anything_is_different_is_read(different: dict[str, object]) -> None:
    kept = Kept()
    kept.look(an_entry())
    changed = an_entry(**different)  # type: ignore[arg-type]
    assert kept.look(changed) == [changed.path]


def test_a_file_system_that_is_mounted_as_another_device_changes_nothing() -> None:
    kept = Kept()
    kept.look(an_entry())
    assert kept.look(an_entry(identity=(2, 7))) == []


def test_what_was_not_read_to_its_end_is_read_again() -> None:
    kept = Kept()
    kept.look(an_entry(), an_entry("/d/b"), unread={"/d/b"})
    assert kept.look(an_entry(), an_entry("/d/b")) == ["/d/b"]


def test_another_edition_of_what_is_looked_for_believes_nothing() -> None:
    kept = Kept()
    kept.look(an_entry())
    assert kept.look(an_entry(), edition=OTHER) == ["/d/a"]
    assert digest_of(an_entry(), EDITION) != digest_of(an_entry(), OTHER)


@pytest.mark.parametrize("which", ["modified_ns", "changed_ns"])
def test_a_file_that_changed_within_two_seconds_before_the_look_is_read_again(which: str) -> None:
    young, old = an_entry(**{which: NOW - 2 * SECOND}), an_entry("/d/b", **{which: NOW - 2 * SECOND - 1})  # type: ignore[arg-type]
    kept = Kept()
    kept.look(young, old)
    assert kept.look(young, old, now=NOW + 60 * SECOND) == ["/d/a"]
    assert kept.look(young, old, now=NOW + 60 * SECOND) == [], "the second look was late enough"


def test_what_is_gone_from_a_folder_is_forgotten() -> None:
    kept = Kept()
    kept.look(an_entry(), an_entry("/d/b"))
    kept.look(an_entry())
    assert kept.look(an_entry(), an_entry("/d/b")) == ["/d/b"]


def test_a_file_that_is_named_itself_is_read_and_says_nothing_of_its_folder() -> None:
    kept = Kept()
    kept.look(an_entry(), an_entry("/d/b"))
    assert kept.look(an_entry(), named={"/d/a"}) == ["/d/a"]
    assert kept.look(an_entry(), an_entry("/d/b")) == []


def test_of_a_folder_that_is_not_through_what_was_read_is_told_and_nothing_forgotten() -> None:
    kept = Kept()
    kept.look(an_entry("/d/old"))
    unchanged = Unchanged(EDITION, kept.load, lambda: NOW)
    steps = unchanged.changed(iter([an_entry("/d/a"), an_entry("/d/b"), an_entry("/d/old")]), lambda entry: None)
    unchanged.read(next(steps).path, whole=True)
    kept.rows.update(unchanged.news())
    assert unchanged.news() == [], "it is told once"
    steps.close()  # type: ignore[attr-defined]  # It is a generator: the scan is interrupted.
    assert kept.look(an_entry("/d/a"), an_entry("/d/b"), an_entry("/d/old")) == ["/d/b"]


def test_no_name_of_a_file_can_be_told_from_what_is_kept() -> None:
    kept = Kept()
    kept.look(an_entry("/d/so-yeu-ly-lich.pem"))
    assert [len(row) for row in kept.rows.values()] == [16]
