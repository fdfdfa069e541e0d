"""Runs that are killed or interrupted go on: nothing that was committed is lost, nothing is doubled."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import subprocess
from collections import Counter

import pytest

from pqscan.demo.servers import RunningServer
from pqscan.store.repository import Store
from tests.end_to_end.conftest import Program

pytestmark = [pytest.mark.lab, pytest.mark.slow]

KILLS = int(os.environ.get("PQSCAN_KILLS", "8"))  # 50 take three to six minutes
NAMES = 250 * KILLS


def write_targets(program: Program, server: RunningServer, names: int) -> list[str]:
    """Many targets on one server: each has a name of its own."""
    targets = [f"site{number}.demo.invalid@{server.address}:{server.port}" for number in range(names)]
    (program.folder / "targets.txt").write_text("\n".join(targets))
    return targets


def begun(running: subprocess.Popen[str]) -> str:
    """Waits until the run is told, which is before the first packet; gives its id."""
    assert running.stderr is not None
    for line in running.stderr:
        if line.startswith("Run "):
            return line.split()[1].rstrip(":")
    raise AssertionError("the run was not told")


def committed(store: str, run: str) -> Counter[str]:
    with Store.open(store) as opened:
        return Counter(str(sighting.target.server_name) for sighting in opened.sightings(run))  # type: ignore[union-attr]


def test_a_run_killed_at_random_moments_is_completed_by_resuming(program: Program, server: RunningServer) -> None:
    moments = random.Random(20261122)
    write_targets(program, server, NAMES)
    arguments = ["scan", "net", "@targets.txt", "--profile", "quick", "--workers", "1"]
    run, before = "", 0
    for _ in range(KILLS):
        with program.start(*(arguments if not run else ("scan", "net", "--resume", run))) as running:
            run = begun(running)
            with contextlib.suppress(subprocess.TimeoutExpired):
                running.wait(moments.uniform(0.0, 2.0))
            running.kill()
        now = committed(program.store, run)
        assert set(now.values()) <= {1}
        assert sum(now.values()) >= before
        before = sum(now.values())
    program.works("scan", "net", "--resume", run)
    assert committed(program.store, run) == {f"site{number}.demo.invalid": 1 for number in range(NAMES)}
    kept = program.works("show", "runs", "--json").json
    assert [(row["id"], row["state"], row["cursor"]) for row in kept] == [(run, "finished", NAMES)]
    assert kept[0]["by_status"] == {"completed": NAMES}
    assert program.works("db", "status", "--json").json["sightings"] == NAMES


@pytest.mark.parametrize("one", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_keeps_what_is_done_and_names_the_id_to_go_on_with(
    program: Program, server: RunningServer, one: signal.Signals
) -> None:
    write_targets(program, server, 3000)
    with program.start("scan", "net", "@targets.txt", "--profile", "quick", "--workers", "1") as running:
        run = begun(running)
        with contextlib.suppress(subprocess.TimeoutExpired):
            running.wait(0.7)
        running.send_signal(one)
        _, told = running.communicate(timeout=60)
    assert running.returncode == 130
    assert f"pqscan scan net --resume {run}" in told
    assert "Traceback" not in told
    row = program.works("show", "runs", "--json").json[0]
    assert row["state"] == "interrupted"
    assert sum(row["by_status"].values()) == row["cursor"] < 3000
    done = sum(committed(program.store, run).values())
    assert done >= row["cursor"]
    program.works("scan", "net", "--resume", run)
    assert program.works("show", "runs", "--json").json[0]["by_status"] == {"completed": 3000}


def test_a_finished_run_has_nothing_left_to_ask(program: Program, server: RunningServer, place: str) -> None:
    program.works("scan", "net", place, "--profile", "quick")
    run = program.works("show", "runs", "--json").json[0]["id"]
    asked = server.connections
    program.works("scan", "net", "--resume", run)
    assert server.connections == asked
    assert program.works("show", "runs", "--json").json[0]["by_status"] == {"completed": 1}


def test_what_gave_no_answer_is_asked_again_on_resume(program: Program, server: RunningServer) -> None:
    """A port that accepts and stays silent times out; when a server answers there later, the run is completed."""
    import socket

    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        program.works("scan", "net", f"127.0.0.1:{port}", "--profile", "quick", seconds=300)
    row = program.works("show", "runs", "--json").json[0]
    assert row["by_status"] == {"timed_out": 1}
    from pqscan.demo.servers import start

    with start(server.spec, port=port):
        program.works("scan", "net", "--resume", row["id"])
    assert program.works("show", "runs", "--json").json[0]["by_status"] == {"completed": 1}
