"""The probe of SNMPv3 at Net-SNMP, field by field, and at scripted agents; and that of WireGuard, which sends nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from pqscan_probes import snmp
from pqscan_probes.snmp import SnmpProbe
from pqscan_probes.wireguard import WireGuardProbe

from pqscan.errors import MalformedMessage, PeerRefused, PeerTimedOut
from pqscan.model.observation import Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.wire.snmp.discovery import decode_report
from tests.peers.plain_programs import load_plain_truth, missing, running
from tests.unit.net.loopback import closed_datagram_port, hearing
from tests.unit.wire.snmp_reports import number_of, report

ENGINE = bytes.fromhex("8000000903001122334455")  # Cisco's, with a MAC address
Send = Callable[[bytes], None]


async def ask(port: int) -> tuple[Facts, TcpDialer]:
    dialer = TcpDialer(Throttle(), DialSettings())
    return await SnmpProbe().run(NetworkTarget("127.0.0.1", port, transport=Transport.UDP), dialer), dialer


def asked(peer: Callable[[bytes, Send], None]) -> tuple[Facts, TcpDialer]:
    async def main() -> tuple[Facts, TcpDialer]:
        async with hearing(peer) as port:
            return await ask(port)

    return asyncio.run(main())


@pytest.fixture
def little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(snmp, "_PATIENCE_SECONDS", (0.05, 0.05))


@pytest.mark.lab
@pytest.mark.skipif(missing("snmpd") is not None, reason=str(missing("snmpd")))
@pytest.mark.parametrize("name", ["snmpd-default", "snmpd-text"])
def test_every_field_is_that_of_the_truth_file(name: str) -> None:
    truth = load_plain_truth(name)
    with running(truth["program"], *truth.get("options", ()), udp=True) as port:
        facts, dialer = asyncio.run(ask(port))
    assert (facts.status, facts.complete, dialer.datagrams_sent) == (OutcomeStatus.COMPLETED, True, 1)
    (maker,) = [each for each in facts.observations if each.subject is Subject.SOFTWARE]
    assert (maker.value, maker.name) == (str(truth["enterprise"]), truth["maker"])
    assert dict(maker.parameters) == {"engine_id": truth["engine_id"]}
    assert facts.evidence is not None
    engine = decode_report(facts.evidence.received)
    assert (engine.boots >= 1, engine.seconds < 600) == (True, True)


def test_what_needs_a_user_or_a_community_is_unknown_with_its_reason() -> None:
    facts, _ = asked(lambda data, answer: answer(report(number_of(data), ENGINE)))
    unknown = {
        (each.subject, each.value): dict(each.parameters)["reason"]
        for each in facts.observations
        if each.support is Support.UNKNOWN
    }
    assert unknown == {
        (Subject.PROTOCOL_VERSION, "SNMPv1"): "needs_community",
        (Subject.PROTOCOL_VERSION, "SNMPv2c"): "needs_community",
        (Subject.ENCRYPTION, "*"): "needs_user",
        (Subject.MAC, "*"): "needs_user",
    }
    (maker,) = [each for each in facts.observations if each.subject is Subject.SOFTWARE]
    assert (maker.name, dict(maker.parameters)) == ("Cisco", {"engine_id": "MAC address"})


def test_the_agents_own_address_is_told_nowhere_but_in_the_evidence() -> None:
    facts, _ = asked(lambda data, answer: answer(report(number_of(data), ENGINE)))
    assert "001122334455" not in repr(facts.observations)
    assert facts.evidence is not None
    assert ENGINE in facts.evidence.received


def test_two_agents_of_one_maker_are_told_alike_however_often_they_started() -> None:
    first, _ = asked(lambda data, answer: answer(report(number_of(data), ENGINE, boots=1, seconds=5)))
    other = ENGINE[:5] + bytes(6)
    second, _ = asked(lambda data, answer: answer(report(number_of(data), other, boots=900, seconds=70_000)))
    assert first.observations == second.observations


def test_answers_to_another_question_and_garbage_change_nothing() -> None:
    def peer(data: bytes, answer: Send) -> None:
        number = number_of(data)
        strange = report((number + 1) & 0x7FFFFFFF, bytes.fromhex("80001f8804") + b"strange")
        for each in (b"", b"garbage", strange, report(number, ENGINE)[:-1], report(number, ENGINE)):
            answer(each)

    facts, _ = asked(peer)
    assert {each.name for each in facts.observations if each.subject is Subject.SOFTWARE} == {"Cisco"}


@pytest.mark.usefixtures("little_patience")
def test_silence_garbage_and_a_closed_port_are_no_agent() -> None:
    heard: list[bytes] = []
    with pytest.raises(PeerTimedOut):
        asked(lambda data, answer: heard.append(data))
    assert len(heard) == 2
    assert heard[0] == heard[1]
    for words in (b"garbage", report(1, b""), report(1, ENGINE, version=1)):
        with pytest.raises(MalformedMessage):
            asked(lambda data, answer, words=words: answer(words))  # type: ignore[misc]
    with closed_datagram_port() as port, pytest.raises(PeerRefused):
        asyncio.run(ask(port))


def test_wireguard_is_sent_nothing_and_everything_of_it_is_unknown() -> None:
    heard: list[bytes] = []

    async def main() -> tuple[Facts, TcpDialer]:
        async with hearing(lambda data, answer: heard.append(data)) as port:
            dialer = TcpDialer(Throttle(), DialSettings())
            facts = await WireGuardProbe().run(NetworkTarget("127.0.0.1", port, transport=Transport.UDP), dialer)
            return facts, dialer

    facts, dialer = asyncio.run(main())
    assert (heard, dialer.datagrams_sent, dialer.connections_used) == ([], 0, 0)
    assert (facts.complete, facts.detail and facts.detail.code) == (False, "wireguard_not_asked")
    assert {each.support for each in facts.observations} == {Support.UNKNOWN}
