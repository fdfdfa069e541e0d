from __future__ import annotations

from pqscan.store.recent import Recent


def test_it_forgets_what_was_not_used_for_the_longest_time() -> None:
    recent: Recent[str] = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (1, None, 3)


def test_cleared_it_knows_nothing() -> None:
    recent: Recent[str] = Recent()
    recent.put("a", 1)
    recent.clear()
    assert recent.get("a") is None
