"""Reports that leave the store: noted with their digest, the same when made again, and made from a store that may only be read."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from pqscan.app import exporting
from pqscan.cli.entry import run
from pqscan.errors import ReadOnlyStore, StoreError
from pqscan.model.outcome import OutcomeStatus
from pqscan.readiness.act import ActKind
from pqscan.store.repository import Store
from tests.unit.store.people import an_act
from tests.unit.store.samples import a_batch, a_profile, a_run, a_target, an_outcome, read_certificate


@pytest.fixture
def store(tmp_path: Path) -> str:
    url = str(tmp_path / "store.sqlite")
    with Store.open(url, read_certificate=read_certificate) as opened:
        opened.begin_run(a_run())
        found = [an_outcome(a_target(number), a_profile("X")) for number in (1, 2)]
        opened.commit(a_batch(*found, cursor=2, counts={OutcomeStatus.COMPLETED: 2}))
        opened.add_act(an_act())
    return url


def exports(url: str) -> list[dict[str, object]]:
    with Store.open(url, read_certificate=read_certificate) as opened:
        return [dict(one.act.detail) for one in opened.acts(ActKind.EXPORT)]


@pytest.mark.parametrize("name", ["html", "text", "json", "csv"])
def test_a_report_is_an_act_with_its_digest_and_the_same_when_made_again(
    name: str, store: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for file in (first, second):
        assert run(["report", name, "-o", str(file), "--db", store, "--lang", "en", "--as-of", "2026-11-29"]) == 0
    capsys.readouterr()
    noted = exports(store)
    assert [(one["format"], one["edition"], one["file"]) for one in noted] == [
        (name, "full", str(file)) for file in (first, second)
    ]
    assert {one["sha256"] for one in noted} == {hashlib.sha256(first.read_bytes()).hexdigest()}
    assert first.read_bytes() == second.read_bytes()
    assert run(["db", "verify", "--db", store]) == 0
    if name in ("html", "text"):
        with Store.open(store, read_certificate=read_certificate) as opened:
            assert opened.acts_head().entries == 3
            stated = opened.acts_head(before_reports=True)
            opened.add_act(an_act())
        assert stated.entries == 1
        assert stated.hash in "".join(first.read_text("utf-8").split())
        assert run(["report", name, "-o", str(second), "--db", store, "--lang", "en", "--as-of", "2026-11-29"]) == 0
        assert first.read_bytes() != second.read_bytes()  # Another head: something was done in between.


def test_what_goes_to_standard_output_is_no_file_and_no_act(store: str, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert run(["report", "csv", "--db", store]) == 0
    assert exports(store) == []


def test_a_store_that_may_only_be_read_gives_its_report_and_says_so(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "report.html"

    def refuse(*_: object) -> None:
        raise ReadOnlyStore("the store may not be written here")

    monkeypatch.setattr(Store, "add_act", refuse)
    assert run(["report", "html", "-o", str(file), "--db", store, "--lang", "en"]) == 0
    assert "not noted among its acts" in " ".join(capsys.readouterr().err.split())
    assert file.exists()


def test_a_report_that_cannot_be_noted_is_not_let_out(
    store: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(*_: object) -> None:
        raise StoreError("no space is left for the store")

    monkeypatch.setattr(Store, "add_act", refuse)
    assert run(["report", "html", "-o", str(tmp_path / "report.html"), "--db", store, "--lang", "en"]) == 3
    assert [path.name for path in tmp_path.iterdir() if "report" in path.name or path.name.startswith(".pqscan")] == []


@pytest.mark.skipif(os.name != "posix" or os.geteuid() != 0, reason="only root can become somebody who may not write")
@pytest.mark.parametrize("mode", [0o755, 0o777])
def test_another_user_reads_a_store_that_is_not_theirs_to_write(mode: int, store: str) -> None:
    """In a folder that takes no file of theirs, and in one that does."""
    with TemporaryDirectory() as name:
        copy = Path(name) / "a store%20#?.sqlite"
        shutil.copy(store, copy)
        copy.chmod(0o444)
        copy.parent.chmod(mode)
        child = os.fork()
        if child == 0:
            os._exit(_as_nobody(copy))
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 1
        assert copy.read_bytes() == Path(store).read_bytes()


def _as_nobody(copy: Path) -> int:
    """1: the store was read, and what was to be noted was refused as in one that may only be read."""
    try:
        os.setgid(65534)
        os.setuid(65534)
        with Store.open(str(copy), create=False, read_certificate=read_certificate) as opened:
            assert len(list(opened.sightings())) == 2
            report = exporting.ExportedReport(copy.with_name("x"), "html", "full", "vi", "00")
            return 2 if exporting.note_report(opened, report, an_act().at) else 1
    except BaseException as error:  # The child must never come back into pytest.
        os.write(2, repr(error).encode())
        return 9
