"""The control of a refusal: whether a gateway that takes no proposal with an ML-KEM takes the same proposals without it.

The KE payload is of a group that hardly anyone takes, so that a gateway that would agree names another one and keeps nothing.
"""

from __future__ import annotations

import os

from pqscan.errors import MalformedMessage, PeerError, PeerTimedOut
from pqscan.model.target import NetworkTarget
from pqscan.net.stream import Datagrams, Dialer
from pqscan.wire.ike.header import NON_ESP_MARKER, Message
from pqscan.wire.ike.offer import DECOY, offer
from pqscan.wire.ike.reply import Reply, ReplyKind, decode_reply, is_reply
from pqscan.wire.ike.session import GROUPS, MOST_COOKIES, SUITE
from pqscan.wire.ike.shares import public_value

_TAKEN = frozenset({ReplyKind.CHOSEN, ReplyKind.OTHER_GROUP})
_NONCE_BYTES, _SPI_BYTES = 32, 8


async def takes_without(target: NetworkTarget, dialer: Dialer, waits_seconds: tuple[float, ...], *, marked: bool) -> bool | None:
    """True: it takes them. False: it refuses these too, so that a refusal tells nothing of the ML-KEM. None: that is not known."""
    question = offer((tuple(GROUPS), ()), suite=SUITE)
    spi, nonce, marker = os.urandom(_SPI_BYTES), os.urandom(_NONCE_BYTES), NON_ESP_MARKER if marked else b""
    public = public_value(DECOY, os.urandom) or b""
    cookie: bytes | None = None
    try:
        async with dialer.datagrams(target) as channel:
            for _ in range(1 + MOST_COOKIES):
                asked = marker + question.message(spi, nonce, public, cookie).encode()
                reply = await _answer(channel, asked, spi, marker, waits_seconds)
                if reply.kind is not ReplyKind.COOKIE:
                    return True if reply.kind in _TAKEN else False if reply.kind is ReplyKind.NO_PROPOSAL else None
                cookie = reply.cookie
    except PeerError:
        return None
    return None


async def _answer(channel: Datagrams, asked: bytes, spi: bytes, marker: bytes, waits_seconds: tuple[float, ...]) -> Reply:
    """The answer to one IKE_SA_INIT. Raises PeerTimedOut where none comes."""
    for wait in waits_seconds:
        await channel.send(asked)
        try:
            while True:
                datagram = await channel.receive(wait)
                try:
                    message = Message.decode(datagram.removeprefix(marker))
                    if is_reply(message, spi):
                        return decode_reply(message)
                except MalformedMessage:
                    continue  # Anybody may send datagrams.
        except PeerTimedOut:
            continue
    raise PeerTimedOut("the gateway did not answer the same without ML-KEM")
