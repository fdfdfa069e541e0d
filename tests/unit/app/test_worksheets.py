"""Work sheets say what to change and how to check it; slips prove what was fixed; a diagnostic file tells no target."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from pqscan.app.assessment import choose_policies
from pqscan.app.diagnosing import diagnostic
from pqscan.app.history import lives_of, question
from pqscan.app.worksheets import slip, work_of
from pqscan.errors import UsageError, WorkError
from pqscan.model.canonical import canonical
from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.target import NetworkTarget
from pqscan.readiness.life import Life
from pqscan.store.repository import Store
from tests.unit.app.pasts import MAIL, WEB, a_certificate, a_store, an_answer, an_outcome, moment, read

NIST = choose_policies(["nist-ir-8547"])
SECRETS = NetworkTarget("203.0.113.77", 8443, "bi-mat.example", "may-chu.example", site="Phòng Cơ yếu")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    def outcomes(number: int) -> list[object]:
        fixed = number >= 20
        answer = an_answer(x25519=Support.REFUSED if fixed else Support.ACCEPTED, old=not fixed)
        certificate = a_certificate(2, algorithm="ML-DSA-65") if fixed else a_certificate(1)
        return [an_outcome(WEB, answer, number, certificate), an_outcome(MAIL, an_answer(), number)]

    with a_store(tmp_path, (0, 10, 20), outcomes) as opened:  # type: ignore[arg-type]
        yield opened


def lives(store: Store, on: int = 30) -> dict[tuple[str, str], Life]:
    asked = question(NIST, moment(on).date())
    return {(life.target.address, life.mark.value): life for life in lives_of(store, asked)}  # type: ignore[union-attr]


def test_a_work_sheet_gives_lines_and_a_check_for_the_very_target(store: Store) -> None:
    (work,) = work_of(store, [lives(store)["192.0.2.2", "0x001d"]], NIST)
    assert work.rule is not None
    assert any("192.0.2.2:993" in command for command in work.commands)
    (old,) = work_of(store, [lives(store, 15)["192.0.2.1", "TLS1.0"]], NIST)
    assert old.rule is not None
    assert old.remedies
    assert all(row.lines for row in old.remedies)


def test_a_sheet_says_that_a_group_kept_behind_the_hybrid_keeps_its_finding_and_what_ends_it(tmp_path: Path) -> None:
    gets = (
        Observation(Subject.SELECTED_VERSION, "TLS1.3", Support.SELECTED, name="TLS1.3"),
        Observation(Subject.SELECTED_GROUP, "0x11ec", Support.SELECTED, "TLS1.3", "X25519MLKEM768"),
    )
    answer = canonical(replace(an_answer(), observations=(*an_answer().observations, *gets)))
    with a_store(tmp_path, (0,), lambda number: [an_outcome(WEB, answer, number)]) as store:
        (work,) = work_of(store, [lives(store)["192.0.2.1", "0x001d"]], NIST)
    assert any("X25519" in line for row in work.remedies for line in row.lines)
    assert [(reason.code, dict(reason.parameters)) for reason in work.endings] == [
        ("work_beside", {"algorithm": "x25519"}),
        ("work_ends_without", {"algorithm": "x25519"}),
    ]


def test_a_sheet_says_so_before_there_is_a_hybrid_too(tmp_path: Path) -> None:
    answer = replace(an_answer(), observations=tuple(o for o in an_answer().observations if o.value != "0x11ec"))
    with a_store(tmp_path, (0,), lambda number: [an_outcome(WEB, canonical(answer), number)]) as store:
        (work,) = work_of(store, [lives(store)["192.0.2.1", "0x001d"]], NIST)
    assert [reason.code for reason in work.endings] == ["work_keeps", "work_ends_without"]


def test_what_the_lines_end_needs_no_word_and_what_has_no_line_says_so(store: Store) -> None:
    found = lives(store, 15)
    (old,) = work_of(store, [found["192.0.2.1", "TLS1.0"]], NIST)
    assert (bool(old.remedies), old.endings) == (True, ())
    (without,) = work_of(store, [replace(found["192.0.2.1", "TLS1.0"], finding=replace(old.life.finding, subject="cipher_suite",
        policy="nist-ir-8547"), mark=replace(old.life.mark, policy="nist-ir-8547"))], NIST)  # fmt: skip
    assert (without.remedies, [reason.code for reason in without.endings]) == ((), ["work_no_lines"])


def test_work_comes_in_the_order_of_its_days(store: Store) -> None:
    found = lives(store, 15)
    works = work_of(store, found.values(), NIST)
    days = [work.life.finding.due or date.max for work in works]
    assert days == sorted(days)


def test_a_slip_tells_what_was_seen_before_and_after_by_which_runs(store: Store) -> None:
    found = slip(lives(store)["192.0.2.1", "0x001d"], NIST)
    assert (found.before.runs, found.after.runs) == (("run-0", "run-10"), ("run-20", "run-20"))
    assert [o.support for o in found.before.facts] == [Support.ACCEPTED]
    assert [o.support for o in found.after.facts] == [Support.REFUSED]
    assert found.policy == NIST[0]
    assert found.rule is not None


def test_there_is_no_slip_of_what_is_not_proven_fixed(store: Store) -> None:
    with pytest.raises(UsageError, match="is not proven fixed"):
        slip(lives(store)["192.0.2.2", "0x001d"], NIST)


@pytest.fixture
def secret(tmp_path: Path) -> Iterator[Store]:
    """A target all of whose names must stay here, with a peer that puts its own name where it can."""
    answer = an_answer()
    told = (
        Observation(Subject.ALPN_PROTOCOL, "bi-mat.example", Support.ACCEPTED),
        Observation(Subject.NAMED_GROUP, "0x0017", Support.ACCEPTED, "bi-mat.example", name="bi-mat.example"),
        Observation(Subject.BEHAVIOUR, "may-chu.example", Support.OFFERED, parameters=(("reason", "203.0.113.77 says no"),)),
    )
    answer = canonical(replace(answer, observations=answer.observations + told))
    der = a_certificate(0xDEADBEEF99, subject="CN=bi-mat.example,O=Cơ quan")
    with a_store(tmp_path, (0,), lambda number: [an_outcome(SECRETS, answer, number, der)]) as store:
        yield store


def test_r13_a_diagnostic_file_holds_code_points_and_nothing_that_tells_the_target(secret: Store) -> None:
    (life,) = (life for life in lives_of(secret, question(NIST)) if life.mark.value == "0x001d")
    text = diagnostic(secret, life).decode("utf-8")
    document = json.loads(text)
    assert document["finding"]["value"] == "0x001d"
    assert document["certificates"][0]["key_size_bits"] == 2048
    assert {o["value"] for o in document["profile"]["observations"]} >= {"0x001d", "0x11ec", "TLS1.0"}
    certificate = read(a_certificate(0xDEADBEEF99, subject="CN=bi-mat.example,O=Cơ quan"))
    for word in (
        "203.0.113.77", "8443", "bi-mat", "may-chu", "Phòng", "Ph\\u00f2ng", "Cơ", "deadbeef99", "2026-01-01",
        certificate.sha256.hex(), certificate.public_key.spki_sha256.hex(), life.key.hex(), "www.example",
        "SENT-BYTES", b"SENT-BYTES".hex(),
    ):  # fmt: skip
        assert word not in text


def test_evidence_goes_out_only_when_it_is_asked_for(secret: Store) -> None:
    life = next(iter(lives_of(secret, question(NIST))))
    document = json.loads(diagnostic(secret, life, with_evidence=True))
    assert bytes.fromhex(document["evidence"]["sent"]) == b"SENT-BYTES"


def test_a_file_that_would_still_tell_the_target_is_not_written(secret: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    life = next(iter(lives_of(secret, question(NIST))))
    monkeypatch.setattr("pqscan.app.diagnosing._value", lambda text: text)
    with pytest.raises(WorkError, match="would still tell the target"):
        diagnostic(secret, life)
