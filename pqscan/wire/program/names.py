"""Names that compilers leave in programs: packages of Go in the names of functions, crates of Rust in the paths of sources, in
names of types and in mangled symbols (RFC 2603, and the older form of C++)."""

from __future__ import annotations

import re
from collections.abc import Iterator

_VERSION = re.compile(rb"(\d{1,5}\.\d{1,5}\.\d{1,5}(?:[-+][A-Za-z0-9.+-]{1,40}?)?)[/\\]")
_MOST_LOOKED = 10_000
_GO_FUNCTION = re.compile(rb"([a-z0-9./-]{1,100}?)\.[A-Za-z(][^\0\n]{0,200}\0")
_CRATE = re.compile(
    rb"[/\\]registry[/\\]src[/\\][^/\\\0]{1,100}[/\\]([A-Za-z0-9_-]{1,64}?)-(\d{1,5}\.\d{1,5}\.\d{1,5}(?:[-+][A-Za-z0-9.+-]{1,40}?)?)[/\\]"
)


def go_package_at(data: bytes, offset: int) -> str | None:
    """The package of the function whose name begins there: crypto/rsa of crypto/rsa.GenerateKey; None where it is no such name."""
    found = _GO_FUNCTION.match(data, offset, offset + 400)
    return None if found is None else found[1].decode("ascii")


def crate_at(data: bytes, offset: int) -> tuple[str, str] | None:
    """The crate, and its version, in whose folder the source lies."""
    found = _CRATE.match(data, offset, offset + 400)
    return None if found is None else (found[1].decode("ascii"), found[2].decode("ascii"))


def crate_stands(data: bytes, name: str) -> tuple[bool, frozenset[str]]:
    """Whether a function or type of the crate has its name there, and the versions in whose folders sources of it lay, wherever
    those were. Neither proves that the crate is not there: both may have been cut off."""
    word = name.replace("-", "_").encode("ascii")
    is_named = any(not _goes_on(data[at - 1 : at]) for at in _places(data, word + b"::"))
    mangled = b"%d%s" % (len(word), word)
    is_named = is_named or any(
        data[max(0, at - 3) : at].endswith((b"_ZN", b"_")) and data[at + len(mangled) : at + len(mangled) + 1].isdigit()
        for at in _places(data, mangled)
    )
    folder = name.encode("ascii") + b"-"
    found = (_VERSION.match(data, at + len(folder)) for at in _places(data, folder) if data[at - 1 : at] in (b"/", b"\\"))
    return is_named, frozenset(one[1].decode("ascii") for one in found if one is not None)


def _goes_on(octet: bytes) -> bool:
    """Whether what stands behind is the rest of a longer name, or a part of another crate's."""
    return octet.isalnum() or octet in (b"_", b":")


def _places(data: bytes, text: bytes) -> Iterator[int]:
    at = -1
    for _ in range(_MOST_LOOKED):
        at = data.find(text, at + 1)
        if at < 0:
            return
        yield at
