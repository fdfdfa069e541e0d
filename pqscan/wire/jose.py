"""Headers of JOSE where they stand in text (RFC 7515, RFC 7516): tokens in the compact form, and protected headers in JSON.
Algorithms are read of them and nothing else: no claim, no key, no signature."""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import dataclass

from pqscan.errors import MalformedMessage

MOST_HEADER = 1 << 15
_WORD = re.compile(rb"[A-Za-z0-9_-]+")
_REST = re.compile(rb"(?:\.[A-Za-z0-9_-]*){1,6}")
_IN_JSON = re.compile(rb'"protected"\s{0,8}:\s{0,8}"\Z')
_INSIDE = re.compile(rb"[A-Za-z0-9_.-]\Z")
_LONGEST_NAME = 64
_MOST_NODES = 1_000_000


@dataclass(frozen=True, slots=True)
class JoseHeader:
    """`enc` is None for what is signed. `alg` is empty where it stands beside the header, as in JSON it may."""

    alg: str
    enc: str | None


def read_jose_header(text: bytes, position: int) -> JoseHeader:
    """The header of the token that begins there. Raises MalformedMessage where it is none."""
    before = text[max(0, position - 32) : position]
    is_inside = _INSIDE.search(before) is not None  # of a longer word, or a later part of a token
    word = None if is_inside else _WORD.match(text, position, position + MOST_HEADER)
    if word is None:
        raise MalformedMessage("no header of JOSE stands there")
    in_json = text[word.end() : word.end() + 1] == b'"' and _IN_JSON.search(before) is not None
    rest = _REST.match(text, word.end(), word.end() + (1 << 20))
    parts = 0 if rest is None else rest[0].count(b".")
    if not in_json and parts not in (2, 4):
        raise MalformedMessage("it is no token of JOSE: it has not three or five parts")
    header = _header(word[0])
    alg, enc = header.get("alg", "" if in_json and "enc" in header else None), header.get("enc")
    if not isinstance(alg, str) or len(alg) > _LONGEST_NAME or not alg.isascii() or not alg.isprintable():
        raise MalformedMessage("the header of JOSE names no algorithm")
    if not alg and "alg" in header:
        raise MalformedMessage("the header of JOSE names an empty algorithm")
    if enc is not None and (not isinstance(enc, str) or not 0 < len(enc) <= _LONGEST_NAME or not enc.isprintable()):
        raise MalformedMessage("the header of JOSE names no way to encrypt")
    if not in_json and (enc is not None) != (parts == 4):
        raise MalformedMessage("the header of JOSE does not go with the number of parts")
    return JoseHeader(alg, enc)


def read_jose_recipients(data: bytes) -> dict[str, tuple[str, ...]]:
    """What the members beside each protected header name as algorithms, in every object of a document of JSON: one for each
    recipient, or one for all (RFC 7516, sections 7.2.1 and 7.2.2). Raises MalformedMessage where it is no JSON."""
    try:
        waiting: list[object] = [json.loads(data.decode("utf-8-sig"))]
    except (ValueError, RecursionError):
        raise MalformedMessage("the document is no JSON") from None
    found: dict[str, dict[str, None]] = {}
    for _ in range(_MOST_NODES):
        if not waiting:
            break
        node = waiting.pop()
        if isinstance(node, dict) and isinstance(node.get("protected"), str):
            found.setdefault(node["protected"], {}).update(dict.fromkeys(_algorithms_of(node)))
        inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        waiting.extend(reversed([each for each in inner if isinstance(each, dict | list)]))
    return {word: tuple(algorithms) for word, algorithms in found.items()}


def _algorithms_of(message: dict[str, object]) -> list[str]:
    recipients = message.get("recipients")
    each = (
        [recipient.get("header") for recipient in recipients if isinstance(recipient, dict)] if isinstance(recipients, list) else []
    )
    headers = [header for header in (*each, message.get("header"), message.get("unprotected")) if isinstance(header, dict)]
    named = [header["alg"] for header in headers if isinstance(header.get("alg"), str)]
    return [alg for alg in named if 0 < len(alg) <= _LONGEST_NAME and alg.isascii() and alg.isprintable()]


def _header(word: bytes) -> dict[str, object]:
    try:
        octets = base64.b64decode(word + b"=" * (-len(word) % 4), altchars=b"-_", validate=True)
        header = json.loads(octets)
    except (binascii.Error, ValueError, RecursionError):
        raise MalformedMessage("the header of JOSE is no JSON in Base64") from None
    if not isinstance(header, dict):
        raise MalformedMessage("the header of JOSE is no JSON object")
    return header
