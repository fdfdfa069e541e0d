"""TLS over another stream by the system's library, in memory: to read what is served behind it, never to trust it.

No certificate is verified and every version and cipher suite that the library still has is taken: what they are worth is told by
probes that speak TLS themselves."""

from __future__ import annotations

import ssl
from functools import cache

from pqscan.errors import MalformedMessage, PeerClosed, PeerRejected, UsageError
from pqscan.net.stream import Stream

_MOST_ROUNDS = 64  # of a handshake; a healthy one takes two or three


@cache
def _context() -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    context.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    context.set_ciphers("ALL:@SECLEVEL=0")
    context.set_alpn_protocols(["http/1.1"])
    return context


class TlsStream:
    """Fulfils `Stream` once `begin` is through."""

    def __init__(self, inner: Stream, server_name: str | None) -> None:
        """Raises UsageError for a name that the library does not take."""
        self._inner = inner
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        try:
            self._tls = _context().wrap_bio(self._incoming, self._outgoing, server_hostname=server_name)
        except ValueError:
            raise UsageError(f"{server_name!r} is no name that TLS can carry") from None

    async def begin(self) -> None:
        """The handshake. Raises PeerRejected where it fails, PeerClosed where the peer ends it, and what the inner raises."""
        for _ in range(_MOST_ROUNDS):
            try:
                self._tls.do_handshake()
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
                continue
            except (ssl.SSLEOFError, ssl.SSLZeroReturnError):
                raise PeerClosed("the server closed the connection within the handshake of TLS") from None
            except ssl.SSLError as error:
                raise PeerRejected(f"the handshake of TLS failed ({error.reason or type(error).__name__})") from None
            await self._flush()
            return
        raise MalformedMessage("the handshake of TLS does not end")

    async def send(self, data: bytes) -> None:
        """See `Stream.send`."""
        try:
            self._tls.write(data)
        except ssl.SSLError as error:
            raise PeerClosed(f"TLS ended ({error.reason or type(error).__name__})") from None
        await self._flush()

    async def receive(self, most: int = 65536) -> bytes:
        """See `Stream.receive`; an end without close_notify counts as one, too: HTTP tells where a body ends."""
        while True:
            try:
                return self._tls.read(most)
            except ssl.SSLWantReadError:
                await self._flush()
                await self._fill()
            except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
                return b""
            except ssl.SSLError as error:
                raise MalformedMessage(f"a record of TLS cannot be read ({error.reason or type(error).__name__})") from None

    async def _flush(self) -> None:
        data = self._outgoing.read()
        if data:
            await self._inner.send(data)

    async def _fill(self) -> None:
        data = await self._inner.receive()
        if data:
            self._incoming.write(data)
        else:
            self._incoming.write_eof()
