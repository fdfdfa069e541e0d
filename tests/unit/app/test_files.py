"""Certificate files into the store: what cannot be read has its outcome, and nothing waits for a pipe."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pqscan.app import open_store, scan_files
from pqscan.app.files import machine_certificates
from pqscan.errors import UsageError
from pqscan.model.outcome import OutcomeStatus


def test_files_that_cannot_be_read_are_told_and_the_others_go_on(tmp_path: Path) -> None:
    (tmp_path / "text.pem").write_text("no certificate")
    os.mkfifo(tmp_path / "pipe")
    paths = [tmp_path / "text.pem", tmp_path / "pipe", tmp_path / "missing"]
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        run = scan_files(paths, store, machine="here")
        assert run.counts == {OutcomeStatus.WRONG_PROTOCOL: 1, OutcomeStatus.UNREACHABLE: 2}
        assert run.state.value == "finished"
        assert len(list(store.sightings())) == 3
        with pytest.raises(UsageError, match="is a folder"):
            scan_files([tmp_path / "text.pem", tmp_path], store)
        assert len(list(store.runs())) == 1, "nothing was begun"


@pytest.mark.skipif(not machine_certificates(), reason="this machine keeps no certificates where systems keep them")
def test_the_certificates_that_this_machine_trusts_are_read(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        run = scan_files(machine_certificates(), store)
        assert set(run.counts) == {OutcomeStatus.COMPLETED}
        assert len(store.certificates()) > 10
