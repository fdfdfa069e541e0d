"""Names and addresses of the DNS, as the system resolves them."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Awaitable, Callable

from pqscan.scan.addresses import address_number, address_text
from pqscan.scan.authorisation import is_localhost

Resolver = Callable[[str], Awaitable[tuple[str, ...]]]


def is_unheard(error: OSError) -> bool:
    """The resolver did not answer (RFC 3493, section 6.1: EAI_AGAIN), which says nothing of the name."""
    return isinstance(error, socket.gaierror) and error.errno == socket.EAI_AGAIN


async def look_up(name: str) -> tuple[str, ...]:
    """Every address of a name, in canonical text, each once. Raises OSError. `localhost` is answered here (RFC 6761)."""
    if is_localhost(name):
        return ("127.0.0.1", "::1") if _has_ipv6_loopback() else ("127.0.0.1",)
    try:
        rows = await asyncio.get_running_loop().getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except UnicodeError:
        return ()
    numbers = (address_number(str(row[4][0])) for row in rows)
    return tuple(dict.fromkeys(address_text(number) for number in numbers if number is not None))


async def look_up_reverse(address: str) -> tuple[str, ...]:
    """The name that the DNS gives for an address (PTR); nothing where there is none."""
    try:
        name, _ = await asyncio.get_running_loop().getnameinfo((address, 0), socket.NI_NAMEREQD)
    except OSError:
        return ()
    return (name,)


def _has_ipv6_loopback() -> bool:
    try:
        with socket.socket(socket.AF_INET6, socket.SOCK_STREAM) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True
