"""The benchmark's JSON is read back; whatever else a file holds is told in one sentence."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pqscan_reports.trials.timings import timings_json

from pqscan.app.timings_file import FORMAT, parse_timings, read_timings
from pqscan.errors import UsageError
from pqscan.model.timing import Operation, Purpose, Rate, Timing, TimingReport
from pqscan.registry.quantum import QuantumClass

RATES = (Rate(Operation.KEY_GENERATION, 100.5, 120.25, 5), Rate(Operation.ENCAPSULATION, 90.0, 91.0, 5))
TIMING = Timing(Purpose.KEY_ESTABLISHMENT, "X25519MLKEM768", "liboqs", QuantumClass.PQT_HYBRID, RATES)
REPORT = TimingReport(datetime(2026, 11, 29, tzinfo=UTC), 0.2, "a processor", (TIMING,))

anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(["timings", "rates", "operation", "x"]), inner),
    max_leaves=12,
)


def test_what_the_benchmark_wrote_is_read_back() -> None:
    assert parse_timings(json.dumps(timings_json(REPORT)).encode(), "t.json") == (TIMING,)


@given(st.binary(max_size=200))
def test_any_bytes_give_timings_or_one_sentence(data: bytes) -> None:
    with pytest.raises(UsageError, match=r"t\.json"):
        parse_timings(data, "t.json")


@given(st.lists(anything, max_size=4))
def test_any_rows_in_the_right_frame_are_read_or_left_out(rows: list[object]) -> None:
    data = json.dumps({"format": FORMAT, "timings": rows}).encode()
    assert all(isinstance(timing, Timing) for timing in parse_timings(data, "t.json"))


@pytest.mark.parametrize("median", [0, -1, True, "1", None, float("nan"), float("inf"), [1]])
def test_a_rate_that_no_machine_has_is_left_out(median: object) -> None:
    document = timings_json(REPORT)
    document["timings"][0]["rates"][0]["median_per_second"] = median  # type: ignore[index,call-overload]
    found = parse_timings(json.dumps(document).encode(), "t.json")
    assert [rate.operation for rate in found[0].rates] == [Operation.ENCAPSULATION]


def test_a_deep_document_is_refused() -> None:
    with pytest.raises(UsageError):
        parse_timings(b"[" * 100_000, "t.json")


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_timings(tmp_path / "none.json")
