from __future__ import annotations

import io
import json

from pqscan.app.streaming import OutcomeStream, StreamingLedger
from pqscan.model.inventory import Batch
from pqscan.model.outcome import OutcomeStatus
from tests.unit.store.samples import a_batch, a_profile, an_outcome


class Ledger:
    """Keeps of every batch what it was told to keep."""

    def __init__(self, kept: Batch | None) -> None:
        self._kept = kept

    def commit(self, batch: Batch) -> Batch | None:
        return self._kept


def streamed(kept: Batch | None) -> list[str]:
    out = io.BytesIO()
    StreamingLedger(Ledger(kept), OutcomeStream(out)).commit(a_batch(an_outcome(profile=a_profile("x"))))
    rows = [json.loads(line) for line in out.getvalue().splitlines()]
    return [row["outcome"]["status"] if "outcome" in row else next(iter(row)) for row in rows]


def test_a_batch_is_streamed_as_it_came() -> None:
    assert streamed(None) == ["profile", "completed"]


def test_where_the_ledger_kept_something_else_that_is_streamed() -> None:
    assert streamed(a_batch(an_outcome(status=OutcomeStatus.BUG))) == ["bug"]
