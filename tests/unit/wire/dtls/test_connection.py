"""One connection of DTLS against a scripted server: datagrams that come as they should, again, late, in parts, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache

import pytest

from pqscan.demo.certificates import CertificateMaker, CertificateSpec, Identity, KeyKind
from pqscan.registry.tls import named_group
from pqscan.wire.dtls.connection import DATAGRAM_BYTES, ClientConnection
from pqscan.wire.dtls.handshake import DtlsHandshake
from pqscan.wire.dtls.hello import over_datagrams
from pqscan.wire.dtls.record import PlainRecord, ProtectedRecord, plain_record, records_of
from pqscan.wire.key_agreement import KeyShare, generate
from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.client_hello import KeyShareEntry, Offer
from pqscan.wire.tls.words import ContentType, HandshakeType, Version
from tests.peers.dtls_scripted import DTLS12, DTLS13, P256_SHA256, SUITE_12, SUITE_13, X25519, ScriptedServer

VERSIONS = (Version.TLS13, Version.TLS12)
OFFER = Offer(VERSIONS, (SUITE_13, SUITE_12), (X25519,), (P256_SHA256,), grease_share=True)


@cache
def identity() -> Identity:
    spec = CertificateSpec(KeyKind("P-256"), KeyKind("P-256"))
    return CertificateMaker(datetime.now(UTC)).identity(spec, ("dtls.demo.invalid",))


@cache
def share(group: int) -> KeyShare | None:
    row = named_group(group).row
    return None if row is None else generate(row)


def client(offer: Offer = OFFER) -> ClientConnection:
    handshake = DtlsHandshake(over_datagrams(offer), bytes(32), b"", shares={}, share_source=share)
    return ClientConnection(handshake)


def carried(
    connection: ClientConnection, server: ScriptedServer, way: Callable[[list[bytes]], list[bytes]] = lambda datagrams: datagrams
) -> Answer:
    """To the end, or to where nothing more is said: then `repeat`, three times. `way` is what becomes of the server's datagrams."""
    for _ in range(4):
        for _ in range(20):
            coming = [answer for datagram in connection.datagrams_to_send() for answer in server.receive(datagram)]
            if connection.finished or not coming:
                break
            for datagram in way(coming):
                connection.receive(datagram)
        if connection.finished:
            break
        connection.repeat()
    for datagram in connection.datagrams_to_send():
        server.receive(datagram)
    return connection.handshake.answer


@pytest.mark.parametrize("wants_cookie", [True, False])
def test_version_1_3_is_carried_to_a_verified_finished(wants_cookie: bool) -> None:
    connection, server = client(), ScriptedServer(identity(), wants_cookie=wants_cookie)
    answer = carried(connection, server)
    assert (answer.ending, answer.version, answer.finished_verified) == (Ending.FLIGHT, Version.TLS13, True)
    assert (answer.cipher_suite, answer.group, answer.scheme) == (SUITE_13, X25519, P256_SHA256)
    assert len(answer.certificates) == 2
    assert connection.handshake.has_cookie is wants_cookie


@pytest.mark.parametrize("wants_cookie", [True, False])
def test_version_1_2_is_read_to_its_done_and_left_with_alerts(wants_cookie: bool) -> None:
    connection, server = client(), ScriptedServer(identity(), DTLS12, wants_cookie)
    answer = carried(connection, server)
    assert (answer.ending, answer.version, answer.cipher_suite) == (Ending.FLIGHT, Version.TLS12, SUITE_12)
    assert (answer.group, answer.scheme, len(answer.certificates)) == (X25519, P256_SHA256, 2)
    assert connection.handshake.has_cookie is wants_cookie
    assert server.received[-2:] == [(ContentType.ALERT, DTLS12)] * 2
    assert server.received[0] == (ContentType.HANDSHAKE, 0xFEFF)
    assert connection.datagrams_to_send() == []


