"""What a difference says of a closed value, it says in words: a code means nothing to a reader."""

from __future__ import annotations

from datetime import date

from pqscan.app.difference import AlgorithmChange, Difference
from pqscan.cli.diff import algorithm_text
from pqscan.cli.difference_page import difference_page
from pqscan.model.observation import Subject
from pqscan.registry.quantum import QuantumClass

ROW = AlgorithmChange(Subject.GROUP_SELECTION, "hello_retry_upgrade", QuantumClass.NOT_PUBLIC_KEY, 3, 1)


def test_a_closed_value_is_said_in_words_in_the_text_and_on_the_page() -> None:
    text = algorithm_text(ROW)
    page = difference_page(Difference(date(2026, 1, 1), date(2026, 2, 1), (), 0, (ROW,))).decode("utf-8")
    for told in (text, page):
        assert "hello_retry_upgrade" not in told
        assert "HelloRetryRequest" in told
