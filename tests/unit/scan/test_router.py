from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from pqscan.model.observation import Profile
from pqscan.model.outcome import Facts, Outcome, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.stream import Dialer
from pqscan.scan.router import MOST_KNOCKS, Question, Router, Step, only, standing


@dataclass(frozen=True)
class Named:
    name: str
    serves_names: bool = False

    async def run(self, target: NetworkTarget, means: Dialer) -> Facts:
        raise AssertionError("a router asks nothing")


TLS, SSH, IKE = Named("tls", serves_names=True), Named("ssh"), Named("ike")
ROUTER = Router((TLS, SSH, IKE))
BEGAN = datetime(2026, 11, 29, tzinfo=UTC)


def at(port: int, starttls: str | None = None, transport: Transport = Transport.TCP) -> NetworkTarget:
    return NetworkTarget("192.0.2.1", port, transport=transport, starttls=starttls)


def wrong(question: Question, like: str, status: OutcomeStatus = OutcomeStatus.WRONG_PROTOCOL) -> Outcome:
    reason = Reason.of("wrong_protocol_like", what=like)
    return Outcome(question.target, question.probe.name, status, BEGAN, 2.0, 1, reason)


@pytest.mark.parametrize(
    ("port", "service", "probe", "starttls"),
    [
        (443, "", TLS, None),
        (40_000, "", TLS, None),
        (22, "", SSH, None),
        (443, "ssh", SSH, None),
        (587, "", TLS, "smtp"),
        (40_000, "imap", TLS, "imap"),
        (587, "tls", TLS, None),
    ],
)
def test_the_user_says_what_to_try_first_then_the_port(port: int, service: str, probe: Named, starttls: str | None) -> None:
    assert ROUTER.first(at(port), service) == Question(probe, at(port, starttls))


def step(question: Question, status: OutcomeStatus, *, heard: bool = False, code: str = "", used: int = 1) -> Step:
    detail = Reason.of(code) if code else None
    outcome = Outcome(question.target, question.probe.name, status, BEGAN, 2.0, used, detail)
    return Step(question, outcome, heard)


def like(question: Question, word: str) -> Step:
    return Step(question, wrong(question, word), heard=True)


def silent(question: Question) -> Step:
    return step(question, OutcomeStatus.TIMED_OUT)


def test_over_udp_the_port_or_the_user_says_what_to_ask_and_nothing_follows() -> None:
    for port, service in ((500, ""), (4500, ""), (40_000, "ike")):
        asked = ROUTER.first(at(port, transport=Transport.UDP), service)
        assert asked == Question(IKE, at(port, transport=Transport.UDP))
        assert ROUTER.after((like(asked, "TLS"),)) is None
        assert ROUTER.after((silent(asked),)) is None


def test_the_answer_says_what_it_is() -> None:
    asked = ROUTER.first(at(443))
    assert ROUTER.after([like(asked, "SSH")]) == Question(SSH, at(443))
    assert ROUTER.after([like(asked, "IMAP")]) == Question(TLS, at(443, "imap"))
    after_ssh = ROUTER.first(at(22))
    assert ROUTER.after([like(after_ssh, "TLS")]) == Question(TLS, at(22))
    prelude = ROUTER.first(at(587))
    assert ROUTER.after([like(prelude, "TLS")]) == Question(TLS, at(587)), "TLS at once on a port of STARTTLS"
    both = like(asked, "SMTP/FTP")
    assert ROUTER.after([both, like(Question(TLS, at(443, "smtp")), "FTP")]) == Question(TLS, at(443, "ftp"))


def asked_in_turn(port: int, router: Router = ROUTER, service: str = "") -> list[tuple[str, str | None]]:
    """What a place is asked that stays silent."""
    question: Question | None = router.first(at(port), service)
    steps: list[Step] = []
    while question is not None:
        assert question.knocks == bool(steps), "only the first was named by somebody"
        steps.append(silent(question))
        question = router.after(steps)
    return [step.question.words for step in steps]


