"""HelloRetryRequest on the client's side of one connection (RFC 9846, section 4.2.4), without sockets."""

from __future__ import annotations

import dataclasses

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from pqscan.wire.builder import opaque16
from pqscan.wire.tls.answer import Ending
from pqscan.wire.tls.client_hello import ClientHello
from pqscan.wire.tls.record import RecordReader
from pqscan.wire.tls.words import Version
from tests.peers import messages as scripts
from tests.peers.messages import HANDSHAKE
from tests.unit.wire.tls.spoken import CHANGE, GOODBYE, OFFER, begun, hand


def test_a_retry_is_answered_on_the_same_connection_with_a_share_of_its_group() -> None:
    conversation, hello = begun(OFFER, 0x001D)
    conversation.receive(hand(scripts.retry(hello, suite=0x1302, group=0x0017, cookie=b"crumbs")))
    sent = conversation.bytes_to_send()
    assert sent.startswith(CHANGE)
    second = ClientHello.decode(sent[len(CHANGE) + 5 :])
    extensions = dict(second.extensions or ())
    assert extensions[44] == opaque16(b"crumbs")
    assert scripts.read_hello(sent).shares == (0x0017,)
    assert (conversation.answer.retry_suite, conversation.answer.retry_group) == (0x1302, 0x0017)


def test_without_a_session_id_no_change_cipher_spec_is_sent() -> None:
    conversation, hello = begun(OFFER, 0x001D, session=b"")
    conversation.receive(hand(scripts.retry(hello, group=0x0017)))
    assert conversation.bytes_to_send()[0] == 22


def test_a_retry_with_another_session_id_is_followed() -> None:  # P5: some servers echo an empty one.
    conversation, hello = begun(OFFER, 0x001D)
    conversation.receive(hand(scripts.retry(dataclasses.replace(hello, session_id=b""), group=0x0017)))
    assert not conversation.finished


def test_a_second_retry_is_malformed_but_the_first_was_a_choice() -> None:
    conversation, hello = begun(OFFER, 0x001D)
    conversation.receive(hand(scripts.retry(hello, group=0x0017)) + hand(scripts.retry(hello, group=0x11EC)))
    assert conversation.answer.ending is Ending.MALFORMED
    assert conversation.answer.retry_group == 0x0017


@pytest.mark.parametrize(
    ("options", "group"),
    [
        ({"follow_retry": False}, 0x0017),
        ({"most_hello_bytes": 1000}, 0x11EC),
        ({"share_source": lambda _group: None}, 0x0017),
    ],
    ids=["not-followed", "too-large", "no-key"],
)
def test_where_a_retry_is_not_answered_the_choice_is_kept_and_the_connection_left_in_order(
    options: dict[str, object], group: int
) -> None:
    conversation, hello = begun(OFFER, 0x001D, **options)
    conversation.receive(hand(scripts.retry(hello, group=group)))
    assert conversation.answer.ending is Ending.RETRY
    assert conversation.answer.said_yes
    assert conversation.bytes_to_send() == GOODBYE
    assert conversation.answer.anomalies == []


def test_a_small_second_hello_is_sent_where_large_ones_are_dropped() -> None:
    conversation, hello = begun(OFFER, 0x001D, most_hello_bytes=1000)
    conversation.receive(hand(scripts.retry(hello, group=0x0017)))
    assert not conversation.finished


@pytest.mark.parametrize(("suite", "group"), [(0x1301, 0xFE31), (0x1304, 0x0017)])
def test_a_retry_for_what_was_not_offered_is_an_anomaly(suite: int, group: int) -> None:
    conversation, hello = begun(OFFER, 0x001D)
    conversation.receive(hand(scripts.retry(hello, suite=suite, group=group)))
    assert "selected_not_offered" in conversation.answer.anomalies


def test_an_empty_cookie_is_malformed() -> None:
    conversation, hello = begun(OFFER, 0x001D)
    conversation.receive(hand(scripts.retry(hello, group=0x0017, cookie=b"")))
    assert conversation.answer.ending is Ending.MALFORMED


def test_a_server_hello_in_another_group_than_its_retry_is_malformed() -> None:
    conversation, hello = begun(OFFER, 0x001D)
    conversation.receive(hand(scripts.retry(hello, group=0x0017)))
    conversation.receive(hand(scripts.server_hello(hello, group=0x001D, share=bytes(range(32)))))
    assert conversation.answer.ending is Ending.MALFORMED
    assert "another group" in conversation.answer.problem


@pytest.mark.parametrize(("suite", "version"), [(0x1303, 0x0304), (0x1301, 0x0303)])
def test_a_server_hello_of_another_suite_or_version_than_its_retry_is_malformed(suite: int, version: int) -> None:
    conversation, hello = begun(OFFER, 0x001D)
    conversation.receive(hand(scripts.retry(hello, suite=0x1301, group=0x0017)))
    conversation.receive(hand(scripts.server_hello(hello, suite=suite, group=0x0017, share=bytes(65), version=version)))
    assert conversation.answer.ending is Ending.MALFORMED
    assert "another version or suite" in conversation.answer.problem


def test_a_retry_that_only_hands_out_a_cookie_gets_it_back_with_the_first_shares() -> None:
    conversation, hello = begun(OFFER, 0x001D)
    conversation.receive(hand(scripts.retry(hello, cookie=b"crumbs")))
    sent = conversation.bytes_to_send()
    assert scripts.read_hello(sent).shares == (0x001D,)
    assert dict(ClientHello.decode(sent[len(CHANGE) + 5 :]).extensions or ())[44] == opaque16(b"crumbs")
    server = X25519PrivateKey.generate().public_key().public_bytes_raw()
    conversation.receive(hand(scripts.server_hello(hello, group=0x001D, share=server)))
    assert not conversation.finished


@pytest.mark.parametrize("group", [0x001D, None])
def test_a_retry_that_asks_for_nothing_new_is_malformed(group: int | None) -> None:
    conversation, hello = begun(OFFER, 0x001D)
    conversation.receive(hand(scripts.retry(hello, group=group)))
    assert conversation.answer.ending is Ending.MALFORMED
    assert "nothing new" in conversation.answer.problem


def test_a_retry_to_a_hello_without_tls_1_3_is_malformed() -> None:
    conversation, hello = begun(dataclasses.replace(OFFER, versions=(Version.TLS12,)))
    conversation.receive(hand(scripts.retry(hello, group=0x0017)))
    assert conversation.answer.ending is Ending.MALFORMED


@pytest.mark.parametrize(("size", "ending"), [(60_000, Ending.SILENCE), (60_001, Ending.MALFORMED), (65_400, Ending.MALFORMED)])
def test_a_cookie_is_given_back_as_long_as_it_fits_into_a_hello(size: int, ending: Ending) -> None:
    conversation, hello = begun(OFFER, 0x001D)
    retry = scripts.retry(hello, group=0x11EC, cookie=b"c" * size)
    conversation.receive(scripts.records(HANDSHAKE, retry))
    assert conversation.answer.ending is ending
    if ending is Ending.SILENCE:  # Nothing has ended it yet.
        records = list(RecordReader().feed(conversation.bytes_to_send()))
        assert max(len(record.fragment) for record in records) == 1 << 14
        second = ClientHello.decode(b"".join(record.fragment for record in records if record.content_type == 22))
        assert dict(second.extensions or ())[44] == opaque16(b"c" * size)
