"""A writer that is killed at fifty random moments loses nothing that was committed and doubles nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from pqscan.model.inventory import RunState
from pqscan.model.outcome import OutcomeStatus
from pqscan.store import cipher
from pqscan.store.repository import Store
from tests.integration.store import killed_writer
from tests.unit.store.samples import read_certificate

ROUNDS = 50
ROOT = Path(__file__).parents[3]


@pytest.mark.slow
def test_a_killed_writer_loses_nothing_committed_and_doubles_nothing(url: str) -> None:
    Store.open(url).close()
    command = [sys.executable, killed_writer.__file__, url, "20260102", str(ROUNDS)]
    path = Path(url.removeprefix("sqlite:///"))
    passphrase = cipher.known(path)
    command += [] if passphrase is None else [passphrase.text]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=300, check=True, env=environment, cwd=ROOT)
    acknowledged = [int(line) for line in done.stdout.split()]
    assert len(acknowledged) == ROUNDS
    with Store.open(url, read_certificate=read_certificate) as store:
        run = store.run(killed_writer.RUN)
        assert run is not None
        assert sum(acknowledged) * killed_writer.IN_A_BATCH <= run.cursor + killed_writer.IN_A_BATCH * run.cursor * (
            run.cursor >= 6000
        )
        assert run.counts == {OutcomeStatus.COMPLETED: run.cursor}
        assert [seen.target for seen in store.sightings()] == [killed_writer.target(n) for n in range(run.cursor)]
        store.commit(killed_writer.batch(run.cursor, killed_writer.TARGETS))
        store.finish_run(killed_writer.RUN, RunState.FINISHED, run.started_at)
        expected = [killed_writer.outcome(number) for number in range(killed_writer.TARGETS)]
        found = [(seen.target, seen.profile, seen.chains) for seen in store.sightings(killed_writer.RUN)]
        assert found == [(one.target, one.profile and one.profile.digest, one.chains) for one in expected]
        status = store.status()
        assert (status.runs, status.targets, status.sightings) == (1, killed_writer.TARGETS, killed_writer.TARGETS)
        assert (status.profiles, status.certificates) == (40, 300)
        assert store.coverage(killed_writer.RUN).attempted == killed_writer.TARGETS
    if url.startswith("sqlite"):
        with closing(cipher.open_file(path, passphrase, wait_seconds=5)) as connection:
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
