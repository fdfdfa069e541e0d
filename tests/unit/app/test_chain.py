"""The chain of acts held against heads that were noted outside of the store."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pqscan.app.chain import accept_chain, read_anchor, verify_acts
from pqscan.app.place import open_store
from pqscan.errors import UsageError, WorkError
from pqscan.readiness.chain import ChainFault
from pqscan.scan.audit import walk
from pqscan.store.repository import Store
from tests.unit.store.people import an_act


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A store with three acts, each noted in the audit log beside it."""
    add(tmp_path / "store.sqlite", 3)
    return tmp_path / "store.sqlite"


def log_of(path: Path) -> Path:
    return path.parent / "audit.jsonl"


def add(path: Path, count: int, what: str = "act") -> None:
    with open_store(str(path), create=True, audit_log=log_of(path)) as store:
        for number in range(count):
            store.add_act(an_act(subject=f"{what} {number}"))


def cut(path: Path, last: int) -> None:
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("DROP TRIGGER act_no_delete")
        connection.execute("DELETE FROM act WHERE number > ?", (last,))


def test_every_act_is_noted_in_the_audit_log_with_the_place_of_its_store(path: Path) -> None:
    entries = [entry for _, entry in walk(log_of(path))]
    with Store.open(str(path)) as store:
        assert [(entry["acts"], entry["acts_hash"]) for entry in entries] == [(act.number, act.hash) for act in store.acts()]
    assert {entry["store"] for entry in entries} == {str(path.resolve())}


def test_a_chain_is_held_against_every_head_of_its_store_and_of_no_other(path: Path) -> None:
    other = path.with_name("other.sqlite")
    add(other, 5)
    for place, count in ((path, 3), (other, 5)):
        with Store.open(str(place)) as store:
            found = verify_acts(store, log=log_of(path))
        assert (found.report.is_whole, found.report.entries, found.anchors, found.replaced) == (True, count, count, ())


def test_a_cut_tail_is_told_also_after_the_chain_grew_again(path: Path) -> None:
    cut(path, 1)
    with Store.open(str(path)) as store:
        assert verify_acts(store, log=log_of(path)).report.fault is ChainFault.CUT
        for _ in range(5):
            store.add_act(an_act(subject="later"))
        report = verify_acts(store, log=log_of(path)).report
    assert (report.fault, report.number) == (ChainFault.REWRITTEN, 2)


def test_a_store_made_anew_in_the_same_place_is_told_until_it_is_accepted_with_a_reason(path: Path) -> None:
    path.unlink()
    add(path, 1, "another")
    with open_store(str(path), audit_log=log_of(path)) as store:
        assert verify_acts(store, log=log_of(path)).report.fault is ChainFault.REWRITTEN
        with pytest.raises(UsageError, match="say why"):
            accept_chain(store, "  ", log_of(path))
        head = accept_chain(store, "bắt đầu lại", log_of(path))
        found = verify_acts(store, log=log_of(path))
    assert head.entries == 1
    assert (found.report.is_whole, found.anchors, [one.reason for one in found.replaced]) == (True, 1, ["bắt đầu lại"])


def test_an_audit_log_that_was_edited_vouches_for_nothing(path: Path) -> None:
    log_of(path).write_bytes(log_of(path).read_bytes().replace(b'"acts":2', b'"acts":1'))
    with Store.open(str(path)) as store, pytest.raises(WorkError, match="was changed: line 2"):
        verify_acts(store, log=log_of(path))


def test_what_cannot_be_noted_is_told_and_the_act_is_kept(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "s"), create=True, audit_log=tmp_path) as store:
        with pytest.raises(WorkError, match="what was done is kept in the store, but not noted outside of it: the audit log"):
            store.add_act(an_act())
        assert store.acts_head().entries == 1


def test_a_kept_head_is_an_anchor_whether_as_json_or_as_another_audit_log(path: Path, tmp_path: Path) -> None:
    with Store.open(str(path)) as store:
        head = store.acts_head()
        kept = tmp_path / "kept.json"
        kept.write_text(json.dumps({"acts": head.entries, "head": head.hash, "whole": True}, indent=1))
        assert read_anchor(kept) == [head]
        assert [found.entries for found in read_anchor(log_of(path))] == [1, 2, 3]
    cut(path, 2)
    absent = tmp_path / "absent.jsonl"
    with Store.open(str(path)) as store:
        absent.touch()
        assert verify_acts(store, log=absent).report.is_whole
        found = verify_acts(store, anchor=kept, log=absent)
    assert (found.report.fault, found.report.number, found.anchors) == (ChainFault.CUT, 3, 1)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"[1, 2]",
        b"\xff\x00" * 100,
        b'{"acts": "3", "head": "aa"}',
        b'{"acts": 0, "head": "aa"}',
        b'{"acts": 3, "head": 5}',
        b"[" * 200_000,
        b'{"a":' * 50_000,
    ],
)
def test_a_file_without_a_head_is_no_anchor(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "kept"
    file.write_bytes(content)
    with pytest.raises(UsageError, match="holds no head of a chain of acts"):
        read_anchor(file)


def test_an_anchor_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read: No such file"):
        read_anchor(tmp_path / "absent")
