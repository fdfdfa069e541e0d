"""Headers of JOSE where they stand in text (RFC 7515, RFC 7516): tokens in the compact form, and headers in JSON.
Algorithms are read of them and nothing else: no claim, no key, no signature."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass

from pqscan.errors import BeyondBounds, MalformedMessage

MOST_HEADER = 1 << 15
_WORD = re.compile(rb"[A-Za-z0-9_-]+")
_REST = re.compile(rb"(?:\.[A-Za-z0-9_-]*){1,6}")
_IN_JSON = re.compile(rb'"protected"\s{0,8}:\s{0,8}"\Z')
_INSIDE = re.compile(rb"[A-Za-z0-9_.-]\Z")
_PAYLOAD = re.compile(r"[A-Za-z0-9_-]*")
_LONGEST_NAME = 64
_INTEGRATED, _KEY_ALONE = "HPKE-", "-KE"  # draft-ietf-jose-hpke-encrypt, sections 5 and 6
_MOST_NODES = 1_000_000


@dataclass(frozen=True, slots=True)
class JoseHeader:
    """`enc` is None for what is signed, and empty where what establishes the key encrypts the content as well (HPKE). `alg` is
    empty where it stands beside the header, as in JSON it may."""

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
    if enc is None and alg.startswith(_INTEGRATED) and not alg.endswith(_KEY_ALONE):
        enc = ""
    if not in_json and (enc is not None) != (parts == 4):
        raise MalformedMessage("the header of JOSE does not go with the number of parts")
    return JoseHeader(alg, enc)


@dataclass(frozen=True, slots=True)
class JoseDocument:
    """What a document of JSON says outside of headers that name their algorithm themselves. `recipients` are, by protected header,
    the algorithms that the members beside it name, one for each recipient or one for all (RFC 7516, sections 7.2.1 and 7.2.2);
    `unprotected` the headers of signatures (RFC 7515, section 7.2) and of encrypted messages whose protected header has no `alg`
    and no `enc`, or that have none."""

    recipients: dict[str, tuple[str, ...]]
    unprotected: tuple[JoseHeader, ...]


def read_jose_document(data: bytes) -> JoseDocument:
    """What stands in every object of the document. Raises MalformedMessage where it is no JSON, BeyondBounds where it is nested too
    deeply."""
    try:
        waiting: list[object] = [json.loads(data.decode("utf-8-sig"))]
    except RecursionError:
        raise BeyondBounds("it is nested too deeply") from None
    except ValueError:
        raise MalformedMessage("the document is no JSON") from None
    found: dict[str, dict[str, None]] = {}
    unprotected: dict[JoseHeader, None] = {}
    for _ in range(_MOST_NODES):
        if not waiting:
            break
        node = waiting.pop()
        if isinstance(node, dict):
            if isinstance(node.get("protected"), str):
                found.setdefault(node["protected"], {}).update(dict.fromkeys(_algorithms_of(node)))
            unprotected.update(dict.fromkeys((*_signed(node), *_encrypted(node))))
        inner = node.values() if isinstance(node, dict) else node if isinstance(node, list) else ()
        waiting.extend(reversed([each for each in inner if isinstance(each, dict | list)]))
    return JoseDocument({word: tuple(algorithms) for word, algorithms in found.items()}, tuple(unprotected))


def _signed(message: dict[str, object]) -> Iterator[JoseHeader]:
    """Of each signature over a payload that is Base64: a token that is spelled out for people has an object there."""
    payload, listed = message.get("payload"), message.get("signatures")
    if not isinstance(payload, str) or not _PAYLOAD.fullmatch(payload):
        return
    for one in listed if isinstance(listed, list) else [message]:
        if isinstance(one, dict) and isinstance(one.get("signature"), str) and "alg" not in _protected(one):
            for alg in _named(_header_in(one, "header"), "alg"):
                yield JoseHeader(alg, None)


def _encrypted(message: dict[str, object]) -> Iterator[JoseHeader]:
    if not isinstance(message.get("ciphertext"), str) or not {"alg", "enc"}.isdisjoint(_protected(message)):
        return
    recipients = message.get("recipients")
    each = [one for one in recipients if isinstance(one, dict)] if isinstance(recipients, list) else []
    headers = [_header_in(message, "unprotected"), _header_in(message, "header"), *(_header_in(one, "header") for one in each)]
    enc = next((name for header in headers for name in _named(header, "enc")), None)
    if enc is not None:
        for alg in _algorithms_of(message):
            yield JoseHeader(alg, enc)


def _protected(message: dict[str, object]) -> dict[str, object]:
    """Empty where there is none, or none that can be read."""
    word = message.get("protected")
    if not isinstance(word, str) or len(word) > MOST_HEADER or not word.isascii():
        return {}
    try:
        return _header(word.encode())
    except MalformedMessage:
        return {}


def _header_in(message: dict[str, object], name: str) -> dict[str, object]:
    header = message.get(name)
    return header if isinstance(header, dict) else {}


def _named(header: dict[str, object], member: str) -> Iterator[str]:
    name = header.get(member)
    if isinstance(name, str) and 0 < len(name) <= _LONGEST_NAME and name.isascii() and name.isprintable():
        yield name


def _algorithms_of(message: dict[str, object]) -> list[str]:
    recipients = message.get("recipients")
    each = [one for one in recipients if isinstance(one, dict)] if isinstance(recipients, list) else []
    headers = [_header_in(one, "header") for one in each] + [_header_in(message, "header"), _header_in(message, "unprotected")]
    return [alg for header in headers for alg in _named(header, "alg")]


def _header(word: bytes) -> dict[str, object]:
    try:
        octets = base64.b64decode(word + b"=" * (-len(word) % 4), altchars=b"-_", validate=True)
        header = json.loads(octets)
    except (binascii.Error, ValueError, RecursionError):
        raise MalformedMessage("the header of JOSE is no JSON in Base64") from None
    if not isinstance(header, dict):
        raise MalformedMessage("the header of JOSE is no JSON object")
    return header
