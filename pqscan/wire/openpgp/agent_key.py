"""Private keys as gpg-agent keeps them: S-expressions, canonical or as text (GnuPG, agent/keyformat.txt; R. Rivest, 1997).

Numbers that are no public half are passed over and never decoded."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from pqscan.errors import MalformedMessage

MOST_OCTETS = 1 << 16
_MOST_TOKENS, _MOST_DEPTH = 4000, 16
_KINDS = {"private-key": "", "protected-private-key": "protected", "shadowed-private-key": "card"}
_MODULUS = {"rsa": "n", "openpgp-rsa": "n", "dsa": "p", "openpgp-dsa": "p", "elg": "p", "openpgp-elg": "p"}
_WORD = re.compile(rb"[A-Za-z0-9./_:*+=-]+")
_COUNTED = re.compile(rb"([0-9]{1,6}):")
_SPACE = re.compile(rb"\s+")


@dataclass(frozen=True, slots=True)
class AgentKey:
    """`algorithm` as GnuPG names it (rsa, ecc, ...), `curve` by its name there, `size_bits` of a modulus. `lock` is how the numbers
    are locked, `card` where they lie on one, None where they stand in the clear."""

    algorithm: str
    curve: str | None
    size_bits: int | None
    lock: str | None


def read_agent_key(data: bytes, offset: int = 0) -> AgentKey:
    """The key whose outermost list begins at `offset`. Raises MalformedMessage."""
    depth, path, kind, algorithm, curve, size, lock = 0, [""], "", "", None, None, None
    is_first = False
    for sign, content in _tokens(data, offset):
        if sign == "(":
            depth, is_first = depth + 1, True
            if depth > _MOST_DEPTH:
                break
            path = [*path[:depth], ""]
        elif sign == ")":
            depth, is_first = depth - 1, False
            path = path[: depth + 1]
            if depth <= 0:
                break
        elif is_first:
            path[depth], is_first = content.decode("ascii", "replace")[:40], False
            kind = kind or path[1]
            algorithm = path[2] if depth == 2 and not algorithm else algorithm
        elif depth == 3 and path[3] == _MODULUS.get(path[2]):
            size = size or int.from_bytes(_from_hex(content) if sign == "#" else content).bit_length()
        elif depth == 3 and path[3] == "curve":
            curve = curve or content.decode("ascii", "replace")[:40]
        elif depth == 3 and path[3] in ("protected", "shadowed"):
            lock = lock or content.decode("ascii", "replace")[:60]
    if depth or kind not in _KINDS or not algorithm:
        raise MalformedMessage("an S-expression that is no private key")
    return AgentKey(algorithm, curve, size, "card" if _KINDS[kind] == "card" else lock or _KINDS[kind] or None)


def _tokens(data: bytes, place: int) -> Iterator[tuple[str, bytes]]:
    end = min(len(data), place + MOST_OCTETS)
    for _ in range(_MOST_TOKENS):
        space = _SPACE.match(data, place, end)
        place = space.end() if space else place
        octet = data[place : place + 1] if place < end else b""
        if octet in (b"(", b")"):
            place += 1
            yield octet.decode(), b""
        elif octet in (b"#", b'"'):
            close = data.find(octet, place + 1, end)
            if close < 0:
                break
            inside = data[place + 1 : close]
            place = close + 1
            yield octet.decode(), inside
        elif counted := _COUNTED.match(data, place, end):
            place = counted.end() + int(counted[1])
            if place > end:
                break
            yield "atom", data[counted.end() : place]
        elif word := _WORD.match(data, place, end):
            place = word.end()
            yield "atom", word[0]
        else:
            break
    raise MalformedMessage("an S-expression that does not end")


def _from_hex(text: bytes) -> bytes:
    try:
        return bytes.fromhex("".join(text.decode("ascii").split()))
    except ValueError:
        raise MalformedMessage("an S-expression with a number that is none") from None
