"""One TCP connection on a non-blocking socket: connect, send, receive, each within one deadline.

A system error becomes the peer's error here and nowhere else. One timer serves the whole life of a connection.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import sys

from pqscan.errors import MalformedMessage, PeerClosed, PeerError, PeerRefused, PeerTimedOut, PeerUnreachable, WorkError

SHORTAGES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM, errno.EADDRNOTAVAIL, errno.EAGAIN})
"""This machine has no file descriptor, memory or local port left: nothing was learned about the peer."""

NO_WAY = frozenset({errno.ENETUNREACH, errno.ENETDOWN, errno.EHOSTUNREACH, errno.EHOSTDOWN})
"""Where connect() itself answers with one of these, this machine has no route and sent nothing. Later ones are the network's."""

_REFUSALS = frozenset({errno.ECONNREFUSED, errno.ECONNRESET, errno.ECONNABORTED})
_IN_PROGRESS = frozenset({errno.EINPROGRESS, errno.EALREADY, errno.EWOULDBLOCK})
_NONBLOCK = getattr(socket, "SOCK_NONBLOCK", 0)  # Made so in one call where the system can.
_STREAM = socket.SOCK_STREAM | _NONBLOCK
_SECOND_CONNECT_TELLS = sys.platform == "linux"  # Elsewhere a second connect() may answer EINVAL.


def new_socket(address: str, *, sends: bool = True) -> socket.socket:
    """A non-blocking TCP socket of the address's family that sends each write at once. Raises OSError.

    One that never `sends`, as in a sweep, is spared the setting: at tens of thousands a second every call counts."""
    sock = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, _STREAM)
    try:
        if not _NONBLOCK:
            sock.setblocking(False)
        if sends:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    except BaseException:
        sock.close()
        raise
    return sock


def begin_connect(sock: socket.socket, address: str, port: int) -> int | None:
    """Starts the connection: 0 when it stands, an errno when it failed, None while it is still open.

    Loopback peers have answered when connect() returns; asking once more spares the wait for the event loop."""
    code = sock.connect_ex((address, port))
    if code in _IN_PROGRESS and _SECOND_CONNECT_TELLS:
        code = sock.connect_ex((address, port))
    if code in _IN_PROGRESS:
        return None
    return settled(sock, 0 if code == errno.EISCONN else code)


def settled(sock: socket.socket, code: int) -> int:
    """The errno of a finished connect; a socket that met itself counts as refused.

    A closed port of this machine inside the range of local ports can be chosen as the source port of the very
    connection to it, and TCP then joins the socket to itself (RFC 9293, section 3.5, simultaneous open)."""
    if code == 0:
        try:
            if sock.getsockname() == sock.getpeername():
                return errno.ECONNREFUSED
        except OSError as error:  # Reset between the handshake and the question.
            return error.errno or errno.ECONNRESET
    return code


def connect_error(code: int, address: str, port: int, *, at_once: bool = False) -> PeerError | WorkError:
    """What a failed connect() says about the peer, or about this machine; `at_once`: it was told before anything was sent."""
    where = f"{address} port {port}"
    if code in _REFUSALS:
        return PeerRefused(f"{where} refused the connection")
    if code == errno.ETIMEDOUT:
        return PeerTimedOut(f"{where} did not answer the connection attempt")
    if code in SHORTAGES:
        return WorkError(
            f"no connection to {where} could be opened here ({errno.errorcode.get(code, code)}); lower the concurrency"
        )
    from_here = at_once and code in NO_WAY
    return PeerUnreachable(f"{where} cannot be reached ({errno.errorcode.get(code, code)})", from_here=from_here)


