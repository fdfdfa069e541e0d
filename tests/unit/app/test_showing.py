"""The store as tables: counted over distinct answers, on a day, by what expires."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from pqscan.app.selecting import on_day, read_selection
from pqscan.app.showing import show_algorithms, show_certificates, show_targets
from pqscan.model.observation import Subject, Support
from pqscan.store.repository import Store
from tests.unit.app.pasts import MAIL, WEB, a_certificate, a_store, an_answer, an_outcome, moment


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    def outcomes(number: int) -> list[object]:
        answer = an_answer(x25519=Support.ACCEPTED if number < 10 else Support.REFUSED)
        mine = a_certificate(1, expires=100) if number < 10 else a_certificate(2, expires=300)
        return [an_outcome(WEB, answer, number, mine), an_outcome(MAIL, an_answer(old=True), number, a_certificate(9, expires=50))]

    with a_store(tmp_path, (0, 10), outcomes) as opened:  # type: ignore[arg-type]
        yield opened


def test_what_a_host_offered_on_a_day_is_what_it_answered_then(store: Store) -> None:
    def offered(day: date | None) -> set[str]:
        selection = on_day(read_selection(["network=192.0.2.1"]), day)
        ((_assessed, profile),) = show_targets(store, selection)
        assert profile is not None
        return {o.value for o in profile.observations if o.subject is Subject.NAMED_GROUP and o.support.shows_use}

    assert offered(moment(5).date()) == {"0x11ec", "0x001d"}
    assert offered(None) == offered(moment(10).date()) == {"0x11ec"}


def test_certificates_that_expire_before_a_day(store: Store) -> None:
    def told(*words: str, before: int | None) -> list[tuple[str, int]]:
        day = None if before is None else moment(before).date()
        return [
            (row.certificate.serial, row.targets) for row in show_certificates(store, read_selection(words), expires_before=day)
        ]

    assert told(before=None) == [("9", 1), ("2", 1)]
    assert told(before=51) == [("9", 1)]
    assert told(before=50) == []
    assert told("network=192.0.2.1", before=400) == [("2", 1)]
    assert told("state=broken", before=400) == []
    assert told("state=default,vulnerable,unknown,capable", before=51) == [("9", 1)]


@pytest.mark.parametrize("words", [[], ["network=192.0.2.1"], ["algorithm=x25519"], ["state=unknown"], ["port=993"]])
@pytest.mark.parametrize("number", [None, 5])
def test_algorithms_are_counted_as_target_by_target(store: Store, words: list[str], number: int | None) -> None:
    selection = on_day(read_selection(words), None if number is None else moment(number).date())
    counted: Counter[str] = Counter()
    for _assessed, profile in show_targets(store, selection):
        assert profile is not None
        counted.update({o.value for o in profile.observations if o.subject is Subject.NAMED_GROUP and o.support.shows_use})
    rows = {row.name: row.targets for row in show_algorithms(store, selection) if row.subject is Subject.NAMED_GROUP}
    assert sorted(rows.values()) == sorted(counted.values())
    assert rows.get("X25519MLKEM768", 0) == counted["0x11ec"]
