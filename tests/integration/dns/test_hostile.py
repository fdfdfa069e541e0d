"""The DNS probe at servers that lie, break off, flood or say nothing: each ends as one outcome, and nothing is told as proven."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from pqscan_probes.dns import DnsProbe, DnsSettings
from pqscan_probes.dns.survey import MOST_QUESTIONS

from pqscan.errors import MalformedMessage, PeerClosed, PeerTimedOut, WrongProtocol
from pqscan.model.observation import Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from tests.peers.dns_scripted import (
    CNAME,
    DNSKEY,
    DS,
    MX,
    SOA,
    TC,
    TXT,
    Answers,
    Silent,
    encoded,
    framed,
    healthy,
    record,
    reply,
    soa,
    type_of,
)
from tests.peers.scripted import ScriptedServer

ZONE = "demo.invalid"
QUICK = DnsSettings("quick")
_POINTER = b"\xc0\x0c"


def ask(
    peer: ScriptedServer, settings: DnsSettings = QUICK, *, seconds: float = 20.0, permits: Callable[[str], bool] | None = None
) -> tuple[Facts, int]:
    async def run() -> tuple[Facts, int]:
        dialer = TcpDialer(Throttle(), DialSettings(connection_seconds=seconds, attempt_seconds=seconds), permits)
        return await DnsProbe(settings).run(NetworkTarget("127.0.0.1", peer.port, ZONE), dialer), dialer.connections_used

    return asyncio.run(run())


def dnssec(facts: Facts) -> tuple[Support, object]:
    (found,) = [o for o in facts.observations if o.subject is Subject.PROTOCOL_VERSION]
    return found.support, dict(found.parameters).get("reason")


@pytest.mark.parametrize("step", [1, 1 << 20])
def test_a_healthy_server_is_read_whole_and_byte_by_byte(step: int) -> None:
    with Answers(lambda query, _number: healthy(query), step=step) as peer:
        facts, used = ask(peer)
    assert (facts.status, facts.complete, used) == (OutcomeStatus.COMPLETED, True, 1)
    assert dnssec(facts) == (Support.REFUSED, None)


def test_one_question_a_connection_is_what_some_servers_take() -> None:
    class OneEach(Answers):
        def play(self, stream, number):  # type: ignore[no-untyped-def]
            stream = _Once(stream)
            super().play(stream, number)

    class _Once:
        def __init__(self, inner):  # type: ignore[no-untyped-def]
            self._inner, self._answered = inner, False

        def recv(self, most: int) -> bytes:
            return b"" if self._answered else self._inner.recv(most)

        def sendall(self, data: bytes) -> None:
            self._inner.sendall(data)
            self._answered = True

    with OneEach(lambda query, _number: healthy(query)) as peer:
        facts, used = ask(peer)
    assert (facts.complete, used) == (True, 3)
    assert dnssec(facts) == (Support.REFUSED, None)


@pytest.mark.parametrize(
    ("answer", "raw", "error"),
    [
        (lambda _query, _number: b"", False, MalformedMessage),
        (lambda query, _number: healthy(query)[:11], False, MalformedMessage),
        (lambda query, _number: healthy(query)[:-5], False, MalformedMessage),
        (lambda query, _number: reply(query, (soa(b"\xc0\x1e"),)), False, MalformedMessage),
        (lambda query, _number: query[:2] + b"\x84\x00" + b"\xff" * 65_531, False, MalformedMessage),
        (lambda query, _number: query[:2] + b"\x84\x00\x00\x01\x7f\xff\0\0\0\0" + bytes(65_523), False, MalformedMessage),
        (lambda query, _number: framed(bytes(12)) * 5 + framed(healthy(query)), True, MalformedMessage),
        (lambda _query, _number: b"HTTP/1.1 400 Bad Request\r\n\r\n", True, WrongProtocol),
        (lambda _query, _number: b"SSH-2.0-OpenSSH_9.2\r\n", True, WrongProtocol),
        (lambda _query, _number: None, True, PeerClosed),
        (
            lambda query, _number: reply(
                query, tuple(record(encoded(f"a{n}.{ZONE}" if n else ZONE), CNAME, encoded(f"a{n + 1}.{ZONE}")) for n in range(300))
            ),
            False,
            MalformedMessage,
        ),
    ],
    ids=[
        "empty", "cut-header", "cut-record", "pointer-to-itself", "64k-of-junk", "64k-of-empty-records",
        "other-ids", "http", "ssh", "hangs-up", "endless-aliases",
    ],
)  # fmt: skip
def test_nothing_learned_is_the_peers_error(
    answer: Callable[[bytes, int], bytes | None], raw: bool, error: type[Exception]
) -> None:
    with Answers(answer, raw=raw) as peer, pytest.raises(error):
        ask(peer)


def test_a_few_answers_to_something_else_are_passed_over() -> None:
    with Answers(lambda query, _n: framed(bytes(12)) * 2 + framed(healthy(query)), raw=True) as peer:
        facts, _ = ask(peer)
    assert facts.complete


def test_silence_is_a_time_out() -> None:
    with Silent() as peer, pytest.raises(PeerTimedOut):
        ask(peer, seconds=0.3)


def test_an_answer_about_another_name_is_malformed() -> None:
    def other(query: bytes, _number: int) -> bytes:
        return healthy(query.replace(b"\x04demo", b"\x04mode"))

    with Answers(other) as peer, pytest.raises(MalformedMessage):
        ask(peer)


def test_a_circle_of_aliases_begins_no_zone() -> None:
    def circle(query: bytes, _number: int) -> bytes:
        there, back = record(encoded(ZONE), CNAME, encoded("b.invalid")), record(encoded("b.invalid"), CNAME, encoded(ZONE))
        return reply(query, (there, back))

    with Answers(circle) as peer:
        facts, _ = ask(peer)
    assert facts.detail is not None
    assert (facts.status, facts.detail.code) == (OutcomeStatus.REJECTED, "dns_alias")


def test_a_zone_at_the_end_of_an_alias_is_another_zone() -> None:
    def elsewhere(query: bytes, _number: int) -> bytes:
        return reply(query, (record(encoded(ZONE), CNAME, encoded("b.invalid")), soa(encoded("b.invalid"))))

    with Answers(elsewhere) as peer:
        facts, used = ask(peer)
    assert facts.detail is not None
    assert (facts.detail.code, facts.observations, used) == ("dns_alias", (), 1)
    assert len(peer.queries) == 1


@pytest.mark.parametrize(
    ("rcode", "code"), [(5, "dns_refused_zone"), (2, "dns_failed_zone"), (3, "dns_no_such_name"), (4, "dns_error_zone")]
)
def test_an_error_is_told_as_what_it_is(rcode: int, code: str) -> None:
    with Answers(lambda query, _number: reply(query, rcode=rcode)) as peer:
        facts, used = ask(peer)
    assert facts.detail is not None
    assert (facts.status, facts.detail.code, facts.observations, used) == (OutcomeStatus.REJECTED, code, (), 1)


def broken_at(kind: int, how: Callable[[bytes], bytes | None]) -> Callable[[bytes, int], bytes | None]:
    return lambda query, _number: how(query) if type_of(query) == kind else healthy(query)


@pytest.mark.parametrize(
    ("kind", "how", "reason"),
    [
        (DNSKEY, lambda query: reply(query, flags=TC), "truncated"),
        (DNSKEY, lambda query: reply(query, rcode=2), "dns_failed"),
        (DNSKEY, lambda query: query[:2] + b"\x84\x00" + b"\xff" * 40, "malformed"),
        (DNSKEY, lambda _query: None, "closed_early"),
        (DS, lambda query: reply(query, rcode=5), "dns_refused"),
        (DS, lambda query: reply(query, (), (soa(),)), "parent_not_asked"),
        (DS, lambda query: reply(query), "parent_not_asked"),
        (DS, lambda query: reply(query, (), (soa(encoded("x.demo.invalid")),)), "parent_not_asked"),
        (DS, lambda query: reply(query, (), (soa(encoded("mo.invalid")),)), "parent_not_asked"),
        (DS, lambda query: reply(query, (record(_POINTER, DS, b"\0\1\x0d\2" + bytes(32)),)), "contradiction"),
        (DNSKEY, lambda query: reply(query, (record(_POINTER, DNSKEY, b"\1\1\3\x0d" + bytes(64)),)), "no_signatures"),
    ],
)
def test_what_was_not_answered_is_unknown_with_its_reason(kind: int, how: Callable[[bytes], bytes | None], reason: str) -> None:
    with Answers(broken_at(kind, how)) as peer:
        facts, _ = ask(peer)
    assert dnssec(facts) == (Support.UNKNOWN, reason)


def test_a_server_that_stops_answering_is_left_alone() -> None:
    with Answers(lambda query, _number: healthy(query) if type_of(query) == SOA else None) as peer:
        facts, used = ask(peer, DnsSettings())
    assert facts.detail is not None
    assert (facts.detail.code, facts.complete) == ("dns_stopped", False)
    assert used <= 4
    assert dnssec(facts) == (Support.UNKNOWN, "closed_early")


def test_a_key_that_is_no_key_of_a_zone_is_told_and_not_kept_as_one() -> None:
    keys = (record(_POINTER, DNSKEY, b"\1\1\4\x0d" + bytes(64)), record(_POINTER, DNSKEY, b"\0\0\3\x0d" + bytes(64)))
    with Answers(broken_at(DNSKEY, lambda query: reply(query, keys))) as peer:
        facts, _ = ask(peer)
    assert [o.value for o in facts.observations if o.subject is Subject.BEHAVIOUR] == ["dnskey_not_of_zone"]
    assert not [o for o in facts.observations if o.subject is Subject.DNSSEC_ALGORITHM]


@pytest.mark.parametrize(("number", "size"), [(250, 1312), (253, 40), (8, 3)])
def test_a_key_that_nobody_knows_or_can_read_is_told_with_its_size(number: int, size: int) -> None:
    key = b"\1\0\3" + bytes((number,)) + bytes(size)
    with Answers(broken_at(DNSKEY, lambda query: reply(query, (record(_POINTER, DNSKEY, key),)))) as peer:
        facts, _ = ask(peer)
    (found,) = [o for o in facts.observations if o.subject is Subject.DNSSEC_ALGORITHM]
    assert (found.value, found.context, dict(found.parameters)) == (str(number), "zsk", {"size_bits": 8 * size})
    assert facts.certificates == (key,)


def test_mail_servers_that_nobody_permitted_are_not_asked_about() -> None:
    mail = tuple(record(_POINTER, MX, b"\0\x0a" + encoded(f"mx{n}.elsewhere.invalid")) for n in range(40))
    with Answers(broken_at(MX, lambda query: reply(query, mail))) as peer:
        facts, _ = ask(peer, DnsSettings(), permits=lambda name: name.endswith(ZONE))
        asked = [query for query in peer.queries if b"elsewhere" in query]
    unknown = [o for o in facts.observations if o.subject is Subject.TLSA]
    assert asked == []
    assert {dict(o.parameters)["reason"] for o in unknown} == {"not_permitted"}
    assert len(unknown) == 8


def test_however_much_a_zone_has_the_questions_are_bounded() -> None:
    names = tuple(f"h{n}.{ZONE}" for n in range(100))
    with Answers(lambda query, _number: healthy(query)) as peer:
        facts, _ = ask(peer, DnsSettings(names=names))
    assert len(peer.queries) == MOST_QUESTIONS
    assert facts.detail is not None
    assert facts.detail.code == "dns_stopped"


def test_text_that_is_no_mail_key_is_no_key() -> None:
    texts = tuple(record(_POINTER, TXT, bytes((len(text),)) + text) for text in (b"v=spf1 -all", b"v=DKIM1; p=!!", b"\xff\xfe"))
    with Answers(broken_at(TXT, lambda query: reply(query, texts))) as peer:
        facts, _ = ask(peer, DnsSettings())
    assert not [o for o in facts.observations if o.subject is Subject.PUBLIC_KEY]
    assert "malformed_dkim" in {o.value for o in facts.observations if o.subject is Subject.BEHAVIOUR}
