"""Databases of rpm: what points at one header again and again costs no more than reading each octet once."""

from __future__ import annotations

import struct

from pqscan.wire.packages.rpm import read_rpm_database
from tests.unit.wire.packages.making import rpm_ndb


def test_slots_that_all_name_one_package_give_it_no_more_often_than_the_data_are_long() -> None:
    data = bytearray(rpm_ndb([("openssl-libs", "3.2.2", "6.el9", 1)]))
    slot = bytes(data[32:48])
    data[32:4080] = slot * (4048 // 16)
    packages, is_cut = read_rpm_database(bytes(data))
    size = struct.unpack_from("<I", data, 4096 + 12)[0]
    assert (1 <= len(packages) <= len(data) // size + 1, is_cut) == (True, True)
