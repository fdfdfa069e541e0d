"""What cargo auditable writes into programs of Rust (rust-secure-code/cargo-auditable, PARSING.md and its JSON schema): every
crate that is inside, with its version, also where paths of sources were cut off."""

from __future__ import annotations

import json
import zlib
from itertools import islice
from typing import TypeGuard

from pqscan.errors import MalformedMessage
from pqscan.wire.program.linked import Window
from pqscan.wire.program.sections import sections_named

SECTION = b".dep-v0"
_MOST_PACKED, _MOST_UNPACKED = 8 << 20, 8 << 20
"""What the tools that read it take at most, too. A large program has some tens of thousands of octets."""
_MOST_SECTIONS = 8  # one for each architecture
_MOST_CRATES = 20_000
_MOST_TEXT = 100


def read_auditable(data: Window) -> tuple[tuple[str, str, int], ...]:
    """The crates inside, each with its version and the place of the section; none where the program has no such section.
    What only ran while the program was built (`kind` is build) is not inside. Raises MalformedMessage where a section is none."""
    found: dict[tuple[str, str], int] = {}
    for offset, packed in islice(sections_named(data, SECTION, _MOST_PACKED), _MOST_SECTIONS):
        for crate in _crates(_unpacked(packed)):
            found.setdefault(crate, offset)
    return tuple((name, version, offset) for (name, version), offset in found.items())


def _unpacked(packed: bytes) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        unpacked = unpacker.decompress(packed, _MOST_UNPACKED)
    except zlib.error as error:
        raise MalformedMessage("the list of crates cannot be unpacked") from error
    if not unpacker.eof:
        raise MalformedMessage("the list of crates is cut off or too large")
    return unpacked


def _crates(unpacked: bytes) -> list[tuple[str, str]]:
    try:
        document = json.loads(unpacked)
    except (ValueError, RecursionError) as error:
        raise MalformedMessage("the list of crates is no JSON") from error
    packages = document.get("packages") if isinstance(document, dict) else None
    if not isinstance(packages, list):
        raise MalformedMessage("the list of crates has no packages")
    found: list[tuple[str, str]] = []
    for package in packages[:_MOST_CRATES]:
        name, version = (package.get(key) if isinstance(package, dict) else None for key in ("name", "version"))
        if _is_plain(name) and _is_plain(version) and package.get("kind", "runtime") == "runtime":
            found.append((name, version))
    return found


def _is_plain(text: object) -> TypeGuard[str]:
    return isinstance(text, str) and 0 < len(text) <= _MOST_TEXT and text.isascii() and text.isprintable()
