"""Asking again only what is open: which targets, how deep, with whose permission."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from pqscan.app.assessment import choose_policies
from pqscan.app.history import lives_of, question
from pqscan.app.verifying import requests, verify
from pqscan.errors import UsageError
from pqscan.model.target import FileTarget, NetworkTarget
from pqscan.scan.audit import AuditLog
from pqscan.store.repository import Store
from tests.unit.app.pasts import MAIL, WEB, a_certificate, a_store, an_answer, an_outcome

NIST = choose_policies(["nist-ir-8547"])
V6 = NetworkTarget("2001:db8::1", 8443, site="Huế")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    def outcomes(number: int) -> list[object]:
        return [
            an_outcome(WEB, an_answer(), number, a_certificate(1)),
            an_outcome(MAIL, an_answer(depth="exhaustive"), number),
            an_outcome(V6, an_answer(depth="quick"), number),
        ]

    with a_store(tmp_path, (0,), outcomes) as opened:  # type: ignore[arg-type]
        yield opened


def test_each_target_is_asked_once_as_deep_as_its_findings_were_seen_and_at_its_site(store: Store) -> None:
    lives = list(lives_of(store, question(NIST)))
    assert len([life for life in lives if life.target == WEB]) > 1
    found = {(request.profile, request.site): request.targets for request in requests(lives)}
    assert found == {
        ("inventory", ""): ("www.example@192.0.2.1:443",),
        ("exhaustive", ""): ("192.0.2.2:993",),
        ("quick", "Huế"): ("[2001:db8::1]:8443",),
    }


def test_what_begins_in_plain_text_is_asked_with_its_service(tmp_path: Path) -> None:
    smtp = NetworkTarget("192.0.2.3", 2525, starttls="smtp")
    with a_store(tmp_path, (0,), lambda number: [an_outcome(smtp, an_answer(), number)]) as store:
        (request,) = requests(lives_of(store, question(NIST)))
    assert request.targets == ("192.0.2.3:2525/smtp",)


def test_a_target_that_no_scan_can_ask_is_told(tmp_path: Path) -> None:
    file = FileTarget("machine", "/etc/ssl/leaf.pem")
    with (
        a_store(tmp_path, (0,), lambda number: [an_outcome(file, an_answer(), number)]) as store,
        pytest.raises(UsageError, match="none of these findings"),
    ):
        requests(lives_of(store, question(NIST)))


def test_nothing_is_sent_without_the_authorisation_that_is_needed(store: Store, tmp_path: Path) -> None:
    lives = list(lives_of(store, question(NIST)))
    audit = AuditLog(tmp_path / "audit.jsonl")
    with pytest.raises(UsageError, match="needs --authorisation"):
        verify(store, lives, question(NIST), audit=audit)
    assert [run.id for run in store.runs()] == ["run-0"]
