"""What tests of a client conversation share: an offer, keys, and a conversation that has said its hello."""

from __future__ import annotations

import dataclasses

from pqscan.registry.tls import named_group
from pqscan.wire.builder import opaque8, opaque16, opaque24
from pqscan.wire.key_agreement import KeyShare, generate
from pqscan.wire.tls.answer import Answer
from pqscan.wire.tls.client_hello import KeyShareEntry, Offer
from pqscan.wire.tls.conversation import ClientConversation
from pqscan.wire.tls.words import Version
from tests.peers import messages as scripts
from tests.peers.messages import HANDSHAKE, Hello

OFFER = Offer((Version.TLS13, Version.TLS12), (0x1301, 0x1302, 0x1303, 0xC02F), (0x11EC, 0x001D, 0x0017), (0x0403, 0x0804))
CHAIN = scripts.message(11, opaque24(opaque24(b"leaf")))
EXCHANGE = scripts.message(12, b"\x03\x00\x1d" + opaque8(b"point") + b"\x08\x04" + opaque16(b"signature"))
DONE = scripts.message(14, b"")
GOODBYE = bytes.fromhex("1503030002015a15030300020100")
CHANGE = bytes.fromhex("140303000101")
KEYS: dict[int, KeyShare] = {}


def key(group: int) -> KeyShare | None:
    row = named_group(group).row
    if group not in KEYS and row is not None and (made := generate(row)) is not None:
        KEYS[group] = made
    return KEYS.get(group)


def begun(offer: Offer = OFFER, *shares: int, session: bytes = b"s" * 32, **options: object) -> tuple[ClientConversation, Hello]:
    """A conversation that has said its hello, and that hello as a script reads it."""
    keys = {group: share for group in shares if (share := key(group)) is not None}
    entries = tuple(KeyShareEntry(group, share.public) for group, share in keys.items())
    offer = dataclasses.replace(offer, shares=entries)
    options = {"share_source": key, **options}
    conversation = ClientConversation(offer, bytes(32), session, shares=keys, **options)  # type: ignore[arg-type]
    return conversation, scripts.read_hello(conversation.bytes_to_send())


def heard(*data: bytes, offer: Offer = OFFER) -> Answer:
    conversation, _ = begun(offer)
    for each in data:
        conversation.receive(each)
    return conversation.answer


def hand(*messages: bytes) -> bytes:
    return scripts.record(HANDSHAKE, b"".join(messages))
