"""Reads the JSON of `pqscan harness benchmark --json` back (format `pqscan-timings/1`): bounded, and whatever bytes it holds."""

from __future__ import annotations

import json
from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path

from pqscan.errors import UsageError
from pqscan.model.timing import Operation, Purpose, Rate, Timing
from pqscan.registry.foreign_file import open_regular
from pqscan.registry.quantum import QuantumClass

MOST_BYTES = 4 << 20
MOST_TIMINGS = 10_000
MOST_PER_SECOND = 10**12
FORMAT = "pqscan-timings/1"


def read_timings(path: Path) -> tuple[Timing, ...]:
    """Raises UsageError naming the file where it cannot be read or is no such document."""
    try:
        with open_regular(path, or_stream=True) as file:
            data = file.read(MOST_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the timings {path} cannot be read: {error.strerror}") from None
    return parse_timings(data, str(path))


def parse_timings(data: bytes, name: str) -> tuple[Timing, ...]:
    """Timings of operations and purposes that this program knows; others are left out. Raises UsageError."""
    if len(data) > MOST_BYTES:
        raise UsageError(f"the timings {name} are larger than {MOST_BYTES} bytes; is it the right file?")
    try:
        document = json.loads(data)
    except (ValueError, RecursionError):
        raise UsageError(f"the timings {name} are no JSON; write them with `pqscan harness benchmark --json`") from None
    rows = document.get("timings") if isinstance(document, dict) and document.get("format") == FORMAT else None
    if not isinstance(rows, list) or len(rows) > MOST_TIMINGS:
        raise UsageError(f"the file {name} holds no timings; write them with `pqscan harness benchmark --json`")
    return tuple(timing for row in rows for timing in _timings(row))


def _timings(row: object) -> Iterator[Timing]:
    if not isinstance(row, dict) or not (_in(row, "purpose", Purpose) and _in(row, "quantum_class", QuantumClass)):
        return
    algorithm, library, rates = row.get("algorithm"), row.get("library"), row.get("rates")
    if isinstance(algorithm, str) and isinstance(library, str) and isinstance(rates, list):
        found = tuple(rate for each in rates for rate in _rates(each))
        yield Timing(Purpose(row["purpose"]), algorithm, library, QuantumClass(row["quantum_class"]), found)


def _rates(row: object) -> Iterator[Rate]:
    if not isinstance(row, dict) or not _in(row, "operation", Operation):
        return
    median, best, rounds = _number(row.get("median_per_second")), _number(row.get("best_per_second")), row.get("rounds")
    if median is not None and best is not None and type(rounds) is int:
        yield Rate(Operation(row["operation"]), median, best, rounds)


def _in(row: dict[str, object], field: str, kind: type[StrEnum]) -> bool:
    value = row.get(field)
    return isinstance(value, str) and value in list(kind)


def _number(value: object) -> float | None:
    """A rate that a machine can have; None for anything else, NaN and infinity among it."""
    if isinstance(value, bool) or not isinstance(value, (int, float)) or not 0 < value < MOST_PER_SECOND:
        return None
    return float(value)
