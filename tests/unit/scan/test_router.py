from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime

import pytest

from pqscan.model.outcome import Facts, Outcome, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.stream import Dialer
from pqscan.scan.router import Question, Router, only


@dataclass(frozen=True)
class Named:
    name: str
    serves_names: bool = False

    async def run(self, target: NetworkTarget, means: Dialer) -> Facts:
        raise AssertionError("a router asks nothing")


TLS, SSH, IKE = Named("tls", serves_names=True), Named("ssh"), Named("ike")
ROUTER = Router((TLS, SSH, IKE))


def at(port: int, starttls: str | None = None, transport: Transport = Transport.TCP) -> NetworkTarget:
    return NetworkTarget("192.0.2.1", port, transport=transport, starttls=starttls)


def wrong(question: Question, like: str, status: OutcomeStatus = OutcomeStatus.WRONG_PROTOCOL) -> Outcome:
    reason = Reason.of("wrong_protocol_like", what=like)
    return Outcome(question.target, question.probe.name, status, datetime.now(UTC), 0.1, 1, reason)


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


def test_over_udp_the_port_or_the_user_says_what_to_ask_and_nothing_follows() -> None:
    for port, service in ((500, ""), (4500, ""), (40_000, "ike")):
        asked = ROUTER.first(at(port, transport=Transport.UDP), service)
        assert asked == Question(IKE, at(port, transport=Transport.UDP))
        for status in (OutcomeStatus.WRONG_PROTOCOL, OutcomeStatus.CLOSED_EARLY):
            assert ROUTER.after(asked, wrong(asked, "TLS", status)) is None


def test_the_answer_says_what_it_is() -> None:
    asked = ROUTER.first(at(443))
    assert ROUTER.after(asked, wrong(asked, "SSH")) == Question(SSH, at(443))
    assert ROUTER.after(asked, wrong(asked, "IMAP")) == Question(TLS, at(443, "imap"))
    after_ssh = ROUTER.first(at(22))
    assert ROUTER.after(after_ssh, wrong(after_ssh, "TLS")) == Question(TLS, at(22))
    prelude = ROUTER.first(at(587))
    assert ROUTER.after(prelude, wrong(prelude, "TLS")) == Question(TLS, at(587)), "TLS at once on a port of STARTTLS"


def test_who_hangs_up_without_a_word_is_asked_as_tls_once() -> None:
    asked = ROUTER.first(at(22))
    hung_up = replace(wrong(asked, "", OutcomeStatus.CLOSED_EARLY), detail=Reason.of("peer_closed"))
    assert ROUTER.after(asked, hung_up) == Question(TLS, at(22))
    as_tls = Question(TLS, at(22))
    assert ROUTER.after(as_tls, hung_up) is None
    prelude = ROUTER.first(at(587))
    assert ROUTER.after(prelude, hung_up) == Question(TLS, at(587))


def test_nothing_is_asked_twice_and_nothing_after_another_end() -> None:
    asked = ROUTER.first(at(22))
    assert ROUTER.after(asked, wrong(asked, "SSH")) is None, "the probe for SSH has said that it is none"
    assert ROUTER.after(asked, wrong(asked, "RFB")) is None, "no probe asks that"
    assert ROUTER.after(asked, wrong(asked, "TLS", OutcomeStatus.TIMED_OUT)) is None
    assert ROUTER.after(asked, replace(wrong(asked, ""), detail=Reason.of("wrong_protocol", detail="x"))) is None
    assert ROUTER.after(asked, replace(wrong(asked, ""), detail=None)) is None


def test_a_second_try_is_asked_by_the_probe_that_found_out() -> None:
    assert ROUTER.again(at(443), "ssh") == Question(SSH, at(443))
    assert ROUTER.again(at(2525, "smtp"), "tls") == Question(TLS, at(2525, "smtp"))
    assert ROUTER.again(at(22), "gone") == Question(SSH, at(22)), "a probe that this run has not"


def test_one_probe_alone_asks_everything() -> None:
    router = only(lambda: SSH)
    question = router.first(at(443), "imap")
    assert question == Question(SSH, at(443))
    assert router.after(question, wrong(question, "TLS")) is None


def test_a_prelude_that_stands_in_the_target_is_kept() -> None:
    assert ROUTER.first(at(22, "imap")) == Question(TLS, at(22, "imap"))


def test_a_protocol_that_no_probe_of_the_run_asks_is_asked_by_the_first() -> None:
    without_ssh = Router((TLS, Named("other")))
    assert without_ssh.first(at(22)) == Question(TLS, at(22))
