"""Findings that live, over a store: renewals keep their history, proofs fix, silence never does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from pqscan.app.assessment import choose_policies
from pqscan.app.history import lives_of, question
from pqscan.model.observation import Support
from pqscan.policy.system import STATE_SECRETS, SystemContext
from pqscan.readiness.identity import Alias
from pqscan.readiness.life import Life, LifeState
from pqscan.store.answers import Where
from pqscan.store.repository import Store
from tests.unit.app.pasts import MAIL, WEB, a_certificate, a_store, an_answer, an_outcome, moment, scan

NIST = choose_policies(["nist-ir-8547"])


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """Both hosts are scanned on days 0, 10, 20 and 30. WEB renews its certificate on day 10 and drops X25519 on day 20; MAIL
    answers twice and is silent from day 20 on."""

    def outcomes(number: int) -> list[object]:
        gone = number >= 20
        answer = an_answer(x25519=Support.REFUSED if gone else Support.ACCEPTED)
        found: list[object] = [an_outcome(WEB, answer, number, a_certificate(1 if number < 10 else 2))]
        if number < 20:
            found.append(an_outcome(MAIL, an_answer(old=True), number, a_certificate(9)))
        elif number == 20:
            found.append(an_outcome(MAIL, None, number))
        return found

    with a_store(tmp_path, (0, 10, 20, 30), outcomes) as opened:  # type: ignore[arg-type]
        yield opened


def told(store: Store, on: int, **more: object) -> dict[tuple[str, str], Life]:
    asked = question(NIST, moment(on).date(), **more)  # type: ignore[arg-type]
    return {(life.target.address, life.mark.value): life for life in lives_of(store, asked)}  # type: ignore[union-attr]


def test_a_group_that_a_later_answer_refuses_is_fixed_and_was_open_before(store: Store) -> None:
    life = told(store, 30)["192.0.2.1", "0x001d"]
    assert (life.state, life.since, life.first_seen) == (LifeState.FIXED, moment(20), moment(0))
    assert life.settled is not None
    assert life.settled.runs[0] == "run-20"
    assert told(store, 15)["192.0.2.1", "0x001d"].state is LifeState.OPEN


def test_a_renewed_certificate_keeps_its_history(store: Store) -> None:
    life = told(store, 30)["192.0.2.1", "1.2.840.113549.1.1.1"]
    assert (life.state, life.first_seen, len(life.turns)) == (LifeState.OPEN, moment(0), 1)
    assert life.mark.role == "own"


def test_a_certificate_with_another_key_fixes_the_finding_of_the_old_one(store: Store) -> None:
    scan(store, 40, [an_outcome(WEB, an_answer(x25519=Support.REFUSED), 40, a_certificate(3, algorithm="ML-DSA-65"))])
    assert told(store, 40)["192.0.2.1", "1.2.840.113549.1.1.1"].state is LifeState.FIXED


def test_an_answer_without_its_chain_fixes_nothing_of_certificates(store: Store) -> None:
    scan(store, 40, [an_outcome(WEB, an_answer(x25519=Support.REFUSED), 40)])
    assert told(store, 40)["192.0.2.1", "1.2.840.113549.1.1.1"].state is LifeState.OPEN


def test_a_host_that_gives_no_answer_any_more_has_not_been_seen_again(store: Store) -> None:
    states = {life.state for (address, _), life in told(store, 30).items() if address == "192.0.2.2"}
    assert states == {LifeState.NOT_SEEN_AGAIN}


def test_a_host_without_a_row_in_a_later_run_has_not_been_seen_again(tmp_path: Path) -> None:
    def outcomes(number: int) -> list[object]:
        return [an_outcome(MAIL, an_answer(), number)] if number == 0 else []

    with a_store(tmp_path, (0, 10), outcomes) as store:  # type: ignore[arg-type]
        life = told(store, 10)["192.0.2.2", "0x001d"]
        assert (life.state, life.since) == (LifeState.NOT_SEEN_AGAIN, moment(10))
        scan(store, 20, [], scope="198.51.100.0/24", name="elsewhere")
        assert told(store, 5)["192.0.2.2", "0x001d"].state is LifeState.OPEN


def test_today_s_floor_is_judged_beside_the_policy(store: Store) -> None:
    assert told(store, 15)["192.0.2.2", "TLS1.0"].mark.policy == "floor"


def test_a_certificate_is_expired_from_the_day_after_its_last_on_and_a_renewal_fixes_it(tmp_path: Path) -> None:
    def outcomes(number: int) -> list[object]:
        return [an_outcome(WEB, an_answer(), number, a_certificate(1, expires=5) if number < 20 else a_certificate(2))]

    with a_store(tmp_path, (0, 10, 20), outcomes) as store:  # type: ignore[arg-type]
        assert ("192.0.2.1", "expired") not in told(store, 5)
        life = told(store, 10)["192.0.2.1", "expired"]
        assert (life.state, life.first_seen.date()) == (LifeState.OPEN, moment(6).date())
        fixed = told(store, 25)["192.0.2.1", "expired"]
        assert (fixed.state, fixed.since) == (LifeState.FIXED, moment(20))


def test_a_certificate_renewed_in_time_was_never_expired(tmp_path: Path) -> None:
    def outcomes(number: int) -> list[object]:
        return [an_outcome(WEB, an_answer(), number, a_certificate(1, expires=15) if number < 10 else a_certificate(2))]

    with a_store(tmp_path, (0, 10), outcomes) as store:  # type: ignore[arg-type]
        assert ("192.0.2.1", "expired") not in told(store, 200)


def test_a_moved_host_keeps_its_history(store: Store) -> None:
    moved = Alias(MAIL, WEB, moment(10).date())
    lives = told(store, 30, aliases=(moved,))
    life = lives["192.0.2.1", "0x001d"]
    assert (life.first_seen, life.state, life.identity.target) == (moment(0), LifeState.FIXED, MAIL)


def test_what_carries_state_secrets_is_not_judged(store: Store) -> None:
    secret = SystemContext(frozenset({STATE_SECRETS}), known=True)
    assert told(store, 30, system_of=lambda target: secret) == {}


def test_one_target_or_some_keys_can_be_asked_alone(store: Store) -> None:
    assert {address for address, _ in told(store, 30, where=Where(target=WEB))} == {"192.0.2.1"}
    every = list(lives_of(store, question(NIST, date(2026, 2, 1))))
    (alone,) = lives_of(store, question(NIST, date(2026, 2, 1)), wanted=lambda key: key == every[3].key)
    assert alone == every[3] or alone.key == every[3].key


def test_keys_are_unique_and_the_same_on_every_day(store: Store) -> None:
    keys = [life.key for life in lives_of(store, question(None, date(2026, 2, 1)))]
    assert len(keys) == len(set(keys))
    assert {life.key for life in lives_of(store, question(None, moment(0).date() + timedelta(1)))} <= set(keys)
