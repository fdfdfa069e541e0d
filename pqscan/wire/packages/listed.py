"""Packages of dpkg and apk: stanzas of a text, one a package (deb-control(5), dpkg(1); apk-tools, doc/apk-v2.5)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_MOST_NAME, _MOST_VERSION = 200, 200
_PLAIN = re.compile(r"[!-~]+\Z")
_INSTALLED = frozenset({"installed", "triggers-awaited", "triggers-pending"})
"""The last word of a status, whatever is wanted of the package: one of which only files of configuration are left is not there."""
_MOST_STANZA, _MOST_STANZAS = 1 << 20, 200_000


@dataclass(frozen=True, slots=True)
class Package:
    """`version` as the manager writes it. `offset` of its entry. `is_installed`: what tells it says so itself; a control file in a
    package does not."""

    name: str
    version: str
    offset: int
    is_installed: bool = True


def read_dpkg(data: bytes) -> tuple[tuple[Package, ...], bool]:
    """Packages in dpkg's status, or in a control file of one package, and whether there is more than could be read. Lists of what
    could be had have files, and no package of them is there; nor is one with the field Abi, which vcpkg writes alike. Whatever the
    octets are, what can be read is given."""
    found, is_cut = [], False
    for offset, stanza, is_whole in _stanzas(data):
        status = _field(stanza, b"Status:")
        is_other = any(_field(stanza, name) is not None for name in (b"Filename:", b"Abi:"))
        if is_other or (status is not None and status.rpartition(" ")[2] not in _INSTALLED):
            continue
        package = _package(_field(stanza, b"Package:"), _field(stanza, b"Version:"), offset, is_installed=status is not None)
        is_cut = is_cut or not is_whole
        if package is not None:
            found.append(package)
    return tuple(found), is_cut


def read_apk(data: bytes) -> tuple[tuple[Package, ...], bool]:
    """Packages in apk's list of what is installed, and whether there is more than could be read. Whatever the octets are, what can
    be read is given."""
    found, is_cut = [], False
    for offset, stanza, is_whole in _stanzas(data):
        package = _package(_field(stanza, b"P:"), _field(stanza, b"V:"), offset, is_installed=True)
        is_cut = is_cut or not is_whole
        if package is not None:
            found.append(package)
    return tuple(found), is_cut


def _stanzas(data: bytes) -> Iterator[tuple[int, bytes, bool]]:
    """What stands between empty lines, each with whether that is all: of a very long one the beginning, and not more stanzas than
    any system has packages."""
    start = 0
    for number in range(_MOST_STANZAS):
        if start >= len(data):
            return
        end = data.find(b"\n\n", start)
        end = len(data) if end < 0 else end
        is_last = number == _MOST_STANZAS - 1 and end + 2 < len(data)
        yield start, data[start : min(end, start + _MOST_STANZA)], end - start <= _MOST_STANZA and not is_last
        start = end + 2


def _field(stanza: bytes, name: bytes) -> str | None:
    """The text of a line that begins with the name; None where there is none."""
    place = 0 if stanza.startswith(name) else stanza.find(b"\n" + name) + 1
    if place == 0 and not stanza.startswith(name):
        return None
    end = stanza.find(b"\n", place)
    text = stanza[place + len(name) : len(stanza) if end < 0 else end].strip()
    return text.decode("ascii") if text.isascii() else None


def _package(name: str | None, version: str | None, offset: int, *, is_installed: bool) -> Package | None:
    if name is None or version is None or len(name) > _MOST_NAME or len(version) > _MOST_VERSION:
        return None
    if not _PLAIN.match(name) or not _PLAIN.match(version):
        return None
    return Package(name, version, offset, is_installed)
