"""Run as a program: writes a run into a store again and again, killed with SIGKILL at random moments; prints what was acknowledged.

`python killed_writer.py URL SEED ROUNDS [PASSPHRASE]`. Every round forks a child that resumes the run where the store says it is.
"""

from __future__ import annotations

import os
import random
import select
import signal
import sys
from pathlib import Path

from pqscan.model.inventory import Batch, RunState
from pqscan.model.outcome import Evidence, Outcome, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.store import cipher
from pqscan.store.repository import Store
from tests.unit.store.samples import a_profile, a_run, an_outcome, day, read_certificate

TARGETS = 20_000
IN_A_BATCH = 20
PROFILES = [a_profile(f"group-{number}") for number in range(40)]
RUN = "run-1"


def target(number: int) -> NetworkTarget:
    return NetworkTarget(f"10.0.{number >> 8}.{number & 255}", 443)


def outcome(number: int) -> Outcome:
    der = f"CN={number % 300}|RSA|2048|sha256WithRSAEncryption".encode()
    evidence = Evidence(b"sent", b"%d" % number) if number % 3 == 0 else None
    return an_outcome(target(number), PROFILES[number % 40], at=day(0), ders=(der,), evidence=evidence)


def batch(start: int, end: int) -> Batch:
    return Batch(RUN, tuple(map(outcome, range(start, end))), end, {OutcomeStatus.COMPLETED: end - start})


def write(url: str, acknowledged: int) -> None:
    """Resumes and commits until the run is through, one byte a batch to `acknowledged`."""
    with Store.open(url, read_certificate=read_certificate) as store:
        store.begin_run(a_run(RUN))
        run = store.run(RUN)
        assert run is not None
        for start in range(run.cursor, TARGETS, IN_A_BATCH):
            store.commit(batch(start, start + IN_A_BATCH))
            os.write(acknowledged, b".")
        store.finish_run(RUN, RunState.FINISHED, day(1))


def kill_one(url: str, seconds: float) -> int:
    """Forks a writer, kills it after that long, and returns how many batches it said it had committed."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            write(url, writer)
        finally:
            os._exit(0)
    os.close(writer)
    said = 0
    if os.read(reader, 1):  # It has begun to commit.
        said = 1
        select.select([], [], [], seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    while part := os.read(reader, 65536):
        said += len(part)
    os.close(reader)
    return said


def main(url: str, seed: int, rounds: int) -> None:
    chance = random.Random(seed)
    for _ in range(rounds):
        print(kill_one(url, chance.uniform(0, 0.03)), flush=True)


if __name__ == "__main__":
    if sys.argv[4:]:
        cipher.remember(Path(sys.argv[1].removeprefix("sqlite:///")), cipher.Passphrase(sys.argv[4]))
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]))
