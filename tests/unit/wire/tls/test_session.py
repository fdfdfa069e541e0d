"""The application phase of a client against the loop-back server, byte by byte, rekeyed, cut off, flooded, and fed anything."""

from __future__ import annotations

import os
from dataclasses import asdict
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.harness.tls.identity import self_made
from pqscan.harness.tls.server import ServerConversation
from pqscan.harness.tls.server_settings import ServerSettings
from pqscan.registry.tls import named_group
from pqscan.wire.key_agreement import KeyShare, generate
from pqscan.wire.tls.answer import Ending
from pqscan.wire.tls.client_hello import KeyShareEntry, Offer
from pqscan.wire.tls.conversation import MOST_IDLE_RECORDS
from pqscan.wire.tls.record import encode_records
from pqscan.wire.tls.session import MOST_DATA_BYTES, ClientSession, Close, Keys, alert_name, share_text
from pqscan.wire.tls.words import AlertDescription, ContentType, HandshakeType, Version

GROUP = 0x11EC
IDENTITY = self_made(0x0403, datetime.now(UTC))
REQUEST = b"HEAD / HTTP/1.1\r\n\r\n"
ROW = named_group(GROUP).row


def new_share() -> KeyShare:
    assert ROW is not None
    made = generate(ROW)
    assert made is not None
    return made


def client(request: bytes = REQUEST, *, retry: bool = False) -> ClientSession:
    share = new_share()
    shares = {} if retry else {GROUP: share}
    entries = tuple(KeyShareEntry(value, each.public) for value, each in shares.items())
    offer = Offer((Version.TLS13,), (0x1301,), (GROUP,), (0x0403,), shares=entries)
    later = {GROUP: share}
    return ClientSession(offer, os.urandom(32), os.urandom(32), shares=shares, share_source=later.get, request=request)


def server(**options: object) -> ServerConversation:
    return ServerConversation(ServerSettings(IDENTITY, (GROUP,), os.urandom, **options))  # type: ignore[arg-type]


def established(session: ClientSession) -> ServerConversation:
    """A server that has the session's Finished and, where it sent one, answered its request; nothing of that is read yet."""
    peer = server()
    while not session.is_open:
        peer.receive(session.bytes_to_send())
        session.receive(peer.bytes_to_send())
    peer.receive(session.bytes_to_send())
    assert peer.outcome.established
    return peer


def sealed(peer: ServerConversation, kind: ContentType, content: bytes) -> bytes:
    peer.bytes_to_send()
    peer.send_protected(kind, content)
    return peer.bytes_to_send()


def message(kind: HandshakeType, body: bytes) -> bytes:
    return bytes((kind,)) + len(body).to_bytes(3, "big") + body


def names(session: ClientSession) -> list[str]:
    return [("-> " if event.is_sent else "<- ") + event.what for event in session.exchange.events]


@pytest.mark.parametrize("retry", [False, True])
def test_a_request_is_answered_and_both_sides_close(retry: bool) -> None:
    session, peer = client(retry=retry), server()
    while sent := session.bytes_to_send():
        peer.receive(sent)
        session.receive(peer.bytes_to_send())
    assert session.answer.ending is Ending.FLIGHT
    assert session.exchange.close is Close.NOTIFY
    assert session.exchange.first_data.startswith(b"HTTP/1.0 200 OK")
    assert peer.outcome.client_closed_in_order
    assert peer.outcome.application_bytes == len(REQUEST)
    assert peer.outcome.retried is retry
    assert session.answer.retry_group == (GROUP if retry else None)
    hellos = (
        ["-> ClientHello", "<- HelloRetryRequest", "-> ChangeCipherSpec", "-> ClientHello, second"] if retry else ["-> ClientHello"]
    )
    assert names(session)[: len(hellos)] == hellos
    assert names(session)[-3:] == ["<- application data", "-> Alert", "<- Alert"]


def test_it_comes_to_the_same_fed_byte_by_byte() -> None:
    session, peer = client(), server()
    while sent := session.bytes_to_send():
        peer.receive(sent)
        for byte in peer.bytes_to_send():
            session.receive(bytes((byte,)))
    assert session.exchange.close is Close.NOTIFY
    assert session.exchange.opened == 2


def test_the_events_tell_sizes_and_order_of_parts_and_no_secret() -> None:
    session = client()
    share = session._shares[GROUP]
    established(session)
    told = repr(session.exchange.events)
    assert "X25519MLKEM768 1216 = ML-KEM-768 1184 + X25519 32" in told
    assert "X25519MLKEM768 1120 = ML-KEM-768 1088 + X25519 32" in told
    for part in (share.public[:8], share.public[-8:], session._hello.random[:8]):
        assert part.hex() not in told
        assert repr(part)[2:-1] not in told


