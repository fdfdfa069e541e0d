"""What a hello of TLS becomes when it travels over QUIC (RFC 9001, section 8; RFC 9000, section 18).

TLS 1.3 alone, the application protocol h3, and our transport parameters, which are the same on every connection: our connection
id is empty. Nothing of HTTP/3 is ever said, so that the limits in them are those of a small client.
"""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from pqscan.registry.tls import cipher_suite
from pqscan.wire.quic.header import VERSION_2, integer
from pqscan.wire.tls.client_hello import Offer
from pqscan.wire.tls.words import Version

APPLICATION_PROTOCOL = "h3"
_MOST_REMEMBERED = 256  # offers
_VERSION_INFORMATION = 0x11  # RFC 9368, section 3
_INITIAL_SOURCE_CONNECTION_ID = 0x0F
_NUMBERS = (
    (0x01, 10_000),  # max_idle_timeout, milliseconds
    (0x03, 1500),  # max_udp_payload_size
    (0x04, 1 << 16),  # initial_max_data
    (0x05, 1 << 14),  # initial_max_stream_data_bidi_local
    (0x06, 1 << 14),  # initial_max_stream_data_bidi_remote
    (0x07, 1 << 14),  # initial_max_stream_data_uni
    (0x09, 3),  # initial_max_streams_uni: as many as HTTP/3 has to have (RFC 9114, section 6.2)
)


def transport_parameters(version: int) -> bytes:
    """The extension's content. In version 2 the version information says that we know no other: nothing is then upgraded on the way
    (RFC 9369, section 4)."""
    found = [(kind, integer(value)) for kind, value in _NUMBERS] + [(_INITIAL_SOURCE_CONNECTION_ID, b"")]
    if version == VERSION_2:
        found.append((_VERSION_INFORMATION, 2 * version.to_bytes(4, "big")))  # Chosen Version, Available Versions
    return b"".join(integer(kind) + integer(len(value)) + value for kind, value in found)


@lru_cache(maxsize=_MOST_REMEMBERED)
def over_quic(offer: Offer, version: int) -> Offer:
    """The same question without what QUIC cannot carry: older versions of TLS and their suites (RFC 9001, section 4.2)."""
    suites = tuple(suite for suite in offer.cipher_suites if not _is_older(suite))
    return replace(
        offer,
        versions=(Version.TLS13,),
        cipher_suites=suites or offer.cipher_suites,
        alpn=(APPLICATION_PROTOCOL,),
        transport_parameters=transport_parameters(version),
    )


def _is_older(suite: int) -> bool:
    row = cipher_suite(suite).row
    return row is not None and row.key_exchange != "TLS13"
