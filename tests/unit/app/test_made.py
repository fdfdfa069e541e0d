"""Values that are made when somebody looks."""

from __future__ import annotations

import pytest

from pqscan.app.made import Made


def test_a_value_is_made_once_and_only_where_it_is_asked_for() -> None:
    asked: list[int] = []

    def square(number: int) -> int:
        asked.append(number)
        return number * number

    made = Made([3, 1, 2], square)
    assert (list(made), len(made), 2 in made, asked) == ([3, 1, 2], 3, True, [2])
    assert (made[3], made[3], made.get(9), asked) == (9, 9, None, [2, 3])
    assert made == {3: 9, 1: 1, 2: 4}
    with pytest.raises(KeyError):
        made[9]