BY_HARM = [("tls", each) for each in (None, "postgresql", "ldap", "rdp", "mssql", "xmpp-client")]


def test_a_silent_place_is_asked_what_is_left_in_the_order_of_harm_and_each_once() -> None:
    assert asked_in_turn(40_000) == BY_HARM
    assert asked_in_turn(22) == [("ssh", None), *BY_HARM]
    assert asked_in_turn(25) == [("tls", "smtp"), *BY_HARM]
    assert asked_in_turn(389) == [("tls", "ldap"), *(each for each in BY_HARM if each != ("tls", "ldap"))]
    assert asked_in_turn(443, service="rdp") == [("tls", "rdp"), *(each for each in BY_HARM if each != ("tls", "rdp"))]


@pytest.mark.parametrize("most", [0, 1, 3])
def test_no_more_knocks_than_are_allowed(most: int) -> None:
    assert asked_in_turn(40_000, Router((TLS, SSH), most)) == BY_HARM[: 1 + most]
    assert len(asked_in_turn(22)) == 1 + MOST_KNOCKS


NOTHING = [
    (OutcomeStatus.TIMED_OUT, False, "peer_timed_out"),
    (OutcomeStatus.CLOSED_EARLY, False, "peer_closed"),
    (OutcomeStatus.CLOSED_EARLY, False, "peer_reset"),
    (OutcomeStatus.WRONG_PROTOCOL, True, "wrong_protocol"),
]
SOMETHING = [
    (OutcomeStatus.TIMED_OUT, True, "peer_timed_out"),
    (OutcomeStatus.CLOSED_EARLY, True, "peer_closed"),
    (OutcomeStatus.REJECTED, True, "peer_rejected"),
    (OutcomeStatus.MALFORMED, True, "malformed_message"),
    (OutcomeStatus.THROTTLED, False, "peer_throttled"),
    (OutcomeStatus.REFUSED, False, "peer_refused"),
    (OutcomeStatus.UNREACHABLE, False, "peer_unreachable"),
    (OutcomeStatus.EXCLUDED, False, "excluded_by_user"),
    (OutcomeStatus.BUG, False, "internal_error"),
    (OutcomeStatus.COMPLETED, True, ""),
]


@pytest.mark.parametrize(("status", "heard", "code"), NOTHING)
def test_who_told_nothing_is_asked_on(status: OutcomeStatus, heard: bool, code: str) -> None:
    asked = ROUTER.first(at(22))
    assert ROUTER.after([step(asked, status, heard=heard, code=code)]) == Question(TLS, at(22), knocks=True)
    dead = step(asked, status, heard=heard, code=code, used=0)
    assert ROUTER.after([dead]) is None, "no connection ever stood"


@pytest.mark.parametrize(("status", "heard", "code"), SOMETHING)
def test_who_told_something_or_is_not_there_is_left_alone(status: OutcomeStatus, heard: bool, code: str) -> None:
    asked = ROUTER.first(at(22))
    assert ROUTER.after([step(asked, status, heard=heard, code=code)]) is None
    knock = Question(TLS, at(22), knocks=True)
    again = ROUTER.after([silent(asked), step(knock, status, heard=heard, code=code)])
    assert (again is None) != (status is OutcomeStatus.MALFORMED), "what a knock brought may be no answer to it at all"


def test_what_was_learned_ends_it_however_it_ended() -> None:
    asked = ROUTER.first(at(40_000))
    learned = silent(asked)
    profile = Profile("tls", "inventory", "", False, ())
    assert ROUTER.after([replace(learned, outcome=replace(learned.outcome, profile=profile))]) is None


