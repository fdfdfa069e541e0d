"""Databases of packages of any octets: packages or MalformedMessage."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st
from pqscan_probes.package_database import PackageDatabaseProbe

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.wire.packages.listed import read_apk, read_dpkg
from pqscan.wire.packages.rpm import read_rpm_database
from pqscan.wire.sqlite import SqliteFile
from tests.unit.scan.files.making import Asked
from tests.unit.wire.packages.making import rpm_ndb, rpm_sqlite

RPMS = [("openssl-libs", "3.2.2", "6.el9", 1), ("bash", "5.1.8", "9.el9", None)]


def _sqlite() -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        return rpm_sqlite(Path(folder) / "rpmdb.sqlite", RPMS, more=3000)


SAMPLES = (
    _sqlite(),
    rpm_ndb(RPMS),
    b"Package: libssl3\nStatus: install ok installed\nVersion: 3.0.17\n\nPackage: a\nVersion: 1\n",
    b"C:Q1=\nP:libcrypto3\nV:3.5.0-r0\n\n",
)
PROBE = Asked(PackageDatabaseProbe())


def attacked(data: bytes) -> None:
    """Every reader gets the octets; each name and version is plain text."""
    found = [*read_dpkg(data)[0], *read_apk(data)[0]]
    with contextlib.suppress(MalformedMessage):
        found += read_rpm_database(data)[0]
    with contextlib.suppress(MalformedMessage):
        file = SqliteFile(data)
        for table in list(file.tables())[:10]:
            assert sum(1 for _ in file.rows(table)) <= 100_000
    assert all(package.name.isprintable() and package.version.isprintable() for package in found)
    with contextlib.suppress(WrongProtocol):
        PROBE.facts_of(data)


@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_databases_are_read_or_malformed(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 8))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    attacked(bytes(damaged))


@given(st.sampled_from(SAMPLES), st.data())
def test_databases_that_are_cut_off_are_read_or_malformed(sample: bytes, data: st.DataObject) -> None:
    attacked(sample[: data.draw(st.integers(0, len(sample)))])


@given(st.sampled_from(SAMPLES), st.integers(4, 120), st.binary(max_size=600))
def test_anything_behind_a_beginning_is_read_or_malformed(sample: bytes, kept: int, rest: bytes) -> None:
    attacked(sample[:kept] + rest)


def test_the_samples_are_what_they_are_meant_to_be() -> None:
    assert [len(read_rpm_database(sample)[0]) for sample in SAMPLES[:2]] == [2, 2]
    assert (len(read_dpkg(SAMPLES[2])[0]), len(read_apk(SAMPLES[3])[0])) == (2, 1)
