from __future__ import annotations

import pytest

from pqscan.scan.vigil import HEARTBEAT_SECONDS, MOST_WITNESSES, NEAR_SECONDS, Vigil

ONE, OTHER = "192.0.2.1", "192.0.2.2"


def heard(at: float) -> Vigil:
    vigil = Vigil()
    vigil.sign(ONE, 443, at)
    return vigil


def test_without_a_witness_every_silence_is_believed() -> None:
    vigil = Vigil()
    vigil.sign("127.0.0.1", 443, 0.0)
    vigil.sign("", 443, 0.0)
    assert not vigil.has_witness
    assert vigil.believes(0.0, 100.0)
    assert not vigil.is_due(100.0)


def test_silence_is_believed_where_somebody_answered_in_its_last_seconds() -> None:
    assert heard(10.0).believes(7.0, 10.0 + NEAR_SECONDS)
    assert not heard(10.0).believes(7.0, 10.1 + NEAR_SECONDS)


def test_what_began_before_an_interruption_is_not_believed_whatever_came_after() -> None:
    vigil = heard(10.0)
    vigil.interrupted(11.0)
    vigil.sign(ONE, 443, 12.0)
    assert not vigil.believes(10.9, 12.0)
    assert vigil.believes(11.0, 12.0)


def test_a_witness_is_due_when_nobody_has_answered_for_a_while() -> None:
    assert not heard(10.0).is_due(9.99 + HEARTBEAT_SECONDS)
    assert heard(10.0).is_due(10.0 + HEARTBEAT_SECONDS)


def test_witnesses_take_turns_and_only_so_many_are_kept() -> None:
    vigil = heard(0.0)
    vigil.sign(OTHER, 22, 1.0)
    assert vigil.witnesses() == ((ONE, 443), (OTHER, 22))
    vigil.asked(ONE)
    assert vigil.witnesses() == ((OTHER, 22), (ONE, 443))
    vigil.dismiss(OTHER)
    vigil.asked(OTHER)
    assert vigil.witnesses() == ((ONE, 443),)
    for host in range(100):
        vigil.sign(f"198.51.100.{host}", 443, 2.0)
    assert len(vigil.witnesses()) == MOST_WITNESSES
    assert vigil.witnesses()[-1] == ("198.51.100.99", 443)


@pytest.mark.parametrize("later", [0.0, 1.0])
def test_the_newest_answer_counts(later: float) -> None:
    vigil = heard(10.0)
    vigil.sign(OTHER, 443, 10.0 + later)
    assert vigil.believes(9.0, 10.0 + NEAR_SECONDS + later)
