"""The benchmark: counts by a clock that it is given, makes every algorithm of every library work, knows what goes over the wire."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count

import pytest

from pqscan.app import benchmarking
from pqscan.errors import UsageError
from pqscan.harness import benchmark, on_cryptography, on_liboqs
from pqscan.harness.benchmark import ROUNDS, Candidate, Prepared
from pqscan.harness.tls import timed
from pqscan.model.timing import Operation, Purpose, Timing, TimingReport
from pqscan.registry.quantum import QuantumClass

CANDIDATES = list(benchmark.candidates([on_cryptography.load()]))


class Clock:
    """Each call of what is timed takes as long as it is told to; nothing else takes any time."""

    def __init__(self, *seconds: float) -> None:
        self.now = 0.0
        self.calls = 0
        self._seconds = seconds

    def __call__(self) -> float:
        return self.now

    def work(self) -> None:
        self.now += self._seconds[min(self.calls, len(self._seconds) - 1)]
        self.calls += 1


def test_a_rate_is_calls_by_time() -> None:
    clock = Clock(0.01)
    found = benchmark.rate(Operation.SIGN, clock.work, 1.0, clock)
    assert found.median_per_second == pytest.approx(100)
    assert found.best_per_second == pytest.approx(100)
    assert (found.operation, found.rounds) == (Operation.SIGN, ROUNDS)
    assert clock.calls == 1 + ROUNDS * 20  # A fifth of a second in each round.


def test_one_slow_round_moves_neither_the_median_nor_the_best() -> None:
    clock = Clock(1.0, *[1.0] * 2, 9.0, 1.0)
    found = benchmark.rate(Operation.SIGN, clock.work, 0.5, clock)
    assert clock.calls == 1 + ROUNDS  # A call that takes longer than a round is made once in each.
    assert (found.median_per_second, found.best_per_second) == (1.0, 1.0)


def test_a_call_that_takes_no_time_at_all_does_not_run_for_ever() -> None:
    calls = count()
    assert benchmark.rate(Operation.SIGN, lambda: next(calls), 0.000001, lambda: 0.0).best_per_second > 0
    assert next(calls) <= 1 + ROUNDS * 1000


@pytest.mark.parametrize("candidate", CANDIDATES, ids=lambda candidate: candidate.algorithm)
def test_every_candidate_of_cryptography_can_be_timed(candidate: Candidate) -> None:
    if candidate.algorithm.startswith("RSA"):
        prepared = candidate.prepare()
        prepared.calls[Operation.VERIFY]()
        return
    timing = benchmark.measure(candidate, 0.001)
    assert [rate.operation for rate in timing.rates] == list(expected(candidate.purpose))
    assert all(rate.best_per_second >= rate.median_per_second > 0 for rate in timing.rates)


def expected(purpose: Purpose) -> Iterator[Operation]:
    yield Operation.KEY_GENERATION
    if purpose is Purpose.SIGNATURE:
        yield from (Operation.SIGN, Operation.VERIFY)
    else:
        yield from (Operation.ENCAPSULATION, Operation.DECAPSULATION)


@pytest.mark.parametrize(("algorithm", "client", "server"), [
    ("X25519", 32, 32), ("P-256", 65, 65), ("ML-KEM-768", 1184, 1088), ("ML-KEM-1024", 1568, 1568),
    ("X25519MLKEM768", 1216, 1120), ("SecP256r1MLKEM768", 1249, 1153),
])  # fmt: skip
def test_bytes_of_key_establishment_are_those_of_the_standards(algorithm: str, client: int, server: int) -> None:
    [candidate] = [c for c in CANDIDATES if c.algorithm == algorithm]
    assert candidate.prepare().sizes == {"client_bytes": client, "server_bytes": server}


@pytest.mark.parametrize(("algorithm", "public", "signature"), [
    ("Ed25519", 32, 64), ("RSA-2048", 256, 256), ("ML-DSA-44", 1312, 2420), ("ML-DSA-65", 1952, 3309), ("ML-DSA-87", 2592, 4627),
])  # fmt: skip
def test_bytes_of_signatures_are_those_of_the_standards(algorithm: str, public: int, signature: int) -> None:
    [candidate] = [c for c in CANDIDATES if c.algorithm == algorithm]
    assert candidate.prepare().sizes == {"public_key_bytes": public, "signature_bytes": signature}


def test_liboqs_brings_what_it_has_and_the_same_bytes() -> None:
    library = on_liboqs.load()
    if library.missing is not None:
        pytest.skip("liboqs is not installed here")
    theirs = {c.algorithm: c for c in benchmark.candidates([library]) if c.library == "liboqs"}
    assert set(library.kems) | set(library.signers) <= theirs.keys()
    for name in ("ML-KEM-768", "X25519MLKEM768", "ML-DSA-65"):
        [ours] = [c for c in CANDIDATES if c.algorithm == name]
        assert theirs[name].prepare().sizes == ours.prepare().sizes


def test_what_needs_more_than_a_library_is_timed_with_the_rest(monkeypatch: pytest.MonkeyPatch) -> None:
    handshake = Candidate(
        Purpose.HANDSHAKE, "TLS 1.3", "liboqs", QuantumClass.PQT_HYBRID, lambda: Prepared({Operation.HANDSHAKE: lambda: None})
    )
    monkeypatch.setattr(benchmark, "candidates", lambda libraries: iter(()))
    monkeypatch.setattr(timed, "handshake_candidates", lambda libraries, started: iter(()))
    seen: list[tuple[int, int]] = []
    report = benchmarking.benchmark(seconds=0.001, further=[handshake], progress=lambda done, total: seen.append((done, total)))
    assert isinstance(report, TimingReport)
    [timing] = report.timings
    assert isinstance(timing, Timing)
    assert timing.rate(Operation.HANDSHAKE) is not None
    assert seen == [(0, 1)]


@pytest.mark.parametrize("seconds", [0.0, -1.0, 61.0, float("nan"), float("inf")])
def test_a_time_that_is_none_is_wrong_usage(seconds: float) -> None:
    with pytest.raises(UsageError, match="--seconds"):
        benchmarking.benchmark(seconds=seconds)
