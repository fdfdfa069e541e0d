"""Old history taken out by the rule: shown first, then carried out, and the chain holds."""

from __future__ import annotations

import pytest

from pqscan.model.outcome import OutcomeStatus
from pqscan.store.repository import Store
from tests.end_to_end.conftest import Program
from tests.unit.store.samples import a_batch, a_profile, a_run, a_target, an_outcome, day, read_certificate

pytestmark = pytest.mark.lab


@pytest.fixture
def changed(program: Program) -> Program:
    """A store in which a target answered otherwise in January 2026 than ten days later."""
    with Store.open(program.store, read_certificate=read_certificate) as store:
        for number, group in enumerate("AB"):
            store.begin_run(a_run(f"run-{number}", 10 * number))
            answer = an_outcome(a_target(1), a_profile(group), at=day(10 * number))
            store.commit(a_batch(answer, run=f"run-{number}", cursor=1, counts={OutcomeStatus.COMPLETED: 1}))
    return program


def test_what_would_go_is_shown_and_goes_only_when_asked(changed: Program) -> None:
    words = ("db", "purge", "--before", "2026-01-10", "--json")
    shown = changed.works(*words).json
    assert (shown["carried_out"], shown["intervals"], shown["before"]) == (False, 1, "2026-01-10")
    assert changed.works("acts", "--json").json == []
    gone = changed.works(*words, "--yes", "--reason", "quy định lưu trữ").json
    assert gone == {**shown, "carried_out": True}
    (act,) = changed.works("acts", "--json").json
    assert (act["kind"], act["reason"]) == ("purge", "quy định lưu trữ")
    assert changed.works("db", "verify", "--json").json["whole"] is True
    assert changed.works(*words).json["intervals"] == 0
    assert len(changed.works("show", "targets", "--json").json) == 1


def test_the_rule_is_set_shown_and_gone_by(changed: Program) -> None:
    assert "for ever" in changed.works("db", "status").out
    assert "db retention" in changed("db", "purge").err
    changed.works("db", "retention", "5")
    assert "5 years" in changed.works("db", "status").out
    assert changed.works("db", "status", "--json").json["keeps_years"] == 5
    assert "Nothing was changed" in changed.works("db", "purge").out
    changed.works("db", "retention", "forever")
    assert changed("db", "purge").code == 2
    assert changed.works("db", "verify", "--json").json["whole"] is True


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("purge", "--before", "2999-01-01"), "still to come"),
        (("purge", "--before", "soon"), "is no day"),
        (("purge", "--before", "2026-01-01", "--keep", "1"), "not both"),
        (("purge", "--keep", "0"), "--keep"),
        (("retention", "0"), "1 to 100 years"),
        (("retention", "101"), "1 to 100 years"),
        (("retention", "-1"), "-1"),
        (("retention", "năm"), "no number of years"),
    ],
)
def test_what_cannot_be_is_refused_in_one_sentence(changed: Program, words: tuple[str, ...], said: str) -> None:
    refused = changed("db", *words)
    assert (refused.code, refused.out, len(refused.err.splitlines())) == (2, "", 1)
    assert said in refused.err