def test_nothing_is_asked_twice_and_nothing_after_another_end() -> None:
    asked = ROUTER.first(at(22))
    assert ROUTER.after([like(asked, "SSH")]) is None, "the probe for SSH has said that it is none"
    assert ROUTER.after([like(asked, "RFB")]) is None, "no probe asks that"
    assert ROUTER.after([like(ROUTER.first(at(443)), "HTTP")]) is None, "HTTP is what the TLS probe tells itself"
    assert ROUTER.after([Step(asked, wrong(asked, "TLS", OutcomeStatus.TIMED_OUT), heard=True)]) is None
    named = like(asked, "TLS")
    assert ROUTER.after([named, silent(Question(TLS, at(22)))]) is None, "it said what it is: no guess is due"


def test_a_knock_that_is_not_answered_leaves_the_first_word_with_every_connection_counted() -> None:
    first, second = ROUTER.first(at(22)), Question(TLS, at(22), knocks=True)
    for end in (silent(second), step(second, OutcomeStatus.REFUSED, used=0), step(second, OutcomeStatus.MALFORMED, heard=True)):
        kept = standing([silent(first), end])
        assert (kept.question, kept.outcome.status) == (first, OutcomeStatus.TIMED_OUT)
        assert kept.outcome.connections_used == 1 + end.outcome.connections_used
        assert kept.outcome.elapsed_seconds == 4.0
    as_it_said = standing([silent(first), like(second, "SSH")])
    assert as_it_said.question == first, "the probe for that has asked already, and learned nothing"


@pytest.mark.parametrize(
    ("status", "code", "is_kept"),
    [
        (OutcomeStatus.REJECTED, "peer_rejected", True),
        (OutcomeStatus.THROTTLED, "starttls_put_off", True),
        (OutcomeStatus.THROTTLED, "local_shortage", False),
        (OutcomeStatus.CLOSED_EARLY, "peer_closed", False),
    ],
)
def test_a_knock_that_is_answered_is_what_the_place_is(status: OutcomeStatus, code: str, is_kept: bool) -> None:
    first, second = ROUTER.first(at(22)), Question(TLS, at(22, "postgresql"), knocks=True)
    kept = standing([silent(first), step(second, status, heard=True, code=code)])
    assert kept.question == (second if is_kept else first)
    assert kept.outcome.target == kept.question.target
    assert kept.outcome.connections_used == 2


def test_a_knock_that_another_protocol_answers_makes_no_target_of_our_word() -> None:
    first, second = ROUTER.first(at(40_000)), Question(TLS, at(40_000, "postgresql"), knocks=True)
    kept = standing([silent(first), like(second, "RFB")])
    assert kept.outcome.status is OutcomeStatus.WRONG_PROTOCOL
    assert kept.outcome.target == at(40_000)


def test_what_an_answer_led_to_stands_however_it_ends() -> None:
    first, second = ROUTER.first(at(40_000)), Question(TLS, at(40_000, "smtp"))
    kept = standing([like(first, "SMTP"), step(second, OutcomeStatus.CLOSED_EARLY, heard=True)])
    assert kept.question == second
    assert kept.outcome.connections_used == 2


def test_one_step_stands_by_itself() -> None:
    asked = silent(ROUTER.first(at(443)))
    assert standing([asked]) == asked


def test_a_second_try_is_asked_by_the_probe_that_found_out() -> None:
    assert ROUTER.again(at(443), "ssh") == Question(SSH, at(443))
    assert ROUTER.again(at(2525, "smtp"), "tls") == Question(TLS, at(2525, "smtp"))
    assert ROUTER.again(at(22), "gone") == Question(SSH, at(22)), "a probe that this run has not"


def test_one_probe_alone_asks_everything() -> None:
    router = only(lambda: SSH)
    question = router.first(at(443), "imap")
    assert question == Question(SSH, at(443))
    assert router.after([like(question, "TLS")]) is None
    assert router.after([silent(question)]) is None


def test_a_prelude_that_stands_in_the_target_is_kept() -> None:
    assert ROUTER.first(at(22, "imap")) == Question(TLS, at(22, "imap"))


def test_a_protocol_that_no_probe_of_the_run_asks_is_asked_by_the_first() -> None:
    without_ssh = Router((TLS, Named("other")))
    assert without_ssh.first(at(22)) == Question(TLS, at(22))
