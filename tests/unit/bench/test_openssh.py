"""The bench's own sshd, which counts connections."""

from __future__ import annotations

import shutil
import socket

import pytest

from bench.openssh import ADDRESS, OpenSshServer

pytestmark = [
    pytest.mark.lab,
    pytest.mark.skipif(shutil.which("sshd", path="/usr/sbin:/usr/local/sbin") is None, reason="there is no sshd on this machine"),
]


def greet(port: int) -> bytes:
    """One connection, until the server has said what it is: it has logged us by then."""
    with socket.create_connection((ADDRESS, port), timeout=30) as stream:
        return stream.recv(8)


def test_an_sshd_counts_connections_and_forgets_them_when_it_begins_again() -> None:
    with OpenSshServer() as server:
        assert [greet(server.port) for _ in range(3)] == [b"SSH-2.0-"] * 3
        assert server.accepted() == 3
        server.begin_again()
        assert server.accepted() == 0
        greet(server.port)
        assert server.accepted() == 1
