from __future__ import annotations

import pytest

from pqscan.wire.dtls.protection import Keys, full_number
from pqscan.wire.dtls.record import ProtectedRecord, records_of
from pqscan.wire.tls.key_schedule import DTLS_LABELS, SUITES, TLS_LABELS, Secret
from pqscan.wire.tls.words import ContentType


def keys(suite: int, labels: bytes = DTLS_LABELS) -> Keys:
    row = SUITES[suite]
    return Keys.of(row, Secret(row.hash_name, bytes(range(48 if row.hash_name == "sha384" else 32)), labels))


def sealed(suite: int, sequence: int, content: bytes) -> ProtectedRecord:
    (record,) = records_of(keys(suite).seal(2, sequence, ContentType.HANDSHAKE, content))
    assert isinstance(record, ProtectedRecord)
    return record


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("content", [b"", b"hello", bytes(1100)], ids=["nothing", "a few bytes", "a whole datagram"])
def test_a_sealed_record_opens_with_its_number_and_type(suite: int, content: bytes) -> None:
    opened = keys(suite).open(sealed(suite, 70_001, content), 70_000)
    assert opened is not None
    assert (opened.sequence, opened.content_type, opened.plaintext) == (70_001, ContentType.HANDSHAKE, content)


@pytest.mark.parametrize("suite", SUITES)
def test_numbers_are_not_in_the_clear(suite: int) -> None:
    assert {sealed(suite, number, b"x").header[1:3] for number in range(8)} != {number.to_bytes(2, "big") for number in range(8)}


def test_other_labels_other_numbers_and_other_bytes_do_not_open() -> None:
    record = sealed(0x1301, 5, b"hello")
    assert keys(0x1301, TLS_LABELS).open(record, 5) is None
    assert keys(0x1301).open(record, 5 + (1 << 16)) is None
    for place in range(len(record.fragment)):
        changed = bytearray(record.fragment)
        changed[place] ^= 1
        assert keys(0x1301).open(ProtectedRecord(record.header, 2, 2, bytes(changed)), 5) is None


def test_a_record_too_short_for_a_sample_does_not_open() -> None:
    record = sealed(0x1305, 0, b"")
    assert keys(0x1305).open(ProtectedRecord(record.header, 2, 2, record.fragment[:15]), 0) is None


@pytest.mark.parametrize(
    ("truncated", "bits", "expected", "number"),
    [
        (0, 8, 0, 0),
        (0xFF, 8, 0, 0xFF),
        (0, 8, 0xFF, 0x100),
        (0xFE, 8, 0x101, 0xFE),
        (2, 16, 0xFFFF, 0x1_0002),
        (6, 16, 0x3_0005, 0x3_0006),
        (5, 16, 5, 5),
    ],
)
def test_the_full_number_is_the_one_next_to_what_is_expected(truncated: int, bits: int, expected: int, number: int) -> None:
    assert full_number(truncated, bits, expected) == number
