"""The DTLS probe against what no honest server sends, and over ways that lose datagrams: facts or one sentence, in bounded time."""

from __future__ import annotations

import asyncio
import os
import random
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from typing import cast

import pytest
from pqscan_probes.tls import DtlsProbe, TlsSettings, over_dtls

from pqscan.demo.certificates import CertificateMaker, CertificateSpec, Identity, KeyKind
from pqscan.errors import MalformedMessage, PeerError, PeerRefused, PeerRejected, PeerTimedOut
from pqscan.model.observation import Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.target import NetworkTarget, Transport
from pqscan.net.budget import NO_LIMITS
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.wire.dtls.fragments import Fragment, fragments_in
from pqscan.wire.dtls.record import PlainRecord, plain_record, records_of
from pqscan.wire.tls.client_hello import ClientHello
from pqscan.wire.tls.client_offer import read_client_offer
from pqscan.wire.tls.words import ContentType, HandshakeType
from tests.peers.dtls_scripted import DTLS12, DTLS13, P256_SHA256, SUITE_12, X25519, ScriptedServer

Script = Callable[[bytes], list[bytes]]
NAME = "dtls.demo.invalid"
VERSION = Subject.PROTOCOL_VERSION


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """Silence is waited for on purpose here; how long is no part of it."""
    monkeypatch.setattr(over_dtls, "_PATIENCE_SECONDS", (0.05, 0.05, 0.1))


@cache
def identity() -> Identity:
    return CertificateMaker(datetime.now(UTC)).identity(CertificateSpec(KeyKind("P-256"), KeyKind("P-256")), (NAME,))


class _Server(asyncio.DatagramProtocol):
    """`make` gives the script of each address that sends something: a server has one association with each."""

    def __init__(self, make: Callable[[], Script]) -> None:
        self._make = make
        self._scripts: dict[tuple[str, int], Script] = {}

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.DatagramTransport", transport)  # It is one; Python 3.11 does not say so.

    def datagram_received(self, data: bytes, address: tuple[str, int]) -> None:
        for reply in self._scripts.setdefault(address, self._make())(data):
            self._transport.sendto(reply, address)


def ask(make: Callable[[], Script] | None, depth: str = "quick", seconds: float = 20) -> Facts:
    """What the probe makes of a server of such scripts; None: nobody listens."""

    async def run() -> Facts:
        server = _Server(make or (lambda: lambda _data: []))
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: server, ("127.0.0.1", 0))
        port = transport.get_extra_info("sockname")[1]
        if make is None:
            transport.close()
            await asyncio.sleep(0)
        try:
            dialer = TcpDialer(Throttle(NO_LIMITS), DialSettings(attempt_seconds=seconds))
            target = NetworkTarget("127.0.0.1", port, NAME, transport=Transport.UDP)
            return await asyncio.wait_for(DtlsProbe(TlsSettings(depth)).run(target, dialer), seconds + 10)
        finally:
            transport.close()

    return asyncio.run(run())


def always(*replies: bytes) -> Callable[[], Script]:
    return lambda: lambda _data: list(replies)


def record(kind: int, content: bytes, number: int = 0) -> bytes:
    return plain_record(kind, DTLS12, number, content)


def fragment(kind: int, length: int, data: bytes, sequence: int = 0, offset: int = 0) -> bytes:
    return record(ContentType.HANDSHAKE, Fragment(kind, length, sequence, offset, data).encode())


def test_silence_is_no_answer() -> None:
    with pytest.raises(PeerTimedOut):
        ask(always())


def test_a_closed_port_refuses() -> None:
    with pytest.raises(PeerRefused):
        ask(None)


SENSELESS: dict[str, Script] = {
    "garbage": lambda _data: [os.urandom(300)],
    "a record of TLS": lambda _data: [b"\x15\x03\x03\x00\x02\x02\x28"],
    "an answer of STUN": lambda _data: [b"\x01\x11\x00\x00\x21\x12\xa4\x42" + bytes(12)],
    "an empty datagram": lambda _data: [b""],
    "a record cut short": lambda _data: [record(ContentType.ALERT, b"\x02\x28")[:-1]],
    "our own datagram": lambda data: [data],
    "keys that nobody agreed on": lambda _data: [b"\x2e\x00\x05\x00\x20" + bytes(32)],
}


