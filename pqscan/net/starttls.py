"""Says the prelude of a target's protocol on a fresh connection, so that TLS may begin on it."""

from __future__ import annotations

from pqscan.model.target import NetworkTarget
from pqscan.net.converse import converse
from pqscan.net.stream import Stream
from pqscan.wire.starttls.flavours import prelude as prelude_of
from pqscan.wire.starttls.prelude import Prelude
from pqscan.wire.starttls.tds import Envelope


async def begin_tls(prelude: Prelude, stream: Stream) -> Stream:
    """Runs the prelude and gives the stream that TLS goes over: the same one, or one that puts TLS into the protocol's packets.

    Raises what the prelude and the stream raise."""
    await converse(prelude, stream)
    return EnvelopedStream(stream) if prelude.in_packets else stream


async def opened(target: NetworkTarget, stream: Stream) -> Stream:
    """The stream that TLS goes over, after the prelude where the target has one. Raises as `begin_tls`."""
    if target.starttls is None:
        return stream
    return await begin_tls(prelude_of(target.starttls, target.server_name), stream)


class EnvelopedStream:
    """A stream whose bytes travel inside packets of TDS while the handshake lasts."""

    __slots__ = ("_envelope", "_inner")

    def __init__(self, inner: Stream) -> None:
        self._inner = inner
        self._envelope = Envelope()

    async def send(self, data: bytes) -> None:
        """See `Stream.send`: whole TLS records."""
        await self._inner.send(self._envelope.wrap(data))

    async def receive(self, most: int = 65536) -> bytes:
        """See `Stream.receive`. Raises MalformedMessage, too."""
        while received := await self._inner.receive(most):
            if data := self._envelope.unwrap(received):
                return data
        return b""