def test_hellos_bear_the_numbers_and_the_cookie_of_dtls() -> None:
    server = ScriptedServer(identity(), DTLS12)
    carried(client(), server)
    first, second = server.hellos
    assert (first.legacy_version, first.session_id, first.cookie) == (DTLS12, b"", b"")
    assert dict(first.extensions or ())[43] == b"\x04\xfe\xfc\xfe\xfd"
    assert second.cookie == b"come again"
    assert (second.random, second.extensions) == (first.random, first.extensions)


def test_a_hello_with_a_large_share_takes_two_datagrams_and_none_is_larger_than_every_path_carries() -> None:
    hybrid = share(0x11EC)
    assert hybrid is not None
    offer = Offer(VERSIONS, (SUITE_13,), (0x11EC, X25519), (P256_SHA256,), shares=(KeyShareEntry(0x11EC, hybrid.public),))
    datagrams = client(offer).datagrams_to_send()
    assert [len(datagram) <= DATAGRAM_BYTES for datagram in datagrams] == [True, True]
    server = ScriptedServer(identity())
    for datagram in reversed(datagrams):
        server.receive(datagram)
    assert server.hellos[0].extensions == over_hello(offer)


def over_hello(offer: Offer) -> tuple[tuple[int, bytes], ...] | None:
    return DtlsHandshake(over_datagrams(offer), bytes(32), b"", shares={})._hello.extensions


WAYS: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "backwards": lambda datagrams: datagrams[::-1],
    "twice": lambda datagrams: [each for datagram in datagrams for each in (datagram, datagram)],
    "with strangers between": lambda datagrams: [each for datagram in datagrams for each in (b"\x00stranger", datagram)],
    "all in one": lambda datagrams: [b"".join(datagrams)],
}


@pytest.mark.parametrize("version", [DTLS13, DTLS12])
@pytest.mark.parametrize("way", WAYS)
def test_however_datagrams_come_the_answer_is_the_same(version: int, way: str) -> None:
    straight = carried(client(), ScriptedServer(identity(), version, fragment_bytes=200))
    answer = carried(client(), ScriptedServer(identity(), version, fragment_bytes=200), WAYS[way])
    assert answer.ending is Ending.FLIGHT
    assert answer.content == straight.content


def test_what_is_protected_and_comes_before_the_hello_that_gives_its_keys_need_not_come_again() -> None:
    connection, server = client(), ScriptedServer(identity(), wants_cookie=False)
    retry = [answer for datagram in connection.datagrams_to_send() for answer in server.receive(datagram)]
    for datagram in retry:
        connection.receive(datagram)
    flight = [answer for datagram in connection.datagrams_to_send() for answer in server.receive(datagram)]
    assert [connection.receive(datagram) for datagram in (*flight[1:], flight[0])] == [False] * (len(flight) - 1) + [True]
    assert connection.handshake.answer.finished_verified


@pytest.mark.parametrize("version", [DTLS13, DTLS12])
def test_what_got_lost_comes_when_the_hello_is_said_again(version: int) -> None:
    lost = iter([True, False, True, False])

    def way(datagrams: list[bytes]) -> list[bytes]:
        return datagrams[1::2] if next(lost, False) else datagrams

    assert carried(client(), ScriptedServer(identity(), version), way).ending is Ending.FLIGHT


def test_what_came_of_a_protected_flight_is_acknowledged_with_the_hello_that_is_said_again() -> None:
    connection, server = client(), ScriptedServer(identity(), wants_cookie=False)
    for datagram in connection.datagrams_to_send():
        retry = server.receive(datagram)
    for datagram in retry:
        connection.receive(datagram)
    flight = [answer for datagram in connection.datagrams_to_send() for answer in server.receive(datagram)]
    for datagram in flight[:2]:
        assert connection.receive(datagram)
    assert connection.datagrams_to_send() == []
    connection.repeat()
    hello, acknowledgement = connection.datagrams_to_send()
    assert isinstance(records_of(hello)[0], PlainRecord)
    assert isinstance(records_of(acknowledgement)[0], ProtectedRecord)


