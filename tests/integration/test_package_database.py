"""Databases of packages: of dpkg, apk and rpm, made by hand and by rpm itself."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from pqscan_probes.package_database import PackageDatabaseProbe

from pqscan.errors import WrongProtocol
from pqscan.model.observation import Subject, Usage
from pqscan.model.outcome import Facts
from tests.unit.scan.files.making import facts_of
from tests.unit.wire.packages.making import header, rpm_ndb, rpm_sqlite

PROBE = PackageDatabaseProbe()
STATUS = """Package: libssl3
Status: install ok installed
Priority: optional
Source: openssl
Version: 3.0.17-1~deb12u2
Description: Secure Sockets Layer toolkit
 Package: openssl is no field here

Package: gnutls-bin
Status: deinstall ok config-files
Version: 3.7.9-2

Package: bash
Status: install ok installed
Version: 5.2.15-2+b2

Package: liboqs
Status: install ok installed
Version: 0.13.0-1
"""
APK = "C:Q1abc=\nP:musl\nV:1.2.5-r0\n\nC:Q1def=\nP:libcrypto3\nV:3.5.0-r0\nA:x86_64\n\n"
RPMS = [("openssl-libs", "3.2.2", "6.el9", 1), ("bash", "5.1.8", "9.el9", None), ("nss", "3.112.0", "1.el9", None)]
TOLD = [("OpenSSL", "1:3.2.2-6.el9", "no"), ("NSS", "3.112.0-1.el9", "yes")]


def told(facts: Facts) -> list[tuple[str, str | int, str | int]]:
    rows = []
    for one in facts.observations:
        stated = dict(one.parameters)
        assert (one.subject, one.usage, one.context) == (Subject.LIBRARY, Usage.PRESENT, "system")
        rows.append((one.value, stated["version"], stated.get("knows_post_quantum", "unknown")))
    return rows


def test_dpkg_tells_what_is_installed_and_where() -> None:
    facts = facts_of(PROBE, STATUS.encode())
    assert told(facts) == [("OpenSSL", "3.0.17-1~deb12u2", "no"), ("liboqs", "0.13.0-1", "yes")]
    assert [one.where.line for one in facts.observations if one.where is not None] == [1, 17]
    assert [dict(one.parameters)["state"] for one in facts.observations] == ["installed", "installed"]
    assert facts.complete


def test_the_control_file_of_a_package_is_of_one_that_is_not_installed() -> None:
    facts = facts_of(PROBE, b"Package: libssl3\nVersion: 3.5.1-1\nArchitecture: amd64\n")
    assert told(facts) == [("OpenSSL", "3.5.1-1", "yes")]
    assert dict(facts.observations[0].parameters)["state"] == "packed"


def test_a_stanza_of_megabytes_is_passed_over_and_millions_of_them_are_no_database() -> None:
    status = STATUS.encode()
    assert told(facts_of(PROBE, b"Package: " + b"x\n" * (1 << 20) + b"\n" + status))[0][0] == "OpenSSL"
    with pytest.raises(WrongProtocol):
        facts_of(PROBE, b"Package: a\n" + b"\n" * (1 << 20) + status)


@pytest.mark.parametrize(
    ("status", "is_there"),
    [
        ("install ok installed", True),
        ("hold ok installed", True),
        ("install ok triggers-pending", True),
        ("deinstall ok config-files", False),
        ("purge ok not-installed", False),
        ("install reinstreq half-installed", False),
        ("installed", True),
    ],
)
def test_the_last_word_of_a_status_says_whether_a_package_is_there(status: str, is_there: bool) -> None:
    data = f"Package: bash\nStatus: install ok installed\nVersion: 1\n\nPackage: libssl3\nStatus: {status}\nVersion: 3.0.17\n"
    if is_there:
        assert told(facts_of(PROBE, data.encode())) == [("OpenSSL", "3.0.17", "no")]
    else:
        with pytest.raises(WrongProtocol):
            facts_of(PROBE, data.encode())


def test_of_a_stanza_of_megabytes_the_beginning_is_read_and_the_rest_told() -> None:
    data = b"Package: libssl3\nStatus: install ok installed\nVersion: 3.0.17\nConffiles:\n" + b" /etc/a\n" * (1 << 18) + b"\n"
    facts = facts_of(PROBE, data + STATUS.encode())
    assert [version for _, version, _ in told(facts)] == ["3.0.17", "3.0.17-1~deb12u2", "0.13.0-1"]
    assert (facts.complete, facts.detail is not None and facts.detail.code) == (False, "package_database_cut")


def test_a_database_of_berkeley_db_is_told_as_not_read_where_it_is_one_of_rpm() -> None:
    begin = bytes(12) + bytes.fromhex("61150600") + bytes(4080)
    facts = facts_of(PROBE, begin + header(RPMS[0]))
    assert (facts.observations, facts.complete) == ((), False)
    assert facts.detail is not None
    assert facts.detail.code == "package_database_not_read"
    with pytest.raises(WrongProtocol):
        facts_of(PROBE, begin)


def test_apk_tells_what_is_installed() -> None:
    assert told(facts_of(PROBE, APK.encode())) == [("OpenSSL", "3.5.0-r0", "yes")]


def test_rpm_tells_what_is_installed(tmp_path: Path) -> None:
    for data in (rpm_sqlite(tmp_path / "rpmdb.sqlite", RPMS), rpm_ndb(RPMS)):
        facts = facts_of(PROBE, data)
        assert (told(facts), facts.complete) == (TOLD, True)


def test_a_database_that_is_cut_off_says_so(tmp_path: Path) -> None:
    data = rpm_sqlite(tmp_path / "rpmdb.sqlite", RPMS + [(f"p{number}", "1", "1", None) for number in range(50)])
    facts = facts_of(PROBE, data[: len(data) // 2 & ~4095])
    assert told(facts) == TOLD
    assert (facts.complete, facts.detail is not None and facts.detail.code) == (False, "package_database_cut")


@pytest.mark.parametrize(
    "data",
    [
        b"Package: openssl\nVersion: 3.0.17\nArchitecture: x64-windows\nAbi: 0a1b\nStatus: install ok installed\n",
        b"Package: libssl3\nFilename: pool/main/o/openssl/libssl3_3.0.17_amd64.deb\nVersion: 3.0.17\n",
        b"Package: bash\nStatus: install ok installed\nVersion: 5\n",
        b"Package: a letter about one\n",
        b"C:Q1 and nothing else",
        b"SQLite format 3\0" + bytes(200),
        b"RpmP",
        rpm_ndb([("bash", "5", "1", None)]),
    ],
    ids=[
        "one of vcpkg",
        "what could be had",
        "no cryptography",
        "a letter",
        "a word",
        "no database",
        "a beginning",
        "another package",
    ],
)
def test_what_tells_of_no_installed_cryptography_is_no_finding(data: bytes) -> None:
    with pytest.raises(WrongProtocol):
        facts_of(PROBE, data)


def test_the_database_that_rpm_itself_writes_is_read(tmp_path: Path) -> None:
    if shutil.which("rpm") is None or shutil.which("rpmbuild") is None:
        pytest.skip("rpm is not installed here")
    lines = ("Name: openssl-libs", "Version: 3.5.1", "Release: 2", "Epoch: 1", "Summary: s", "License: x", "BuildArch: noarch")
    (tmp_path / "a.spec").write_text("\n".join((*lines, "%description", "d", "%files", "")))

    def run(*command: str) -> None:
        subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)

    run("rpmbuild", "-bb", "--define", f"_topdir {tmp_path}", "a.spec")
    (package,) = (tmp_path / "RPMS").rglob("*.rpm")
    options = ["rpm", "--define", "_db_backend sqlite", "--dbpath", str(tmp_path / "database")]
    debian = ["--force-debian"] if Path("/etc/debian_version").exists() else []
    run(*options, "--initdb")
    run(*options, *debian, "--justdb", "--nodeps", "--ignorearch", "--ignoreos", "-i", str(package))
    assert told(facts_of(PROBE, (tmp_path / "database" / "rpmdb.sqlite").read_bytes())) == [("OpenSSL", "1:3.5.1-2", "yes")]
