"""The DNS probe over UDP: at BIND, whose large answers are cut, and at servers that forge, lose, cut and refuse."""

from __future__ import annotations

import asyncio

import pytest
from pqscan_probes.dns import DnsProbe, DnsSettings, lines

from pqscan.errors import MalformedMessage, PeerRefused, PeerTimedOut
from pqscan.model.observation import Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from tests.peers.dns_scripted import AA, TC, AnswersBoth, cookie_of, healthy, reply, soa, type_of, with_cookie
from tests.peers.dns_servers import load_zone_truth, missing, running

ZONE = "demo.invalid"
QUICK = DnsSettings("quick")
THEIRS = bytes(range(16))
FORGED = b"\xff\xff"


def ask(port: int, zone: str = ZONE, settings: DnsSettings = QUICK) -> tuple[Facts, TcpDialer]:
    async def run() -> tuple[Facts, TcpDialer]:
        dialer = TcpDialer(Throttle(), DialSettings(connection_seconds=20.0, attempt_seconds=20.0))
        return await DnsProbe(settings).run(NetworkTarget("127.0.0.1", port, zone, transport=Transport.UDP), dialer), dialer

    return asyncio.run(run())


def dnssec(facts: Facts) -> tuple[Support, object]:
    (found,) = [o for o in facts.observations if o.subject is Subject.PROTOCOL_VERSION]
    return found.support, dict(found.parameters).get("reason")


@pytest.fixture(autouse=True)
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_PATIENCE_SECONDS", (0.2, 0.2))


def whole(query: bytes, _number: int) -> tuple[bytes, ...]:
    return (healthy(query),)


def cut(query: bytes, _number: int) -> tuple[bytes, ...]:
    return (reply(query, flags=AA | TC),)


@pytest.mark.lab
@pytest.mark.skipif(missing("named") is not None, reason=str(missing("named")))
def test_over_udp_a_zone_is_as_over_tcp_and_what_is_cut_comes_over_tcp(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lines, "_PATIENCE_SECONDS", (5.0, 5.0))
    truth = load_zone_truth("rsasha256-2048")
    with running() as servers:
        found = {}
        for transport in Transport:

            async def run(transport: Transport = transport) -> tuple[Facts, TcpDialer]:
                dialer = TcpDialer(Throttle(), DialSettings())
                target = NetworkTarget("127.0.0.1", servers.ports["named"], truth.zone, transport=transport)
                return await DnsProbe(DnsSettings()).run(target, dialer), dialer

            found[transport] = asyncio.run(run())
    over_tcp, over_udp = found[Transport.TCP][0], found[Transport.UDP][0]
    assert (over_udp.status, over_udp.complete, over_udp.detail) == (OutcomeStatus.COMPLETED, True, None)
    assert set(over_udp.observations) == set(over_tcp.observations)
    assert (over_udp.chains, over_udp.certificates) == (over_tcp.chains, over_tcp.certificates)
    dialer = found[Transport.UDP][1]
    assert dialer.datagrams_sent > 3
    assert dialer.connections_used == 2  # One exchange, one connection for the keys of 2048 bits with their signatures.


def test_a_healthy_server_is_asked_by_one_exchange_with_a_cookie_of_its_own() -> None:
    with AnswersBoth(lambda query, _n: (with_cookie(healthy(query), cookie_of(query)[:8] + THEIRS),)) as peer:
        facts, dialer = ask(peer.port)
    assert (facts.complete, dnssec(facts)) == (True, (Support.REFUSED, None))
    assert (dialer.connections_used, dialer.datagrams_sent, peer.connections) == (1, 3, 0)
    cookies = [cookie_of(query) for query in peer.asked]
    assert [len(cookie) for cookie in cookies] == [8, 24, 24]
    assert len({cookie[:8] for cookie in cookies}) == 1
    assert [cookie[8:] for cookie in cookies[1:]] == [THEIRS, THEIRS]
    assert len({query[:2] for query in peer.asked}) > 1


