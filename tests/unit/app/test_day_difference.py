"""Two days of a store side by side, and two policies over the same facts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from pqscan.app.assessment import choose_policies
from pqscan.app.difference import AlgorithmChange, Change, diff, diff_days
from pqscan.app.policy_difference import diff_policies
from pqscan.errors import UsageError
from pqscan.model.observation import Subject, Support
from pqscan.policy.finding import Verdict
from pqscan.registry.quantum import QuantumClass
from pqscan.store.repository import Store
from tests.unit.app.pasts import MAIL, WEB, a_certificate, a_store, an_answer, an_outcome, moment

NIST, CNSA = choose_policies(["nist-ir-8547"])[0], choose_policies(["cnsa-2.0-faq"])[0]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """WEB drops X25519 and renews its certificate on day 10; MAIL comes on day 20, with a certificate that ends on day 25."""

    def outcomes(number: int) -> list[object]:
        answer = an_answer(x25519=Support.ACCEPTED if number < 10 else Support.REFUSED)
        found: list[object] = [an_outcome(WEB, answer, number, a_certificate(1 if number < 10 else 2))]
        return found + ([an_outcome(MAIL, an_answer(), number, a_certificate(9, expires=25))] if number >= 20 else [])

    with a_store(tmp_path, (0, 10, 20, 30), outcomes) as opened:  # type: ignore[arg-type]
        yield opened


def day(number: int) -> date:
    return moment(number).date()


def test_between_two_days_stands_what_the_scans_between_them_saw(store: Store) -> None:
    found = diff_days(store, day(5), day(15))
    (change,) = found.changes
    assert (change.target, change.change, found.unchanged) == (WEB, Change.CHANGED, 0)
    assert len(change.certificates_gone) == len(change.certificates_new) == 1
    group = Subject.NAMED_GROUP
    assert found.algorithms == (AlgorithmChange(group, "x25519", QuantumClass.TRADITIONAL, 0, 1),)


def test_what_came_between_two_days_has_appeared_and_is_not_counted_as_gained(store: Store) -> None:
    found = diff_days(store, day(15), day(22))
    assert [(change.target, change.change) for change in found.changes] == [(MAIL, Change.APPEARED)]
    assert (found.algorithms, found.unchanged) == ((), 1)


def test_a_certificate_that_is_still_served_and_ended_between_is_told(store: Store) -> None:
    assert len(diff_days(store, day(20), day(30)).expired) == 1
    assert diff_days(store, day(20), day(25)).expired == ()
    assert len(diff_days(store, day(25), day(30)).expired) == 1
    assert diff_days(store, day(26), day(30)).expired == ()


def test_runs_add_up_as_days_do(store: Store) -> None:
    runs, days = diff(store, "run-0", "run-10"), diff_days(store, day(0), day(10))
    told = [[(c.target, c.gone, c.new, c.certificates_gone, c.certificates_new) for c in found.changes] for found in (runs, days)]
    assert (told[0], runs.algorithms, runs.expired) == (told[1], days.algorithms, days.expired)


def test_targets_can_be_picked(store: Store) -> None:
    assert diff_days(store, day(5), day(22), keep=lambda target: target == MAIL).changes[0].target == MAIL
    assert len(diff_days(store, day(5), day(22)).changes) == 2


@pytest.mark.parametrize("last", [5, 4])
def test_days_in_the_wrong_order_are_refused(store: Store, last: int) -> None:
    with pytest.raises(UsageError, match="is not before"):
        diff_days(store, day(5), day(last))


def test_two_policies_side_by_side_tell_what_they_judge_differently(store: Store) -> None:
    found = diff_policies(store, NIST, CNSA, date(2026, 6, 1))
    opinions = {(row.subject, row.name): (row.before, row.after, row.targets) for row in found.opinions}
    assert opinions["named_group", "X25519MLKEM768"] == (Verdict.MEETS, Verdict.NOT_MET, 2)
    assert opinions["cipher_suite", "TLS_AES_128_GCM_SHA256"][0] is None
    assert all(row.before is not row.after for row in found.opinions)


def test_the_other_way_round_is_the_same(store: Store) -> None:
    one, other = diff_policies(store, NIST, CNSA, day(0)), diff_policies(store, CNSA, NIST, day(0))
    assert {(row.name, row.before, row.after) for row in one.opinions} == {(r.name, r.after, r.before) for r in other.opinions}
    assert one.alike == other.alike


def test_a_policy_and_itself_are_no_two(store: Store) -> None:
    with pytest.raises(UsageError, match="compared with itself"):
        diff_policies(store, NIST, NIST, day(0))
