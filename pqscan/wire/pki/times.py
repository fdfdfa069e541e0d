"""Reads the times of a certificate (RFC 5280, section 4.1.2.5), also those that are written otherwise than it demands."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from pqscan.errors import MalformedMessage
from pqscan.wire.pki.der import DerReader, Element
from pqscan.wire.pki.flaw import Flaw

_UTC_TIME = 0x17
_GENERALIZED_TIME = 0x18
_LONGEST = 32

_WRITTEN = re.compile(rb"(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)?([.,]\d{1,9})?(Z|[+-]\d{4})?", re.ASCII)


def read_validity(reader: DerReader, validity: Element) -> tuple[datetime | None, datetime | None]:
    """notBefore and notAfter, aware UTC; None for one that says no time at all, and then `bad_time` is among the flaws."""
    inside = reader.inside(validity)
    return _next_time(inside), _next_time(inside)


def _next_time(reader: DerReader) -> datetime | None:
    try:
        element = reader.read("Time")
    except MalformedMessage:
        reader.flaws.add(Flaw.BAD_TIME)
        return None
    time, as_demanded = read_time(element.tag, element.value)
    if not as_demanded:
        reader.flaws.add(Flaw.BAD_TIME)
    return time


def read_time(tag: int, value: bytes) -> tuple[datetime | None, bool]:
    """The moment that a UTCTime or GeneralizedTime names, and whether it is written as RFC 5280 demands (seconds, Z,
    no fraction). Two-digit years are 1950 to 2049."""
    digits = {_UTC_TIME: 2, _GENERALIZED_TIME: 4}.get(tag)
    if digits is None or len(value) > _LONGEST or not value[:digits].isdigit():
        return None, False
    year = int(value[:digits])
    if digits == 2:
        year += 1900 if year >= 50 else 2000
    written = _WRITTEN.fullmatch(value, digits)
    if written is None:
        return None, False
    month, day, hour, minute, second, fraction, zone = written.groups()
    try:
        moment = datetime(year, int(month), int(day), int(hour), int(minute), int(second or 0), tzinfo=UTC)
        if zone not in (None, b"Z"):
            offset = timedelta(hours=int(zone[1:3]), minutes=int(zone[3:5]))
            moment += -offset if zone[:1] == b"+" else offset
    except (ValueError, OverflowError):
        return None, False
    return moment, zone == b"Z" and second is not None and fraction is None
