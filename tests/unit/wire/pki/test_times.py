from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pqscan.wire.pki.times import read_time

UTC_TIME, GENERALIZED = 0x17, 0x18


@pytest.mark.parametrize(
    ("tag", "written", "moment"),
    [
        (UTC_TIME, b"260131235959Z", datetime(2026, 1, 31, 23, 59, 59, tzinfo=UTC)),
        (UTC_TIME, b"491231235959Z", datetime(2049, 12, 31, 23, 59, 59, tzinfo=UTC)),
        (UTC_TIME, b"500101000000Z", datetime(1950, 1, 1, tzinfo=UTC)),
        (GENERALIZED, b"99991231235959Z", datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_a_time_as_demanded_is_read(tag: int, written: bytes, moment: datetime) -> None:
    assert read_time(tag, written) == (moment, True)


@pytest.mark.parametrize(
    ("tag", "written", "moment"),
    [
        (UTC_TIME, b"2601312359Z", datetime(2026, 1, 31, 23, 59, tzinfo=UTC)),
        (UTC_TIME, b"260131120000+0700", datetime(2026, 1, 31, 5, tzinfo=UTC)),
        (UTC_TIME, b"260131120000-0130", datetime(2026, 1, 31, 13, 30, tzinfo=UTC)),
        (GENERALIZED, b"20260131120000.5Z", datetime(2026, 1, 31, 12, tzinfo=UTC)),
        (GENERALIZED, b"20260131120000", datetime(2026, 1, 31, 12, tzinfo=UTC)),
    ],
)
def test_a_time_written_otherwise_is_read_and_noted(tag: int, written: bytes, moment: datetime) -> None:
    assert read_time(tag, written) == (moment, False)


@pytest.mark.parametrize(
    ("tag", "written"),
    [
        (UTC_TIME, b""),
        (UTC_TIME, b"261331000000Z"),
        (UTC_TIME, b"260230000000Z"),
        (UTC_TIME, b"\xd9\xa1\xd9\xa1"),
        (UTC_TIME, b"260101000000ZZ"),
        (GENERALIZED, b"00000101000000Z"),
        (GENERALIZED, b"99991231235959-2359"),
        (GENERALIZED, b"2" * 100),
        (0x04, b"260101000000Z"),
    ],
)
def test_what_is_no_time_is_none(tag: int, written: bytes) -> None:
    assert read_time(tag, written) == (None, False)
