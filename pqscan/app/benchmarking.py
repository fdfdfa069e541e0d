"""Times the cryptography of this machine's libraries (`pqscan harness benchmark`). Nothing is sent anywhere, nothing is stored."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pqscan.errors import UsageError
from pqscan.model.timing import Timing, TimingReport

if TYPE_CHECKING:
    from pqscan.harness.benchmark import Candidate

LEAST_SECONDS, MOST_SECONDS = 0.001, 60.0


def benchmark(
    *, seconds: float = 0.2, progress: Callable[[int, int], None] | None = None, further: Sequence[Candidate] = ()
) -> TimingReport:
    """Every algorithm of every library that is here, each operation for about so many seconds, classical ones beside them, and
    whole handshakes.

    `further` is for what a caller wants timed beside that. `progress` is told how many of how many are done.
    Raises UsageError for a time that is too short or too long."""
    from pqscan.harness import benchmark as harness
    from pqscan.harness.self_test.run import load
    from pqscan.harness.tls.shares import LIBRARIES as SHARE_LIBRARIES
    from pqscan.harness.tls.timed import handshake_candidates

    if not LEAST_SECONDS <= seconds <= MOST_SECONDS:  # NaN is neither.
        raise UsageError(f"--seconds must be between {LEAST_SECONDS:g} and {MOST_SECONDS:g}")
    libraries = [library for library in load() if library.missing is None]
    started = datetime.now(UTC)
    handshakes = handshake_candidates((library.name for library in libraries if library.name in SHARE_LIBRARIES), started)
    waiting = [*harness.candidates(libraries), *handshakes, *further]
    timings: list[Timing] = []
    for done, candidate in enumerate(waiting):
        if progress is not None:
            progress(done, len(waiting))
        timings.append(harness.measure(candidate, seconds))
    versions = tuple((library.name, library.version) for library in libraries if library.version)
    return TimingReport(started, seconds, harness.machine(), tuple(timings), versions)
