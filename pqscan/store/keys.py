"""A target's key: bytes that are its identity and, compared as bytes, its place in every output.

Network targets come first, by numeric address (IPv4 before IPv6), port and server name; files by machine, path and
member. Long names are cut and their SHA-256 put behind, because an index holds no more than some two thousand bytes.
"""

from __future__ import annotations

import hashlib
from ipaddress import IPv4Network, IPv6Network, ip_address
from socket import AF_INET, inet_pton

from pqscan.model.target import FileTarget, Target, Transport

_NETWORK, _FILE = b"\x01", b"\x02"
_IPV4, _IPV6, _OTHER = b"\x04", b"\x06", b"\xff"
LONGEST_KEY = 512  # bytes


def target_key(target: Target) -> bytes:
    """Equal for equal targets only (`host`, the name as typed, is no part of identity); orders as every output does."""
    if isinstance(target, FileTarget):
        key = _FILE + b"".join(map(_part, (target.machine, target.path, *target.members)))
    else:
        key = (
            _address(target.address)
            + target.port.to_bytes(2, "big")
            + (b"" if target.server_name is None else b"\x01" + _part(target.server_name))
            + _TAIL[target.transport]
            + (b"" if target.starttls is None else b"\x01" + _part(target.starttls))
            + b"\x00"
            + (_part(target.site) if target.site else _EMPTY)
            + (_part(target.address.partition("%")[2]) if "%" in target.address else _EMPTY)  # an IPv6 scope
        )
    if len(key) <= LONGEST_KEY:
        return key
    return key[: LONGEST_KEY - 32] + hashlib.sha256(key).digest()


def network_range(network: IPv4Network | IPv6Network) -> tuple[bytes, bytes]:
    """The least key and the first key beyond, for the targets within a network."""
    family = _IPV4 if network.version == 4 else _IPV6
    first, last = network.network_address.packed, network.broadcast_address.packed
    return _NETWORK + family + first, _NETWORK + family + last + b"\xff\xff\xff"


_EMPTY = b"\x00\x01"  # the part that is no text
_TAIL = {Transport.TCP: b"\x00t\x00", Transport.UDP: b"\x00u\x00"}


def _part(text: str) -> bytes:
    """Text that ends where it ends, so that ("a", "bc") and ("ab", "c") differ; order is kept."""
    encoded = text.encode("utf-8", "surrogatepass")
    if b"\x00" in encoded:
        encoded = encoded.replace(b"\x00", b"\x00\xff")
    return encoded + b"\x00\x01"


def _address(address: str) -> bytes:
    """Family and packed address; what is no address at all is kept as text."""
    try:
        return _NETWORK + _IPV4 + inet_pton(AF_INET, address)
    except (OSError, ValueError):  # no IPv4 address; ValueError: a NUL or a surrogate in it
        pass
    try:
        parsed = ip_address(address)
    except ValueError:
        return _NETWORK + _OTHER + _part(address)
    return _NETWORK + (_IPV4 if parsed.version == 4 else _IPV6) + parsed.packed
