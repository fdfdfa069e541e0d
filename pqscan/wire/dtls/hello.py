"""What a hello of TLS becomes when it travels over datagrams, and what a hello that came so means."""

from __future__ import annotations

from dataclasses import replace
from functools import lru_cache

from pqscan.registry.tls import cipher_suite
from pqscan.wire.tls.client_hello import Offer
from pqscan.wire.tls.messages import ServerHello
from pqscan.wire.tls.words import ExtensionType, Version

VERSIONS = (Version.TLS13, Version.TLS12, Version.TLS11)
"""Those that DTLS 1.3, 1.2 and 1.0 are; there is no other."""
_MOST_REMEMBERED = 256  # offers
_STREAM_CIPHER = "RC4"  # It cannot begin anywhere, and datagrams get lost (RFC 6347, section 4.1.2.2).


@lru_cache(maxsize=_MOST_REMEMBERED)
def over_datagrams(offer: Offer) -> Offer:
    """The same question without what DTLS cannot carry: other versions, and suites with RC4."""
    suites = tuple(suite for suite in offer.cipher_suites if not _needs_a_stream(suite))
    return replace(
        offer,
        versions=tuple(version for version in offer.versions if version in VERSIONS) or VERSIONS[-1:],
        cipher_suites=suites or offer.cipher_suites,
        over_datagrams=True,
    )


def in_words_of_tls(hello: ServerHello) -> ServerHello:
    """The same choice with the version of TLS that it means. Raises MalformedMessage for a number that is none of DTLS."""
    version = int(Version.from_datagrams(hello.version))
    extensions = tuple(
        (kind, version.to_bytes(2, "big") if kind == ExtensionType.SUPPORTED_VERSIONS else data) for kind, data in hello.extensions
    )
    return replace(hello, legacy_version=version, extensions=extensions)


def versions_of_tls(numbers: tuple[int, ...]) -> tuple[int, ...]:
    """Those of TLS behind numbers of DTLS; any other stays as it came."""
    meant = {version.datagram_number: int(version) for version in VERSIONS}
    return tuple(meant.get(number, number) for number in numbers)


def _needs_a_stream(suite: int) -> bool:
    row = cipher_suite(suite).row
    return row is not None and row.encryption == _STREAM_CIPHER
