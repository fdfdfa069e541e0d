"""Servers that say more than they are asked: what they say by themselves is no answer, and what floods fails nothing else."""

from __future__ import annotations

import os
from datetime import UTC, datetime

import pytest

from pqscan.harness.tls.identity import self_made
from pqscan.harness.tls.server import ServerConversation
from pqscan.harness.tls.server_settings import ServerSettings
from pqscan.model.reason import Reason
from pqscan.model.trial import Trial, TrialVerdict
from tests.integration.harness.conforming import against_own, those
from tests.peers.faulty import ALL
from tests.peers.talkers import (
    FLOODS,
    AnswersBehindNoClose,
    FloodsData,
    SilentOnData,
    TakesAnyFinished,
    TalksUnasked,
    UpdatesUnasked,
)

SETTINGS = ServerSettings(self_made(0x0403, datetime.now(UTC)), ALL, os.urandom)
FAILED, UNKNOWN, PASSED = TrialVerdict.FAILED, TrialVerdict.UNKNOWN, TrialVerdict.PASSED
ABOUT_THE_HELLO = ("share-short", "hello-in-records", "grease-groups", "second-no-share", "choices-offered", "signature-fits")
ABOUT_WHAT_FOLLOWS = ("finished-wrong", "data-record-forged", "ccs-twice", "ccs-absent", "key-update")


def tried(server: type[ServerConversation], *names: str) -> dict[str, Trial]:
    return against_own(lambda: server(SETTINGS), *names)


class TalksAndTakesAnyFinished(TalksUnasked, TakesAnyFinished):
    pass


class UpdatesAndTakesAnyFinished(UpdatesUnasked, TakesAnyFinished):
    pass


class TalksAndAnswersNothing(TalksUnasked, SilentOnData):
    pass


class TalksAnswersNothingAndTakesAnyFinished(TalksUnasked, SilentOnData, TakesAnyFinished):
    pass


@pytest.mark.parametrize("server", [TalksUnasked, UpdatesUnasked, TalksAndAnswersNothing])
def test_what_comes_unasked_fails_nothing(server: type[ServerConversation]) -> None:
    trials = tried(server)
    assert {name: trials[name].reason for name in those(trials, FAILED)} == {}
    assert {"finished-wrong", "data-record-forged", "ccs-after-finished"} <= those(trials, PASSED)


@pytest.mark.parametrize("server", [TalksAndTakesAnyFinished, UpdatesAndTakesAnyFinished])
def test_a_fault_shows_in_the_answer_to_what_we_sent_later(server: type[ServerConversation]) -> None:
    trials = tried(server)
    assert those(trials, FAILED) == {"finished-wrong"}


def test_where_nothing_we_send_is_answered_a_fault_behind_unasked_data_is_unknown() -> None:
    trials = tried(TalksAnswersNothingAndTakesAnyFinished, "finished-wrong", "finished-of-wrong-size")
    assert (trials["finished-wrong"].verdict, trials["finished-wrong"].reason) == (
        UNKNOWN,
        Reason.of("conformance.ends_as_control"),
    )
    assert trials["finished-of-wrong-size"].verdict is PASSED


class AnswersBehindNoCloseAndTakesAnyFinished(AnswersBehindNoClose, TakesAnyFinished):
    pass


def test_where_nothing_behind_a_close_is_answered_the_close_waits() -> None:
    trials = tried(AnswersBehindNoClose, *ABOUT_WHAT_FOLLOWS[:-1], "request-byte-by-byte", "close-notify")
    assert {trial.verdict for trial in trials.values()} == {PASSED}
    trials = tried(AnswersBehindNoCloseAndTakesAnyFinished, "finished-wrong", "data-record-forged")
    assert those(trials, FAILED) == {"finished-wrong"}


@pytest.mark.parametrize("server", FLOODS)
def test_a_flood_after_a_good_handshake_fails_nothing(server: type[ServerConversation]) -> None:
    trials = tried(server, *ABOUT_THE_HELLO, *ABOUT_WHAT_FOLLOWS, "close-notify")
    assert {name: (trials[name].verdict, trials[name].reason) for name in ABOUT_THE_HELLO} == dict.fromkeys(
        ABOUT_THE_HELLO, (PASSED, None)
    )
    floods = (UNKNOWN, Reason.of("conformance.peer_floods"))
    told = (*ABOUT_WHAT_FOLLOWS, "close-notify")
    assert {name: (trials[name].verdict, trials[name].reason) for name in told} == dict.fromkeys(told, floods)


def test_no_case_at_all_is_failed_by_a_server_that_floods() -> None:
    trials = tried(FloodsData)
    assert {name: trials[name].reason for name in those(trials, FAILED)} == {}
    assert len(those(trials, PASSED)) >= 50
