"""The loop-back server against the scanner's own client, and against hellos that it must refuse."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.harness.tls.encapsulation import ENCAPSULATORS, is_reduced
from pqscan.harness.tls.identity import ServerIdentity, self_made
from pqscan.harness.tls.server import ServerConversation
from pqscan.harness.tls.server_settings import ServerSettings
from pqscan.registry.tls import named_group
from pqscan.wire import builder
from pqscan.wire.key_agreement import KeyShare, generate
from pqscan.wire.tls.answer import Ending
from pqscan.wire.tls.client_hello import ClientHello, KeyShareEntry, Offer, client_hello, hello_record
from pqscan.wire.tls.conversation import ClientConversation
from pqscan.wire.tls.words import AlertDescription, ExtensionType, Version

GROUPS = (0x11EC, 0x11EB, 0x11ED, 0x0201, 0x0202, 0x001D, 0x0017, 0x0018, 0x0019, 0x001E)
SCHEMES = (0x0403, 0x0503, 0x0804, 0x0807, 0x0904, 0x0905, 0x0906)
IDENTITY = self_made(0x0403, datetime.now(UTC))


def settings(identity: ServerIdentity = IDENTITY, groups: tuple[int, ...] = GROUPS) -> ServerSettings:
    return ServerSettings(identity, groups, os.urandom)


def share(group: int) -> KeyShare:
    row = named_group(group).row
    assert row is not None
    made = generate(row)
    assert made is not None
    return made


def offer(*groups: int, shares: tuple[KeyShare, ...] = ()) -> Offer:
    entries = tuple(KeyShareEntry(one.group.value, one.public) for one in shares)
    return Offer((Version.TLS13,), (0x1301, 0x1302), groups, SCHEMES, shares=entries)


def carry(client: ClientConversation, server: ServerConversation) -> None:
    """Both sides until neither has anything to say."""
    while sent := client.bytes_to_send():
        server.receive(sent)
        client.receive(server.bytes_to_send())


def first_hello(*groups: int) -> ClientHello:
    return client_hello(offer(*groups, shares=(share(groups[0]),)), bytes(32), bytes(range(32)))


def answered(server: ServerConversation, hello: ClientHello) -> ServerConversation:
    server.receive(hello_record(hello))
    return server


@pytest.mark.parametrize("group", GROUPS)
@pytest.mark.parametrize("direct", [True, False])
def test_every_group_agrees_with_the_scanners_client(group: int, direct: bool) -> None:
    ours = share(group)
    asked = offer(group, shares=(ours,) if direct else ())
    client = ClientConversation(
        asked, os.urandom(32), os.urandom(32), shares={group: ours} if direct else {}, share_source=lambda wanted: share(wanted)
    )
    server = ServerConversation(settings())
    carry(client, server)
    assert (client.answer.ending, client.answer.problem, client.answer.group) == (Ending.FLIGHT, "", group)
    assert server.outcome.established
    assert server.outcome.retried is not direct
    assert server.outcome.client_closed_in_order


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_signature_verifies(scheme: int) -> None:
    ours = share(0x001D)
    client = ClientConversation(offer(0x001D, shares=(ours,)), os.urandom(32), b"", shares={0x001D: ours})
    carry(client, ServerConversation(settings(self_made(scheme, datetime.now(UTC)))))
    assert (client.answer.ending, client.answer.scheme) == (Ending.FLIGHT, scheme)


def changed(kind: int, data: bytes) -> Callable[[ClientHello], ClientHello]:
    return lambda hello: hello.with_extension(kind, data)


def without(kind: int) -> Callable[[ClientHello], ClientHello]:
    return lambda hello: replace(hello, extensions=tuple(one for one in hello.extensions or () if one[0] != kind))


def with_share(group: int, data: bytes) -> Callable[[ClientHello], ClientHello]:
    return changed(ExtensionType.KEY_SHARE, builder.opaque16(KeyShareEntry(group, data).encode()))


P_256_OFF_CURVE = b"\x04" + bytes(31) + b"\x01" + bytes(31) + b"\x01"
ILLEGAL, DECODE = AlertDescription.ILLEGAL_PARAMETER, AlertDescription.DECODE_ERROR


@pytest.mark.parametrize(
    ("change", "alert"),
    [
        (with_share(0x001D, bytes(32)), ILLEGAL),
        (with_share(0x001D, b"\x09" * 31), ILLEGAL),
        (with_share(0x0017, P_256_OFF_CURVE), ILLEGAL),
        (with_share(0x0017, b"\x00"), ILLEGAL),
        (with_share(0x11EC, b"\xff" * 1184 + b"\x09" + bytes(31)), ILLEGAL),
        (with_share(0x11EC, bytes(1184) + bytes(32)), ILLEGAL),
        (lambda hello: replace(hello, compression_methods=b"\x01\x00"), ILLEGAL),
        (lambda hello: replace(hello, legacy_version=0x0304), AlertDescription.PROTOCOL_VERSION),
        (lambda hello: replace(hello, extensions=(*hello.extensions, (43, b"\x02\x03\x04"))), ILLEGAL),
        (lambda hello: replace(hello, cipher_suites=(0xC02F,)), AlertDescription.HANDSHAKE_FAILURE),
        (without(ExtensionType.SUPPORTED_VERSIONS), AlertDescription.PROTOCOL_VERSION),
        (without(ExtensionType.KEY_SHARE), AlertDescription.MISSING_EXTENSION),
        (without(ExtensionType.SUPPORTED_GROUPS), AlertDescription.MISSING_EXTENSION),
        (without(ExtensionType.SIGNATURE_ALGORITHMS), AlertDescription.MISSING_EXTENSION),
        (changed(ExtensionType.SIGNATURE_ALGORITHMS, b"\x00\x02\x08\x04"), AlertDescription.HANDSHAKE_FAILURE),
        (changed(ExtensionType.SUPPORTED_GROUPS, b"\x00\x02\x0a\x0a"), AlertDescription.HANDSHAKE_FAILURE),
        (changed(ExtensionType.SUPPORTED_GROUPS, b"\x00\x03\x00\x17\x00"), DECODE),
        (changed(ExtensionType.KEY_SHARE, b"\x00\x05\x00"), DECODE),
    ],
)
def test_what_a_server_must_refuse_is_refused_with_its_alert(
    change: Callable[[ClientHello], ClientHello], alert: AlertDescription
) -> None:
    takes_any_share = replace(settings(), prefers_offered_share=True)
    server = answered(ServerConversation(takes_any_share), change(first_hello(0x001D, 0x0017, 0x11EC)))
    assert server.outcome.alert_sent == alert, server.outcome.why
    assert server.finished


def test_the_hello_without_a_fault_is_answered() -> None:
    server = answered(ServerConversation(settings(groups=(0x001D,))), first_hello(0x001D, 0x0017, 0x11EC))
    assert server.outcome.alert_sent is None
    assert server.outcome.group == 0x001D


def test_a_group_that_no_component_computes_is_not_chosen() -> None:
    bare = replace(settings(), encapsulators={"X25519": ENCAPSULATORS["X25519"]})
    server = answered(ServerConversation(bare), first_hello(0x11EC, 0x001D))
    assert server.outcome.retried
    assert server.retry_group == 0x001D


@pytest.mark.parametrize("place", [0, 1, 2, 383 * 3, 383 * 3 + 1])
def test_a_coefficient_of_3329_is_not_reduced_wherever_it_stands(place: int) -> None:
    key = bytearray(1184)
    at = place - place % 3
    if place % 3 == 0:
        key[at : at + 2] = (0x01, 0x0D)  # the low coefficient is 0xd01 = 3329
    else:
        key[at + 1 : at + 3] = (0x10, 0xD0)  # the high one
    assert not is_reduced(bytes(key))
    key[at : at + 3] = (0x00, 0x0D, 0xD0)  # 3328 and 3328
    assert is_reduced(bytes(key))


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_no_bytes_of_a_client_make_it_raise(parts: list[bytes]) -> None:
    server = ServerConversation(settings())
    for part in parts:
        server.receive(part)
    server.peer_closed()
    assert server.finished


@given(st.data())
def test_no_bytes_after_a_hello_make_it_raise(data: st.DataObject) -> None:
    server = answered(ServerConversation(settings(groups=(0x001D,))), first_hello(0x001D))
    server.bytes_to_send()
    for kind in data.draw(st.lists(st.sampled_from((20, 21, 22, 23)), max_size=4)):
        body = data.draw(st.binary(max_size=60))
        server.receive(bytes((kind, 3, 3)) + builder.opaque16(body))
    server.bytes_to_send()