def test_keys_say_under_which_a_message_travels() -> None:
    session = client()
    established(session)
    by_name = {event.what: event.keys for event in session.exchange.events}
    assert by_name["ServerHello"] is Keys.NONE
    assert by_name["CertificateVerify"] is Keys.HANDSHAKE
    assert by_name["application data"] is Keys.APPLICATION


def test_tickets_are_counted_and_do_not_close() -> None:
    session = client(b"")
    peer = established(session)
    ticket = message(HandshakeType.NEW_SESSION_TICKET, bytes(40))
    session.receive(sealed(peer, ContentType.HANDSHAKE, ticket + ticket))
    assert (session.exchange.tickets, session.exchange.opened) == (2, 1)
    assert not session.finished
    assert not session.is_closing
    session.close()
    peer.receive(session.bytes_to_send())
    session.receive(peer.bytes_to_send())
    assert session.exchange.close is Close.NOTIFY


def test_a_key_update_is_followed_and_answered() -> None:
    session = client(b"")
    peer = established(session)
    session.receive(sealed(peer, ContentType.HANDSHAKE, message(HandshakeType.KEY_UPDATE, b"\x01")))
    peer._sending = peer.keys.next_server_application()
    peer.receive(session.bytes_to_send())  # Its own KeyUpdate, under its old keys.
    session.receive(sealed(peer, ContentType.APPLICATION_DATA, b"after it"))
    peer.receive(session.bytes_to_send())  # close_notify under its new keys
    session.receive(peer.bytes_to_send())
    assert session.exchange.first_data == b"after it"
    assert session.exchange.close is Close.NOTIFY
    assert peer.outcome.client_closed_in_order


@pytest.mark.parametrize("body", [b"", b"\x02", b"\x00\x00"])
def test_a_key_update_of_another_form_is_malformed(body: bytes) -> None:
    session = client(b"")
    session.receive(sealed(established(session), ContentType.HANDSHAKE, message(HandshakeType.KEY_UPDATE, body)))
    assert session.answer.ending is Ending.MALFORMED


def test_key_updates_without_end_are_malformed() -> None:
    session = client(b"")
    peer = established(session)
    for _ in range(40):
        session.receive(sealed(peer, ContentType.HANDSHAKE, message(HandshakeType.KEY_UPDATE, b"\x00")))
        peer._sending = peer.keys.next_server_application()
    assert "KeyUpdates" in session.answer.problem


@pytest.mark.parametrize("kind", [HandshakeType.FINISHED, HandshakeType.CERTIFICATE_REQUEST, HandshakeType.CLIENT_HELLO])
def test_no_other_handshake_message_may_follow(kind: HandshakeType) -> None:
    session = client(b"")
    session.receive(sealed(established(session), ContentType.HANDSHAKE, message(kind, bytes(32))))
    assert session.answer.ending is Ending.MALFORMED


@pytest.mark.parametrize("kind", [ContentType.ALERT, ContentType.CHANGE_CIPHER_SPEC, ContentType.HANDSHAKE])
def test_an_unprotected_record_is_malformed_once_the_handshake_is_through(kind: ContentType) -> None:
    session = client(b"")
    established(session)
    session.receive(encode_records(kind, Version.TLS12, b"\x01\x00"))
    assert session.answer.ending is Ending.MALFORMED
    assert "unprotected" in session.answer.problem


def test_a_record_under_other_keys_is_malformed() -> None:
    session = client(b"")
    record = bytearray(sealed(established(session), ContentType.APPLICATION_DATA, b"hello"))
    record[-1] ^= 1
    session.receive(bytes(record))
    assert "does not authenticate" in session.answer.problem
    assert session.exchange.opened == 0


def test_a_fatal_alert_is_told_with_its_number() -> None:
    session = client(b"")
    session.receive(sealed(established(session), ContentType.ALERT, bytes((2, 116))))
    assert (session.answer.ending, session.answer.alert) == (Ending.ALERT, AlertDescription.CERTIFICATE_REQUIRED)
    assert session.answer.finished_verified


