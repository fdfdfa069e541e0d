from __future__ import annotations

import hashlib
import json
import multiprocessing
import stat
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from pqscan.errors import WorkError
from pqscan.model.authorisation import Authorisation
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.scan.audit import AuditHead, AuditLog, verify, walk
from pqscan.scan.authorisation import Refusal

NOW = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)
GIVEN = Authorisation("Sở A", "12/QĐ", "Nguyễn Văn A", (), (), (), date(2026, 11, 1), date(2026, 12, 31), digest=b"\x01" * 32)


def write_some(path: Path, runs: int = 3) -> AuditHead:
    log = AuditLog(path)
    for number in range(runs):
        run = f"run-{number}"
        log.run_started(NOW, run, "10.0.0.0/8; ports 443", 1 << 24, b"\x02" * 32, GIVEN)
        log.refused(
            NOW, run, [Refusal("10.0.0.0-10.255.255.255", "443", 1 << 24, Reason.of("outside_authorisation", target="10.0.0.0/8"))]
        )
        head = log.run_ended(NOW, run, "finished", 5, {OutcomeStatus.COMPLETED: 5})
    return head


def test_a_log_verifies_and_tells_the_authorisation_and_what_was_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "audit.jsonl"
    head = write_some(path)
    assert verify(path, head) == head == AuditHead(9, head.hash)
    started, refused, ended = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()[:3]]
    assert started["authorisation"]["number"] == "12/QĐ"
    assert started["authorisation"]["sha256"] == "01" * 32
    assert refused["refusals"] == [
        {"what": "10.0.0.0-10.255.255.255", "ports": "443", "count": 1 << 24, "reason": "outside_authorisation"}
    ]
    assert ended["by_status"] == {"completed": 5}


