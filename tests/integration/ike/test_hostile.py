"""The probe against scripted peers over UDP: lost, doubled, late and strange answers, none at all, and those of others."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator

import pytest
from pqscan_probes.ike import IkeProbe, IkeSettings
from pqscan_probes.ike import probe as ike

from pqscan.errors import MalformedMessage, PeerRefused, PeerTimedOut
from pqscan.model.observation import Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.budget import NO_LIMITS
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.wire.ike.header import NON_ESP_MARKER, Message
from pqscan.wire.ike.main_mode import ROUNDS, offered
from pqscan.wire.ike.payloads import Notify
from pqscan.wire.ike.words import ExchangeType, NotifyType
from tests.unit.net.loopback import closed_datagram_port, hearing
from tests.unit.wire.ike.responder import AEAD, Responder, reply
from tests.unit.wire.ike.test_main_mode import choosing, notifying

X25519, ML_KEM_768 = (4, 31, None), (6, 36, None)
GATEWAY = (*AEAD, X25519, ML_KEM_768)
Reply = Callable[[bytes], None]
Peer = Callable[[bytes, Reply], None]


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ike, "_PATIENCE_SECONDS", (0.05, 0.05))
    monkeypatch.setattr(ike, "_LONGER_SECONDS", (0.05, 0.05, 0.05))


def asked(peer: Peer, depth: str = "quick", settings: DialSettings | None = None) -> tuple[Facts, TcpDialer]:
    async def main() -> tuple[Facts, TcpDialer]:
        async with hearing(peer) as port:
            dialer = TcpDialer(Throttle(NO_LIMITS), settings or DialSettings())
            target = NetworkTarget("127.0.0.1", port, transport=Transport.UDP)
            return await IkeProbe(IkeSettings(depth)).run(target, dialer), dialer

    return asyncio.run(main())


def gateway(responder: Responder, v1: Callable[[Message], bytes] | None = None) -> Peer:
    """Answers IKEv2 as the responder does, IKEv1 as `v1` says, else not."""

    def peer(data: bytes, answer: Reply) -> None:
        message = Message.decode(data)
        if message.version[0] == 2:
            answer(responder.answer(data))
        elif v1 is not None:
            answer(v1(message))

    return peer


def takes(facts: Facts) -> set[str]:
    return {
        each.name or ""
        for each in facts.observations
        if each.subject is Subject.IKE_ADDITIONAL_KEY_EXCHANGE and each.support.shows_use
    }


def version(facts: Facts, name: str) -> Support:
    return next(each.support for each in facts.observations if each.subject is Subject.PROTOCOL_VERSION and each.value == name)


def test_quick_needs_at_most_six_datagrams_and_one_half_open_exchange() -> None:
    responder = Responder((GATEWAY,))
    facts, dialer = asked(gateway(responder))
    assert (takes(facts), facts.complete) == ({"ML-KEM-768"}, True)
    assert (dialer.datagrams_sent <= 6, responder.kept, dialer.connections_used) == (True, 1, 1)
    assert not any(each.value == "IKEv1" for each in facts.observations)


def test_an_inventory_asks_ikev1_too_and_never_in_aggressive_mode() -> None:
    responder, heard = Responder((GATEWAY,)), list[int]()

    def peer(data: bytes, answer: Reply) -> None:
        heard.append(Message.decode(data).exchange)
        gateway(responder, lambda message: notifying(message, 14))(data, answer)

    facts, dialer = asked(peer, "inventory")
    assert (version(facts, "IKEv2"), version(facts, "IKEv1")) == (Support.ACCEPTED, Support.REFUSED)
    assert (heard.count(ExchangeType.MAIN_MODE), ExchangeType.AGGRESSIVE in heard) == (ROUNDS, False)
    assert (facts.complete, responder.kept) == (True, 1)
    assert dialer.datagrams_sent == len(heard) <= 96


def test_a_lost_datagram_is_sent_again() -> None:
    responder, lost = Responder((GATEWAY,)), list[bytes]()

    def peer(data: bytes, answer: Reply) -> None:
        if not lost:
            lost.append(data)
            return
        gateway(responder)(data, answer)

    facts, _ = asked(peer)
    assert takes(facts) == {"ML-KEM-768"}
    assert responder.seen[0].encode() == lost[0], "the very same"


def test_every_answer_twice_late_and_among_garbage_changes_nothing() -> None:
    responder, before = Responder((GATEWAY,)), list[bytes]()

    def peer(data: bytes, answer: Reply) -> None:
        right = responder.answer(data)
        other = Message(b"somebody", bytes(8), 34, 0x20, 0, ()).encode()
        for each in (*before, b"garbage", right[:-3], other, right, right):
            answer(each)
        before[:] = [right]

    facts, _ = asked(peer)
    plain, _ = asked(gateway(Responder((GATEWAY,))))
    assert facts.observations == plain.observations


def test_answers_of_another_port_are_not_heard() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as stranger:

        async def main() -> Facts:
            loop = asyncio.get_running_loop()

            class Spoofed(asyncio.DatagramProtocol):
                def datagram_received(self, data: bytes, sender: tuple[str, int]) -> None:
                    question = Message.decode(data)
                    stranger.sendto(reply(question, Notify(NotifyType.NO_PROPOSAL_CHOSEN)), sender)

            transport, _ = await loop.create_datagram_endpoint(Spoofed, local_addr=("127.0.0.1", 0))
            try:
                port = transport.get_extra_info("sockname")[1]
                target = NetworkTarget("127.0.0.1", port, transport=Transport.UDP)
                return await IkeProbe(IkeSettings("quick")).run(target, TcpDialer(Throttle(NO_LIMITS), DialSettings()))
            finally:
                transport.close()

        stranger.bind(("127.0.0.1", 0))
        with pytest.raises(PeerTimedOut):
            asyncio.run(main())


def test_silence_is_no_answer_and_costs_six_datagrams() -> None:
    heard: list[int] = []

    def peer(data: bytes, answer: Reply) -> None:
        heard.append(Message.decode(data).version[0])

    with pytest.raises(PeerTimedOut):
        asked(peer)
    assert heard == [2, 2, 2, 2, 1, 1], "with ML-KEM, without, and IKEv1, each twice"


def test_nothing_but_garbage_is_malformed() -> None:
    with pytest.raises(MalformedMessage):
        asked(lambda data, answer: answer(b"\0" * 40))


def test_a_closed_port_refuses() -> None:
    async def main() -> None:
        with closed_datagram_port() as port:
            target = NetworkTarget("127.0.0.1", port, transport=Transport.UDP)
            with pytest.raises(PeerRefused):
                await IkeProbe().run(target, TcpDialer(Throttle(NO_LIMITS), DialSettings()))

    asyncio.run(main())


def test_a_responder_that_falls_silent_keeps_what_it_told_and_is_left_alone() -> None:
    responder = Responder((GATEWAY,))

    def peer(data: bytes, answer: Reply) -> None:
        if len(responder.seen) < 3:
            answer(responder.answer(data))

    facts, dialer = asked(peer, "inventory")
    assert (facts.status, facts.complete) == (OutcomeStatus.THROTTLED, False)
    assert facts.detail is not None
    assert facts.detail.code == "ike_throttled"
    unknown = {
        each.value
        for each in facts.observations
        if each.subject is Subject.IKE_ADDITIONAL_KEY_EXCHANGE and each.support is Support.UNKNOWN
    }
    assert "35" in unknown
    assert dialer.datagrams_sent == 3 + 2 * 3, "two questions, each three times"


def test_cookies_without_end_end() -> None:
    count = iter(range(1, 1000))

    def peer(data: bytes, answer: Reply) -> None:
        message = Message.decode(data)
        if message.version[0] == 2:
            answer(reply(message, Notify(NotifyType.COOKIE, next(count).to_bytes(2, "big"))))

    facts, dialer = asked(peer, "inventory")
    assert ("cookie_demanded", False) in {(each.value, facts.complete) for each in facts.observations}
    assert dialer.datagrams_sent < 20


def test_a_cookie_is_given_back() -> None:
    facts, _ = asked(gateway(Responder((GATEWAY,), cookie=b"crumbs")), "inventory")
    assert takes(facts) == {"ML-KEM-768"}
    assert "cookie_demanded" in {each.value for each in facts.observations}


def test_a_responder_of_ikev1_alone_is_asked_in_its_words_even_by_quick() -> None:
    def peer(data: bytes, answer: Reply) -> None:
        message = Message.decode(data)
        if message.version[0] == 1:
            answer(choosing(message, offered()[0]))

    facts, _ = asked(peer)
    assert (version(facts, "IKEv1"), version(facts, "IKEv2"), facts.complete) == (Support.ACCEPTED, Support.UNKNOWN, True)


def test_a_choice_of_what_was_not_offered_is_told_and_not_believed() -> None:
    def peer(data: bytes, answer: Reply) -> None:
        message = Message.decode(data)
        if message.version[0] == 2:
            answer(reply(message, Notify(NotifyType.INVALID_KE_PAYLOAD, (1024).to_bytes(2, "big"))))
        else:
            answer(notifying(message, 14))

    facts, _ = asked(peer)
    assert takes(facts) == set()
    assert not any(each.value == "1024" for each in facts.observations)


def test_the_deadline_of_the_attempt_ends_it_with_what_is_known() -> None:
    responder = Responder((GATEWAY,))

    def peer(data: bytes, answer: Reply) -> None:
        if len(responder.seen) < 2:
            answer(responder.answer(data))

    with _patience(60.0):
        facts, _ = asked(peer, "inventory", DialSettings(attempt_seconds=0.5))
    assert facts.status is OutcomeStatus.TIMED_OUT
    assert facts.detail is not None
    assert facts.detail.code == "ike_out_of_time"


@contextlib.contextmanager
def _patience(seconds: float) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ike, "_LONGER_SECONDS", (seconds,))
        yield


def test_port_4500_is_asked_behind_the_marker(monkeypatch: pytest.MonkeyPatch) -> None:
    responder = Responder((GATEWAY,))

    def peer(data: bytes, answer: Reply) -> None:
        assert data.startswith(NON_ESP_MARKER)
        answer(NON_ESP_MARKER + responder.answer(data[4:]))

    async def main() -> Facts:
        async with hearing(peer) as port:
            monkeypatch.setattr(ike, "NAT_TRAVERSAL_PORT", port)
            target = NetworkTarget("127.0.0.1", port, transport=Transport.UDP)
            return await IkeProbe(IkeSettings("quick")).run(target, TcpDialer(Throttle(NO_LIMITS), DialSettings()))

    assert takes(asyncio.run(main())) == {"ML-KEM-768"}
