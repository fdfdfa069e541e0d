"""The plain text before TLS, said by rote: a second implementation, for OpenSSL's client at services that we start ourselves."""

from __future__ import annotations

import socket
from collections.abc import Callable

from tests.peers.dialogues import LDAP_REQUEST, RDP_REQUEST, SSL_REQUEST_OF_MYSQL, STARTTLS_ELEMENT

Opening = Callable[[socket.socket], None]
_MOST_BYTES = 1 << 16


def opening(flavour: str, name: str = "") -> Opening:
    """Says what goes before TLS on a socket. The socket's reader must find `end` at the end of each answer."""
    return {
        "smtp": _lines((b"", b"220 "), (b"EHLO test.invalid\r\n", b"250 "), (b"STARTTLS\r\n", b"220 ")),
        "lmtp": _lines((b"", b"220 "), (b"LHLO test.invalid\r\n", b"250 "), (b"STARTTLS\r\n", b"220 ")),
        "imap": _lines((b"", b"* OK"), (b"1 STARTTLS\r\n", b"1 OK")),
        "pop3": _lines((b"", b"+OK"), (b"STLS\r\n", b"+OK")),
        "sieve": _lines((b"", b"OK"), (b"STARTTLS\r\n", b"OK")),
        "ftp": _lines((b"", b"220 "), (b"AUTH TLS\r\n", b"234 ")),
        "irc": _lines((b"STARTTLS\r\n", b" 670 ")),
        "ldap": _blob(LDAP_REQUEST, 14),
        "xmpp-client": _xmpp("jabber:client", name),
        "xmpp-server": _xmpp("jabber:server", name),
        "postgresql": _blob(bytes.fromhex("0000000804d2162f"), 1),
        "mysql": _mysql,
        "rdp": _blob(RDP_REQUEST, 19),
    }[flavour]


def _lines(*turns: tuple[bytes, bytes]) -> Opening:
    """Each turn sends a line and reads lines until one has what ends the answer."""

    def say(stream: socket.socket) -> None:
        for ours, last in turns:
            stream.sendall(ours)
            while last not in _line(stream):
                pass

    return say


def _blob(ours: bytes, size: int) -> Opening:
    def say(stream: socket.socket) -> None:
        stream.sendall(ours)
        _exactly(stream, size)

    return say


def _xmpp(namespace: str, name: str) -> Opening:
    def say(stream: socket.socket) -> None:
        head = f"<stream:stream xmlns='{namespace}' xmlns:stream='http://etherx.jabber.org/streams' to='{name}' version='1.0'>"
        stream.sendall(head.encode())
        _until(stream, b"</stream:features>")
        stream.sendall(STARTTLS_ELEMENT)
        _until(stream, b"/>")

    return say


def _mysql(stream: socket.socket) -> None:
    head = _exactly(stream, 4)
    _exactly(stream, int.from_bytes(head[:3], "little"))
    stream.sendall(SSL_REQUEST_OF_MYSQL)


def _line(stream: socket.socket) -> bytes:
    return _until(stream, b"\n")


def _until(stream: socket.socket, end: bytes) -> bytes:
    data = b""
    while not data.endswith(end):
        part = stream.recv(1)
        if not part or len(data) > _MOST_BYTES:
            raise AssertionError(f"the service ended after {data!r}")
        data += part
    return data


def _exactly(stream: socket.socket, size: int) -> bytes:
    data = b""
    while len(data) < size:
        part = stream.recv(size - len(data))
        if not part:
            raise AssertionError(f"the service ended after {data!r}")
        data += part
    return data
