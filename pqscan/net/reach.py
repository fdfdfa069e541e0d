"""Whether this machine can still reach anybody: a route without a packet, and one connection to a peer that has answered before."""

from __future__ import annotations

import asyncio
import errno
import socket

from pqscan.errors import PeerTimedOut
from pqscan.net.connection import Connection, begin_connect, new_socket


def has_way(address: str, port: int) -> bool:
    """Whether this machine has a route to the address: connect() on a UDP socket asks the routing table and sends nothing."""
    try:
        with socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM) as sock:
            sock.connect((address, port))
    except OSError:
        return False
    return True


async def answers(address: str, port: int, seconds: float) -> bool:
    """Makes one connection and ends it without a byte: whether the peer accepted or refused it in time."""
    try:
        sock = new_socket(address, sends=False)
    except OSError:
        return False
    connection = Connection(sock, f"{address} port {port}", asyncio.get_running_loop().time() + seconds, 0)
    try:
        code = begin_connect(sock, address, port)
        return (await connection.established() if code is None else code) in (0, errno.ECONNREFUSED)
    except PeerTimedOut:
        return False
    finally:
        connection.close()