def test_forged_answers_are_dropped_and_the_true_one_is_read() -> None:
    def forging(query: bytes, _number: int) -> tuple[bytes, ...]:
        other = bytes((query[0] ^ 1,)) + query[1:]
        key = reply(query, (), (soa(b"\0"),))
        return (reply(other), with_cookie(key, b"another_"), b"", b"x", healthy(query), reply(query, rcode=5))

    with AnswersBoth(forging) as peer:
        facts, dialer = ask(peer.port)
    assert (facts.complete, dnssec(facts)) == (True, (Support.REFUSED, None))
    assert dialer.datagrams_sent == 3


def test_a_datagram_that_was_lost_is_sent_again() -> None:
    with AnswersBoth(lambda query, number: () if number == 1 else (healthy(query),)) as peer:
        facts, dialer = ask(peer.port)
    assert facts.complete
    assert dialer.datagrams_sent == 4
    assert peer.asked[0] == peer.asked[1]


def test_a_cut_answer_is_asked_for_over_tcp() -> None:
    with AnswersBoth(cut) as peer:
        facts, dialer = ask(peer.port)
    assert (facts.complete, dnssec(facts)) == (True, (Support.REFUSED, None))
    assert (peer.connections, dialer.connections_used) == (1, 2)


def test_without_tcp_a_cut_answer_is_unknown() -> None:
    def keys_are_cut(query: bytes, number: int) -> tuple[bytes, ...]:
        return cut(query, number) if type_of(query) == 48 else (healthy(query),)

    with AnswersBoth(keys_are_cut, lambda _query, _number: None) as peer:
        facts, _ = ask(peer.port)
    assert dnssec(facts) == (Support.UNKNOWN, "truncated")
    assert not facts.complete


def test_without_tcp_and_any_answer_nothing_is_learned() -> None:
    with AnswersBoth(cut, lambda _query, _number: b"") as peer, pytest.raises(MalformedMessage):
        ask(peer.port)


def test_a_server_that_falls_silent_over_udp_is_asked_over_tcp() -> None:
    with AnswersBoth(lambda query, number: (healthy(query),) if number == 1 else ()) as peer:
        facts, dialer = ask(peer.port)
    assert (facts.complete, dnssec(facts)) == (True, (Support.REFUSED, None))
    assert (dialer.datagrams_sent, len(peer.queries)) == (3, 2)


@pytest.mark.parametrize(("datagrams", "error"), [((), PeerTimedOut), ((b"HTTP/1.1 400",), MalformedMessage)])
def test_silence_and_nonsense_are_no_answers(datagrams: tuple[bytes, ...], error: type[Exception]) -> None:
    with AnswersBoth(lambda _query, _number: datagrams) as peer, pytest.raises(error):
        ask(peer.port)
    assert (len(peer.asked), peer.connections) == (2, 0)


def test_a_closed_port_is_refused() -> None:
    with AnswersBoth(whole) as peer:
        port = peer.port
    with pytest.raises(PeerRefused):
        ask(port)


def test_a_bad_cookie_is_mended_once_and_then_tcp_is_asked() -> None:
    def demanding(query: bytes, _number: int) -> tuple[bytes, ...]:
        return (with_cookie(reply(query, rcode=7), cookie_of(query)[:8] + THEIRS, upper=1),)

    with AnswersBoth(demanding) as peer:
        facts, dialer = ask(peer.port)
    assert facts.complete
    assert (dialer.datagrams_sent, len(peer.queries)) == (6, 3)

    def content(query: bytes, number: int) -> tuple[bytes, ...]:
        cookie = cookie_of(query)
        return (with_cookie(healthy(query), cookie),) if cookie[8:] == THEIRS else demanding(query, number)

    with AnswersBoth(content) as peer:
        facts, dialer = ask(peer.port)
    assert (facts.complete, dialer.datagrams_sent, peer.connections) == (True, 4, 0)


def test_a_server_with_cookies_is_not_believed_without_them() -> None:
    def losing(query: bytes, number: int) -> tuple[bytes, ...]:
        return (with_cookie(healthy(query), cookie_of(query)[:8] + THEIRS) if number == 1 else healthy(query),)

    with AnswersBoth(losing) as peer:
        facts, _ = ask(peer.port)
    assert facts.complete
    assert len(peer.queries) == 2  # over TCP, which nobody forges