class Connection:
    """One socket with its deadline (in the loop's time). Fulfils `Stream`; `close` is safe at any time."""

    __slots__ = (
        "_asked", "_deadline", "_expired", "_fd", "_later", "_loop", "_most", "_received", "_sock", "_timer", "_waiter", "_where",
    )  # fmt: skip

    def __init__(self, sock: socket.socket, where: str, deadline: float, most_received_bytes: int) -> None:
        self._loop = asyncio.get_running_loop()
        self._sock = sock
        self._fd = sock.fileno()
        self._where = where
        self._deadline = deadline
        self._most = most_received_bytes
        self._received = 0
        self._later: float | None = None
        self._asked = False
        self._waiter: asyncio.Future[None] | None = None
        self._expired = False
        self._timer = self._loop.call_at(deadline, self._expire)

    def move_deadline(self, deadline: float) -> None:
        """Sets a later deadline: a connection that stands has another limit than one being made."""
        self._deadline = deadline  # The timer finds it when it fires: most connections end before.

    def expect_word(self, by: float, deadline: float) -> None:
        """Ends at `by` where the peer has said nothing by then, else at `deadline`, which is later."""
        self._deadline, self._later = by, deadline
        self._timer.cancel()
        self._timer = self._loop.call_at(by, self._expire)

    @property
    def heard(self) -> bool:
        """Whether the peer has sent anything."""
        return self._received > 0

    async def established(self) -> int:
        """Waits for a connect under way; gives its errno, 0 for success. Raises PeerTimedOut."""
        await self._ready(writing=True)
        return settled(self._sock, self._sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR))

    async def send(self, data: bytes) -> None:
        """See `Stream.send`. Raises PeerClosed, PeerTimedOut."""
        view: bytes | memoryview = data
        while True:
            if self._expired:
                raise self._timed_out()
            try:
                sent = self._sock.send(view)
            except (BlockingIOError, InterruptedError):
                sent = 0
            except OSError as error:
                raise self._broken(error) from None
            if sent == len(view):
                self._asked = True
                return
            view = memoryview(view)[sent:]
            await self._ready(writing=True)

    async def receive(self, most: int = 65536) -> bytes:
        """See `Stream.receive`. Raises PeerClosed, PeerTimedOut, and MalformedMessage past the bound of received bytes."""
        if self._asked:  # The answer to what was just sent is never there yet: looking for it would be in vain.
            self._asked = False
            await self._ready(writing=False)
        while True:
            if self._expired:
                raise self._timed_out()
            try:
                data = self._sock.recv(most)
            except (BlockingIOError, InterruptedError):
                await self._ready(writing=False)
                continue
            except OSError as error:
                raise self._broken(error) from None
            self._received += len(data)
            if data and self._later is not None:
                self._deadline, self._later = self._later, None
            if self._received > self._most:
                raise MalformedMessage(f"{self._where} sent more than {self._most} bytes on one connection")
            return data

    def close(self) -> None:
        self._timer.cancel()
        if self._fd >= 0:
            self._forget()
            self._fd = -1
            self._sock.close()

    async def _ready(self, *, writing: bool) -> None:
        if self._expired:
            raise self._timed_out()
        waiter = self._waiter = self._loop.create_future()
        (self._loop.add_writer if writing else self._loop.add_reader)(self._fd, _wake, waiter)
        try:
            await waiter
        finally:
            self._waiter = None
            if self._fd >= 0:
                (self._loop.remove_writer if writing else self._loop.remove_reader)(self._fd)

    def _forget(self) -> None:
        if self._waiter is not None:
            self._loop.remove_reader(self._fd)
            self._loop.remove_writer(self._fd)
            _wake(self._waiter)

    def _expire(self) -> None:
        if self._loop.time() < self._deadline:
            self._timer = self._loop.call_at(self._deadline, self._expire)
            return
        self._expired = True
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_exception(self._timed_out())

    def _timed_out(self) -> PeerTimedOut:
        return PeerTimedOut(f"{self._where} did not answer in time")

    def _broken(self, error: OSError) -> PeerError:
        if error.errno == errno.ETIMEDOUT:
            return self._timed_out()
        if error.errno in (errno.EHOSTUNREACH, errno.ENETUNREACH):
            return PeerUnreachable(f"{self._where} can no longer be reached")
        return PeerClosed(f"{self._where} reset the connection", by_reset=True)


def _wake(waiter: asyncio.Future[None]) -> None:
    if not waiter.done():
        waiter.set_result(None)