def test_the_finished_of_ours_is_waited_for_once_and_then_we_leave() -> None:
    connection, server = client(), ScriptedServer(identity())
    while not connection.handshake.finished:
        for datagram in connection.datagrams_to_send():
            for answer in server.receive(datagram):
                connection.receive(answer)
    assert not connection.finished
    assert len(connection.datagrams_to_send()) == 1
    connection.repeat()
    assert connection.finished
    assert len(connection.datagrams_to_send()) == 1
    assert connection.datagrams_to_send() == []


def changed(kind: int, change: Callable[[bytes], bytes]) -> Callable[[int, bytes], bytes]:
    return lambda found, body: change(body) if found == kind else body


BROKEN: dict[str, tuple[int, Callable[[int, bytes], bytes]]] = {
    "another Finished": (DTLS13, changed(HandshakeType.FINISHED, lambda body: bytes(len(body)))),
    "another signature": (DTLS13, changed(HandshakeType.CERTIFICATE_VERIFY, lambda body: body[:-1] + bytes((body[-1] ^ 1,)))),
    "a version of TLS": (DTLS12, changed(HandshakeType.SERVER_HELLO, lambda body: b"\x03\x03" + body[2:])),
    "half a hello": (DTLS12, changed(HandshakeType.SERVER_HELLO, lambda body: body[:20])),
    "a cookie that lies": (DTLS12, changed(HandshakeType.HELLO_VERIFY_REQUEST, lambda body: body[:2] + b"\xff" + body[3:])),
}


@pytest.mark.parametrize("name", BROKEN)
def test_what_breaks_the_rules_is_malformed(name: str) -> None:
    version, bend = BROKEN[name]
    assert carried(client(), ScriptedServer(identity(), version, bend=bend)).ending is Ending.MALFORMED


def test_who_wants_a_second_cookie_is_malformed() -> None:
    connection = client()
    connection.datagrams_to_send()
    for number in range(2):
        request = bytes((3, 0, 0, 3, 0, number, 0, 0, 0, 0, 0, 3)) + b"\xfe\xff\x00"
        connection.receive(plain_record(ContentType.HANDSHAKE, DTLS12, number, request))
        connection.datagrams_to_send()
    assert connection.handshake.answer.ending is Ending.MALFORMED


def test_an_alert_is_a_refusal_and_nobody_says_goodbye_to_it() -> None:
    connection = client()
    connection.datagrams_to_send()
    connection.receive(plain_record(ContentType.ALERT, DTLS12, 0, b"\x02\x28"))
    answer = connection.handshake.answer
    assert (answer.ending, answer.alert, answer.said_no) == (Ending.ALERT, 40, True)
    assert connection.datagrams_to_send() == []


@pytest.mark.parametrize(("datagram", "ending"), [(b"", Ending.MALFORMED), (b"\x00", Ending.MALFORMED), (None, Ending.SILENCE)])
def test_what_is_no_record_is_told_where_nothing_else_came(datagram: bytes | None, ending: Ending) -> None:
    connection = client()
    connection.datagrams_to_send()
    if datagram is not None:
        assert not connection.receive(datagram)
    connection.timed_out()
    assert connection.handshake.answer.ending is ending
    assert connection.datagrams_to_send() == []


def test_suites_that_need_a_stream_and_versions_that_do_not_exist_are_not_asked_for() -> None:
    asked = over_datagrams(Offer((*VERSIONS, Version.TLS10), (0x0005, SUITE_12, 0xC007), (X25519,)))
    assert (asked.versions, asked.cipher_suites) == (VERSIONS, (SUITE_12,))
    assert over_datagrams(Offer((Version.TLS11,), (0x0005,))).cipher_suites == (0x0005,)
