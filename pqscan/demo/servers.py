"""Starts demo servers: one thread each, non-blocking, bounded in connections and time, whatever the clients send."""

from __future__ import annotations

import contextlib
import selectors
import socket
import threading
import time
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import ip_address
from types import TracebackType
from typing import Self

from OpenSSL import SSL

from pqscan.demo.certificates import CertificateMaker, Identity
from pqscan.demo.context import ServerContext, server_context
from pqscan.demo.spec import DEMO_SERVERS, ServerSpec
from pqscan.errors import UsageError, WorkError

__all__ = ["DEMO_SERVERS", "RunningServer", "ServerSpec", "start"]

_MOST_CONNECTIONS = 512  # Open at once; the oldest goes first.
_LIFE_SECONDS = 30.0  # Of one connection.
_MOST_DRAINED_BYTES = 1 << 20


@dataclass(slots=True)
class _Client:
    """One accepted connection. `draining`: our last word is sent; what still comes is read and dropped, so that the kernel
    sends no reset that could overtake an alert."""

    socket: socket.socket
    tls: SSL.Connection
    deadline: float  # monotonic seconds
    established: bool = False
    draining: bool = False
    drained_bytes: int = 0


class RunningServer:
    """A demo server that answers at `address` and `port` until `stop` is called."""

    def __init__(self, spec: ServerSpec, listener: socket.socket, context: ServerContext, identities: tuple[Identity, ...]) -> None:
        self.spec = spec
        self.address: str = listener.getsockname()[0]
        self.port: int = listener.getsockname()[1]
        self.identities = identities
        self._listener = listener
        self._context = context
        self._connections = 0
        self._clients: dict[int, _Client] = {}
        self._selector = selectors.DefaultSelector()
        self._wake_reader, self._wake_writer = socket.socketpair()
        self._selector.register(listener, selectors.EVENT_READ)
        self._selector.register(self._wake_reader, selectors.EVENT_READ)
        self._thread = threading.Thread(target=self._serve, name=f"demo {spec.name}", daemon=True)
        self._thread.start()

    @property
    def connections(self) -> int:
        """How many TCP connections were accepted since the start."""
        return self._connections

    @property
    def roots_pem(self) -> bytes:
        """The trust anchors under which this server's chains verify."""
        return b"".join(Identity(identity.key, (identity.root,), identity.root).chain_pem for identity in self.identities)

    def stop(self) -> None:
        """Close everything and wait for the thread. A second call does nothing."""
        if self._thread.is_alive():
            with contextlib.suppress(OSError):
                self._wake_writer.send(b"x")
            self._thread.join()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.stop()

    def _serve(self) -> None:
        try:
            while True:
                for key, _ in self._selector.select(timeout=1.0):
                    if key.fileobj is self._wake_reader:
                        return
                    if key.fileobj is self._listener:
                        self._accept()
                    elif (client := self._clients.get(key.fd)) is not None:
                        self._advance(client)
                now = time.monotonic()
                for client in [client for client in self._clients.values() if client.deadline < now]:
                    self._close(client)
        finally:
            for client in list(self._clients.values()):
                self._close(client)
            self._selector.close()
            for last in (self._listener, self._wake_reader, self._wake_writer):
                last.close()

    def _accept(self) -> None:
        for _ in range(64):  # Then the others have their turn.
            try:
                accepted, _peer = self._listener.accept()
            except OSError:
                return
            self._connections += 1
            if len(self._clients) >= _MOST_CONNECTIONS:
                self._close(next(iter(self._clients.values())))
            accepted.setblocking(False)
            accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            tls = SSL.Connection(self._context.context, accepted)
            tls.set_accept_state()
            self._clients[accepted.fileno()] = _Client(accepted, tls, time.monotonic() + _LIFE_SECONDS)
            self._selector.register(accepted, selectors.EVENT_READ)

    def _advance(self, client: _Client) -> None:
        try:
            if client.draining:
                self._drain(client)
                return
            if not client.established:
                client.tls.do_handshake()
                client.established = True
            client.tls.recv(4096)
            client.tls.send(self._page())
            client.tls.shutdown()
            self._finish(client)
        except SSL.WantReadError:
            self._selector.modify(client.socket, selectors.EVENT_READ)
        except SSL.WantWriteError:
            self._selector.modify(client.socket, selectors.EVENT_WRITE)
        except (SSL.Error, OSError):
            self._finish(client)

    def _finish(self, client: _Client) -> None:
        try:
            client.socket.shutdown(socket.SHUT_WR)
            client.draining = True
            client.deadline = min(client.deadline, time.monotonic() + 2.0)
            self._selector.modify(client.socket, selectors.EVENT_READ)
        except OSError:
            self._close(client)

    def _drain(self, client: _Client) -> None:
        data = client.socket.recv(65536)
        client.drained_bytes += len(data)
        if not data or client.drained_bytes > _MOST_DRAINED_BYTES:
            self._close(client)

    def _close(self, client: _Client) -> None:
        number = client.socket.fileno()
        self._clients.pop(number, None)
        with contextlib.suppress(KeyError, ValueError):
            self._selector.unregister(client.socket)
        client.socket.close()

    def _page(self) -> bytes:
        body = f"{self.spec.title}\n".encode()
        return b"HTTP/1.0 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


def start(spec: ServerSpec, address: str = "127.0.0.1", port: int = 0, *, maker: CertificateMaker | None = None) -> RunningServer:
    """Start one demo server on a loopback address; port 0 takes a free one. A shared `maker` shares its authorities.

    Raises UsageError for an address beyond loopback, WorkError where the port is taken or OpenSSL lacks something."""
    if not ip_address(address).is_loopback:
        raise UsageError(f"A demo server must not be reachable from outside ({address}): name a loopback address.")
    maker = CertificateMaker(datetime.now(UTC)) if maker is None else maker
    identities = tuple(maker.identity(certificate, (spec.host, address)) for certificate in spec.certificates)
    second: tuple[Identity, ...] = ()
    if spec.second_site is not None:
        second = tuple(maker.identity(certificate, (spec.second_site,)) for certificate in spec.certificates)
    context = server_context(spec, identities, second)
    try:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.create_server((address, port), family=family, backlog=1024)
    except OSError as error:
        raise WorkError(f"The demo server {spec.name} cannot listen at {address} port {port}: {error.strerror}.") from error
    listener.setblocking(False)
    return RunningServer(spec, listener, context, identities + second)
