"""From a captured frame to the TCP segment or UDP datagram in it: link layers, VLAN tags, IPv4 and IPv6 headers.

RFC 791, RFC 8200, RFC 9293, RFC 768; link layers by https://www.tcpdump.org/linktypes.html. Fragments of IP packets are not joined.
"""

from __future__ import annotations

from struct import Struct
from typing import NamedTuple

TCP, UDP = 6, 17
FIN, SYN, RST, ACK = 1, 2, 4, 16
_IPV4, _IPV6, _VLANS, _PPPOE = 0x0800, 0x86DD, frozenset({0x8100, 0x88A8, 0x9100}), 0x8864
_MOST_HEADERS = 8  # VLAN tags of a frame, or extension headers of an IPv6 packet
_tcp_head = Struct(">HHIIBB").unpack_from
_PPP = {0x0021: _IPV4, 0x0057: _IPV6}


class Segment(NamedTuple):
    """What one end sent. Addresses are 4 or 16 bytes; `flags` and `sequence` are 0 in UDP."""

    protocol: int
    source: bytes
    source_port: int
    destination: bytes
    destination_port: int
    sequence: int
    flags: int
    payload: bytes


def segment_of(link: int, data: bytes) -> Segment | None:
    """None for whatever is neither TCP nor UDP in a whole IP packet, or is cut within its headers."""
    if link == 1:  # ETHERNET
        start = 14
        kind = (data[12] << 8) | data[13] if len(data) >= 14 else 0
    else:
        kind, start = _link_layer(link, data)
    if kind in _VLANS or kind == _PPPOE:
        kind, start = _untagged(kind, start, data)
    if kind == _IPV4:
        return _of_ipv4(data, start)
    return _of_ipv6(data, start) if kind == _IPV6 else None


def is_known_link(link: int) -> bool:
    """Whether frames of this LINKTYPE can be read."""
    return link in (0, 1, 12, 14, 101, 108, 113, 228, 229, 276)


def _link_layer(link: int, data: bytes) -> tuple[int, int]:
    """The EtherType and where its packet begins; 0 where there is none."""
    if link in (101, 12, 14, 228, 229):  # RAW, and as some systems number it; IPV4, IPV6
        return _by_version(data, 0), 0
    if link in (0, 108):  # NULL, LOOP: an address family in the order of the machine that captured
        return _by_version(data, 4), 4
    if link == 113 and len(data) >= 16:  # LINUX_SLL
        return (data[14] << 8) | data[15], 16
    if link == 276 and len(data) >= 20:  # LINUX_SLL2
        return (data[0] << 8) | data[1], 20
    return 0, 0


def _by_version(data: bytes, start: int) -> int:
    version = data[start] >> 4 if len(data) > start else 0
    return _IPV4 if version == 4 else _IPV6 if version == 6 else 0


def _untagged(kind: int, start: int, data: bytes) -> tuple[int, int]:
    for _ in range(_MOST_HEADERS):
        if kind in _VLANS and len(data) >= start + 4:
            kind, start = (data[start + 2] << 8) | data[start + 3], start + 4
        elif kind == _PPPOE and len(data) >= start + 8:  # RFC 2516, section 4
            kind, start = _PPP.get((data[start + 6] << 8) | data[start + 7], 0), start + 8
        else:
            break
    return kind, start


def _of_ipv4(data: bytes, start: int) -> Segment | None:
    if len(data) < start + 20:
        return None
    first = data[start]
    size = (data[start + 2] << 8) | data[start + 3]
    payload = start + ((first & 15) << 2)
    if first >> 4 != 4 or payload < start + 20 or (data[start + 6] & 0x3F) or data[start + 7]:  # a fragment, or no IPv4
        return None
    end = start + size if size else len(data)  # 0 where the network card cuts the packet later
    return _of_transport(data[start + 9], data[start + 12 : start + 16], data[start + 16 : start + 20], data, payload, end)


def _of_ipv6(data: bytes, start: int) -> Segment | None:
    if len(data) < start + 40 or data[start] >> 4 != 6:
        return None
    size = (data[start + 4] << 8) | data[start + 5]
    end = start + 40 + size if size else len(data)
    following, payload = data[start + 6], start + 40
    for _ in range(_MOST_HEADERS):
        if following in (TCP, UDP):
            return _of_transport(following, data[start + 8 : start + 24], data[start + 24 : start + 40], data, payload, end)
        if len(data) < payload + 8:
            return None
        if following in (0, 43, 60):  # hop-by-hop, routing, destination options
            following, payload = data[payload], payload + (data[payload + 1] + 1) * 8
        elif following == 51:  # authentication header
            following, payload = data[payload], payload + (data[payload + 1] + 2) * 4
        elif following == 44 and not data[payload + 2] and not data[payload + 3] & 0xF9:  # a fragment that is the whole packet
            following, payload = data[payload], payload + 8
        else:
            return None
    return None


def _of_transport(protocol: int, source: bytes, destination: bytes, data: bytes, start: int, end: int) -> Segment | None:
    end = min(end, len(data))
    if protocol == TCP and end >= start + 20:
        source_port, destination_port, sequence, _, offset, flags = _tcp_head(data, start)
        payload = start + (offset >> 4 << 2)
        if payload < start + 20:
            return None
        return Segment(TCP, source, source_port, destination, destination_port, sequence, flags, data[payload:end])
    if protocol == UDP and end >= start + 8:
        source_port = (data[start] << 8) | data[start + 1]
        destination_port = (data[start + 2] << 8) | data[start + 3]
        size = (data[start + 4] << 8) | data[start + 5]
        return Segment(
            UDP, source, source_port, destination, destination_port, 0, 0, data[start + 8 : min(end, start + max(size, 8))]
        )
    return None