def test_only_the_owner_may_read_it(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    write_some(path, 1)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize("line", range(9))
def test_an_edit_of_any_line_is_found(tmp_path: Path, line: int) -> None:
    path = tmp_path / "audit.jsonl"
    write_some(path)
    lines = path.read_bytes().splitlines(keepends=True)
    lines[line] = lines[line].replace(b"run-", b"ran-")
    path.write_bytes(b"".join(lines))
    with pytest.raises(WorkError, match=f"line {line + 1} "):
        verify(path)


def test_a_line_taken_out_or_put_in_is_found(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    write_some(path)
    lines = path.read_bytes().splitlines(keepends=True)
    for changed in (lines[:3] + lines[4:], [*lines[:3], lines[2], *lines[3:]], lines[1:]):
        path.write_bytes(b"".join(changed))
        with pytest.raises(WorkError, match="was changed"):
            verify(path)


def test_cutting_the_end_off_is_found_against_the_noted_head(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    head = write_some(path)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[:-2]))
    verify(path)
    with pytest.raises(WorkError, match="7 entries are left of 9"):
        verify(path, head)


def test_a_log_written_anew_is_found_against_the_noted_head(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    head = write_some(path)
    path.unlink()
    write_some(path, 4)
    assert verify(path, head).entries == 12, "the same entries give the same chain"
    path.unlink()
    AuditLog(path).run_started(NOW, "other", "", 0, b"", None)
    write_some(path, 4)
    with pytest.raises(WorkError, match="was rewritten"):
        verify(path, head)


def test_a_log_that_was_cut_off_and_grew_again_is_found_against_every_head_that_was_noted(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    first = write_some(path, 1)
    second = write_some(path, 1)
    path.write_bytes(b"".join(path.read_bytes().splitlines(keepends=True)[: first.entries]))
    third = AuditLog(path).run_started(NOW, "other", "", 0, b"", None)
    assert verify(path, first, third) == third
    with pytest.raises(WorkError, match="left of 6 that were noted"):
        verify(path, first, second, third)
    AuditLog(path).run_started(NOW, "other", "", 0, b"", None)
    fourth = AuditLog(path).run_started(NOW, "other", "", 0, b"", None)
    assert fourth.entries == second.entries
    for heads in ((first, second, fourth), (fourth, second, first)):
        with pytest.raises(WorkError, match="entry 6 is not the one"):
            verify(path, *heads)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full")
def test_a_device_without_an_end_is_told_and_not_read_for_ever() -> None:
    with pytest.raises(WorkError):
        AuditLog(Path("/dev/full")).run_started(NOW, "run", "", 0, b"", None)


def test_a_line_torn_by_a_crash_is_kept_in_the_next_entry(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    write_some(path, 1)
    with path.open("ab") as file:
        file.write(b'{"number":4,"ti')
    with pytest.raises(WorkError, match="line 4 "):
        verify(path)
    head = write_some(path, 1)
    assert verify(path, head).entries == 7
    assert json.loads(path.read_text(encoding="utf-8").splitlines()[3])["bytes"] == b'{"number":4,"ti'.hex()


@pytest.mark.parametrize("entries", [0, 1])
def test_of_a_long_torn_line_the_next_entry_keeps_length_and_hash_and_can_be_read(tmp_path: Path, entries: int) -> None:
    path = tmp_path / "audit.jsonl"
    before = write_some(path, entries).entries if entries else 0
    torn = b"x" * 1_500_000
    with path.open("ab") as file:
        file.write(torn)
    assert verify(path, write_some(path, 1)).entries == before + 4
    entry = json.loads(path.read_text(encoding="utf-8").splitlines()[before])
    assert (entry["event"], entry["length"], entry["sha256"]) == (
        "torn_line_removed",
        len(torn),
        hashlib.sha256(torn).hexdigest(),
    )


@pytest.mark.parametrize("content", [b"garbage\n", b"\x00" * 100 + b"\n", b"[" * 100_000 + b"\n", b"{}\n", b"x" * 3_000_000])
def test_a_damaged_log_is_told_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "audit.jsonl"
    path.write_bytes(content)
    with pytest.raises(WorkError, match="damaged"):
        write_some(path, 1)
    assert path.read_bytes() == content
    with pytest.raises(WorkError, match="line 1 "):
        verify(path)


def test_a_log_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WorkError, match="cannot be written"):
        write_some(tmp_path / "file" / "audit.jsonl")


def test_two_processes_write_one_chain(tmp_path: Path) -> None:
    path = tmp_path / "audit.jsonl"
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write, args=(str(path),)) for _ in range(2)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert verify(path).entries == 60


def _write(path: str) -> None:
    log = AuditLog(Path(path))
    for _ in range(30):
        log.run_started(NOW, "run", "", 0, b"", None)


def test_heads_of_stores_are_noted_and_read_back_in_their_order(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    log.act_noted(NOW, "/a/store.sqlite", 1, "aa" * 32)
    head = log.chain_replaced(NOW, "/a/store.sqlite", 0, "00" * 32, "vì " + "x" * 10_000)
    assert verify(log.path) == head
    first, second = (entry for _, entry in walk(log.path))
    assert (first["event"], first["store"], first["acts"], first["acts_hash"]) == ("act_noted", "/a/store.sqlite", 1, "aa" * 32)
    assert (second["event"], second["acts"], len(str(second["reason"]))) == ("chain_replaced", 0, 4000)


def test_a_walk_stops_at_the_first_line_that_was_edited(tmp_path: Path) -> None:
    log = AuditLog(tmp_path / "audit.jsonl")
    for number in range(3):
        log.act_noted(NOW, "/a", number + 1, "aa" * 32)
    lines = log.path.read_bytes().splitlines(keepends=True)
    log.path.write_bytes(lines[0] + lines[1].replace(b'"acts":2', b'"acts":1') + lines[2])
    found = walk(log.path)
    assert next(found)[0].entries == 1
    with pytest.raises(WorkError, match="line 2 does not follow"):
        next(found)
