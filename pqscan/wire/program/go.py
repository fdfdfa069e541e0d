"""What the Go linker writes into programs (Go 1.24, debug/buildinfo and runtime/debug): its version and the modules inside."""

from __future__ import annotations

import re
from dataclasses import dataclass

from pqscan.errors import MalformedMessage

MAGIC = b"\xff Go buildinf:"
_HEADER = 32
_INLINE = 0x2  # since Go 1.18 the texts follow at once
_MOST_VERSION, _MOST_MODULES = 200, 1 << 20
_FRAME = 16  # octets in front of and behind the list of modules
_FIPS140 = re.compile(r"^build\tGOFIPS140=(v\d{1,4}\.\d{1,4}\.\d{1,4})(?:-[0-9a-f]{1,40})?$", re.MULTILINE)
"""Of a frozen module; `latest` and `inprocess` are that of Go itself (go.dev/doc/security/fips140)."""
_PLAIN = re.compile(r"[!-~]{1,200}\Z")


@dataclass(frozen=True, slots=True)
class GoModule:
    """A module and its version, the one that replaces it where it is replaced."""

    path: str
    version: str


@dataclass(frozen=True, slots=True)
class GoBuild:
    """`version` as the tools spell it (go1.24.1). `fips140` is the version of the Go Cryptographic Module that was chosen when the
    program was built (v1.0.0), None where none was."""

    version: str
    modules: tuple[GoModule, ...]
    fips140: str | None = None


def read_go_build(data: bytes, offset: int = 0) -> GoBuild:
    """The build information whose magic stands at the offset. Raises MalformedMessage; also for what linkers before Go 1.18 wrote,
    which only points to the texts."""
    if not data.startswith(MAGIC, offset) or len(data) < offset + _HEADER:
        raise MalformedMessage("there is no build information of Go")
    if not data[offset + 15] & _INLINE:
        raise MalformedMessage("the build information is of a Go before 1.18")
    version, place = _text(data, offset + _HEADER, _MOST_VERSION)
    modules, _ = _text(data, place, _MOST_MODULES)
    if not _PLAIN.match(version.split(" ")[0]):
        raise MalformedMessage("the version of Go is no plain text")
    text = modules[_FRAME:-_FRAME] if len(modules) > 2 * _FRAME else ""
    chosen = _FIPS140.search(text)
    return GoBuild(version.split(" ")[0], _modules(text), None if chosen is None else chosen[1])


def _text(data: bytes, place: int, most: int) -> tuple[str, int]:
    """A text behind its length, which is a varint of base 128."""
    length = shift = 0
    while True:
        if place >= len(data) or shift > 28:
            raise MalformedMessage("a length in the build information of Go is cut off or too large")
        octet = data[place]
        length |= (octet & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if octet < 0x80:
            break
    if length > most or place + length > len(data):
        raise MalformedMessage("a text in the build information of Go is cut off or too long")
    return data[place : place + length].decode("latin-1"), place + length


def _modules(text: str) -> tuple[GoModule, ...]:
    found: list[GoModule] = []
    for line in text.split("\n"):
        fields = line.split("\t")
        if len(fields) < 3 or not (_PLAIN.match(fields[1]) and _PLAIN.match(fields[2])):
            continue
        if fields[0] in ("mod", "dep"):
            found.append(GoModule(fields[1], fields[2]))
        elif fields[0] == "=>" and found:
            found[-1] = GoModule(fields[1], fields[2])
    return tuple(found)
