"""The probe of Kerberos at MIT's KDC over TCP and UDP, field by field, and at scripted ones that lie, tire and say nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from pqscan_probes import kerberos
from pqscan_probes.kerberos import ETYPES, NO_REALM, KerberosProbe, KerberosSettings

from pqscan.errors import MalformedMessage, PeerError, PeerTimedOut, WrongProtocol
from pqscan.model.observation import Profile, Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.policy.states import authentication, key_establishment
from tests.peers.plain_programs import REALM, load_plain_truth, missing, running
from tests.unit.net.loopback import hearing, serving
from tests.unit.wire.kerberos_answers import as_rep, krb_error, method_data

TRUTHS = ("kerberos-default", "kerberos-pkinit")
Peer = Callable[[bytes], bytes | None]


@pytest.fixture(autouse=True)
def _little_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kerberos, "_PATIENCE_SECONDS", (1.0, 1.0))


async def ask(port: int, transport: Transport, name: str | None, depth: str = "inventory") -> tuple[Facts, TcpDialer]:
    dialer = TcpDialer(Throttle(), DialSettings())
    target = NetworkTarget("127.0.0.1", port, name, name, transport)
    return await KerberosProbe(KerberosSettings(depth)).run(target, dialer), dialer


def names(facts: Facts, subject: Subject, support: Support, context: str | None = "Kerberos5") -> list[str]:
    return [
        each.name or each.value
        for each in facts.observations
        if (each.subject, each.support, each.context) == (subject, support, context)
    ]


@pytest.mark.lab
@pytest.mark.skipif(missing("krb5-kdc") is not None, reason=str(missing("krb5-kdc")))
@pytest.mark.parametrize("name", TRUTHS)
def test_every_field_is_that_of_the_truth_file(name: str) -> None:
    truth = load_plain_truth(name)
    with running(truth["program"], *truth.get("options", ())) as port:
        found = [asyncio.run(ask(port, transport, REALM.lower())) for transport in (Transport.TCP, Transport.UDP)]
        quick, dialer = asyncio.run(ask(port, Transport.TCP, REALM.lower(), "quick"))
        nameless, _ = asyncio.run(ask(port, Transport.TCP, None))
        foreign, _ = asyncio.run(ask(port, Transport.TCP, "elsewhere.invalid"))
    (facts, _), (datagrams, _) = found
    assert facts.observations == datagrams.observations
    assert (facts.status, facts.complete, facts.detail) == (OutcomeStatus.COMPLETED, True, None)
    assert names(facts, Subject.ENCRYPTION, Support.ACCEPTED) == truth["etypes"]
    assert len(names(facts, Subject.ENCRYPTION, Support.REFUSED)) == len(ETYPES) - len(truth["etypes"])
    assert names(facts, Subject.SELECTED_ENCRYPTION, Support.SELECTED) == [truth["chosen"]]
    assert names(facts, Subject.ENCRYPTION, Support.ACCEPTED, "Kerberos5 ticket") == truth["ticket"]
    assert names(facts, Subject.BEHAVIOUR, Support.OFFERED) == truth["behaviours"]
    assert names(facts, Subject.BEHAVIOUR, Support.UNKNOWN) == truth["untold"]
    assert names(quick, Subject.SELECTED_ENCRYPTION, Support.SELECTED) == [truth["chosen"]]
    assert dialer.connections_used == 1
    profile = Profile("kerberos", facts.depth, facts.asked, facts.complete, facts.observations)
    assert {key_establishment(profile).state.value, authentication(profile, ()).state.value} == {truth["state"]}
    for other, code in ((nameless, "kerberos_realm_needed"), (foreign, "kerberos_realm_unknown")):
        assert (other.complete, other.detail and other.detail.code) == (False, code)
        assert [each.value for each in other.observations] == ["Kerberos5"]


@pytest.mark.lab
@pytest.mark.skipif(missing("krb5-kdc") is not None, reason=str(missing("krb5-kdc")))
def test_no_ticket_is_kept_as_evidence() -> None:
    with running("krb5-kdc") as port:
        facts, _ = asyncio.run(ask(port, Transport.TCP, REALM.lower()))
    assert facts.evidence is not None
    assert facts.evidence.sent.count(b"krbtgt") >= 2
    assert b"\x6b\x82" not in facts.evidence.received
    assert b"\x7e" in facts.evidence.received


def over_tcp(peer: Peer, name: str | None = "example.vn", depth: str = "inventory") -> Facts:
    async def main() -> Facts:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            answer = peer(await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big")))
            if answer is not None:
                writer.write(answer)
                await reader.read()

        async with serving(handle) as port:
            return (await ask(port, Transport.TCP, name, depth))[0]

    return asyncio.run(main())


def framed(message: bytes) -> bytes:
    return len(message).to_bytes(4, "big") + message


REQUIRED = krb_error(25, method_data((19, (18, 17)), (2, ())))


def test_a_realm_is_asked_for_in_capitals_and_never_named_where_none_was_given() -> None:
    heard: list[bytes] = []

    def peer(message: bytes) -> bytes:
        heard.append(message)
        return framed(REQUIRED)

    over_tcp(peer, depth="quick")
    assert b"EXAMPLE.VN" in heard[0]
    over_tcp(peer, name=None)
    assert NO_REALM.encode() in heard[1]
    assert len(heard) == 2


@pytest.mark.parametrize("code", [6, 68])
def test_a_realm_that_is_not_known_in_capitals_is_asked_for_as_it_was_written_once(code: int) -> None:
    heard: list[bytes] = []

    def peer(message: bytes) -> bytes:
        heard.append(message)
        return framed(REQUIRED if b"example.vn" in message else krb_error(code))

    facts = over_tcp(peer, depth="quick")
    assert (facts.detail, len(heard)) == (None, 2)
    heard.clear()
    unknown = over_tcp(peer, "EXAMPLE.VN", "quick")
    assert (unknown.detail and unknown.detail.code, len(heard)) == ("kerberos_realm_unknown", 1)
    heard.clear()
    nowhere = over_tcp(peer, "other.vn", "quick")
    assert (nowhere.detail and nowhere.detail.code, len(heard)) == ("kerberos_realm_unknown", 2)


def test_a_type_tells_the_size_of_its_key_and_why_it_is_not_known() -> None:
    def peer(message: bytes) -> bytes:
        return framed(REQUIRED if message.count(b"\x02\x01\x12") or b"\x02\x01\x14" in message else krb_error(60))

    told = {each.name: dict(each.parameters) for each in over_tcp(peer).observations if each.subject is Subject.ENCRYPTION}
    assert told["aes256-cts-hmac-sha1-96"] == {"key_bits": 256}
    assert told["rc4-hmac"] == {"key_bits": 128, "reason": "not_proven"}


def test_what_was_refused_by_who_then_stops_answering_is_unknown() -> None:
    count = iter(range(1000))

    def peer(message: bytes) -> bytes | None:
        number = next(count)
        return framed(REQUIRED) if number == 0 else framed(krb_error(14)) if number < 5 else None

    facts = over_tcp(peer)
    assert (facts.status, facts.complete) == (OutcomeStatus.CLOSED_EARLY, False)
    assert not [each for each in facts.observations if each.support is Support.REFUSED]
    assert names(facts, Subject.ENCRYPTION, Support.ACCEPTED) == ["aes256-cts-hmac-sha1-96", "aes128-cts-hmac-sha1-96"]


def test_active_directory_keeps_the_principal_of_the_realm_disabled_and_is_told_so() -> None:
    facts = over_tcp(lambda _: framed(krb_error(18)))
    assert facts.detail is not None
    assert (facts.detail.code, facts.complete) == ("kerberos_principal_disabled", False)
    assert [each.value for each in facts.observations] == ["Kerberos5"]


@pytest.mark.parametrize("error", [12, 19, 60, 9999])
def test_another_error_is_told_and_nothing_is_concluded(error: int) -> None:
    facts = over_tcp(lambda _: framed(krb_error(error)))
    assert facts.detail is not None
    assert (facts.detail.code, dict(facts.detail.parameters)["number"], facts.complete) == ("kerberos_error", error, False)
    assert [each.value for each in facts.observations] == ["Kerberos5"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (b"SSH-2.0-OpenSSH_10.0\r\n", WrongProtocol),
        (b"\x00\xff\xff\xff", MalformedMessage),
        (framed(b"\x7e\x00"), MalformedMessage),
        (framed(REQUIRED[:-1]), MalformedMessage),
        (framed(as_rep(18, 18)[:-2]), MalformedMessage),
        (None, PeerError),
    ],
)
def test_what_is_no_answer_of_a_kdc_is_an_error_of_the_peer(answer: bytes | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        over_tcp(lambda _: answer)


def over_udp(peer: Callable[[bytes, Callable[[bytes], None]], None], depth: str = "quick") -> Facts:
    async def main() -> Facts:
        async with hearing(peer) as port:
            return (await ask(port, Transport.UDP, "example.vn", depth))[0]

    return asyncio.run(main())


def test_lost_doubled_and_strange_datagrams_change_nothing() -> None:
    lost: list[bytes] = []

    def peer(data: bytes, answer: Callable[[bytes], None]) -> None:
        if not lost:
            lost.append(data)
            return
        for each in (b"", b"garbage", REQUIRED[:-3], REQUIRED, REQUIRED):
            answer(each)

    assert over_udp(peer).observations == over_tcp(lambda _: framed(REQUIRED), depth="quick").observations


def test_silence_and_garbage_are_no_answer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kerberos, "_PATIENCE_SECONDS", (0.05, 0.05))
    with pytest.raises(PeerTimedOut):
        over_udp(lambda data, answer: None)
    with pytest.raises(MalformedMessage):
        over_udp(lambda data, answer: answer(b"garbage"))
