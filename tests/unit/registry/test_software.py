"""What a version of some software can do: versions as distributions write them, and software that nobody knows."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import DataError
from pqscan.registry.software import (
    Software,
    read_software,
    software_can,
    software_gains,
    software_in,
    version_of,
)

ROW = '[[ability]]\nproduct = "A"\nsince = "1.2"\nprotocol = "ssh"\nalgorithms = ["x"]\nreference = "its notes"\n'


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("9.2p1 Debian-2+deb12u3", (9, 2)),
        ("1:9.2p1-2+deb12u3", (9, 2)),
        ("3.0.15-1~deb12u1", (3, 0, 15)),
        ("3.5.1-1ubuntu2", (3, 5, 1)),
        ("v24.5.0", (24, 5, 0)),
        ("10", (10,)),
        ("2025.87", (2025, 87)),
        ("", ()),
        ("unknown", ()),
        ("1." + "9" * 30, ()),
        ("٣.٥", ()),
    ],
)
def test_a_version_is_the_numbers_that_it_begins_with(text: str, numbers: tuple[int, ...]) -> None:
    assert version_of(text) == numbers


@pytest.mark.parametrize(
    ("version", "gains"),
    [
        ("8.4p1 Debian-5+deb11u3", [("9.0", True), ("9.9", False), ("10.0", True)]),
        ("9.2p1 Debian-2+deb12u3", [("9.9", False), ("10.0", True)]),
        ("9.9p2", [("10.0", True)]),
        ("10.0p2 Debian-7", []),
        ("10", []),
        ("10.6p1", []),
        ("", []),
        ("for_Windows", []),
    ],
)
def test_openssh_gains_what_its_release_notes_say(version: str, gains: list[tuple[str, bool]]) -> None:
    assert [(row.since, row.is_default) for row in software_gains("OpenSSH", version)] == gains


def test_what_a_version_can_and_what_it_gains_are_all_that_is_known() -> None:
    can, gains = software_can("OpenSSH", "9.9p1"), software_gains("OpenSSH", "9.9p1")
    assert [(row.since, row.algorithms) for row in can] == [
        ("9.0", ("sntrup761x25519-sha512@openssh.com",)),
        ("9.9", ("mlkem768x25519-sha256",)),
    ]
    assert [row.since for row in gains] == ["10.0"]


def test_a_series_is_asked_for_its_own_version() -> None:
    assert [row.since for row in software_gains("Node.js", "22.19.0")] == ["22.20.0", "24.5.0"]
    assert software_gains("Node.js", "22.20.0") == ()
    assert [row.since for row in software_gains("Node.js", "23.0.0")] == ["24.5.0"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("OpenSSH_9.2p1 Debian-2+deb12u10", [("OpenSSH", "9.2p1")]),
        ("OpenSSH 9.2p1 Debian 2+deb12u10", [("OpenSSH", "9.2p1")]),
        ("Apache/2.4.62 (Debian) OpenSSL/3.0.15", [("OpenSSL", "3.0.15")]),
        ("OpenSSH_for_Windows_9.5", []),
        ("libssh_0.10.6", [("libssh", "0.10.6")]),
        ("libssh2_1.11.0", []),
        ("nginx/1.22.1", []),
        ("dropbear_2022.83", [("Dropbear", "2022.83")]),
        ("MongoDB 7", []),
        ("", []),
    ],
)
def test_software_is_known_by_its_name_as_a_word(text: str, found: list[tuple[str, str]]) -> None:
    assert software_in(text) == tuple(Software(product, version) for product, version in found)


def test_dropbear_gains_hybrids_by_an_upgrade() -> None:
    (row,) = software_gains("Dropbear", "2022.83")
    assert (row.since, row.is_default, "mlkem768x25519-sha256" in row.algorithms) == ("2025.87", True, True)
    assert software_gains("Dropbear", "2025.89") == ()


def test_software_that_no_row_names_gives_nothing() -> None:
    assert software_can("nginx", "1.27") == software_gains("nginx", "1.0") == ()


@given(st.text(max_size=400))
def test_any_text_at_all_is_read(text: str) -> None:
    for software in software_in(text):
        software_can(software.product, software.version)
        software_gains(software.product, software.version)
    version_of(text)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        (ROW.replace('reference = "its notes"\n', ""), "no reference"),
        (ROW.replace('"1.2"', '"soon"'), "must be versions"),
        (ROW.replace('["x"]', "[]"), "names no algorithm"),
        (ROW.replace('"ssh"', '"smtp"'), "not one of"),
    ],
)
def test_a_wrong_row_is_told(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "software.toml"
    path.write_text(text)
    with pytest.raises(DataError, match=why):
        read_software(path)
