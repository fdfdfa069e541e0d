"""Names that compilers leave in programs: packages of Go in the names of functions, crates of Rust in the paths of sources."""

from __future__ import annotations

import re

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
