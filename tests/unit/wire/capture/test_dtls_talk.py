from __future__ import annotations

import pytest
from OpenSSL import SSL

from pqscan.wire.capture.dtls_talk import DtlsTalk
from pqscan.wire.capture.watch import Ended, Talk
from pqscan.wire.dtls.connection import ClientConnection
from pqscan.wire.dtls.record import plain_record
from pqscan.wire.tls.client_hello import KeyShareEntry, Offer
from pqscan.wire.tls.words import ContentType, Version
from tests.captures import CLIENT, SERVER, openssl_handshake, udp
from tests.peers.dtls_scripted import DTLS12, DTLS13, P256_SHA256, SUITE_12, SUITE_13, X25519, ScriptedServer
from tests.peers.memory_ends import client_context, server_context
from tests.unit.wire.capture.test_watch import only, talks
from tests.unit.wire.dtls.test_connection import client, identity, share

STUN = bytes.fromhex("000100002112a442") + bytes(12)


def exchanged(connection: ClientConnection, server: ScriptedServer) -> list[bytes]:
    """The frames of one handshake."""
    frames: list[bytes] = []
    while not connection.finished and (sent := connection.datagrams_to_send()):
        frames += [udp(CLIENT, SERVER, datagram) for datagram in sent]
        for answer in [answer for datagram in sent for answer in server.receive(datagram)]:
            frames.append(udp(SERVER, CLIENT, answer))
            connection.receive(answer)
    return frames


def said(talk: Talk) -> DtlsTalk:
    assert isinstance(talk.said, DtlsTalk)
    assert talk.said.tls.problem == ""
    assert talk.said.tls.offer is not None
    return talk.said


@pytest.mark.parametrize("wants_cookie", [True, False])
@pytest.mark.parametrize(("version", "number", "suite"), [(Version.TLS13, DTLS13, SUITE_13), (Version.TLS12, DTLS12, SUITE_12)])
def test_offer_and_choice_are_told_with_and_without_a_cookie(version: Version, number: int, suite: int, wants_cookie: bool) -> None:
    talk = only(exchanged(client(), ScriptedServer(identity(), number, wants_cookie)))
    offer, choice = said(talk).tls.offer, said(talk).tls.choice
    assert offer is not None
    assert (offer.versions, offer.groups, offer.over_datagrams) == ((Version.TLS13, Version.TLS12), (X25519,), True)
    assert (choice.version, choice.cipher_suite, choice.group) == (version, suite, X25519)
    assert len(choice.certificates) == (0 if version is Version.TLS13 else 2)
    assert talk.ended is Ended.WHOLE


def test_what_openssl_says_to_itself_is_told() -> None:
    groups = b"X25519:P-256"  # The curve of the certificate has to be among them.
    asker = client_context(groups=groups, method=SSL.DTLS_CLIENT_METHOD)
    answerer = server_context(groups=groups, method=SSL.DTLS_SERVER_METHOD)
    heard = openssl_handshake(asker, answerer)
    talk = only([udp(CLIENT, SERVER, one.data) if one.by_client else udp(SERVER, CLIENT, one.data) for one in heard])
    offer, choice = said(talk).tls.offer, said(talk).tls.choice
    assert offer is not None
    assert Version.TLS12 in offer.versions
    assert offer.server_name == "www.example.vn"
    assert (choice.version, choice.group is not None, len(choice.certificates)) == (Version.TLS12, True, 1)


@pytest.mark.parametrize("step", [1, -1], ids=["in order", "backwards"])
def test_a_hybrid_hello_in_two_datagrams_is_one_offer(step: int) -> None:
    hybrid = share(0x11EC)
    assert hybrid is not None
    offer = Offer((Version.TLS13,), (SUITE_13,), (0x11EC, X25519), (P256_SHA256,), shares=(KeyShareEntry(0x11EC, hybrid.public),))
    first, second = client(offer).datagrams_to_send()[::step]
    told = said(only([udp(CLIENT, SERVER, first), udp(CLIENT, SERVER, second)])).tls.offer
    assert told is not None
    assert (told.groups, told.share_groups) == ((0x11EC, X25519), (0x11EC,))


def test_datagrams_that_come_twice_or_late_change_nothing() -> None:
    frames = exchanged(client(), ScriptedServer(identity(), DTLS12, fragment_bytes=300))
    twice = [each for frame in frames for each in (frame, frame)]
    assert said(only(twice)).tls.choice == said(only(frames)).tls.choice
    late = [*frames[:4], *reversed(frames[4:])]
    assert said(only(late)).tls.choice == said(only(frames)).tls.choice


def test_stun_before_it_does_not_hide_it() -> None:
    """As in WebRTC, where both share their ports (RFC 7983)."""
    stun = [udp(CLIENT, SERVER, STUN), udp(SERVER, CLIENT, STUN)]
    assert said(only([*stun, *exchanged(client(), ScriptedServer(identity()))])).tls.choice.version is Version.TLS13


def test_an_alert_ends_it() -> None:
    frames = exchanged(client(), ScriptedServer(identity()))[:1]
    alert = plain_record(ContentType.ALERT, DTLS12, 0, b"\x02\x46")
    talk = only([*frames, udp(SERVER, CLIENT, alert)])
    assert (said(talk).tls.choice.alert, said(talk).tls.choice.version) == (70, None)


def test_other_datagrams_tell_nothing() -> None:
    assert talks([udp(CLIENT, SERVER, b"\x16\x03\x01\x00\x05hello"), udp(CLIENT, SERVER, b"\x00" * 30)]) == []


def test_a_hello_cut_off_is_no_offer() -> None:
    frame = udp(CLIENT, SERVER, client().datagrams_to_send()[0][:60])
    assert talks([frame]) == []