@pytest.mark.parametrize("name", SENSELESS)
def test_what_is_no_answer_proves_nothing(name: str) -> None:
    with pytest.raises((MalformedMessage, PeerTimedOut)):
        ask(lambda: SENSELESS[name])


BROKEN = {
    "an endless message": fragment(HandshakeType.SERVER_HELLO, 0xFFFFFF, b"x"),
    "a part past its end": fragment(HandshakeType.SERVER_HELLO, 4, b"12345"),
    "half a fragment": record(ContentType.HANDSHAKE, b"\x02\x00\x00"),
    "an empty hello": fragment(HandshakeType.SERVER_HELLO, 0, b""),
    "a Finished first": fragment(HandshakeType.FINISHED, 12, bytes(12)),
    "a hello of TLS": fragment(HandshakeType.SERVER_HELLO, 40, b"\x03\x03" + bytes(32) + b"\x00\xc0\x2b\x00\x00\x00"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_messages_that_break_the_rules_are_malformed(name: str) -> None:
    with pytest.raises(MalformedMessage):
        ask(always(BROKEN[name]))


@pytest.mark.parametrize("depth", ["quick", "inventory"])
def test_an_alert_to_every_hello_is_told_as_such(depth: str) -> None:
    with pytest.raises(PeerRejected) as caught:
        ask(always(record(ContentType.ALERT, b"\x02\x28")), depth)
    assert caught.value.code == 40


def test_parts_that_never_end_are_waited_for_no_longer_than_silence() -> None:
    with pytest.raises(PeerTimedOut):
        ask(always(fragment(HandshakeType.SERVER_HELLO, 90, b"half")))


def test_who_wants_a_new_cookie_for_ever_is_followed_once() -> None:
    asked = 0

    def script(data: bytes) -> list[bytes]:
        nonlocal asked
        asked += 1
        (first, *_) = (each for each in records_of(data) if isinstance(each, PlainRecord))
        if first.content_type != ContentType.HANDSHAKE:
            return []
        number = next(fragments_in(first.fragment)).sequence
        return [fragment(HandshakeType.HELLO_VERIFY_REQUEST, 7, b"\xfe\xff\x04more", number)]

    with pytest.raises(PeerError):
        ask(lambda: script)
    assert asked < 60


def test_a_flood_of_warnings_ends() -> None:
    warning = record(ContentType.ALERT, b"\x01\x5a")
    with pytest.raises(PeerError):
        ask(always(*([warning * 30] * 20)))


def test_the_same_datagrams_again_and_again_change_nothing() -> None:
    def make() -> Script:
        server = ScriptedServer(identity(), DTLS12)
        return lambda data: [each for each in server.receive(data) for _ in range(5)]

    facts = ask(make)
    (selected,) = (one for one in facts.observations if one.subject is Subject.SELECTED_VERSION)
    assert selected.value == "DTLS1.2"


@pytest.mark.parametrize(("version", "name"), [(DTLS13, "DTLS1.3"), (DTLS12, "DTLS1.2")])
def test_a_way_that_loses_every_fourth_datagram_leads_to_the_same_choice(version: int, name: str) -> None:
    chance = random.Random(9147)  # The same losses in every run.

    def arrives() -> bool:
        return chance.random() > 0.25

    def make() -> Script:
        server = ScriptedServer(identity(), version)
        return lambda data: [each for each in (server.receive(data) if arrives() else []) if arrives()]

    facts = ask(make)
    selected = {one.subject: one.value for one in facts.observations if one.support is Support.SELECTED}
    assert (selected[Subject.SELECTED_VERSION], selected[Subject.SELECTED_GROUP]) == (name, "0x001d")


def test_a_server_that_reads_no_hello_in_parts_is_told_as_what_drops_large_ones() -> None:
    """As DTLSv1_listen of OpenSSL, and wolfSSL where it was not told otherwise: a hybrid hello is never answered."""

    def make() -> Script:
        server = ScriptedServer(identity(), DTLS12)

        def script(data: bytes) -> list[bytes]:
            first = records_of(data)[0]
            assert isinstance(first, PlainRecord)
            if first.content_type == ContentType.HANDSHAKE:
                part = next(fragments_in(first.fragment))
                if len(part.data) < part.length:
                    return []
            return server.receive(data)

        return script

    facts = ask(make)
    behaviours = {one.value: dict(one.parameters) for one in facts.observations if one.subject is Subject.BEHAVIOUR}
    assert behaviours == {"current_client_fails": {"reason": "silence"}, "large_hello_intolerant": {}, "dtls_cookie": {}}
    versions = {one.value: one.support for one in facts.observations if one.subject is Subject.PROTOCOL_VERSION}
    assert versions["DTLS1.2"] is Support.ACCEPTED


class _Quiet(ScriptedServer):
    """Says nothing to what it cannot choose from, as servers of DTLS often do."""

    def _answer(self, said: bytes) -> list[bytes]:
        offer = read_client_offer(ClientHello.decode(said, over_datagrams=True))
        takes = (DTLS12, offer.versions), (SUITE_12, offer.cipher_suites), (X25519, offer.groups), (P256_SHA256, offer.schemes)
        return super()._answer(said) if all(value in listed for value, listed in takes) else []


def test_a_server_that_refuses_by_silence_has_no_version_that_it_passes_over_and_leaves_the_rest_unknown() -> None:
    facts = ask(lambda: _Quiet(identity(), DTLS12).receive, "inventory", 40)
    assert facts.complete
    versions = {one.value: (one.support.value, dict(one.parameters)) for one in facts.observations if one.subject is VERSION}
    assert versions == {"DTLS1.3": ("refused", {}), "DTLS1.2": ("accepted", {}), "DTLS1.0": ("unknown", {"reason": "silence"})}
    unsure = {(one.subject, one.value, one.context) for one in facts.observations if one.support is Support.UNKNOWN}
    assert unsure >= {(Subject.NAMED_GROUP, "*", "DTLS1.2"), (Subject.CIPHER_SUITE, "*", "DTLS1.2")}
    assert not [one for one in facts.observations if one.support is Support.REFUSED and one.subject is not VERSION]


@pytest.mark.parametrize("depth", ["quick", "inventory"])
def test_a_retry_for_the_cookie_alone_chooses_no_group_and_refuses_none(depth: str) -> None:
    facts = ask(lambda: ScriptedServer(identity(), names_groups=False).receive, depth, 60)
    groups = {one.value: one.support for one in facts.observations if one.subject is Subject.NAMED_GROUP}
    assert groups == {"0x001d": Support.ACCEPTED, "*": Support.UNKNOWN}
    assert {one.value for one in facts.observations if one.subject is Subject.SELECTED_GROUP} == {"0x001d"}


class _Strict(_Quiet):
    """Refuses in words what it cannot choose from."""

    def _answer(self, said: bytes) -> list[bytes]:
        return super()._answer(said) or [record(ContentType.ALERT, b"\x02\x28")]


@pytest.mark.parametrize("answered", [9, 1000])
def test_refusals_count_where_a_control_is_answered_behind_them(answered: int) -> None:
    made = 0

    def make() -> Script:
        nonlocal made
        made += 1
        return _Strict(identity(), DTLS12).receive if made <= answered else lambda _data: []

    facts = ask(make, "inventory", 20 if answered > 9 else 4)
    refused = {(one.subject, one.context) for one in facts.observations if one.support is Support.REFUSED}
    versions = {one.value: one.support for one in facts.observations if one.subject is VERSION}
    if answered == 9:  # Then it fell silent, and nothing that it said no to before was held against a control.
        assert (facts.status, facts.complete) == (OutcomeStatus.THROTTLED, False)
        assert (Subject.NAMED_GROUP, "DTLS1.2") not in refused
        assert versions["DTLS1.0"] is Support.UNKNOWN
    else:
        assert (facts.status, facts.complete) == (OutcomeStatus.COMPLETED, True)
        assert {(Subject.NAMED_GROUP, "DTLS1.2"), (Subject.SIGNATURE_SCHEME, "DTLS1.2")} <= refused
        assert versions == {"DTLS1.3": Support.REFUSED, "DTLS1.2": Support.ACCEPTED, "DTLS1.0": Support.REFUSED}