def test_a_close_without_notice_is_told_as_such() -> None:
    for end, expected in (
        (ClientSession.peer_closed, Close.FIN),
        (lambda s: s.give_up(Ending.RESET), Close.RESET),
        (lambda s: s.give_up(Ending.SILENCE), Close.SILENCE),
    ):
        session = client(b"")
        established(session)
        end(session)
        assert session.exchange.close is expected
        assert session.answer.ending is Ending.FLIGHT


def test_before_the_handshake_is_through_a_close_is_no_end_in_order() -> None:
    session = client()
    session.close()
    assert len(session.bytes_to_send()) > 1000  # The hello alone: nothing can be closed yet.
    session.peer_closed()
    assert session.answer.ending is Ending.CLOSED
    assert session.exchange.close is None


def test_a_peer_that_sends_without_end_is_left() -> None:
    session = client(b"")
    peer = established(session)
    sent = 0
    while not session.finished and sent < 4 * MOST_DATA_BYTES:
        session.receive(sealed(peer, ContentType.APPLICATION_DATA, bytes(1 << 14)))
        sent += 1 << 14
    assert session.exchange.close is Close.FLOOD
    assert len(session.exchange.first_data) == 256


@pytest.mark.parametrize(
    ("kind", "content"),
    [
        (ContentType.APPLICATION_DATA, b""),
        (ContentType.ALERT, bytes((1, AlertDescription.USER_CANCELED))),
        (ContentType.HANDSHAKE, message(HandshakeType.NEW_SESSION_TICKET, bytes(40))),
    ],
)
def test_records_that_hold_nothing_are_a_flood_at_last(kind: ContentType, content: bytes) -> None:
    session = client(b"")
    peer = established(session)
    for _ in range(MOST_IDLE_RECORDS - 1):  # The change_cipher_spec of the handshake was one.
        session.receive(sealed(peer, kind, content))
    assert not session.finished
    session.receive(sealed(peer, kind, content))
    assert session.exchange.close is Close.FLOOD


def test_more_than_a_connection_may_bring_is_a_flood() -> None:
    session = client(b"")
    established(session)
    session.give_up(Ending.MALFORMED, "127.0.0.1 port 1 sent more than 9 bytes on one connection")
    assert session.exchange.close is Close.FLOOD


@pytest.mark.parametrize("record", [bytes.fromhex("1503030002015a"), bytes.fromhex("140303000101")])
def test_a_flood_before_the_handshake_is_through_breaks_it(record: bytes) -> None:
    session = client()
    session.receive(record * MOST_IDLE_RECORDS)
    assert not session.finished
    session.receive(record)
    assert (session.answer.ending, "hold nothing" in session.answer.problem) == (Ending.MALFORMED, True)


@pytest.mark.parametrize(
    ("kind", "content", "is_answered"),
    [
        (ContentType.APPLICATION_DATA, b"200", True),
        (ContentType.APPLICATION_DATA, b"", False),
        (ContentType.ALERT, b"\x01\x00", True),
        (ContentType.ALERT, bytes((2, AlertDescription.CERTIFICATE_REQUIRED)), False),
        (ContentType.HANDSHAKE, message(HandshakeType.NEW_SESSION_TICKET, bytes(40)), False),
    ],
)
def test_only_data_and_an_orderly_close_answer_our_finished(kind: ContentType, content: bytes, is_answered: bool) -> None:
    session = client(b"")
    session.receive(sealed(established(session), kind, content))
    assert session.exchange.is_answered is is_answered


def test_data_that_came_before_our_finished_went_out_is_no_answer_to_it() -> None:
    session, peer = client(b""), server()
    peer.receive(session.bytes_to_send())
    peer.send_protected(ContentType.APPLICATION_DATA, b"220 ready")
    session.receive(peer.bytes_to_send())
    assert session.exchange.first_data == b"220 ready"
    assert not session.exchange.is_answered


@given(st.lists(st.tuples(st.sampled_from(list(ContentType)), st.binary(max_size=60)), max_size=6), st.binary(max_size=80))
def test_whatever_comes_under_the_right_keys_raises_nothing(contents: list[tuple[ContentType, bytes]], tail: bytes) -> None:
    session = client(b"")
    peer = established(session)
    for kind, content in contents:
        session.receive(sealed(peer, kind, content))
    session.receive(tail)
    session.close()
    session.bytes_to_send()
    session.peer_closed()
    assert session.finished
    assert asdict(session.answer)


def test_words_for_people() -> None:
    assert alert_name(40) == "handshake_failure (40)"
    assert alert_name(201) == "alert 201"
    assert share_text("MLKEM768", 1184, (("ML-KEM-768", 1184),)) == "MLKEM768 1184"
