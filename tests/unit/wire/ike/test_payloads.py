"""Key Exchange, Notify, Certificate Request and nonces."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.ike.payloads import CertificateRequest, KeyExchange, Notify, checked_nonce


def test_payloads_are_read_as_they_were_written() -> None:
    share = KeyExchange(31, b"public")
    notify = Notify(17, b"\0\x1f", protocol=1, spi=b"12345678")
    assert KeyExchange.decode(share.encode()) == share
    assert Notify.decode(notify.encode()) == notify
    assert notify.numbers() == (31,)
    assert CertificateRequest.decode(b"\x04digest") == CertificateRequest(4, b"digest")


def test_the_bytes_are_those_of_the_document() -> None:
    """RFC 7296, sections 3.4 and 3.10, by hand."""
    assert KeyExchange(31, b"\xaa").encode().hex() == "001f0000aa"
    assert Notify(16438).encode().hex() == "00004036"


@pytest.mark.parametrize(("kind", "error"), [(14, True), (16383, True), (16384, False), (16390, False)])
def test_errors_are_the_numbers_below_16384(kind: int, error: bool) -> None:
    assert Notify(kind).is_error is error


@pytest.mark.parametrize(("size", "allowed"), [(15, False), (16, True), (256, True), (257, False)])
def test_a_nonce_has_16_to_256_bytes(size: int, allowed: bool) -> None:
    if allowed:
        assert checked_nonce(bytes(size)) == bytes(size)
    else:
        with pytest.raises(MalformedMessage):
            checked_nonce(bytes(size))


def test_a_spi_longer_than_the_payload_is_refused() -> None:
    with pytest.raises(MalformedMessage):
        Notify.decode(b"\x01\x08\x00\x11short")


def test_an_odd_list_of_numbers_is_refused() -> None:
    with pytest.raises(MalformedMessage):
        Notify(16431, b"\0\1\0").numbers()
