"""The identification and the lines before it."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.ssh.banner import MOST_BEFORE, MOST_LINE, Identification, IdentificationReader


@pytest.mark.parametrize(
    ("line", "version", "software", "speaks"),
    [
        (b"SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u7", "2.0", "OpenSSH_9.2p1 Debian-2+deb12u7", (True, False)),
        (b"SSH-1.99-Cisco-1.25", "1.99", "Cisco-1.25", (True, True)),
        (b"SSH-1.5-1.2.27", "1.5", "1.2.27", (False, True)),
        (b"SSH-2.0-", "2.0", "", (True, False)),
        (b"SSH-2.0-a\x1b[31m\x00\\b", "2.0", "a\\x1b[31m\\x00\\x5cb", (True, False)),
    ],
)
def test_an_identification_tells_versions_and_software(line: bytes, version: str, software: str, speaks: tuple[bool, bool]) -> None:
    found = Identification.decode(line)
    assert (found.version, found.software, (found.speaks_2, found.speaks_1)) == (version, software, speaks)


@pytest.mark.parametrize("line", [b"SSH-", b"SSH-2.0", b"SSH-3.0-x", b"SSH-x-y", b"ssh-2.0-x", b"SSH-1.x-y", b"SSH-1.12345-y"])
def test_what_tells_no_version_is_malformed(line: bytes) -> None:
    with pytest.raises(MalformedMessage):
        Identification.decode(line)


def test_lines_before_it_are_counted_and_what_follows_is_handed_back() -> None:
    found = IdentificationReader().feed(b"Welcome\r\nto this\nSSH-2.0-x\r\n\x00\x01")
    assert found is not None
    identification, rest = found
    assert (identification.raw, identification.lines_before, rest) == (b"SSH-2.0-x", 2, b"\x00\x01")


@pytest.mark.parametrize("data", [b"S" * MOST_LINE, b"SSH-2.0-" + b"x" * 1_000_000, b"hello\n" * 20_000, b"x" * 100_000])
def test_a_flood_before_or_in_it_is_malformed(data: bytes) -> None:
    reader = IdentificationReader()
    with pytest.raises(MalformedMessage):
        _feed_all(reader, data)


def _feed_all(reader: IdentificationReader, data: bytes) -> None:
    for start in range(0, len(data), 1000):
        reader.feed(data[start : start + 1000])
        assert start <= MOST_BEFORE + 2 * MOST_LINE


def test_an_empty_line_before_it_is_a_line() -> None:
    found = IdentificationReader().feed(b"\r\n\nSSH-2.0-x\n")
    assert found is not None
    assert found[0].lines_before == 2
