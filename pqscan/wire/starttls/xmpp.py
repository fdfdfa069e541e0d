"""STARTTLS of XMPP (RFC 6120, section 5), of clients and between servers: stream, features, starttls, proceed.

Tags are cut and looked at one by one: no document is built, no entity expanded, and what RFC 6120, section 11.1, forbids
(comments, CDATA, document types) is malformed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from pqscan.errors import MalformedMessage, PeerError
from pqscan.wire.starttls.prelude import (
    LOGIN_BEFORE_TLS,
    NEEDS_NAME,
    Said,
    Script,
    not_offered,
    other_protocol,
    put_off,
    refused,
)
from pqscan.wire.starttls.text import gives_away, printable

_TLS = "urn:ietf:params:xml:ns:xmpp-tls"
_START = b"<starttls xmlns='" + _TLS.encode() + b"'/>"
_MOST_DEPTH = 16
MOST_TAGS = 400
"""Tags and texts that one prelude may take: a list of features has some 50."""
_NAME = r"[A-Za-z_][A-Za-z0-9._-]*(?::[A-Za-z_][A-Za-z0-9._-]*)?"
_TAG = re.compile(rf"<(/?)({_NAME})((?:\s+{_NAME}\s*=\s*(?:\"[^\"<]*\"|'[^'<]*'))*)\s*(/?)>")
_ATTRIBUTE = re.compile(rf"({_NAME})\s*=\s*(?:\"([^\"<]*)\"|'([^'<]*)')")
_WRONG_NAME = {"host-unknown", "host-gone", "improper-addressing", "invalid-from"}
_ANOTHER_TIME = {"resource-constraint", "system-shutdown", "reset", "connection-timeout"}  # RFC 6120, section 4.9.3


@dataclass(frozen=True, slots=True)
class Tag:
    """One tag: `name` without its prefix, `opens` and `closes` both true for an empty element."""

    name: str
    opens: bool
    closes: bool
    attributes: dict[str, str]

    @classmethod
    def decode(cls, unit: bytes) -> Tag:
        """Raises MalformedMessage for anything else."""
        found = _TAG.fullmatch(unit.decode("utf-8", "replace"))
        if found is None or (found[1] and (found[3] or found[4])):
            raise MalformedMessage(f"no tag that a stream may hold: {printable(unit, 40)!r}")
        attributes = {name: double or single for name, double, single in _ATTRIBUTE.findall(found[3])}
        return cls(found[2].rpartition(":")[2], not found[1], bool(found[1] or found[4]), attributes)


def unit_size(buffer: bytes) -> int:
    """A `Measure`: one tag, or the text before the next, line by line."""
    if buffer[0] in (0x15, 0x16):
        return other_protocol(buffer)
    if buffer[0] != 0x3C:
        ends = [end for end in (buffer.find(b"<"), buffer.find(b"\n") + 1) if end > 0]
        return min(ends, default=0)
    quote = 0
    for at, byte in enumerate(buffer):
        if quote:
            quote = 0 if byte == quote else quote
        elif byte in (0x22, 0x27):
            quote = byte
        elif byte == 0x3E:
            return at + 1
    return 0


def xmpp_client(said: Said, name: str | None) -> Script:
    """See the file; `name` is the domain that is asked for. Raises what `Prelude.receive` raises."""
    return _talk(said, name, b"xmlns='jabber:client'")


def xmpp_server(said: Said, name: str | None) -> Script:
    """See the file; `name` is the domain that is asked for. Raises what `Prelude.receive` raises."""
    return _talk(said, name, b"xmlns='jabber:server' xmlns:db='jabber:server:dialback'")


def _talk(said: Said, name: str | None, namespace: bytes) -> Script:
    to = b"" if name is None else b" to='" + _escaped(name) + b"'"
    stream = b"xmlns:stream='http://etherx.jabber.org/streams'"
    request = b"<?xml version='1.0'?><stream:stream " + namespace + b" " + stream + to + b" version='1.0'>"
    open_names: list[str] = []
    heard = offered = started = False
    while True:
        unit = yield request
        request = b""
        if not unit.startswith(b"<"):
            if not heard and unit.strip():
                other_protocol(unit, ended=True)
            if open_names[1:] == ["features", "mechanisms", "mechanism"] and gives_away((printable(unit),)):
                said.note(LOGIN_BEFORE_TLS)
            continue
        if not heard and unit.startswith(b"<?xml"):
            continue
        tag = _first(unit) if not heard else Tag.decode(unit)
        heard = True
        if tag.opens:
            open_names.append(tag.name)
            if len(open_names) > _MOST_DEPTH:
                raise MalformedMessage(f"elements more than {_MOST_DEPTH} deep")
            path = open_names[1:]
            if path[:1] == ["error"] and len(path) == 2:
                raise _error(tag.name)
            if path == ["features", "starttls"] and tag.attributes.get("xmlns", _TLS) == _TLS:
                offered = True
            if started and path == ["failure"]:
                raise refused("the service refused to begin TLS")
        if tag.closes:
            if not open_names or open_names.pop() != tag.name:
                raise MalformedMessage(f"an end of {tag.name} that was never begun")
            if not open_names:
                raise refused("the service ended the stream")
            path = [*open_names[1:], tag.name]
            if path == ["features"]:
                if not offered:
                    raise not_offered(said)
                request, started = _START, True
            if started and path == ["proceed"]:
                return b""


def _first(unit: bytes) -> Tag:
    try:
        tag = Tag.decode(unit)
    except MalformedMessage:
        tag = None
    if tag is None or tag.name != "stream":
        other_protocol(unit, ended=True)
        raise MalformedMessage("no stream")
    return tag


def _error(condition: str) -> PeerError:
    if condition in _WRONG_NAME:
        return refused(f"the service knows no such domain: {condition}", phrase=NEEDS_NAME)
    if condition in _ANOTHER_TIME:
        return put_off(condition)
    return refused(f"the service ended the stream: {condition}")


def _escaped(name: str) -> bytes:
    for character, entity in (("&", "&amp;"), ("<", "&lt;"), ("'", "&apos;")):
        name = name.replace(character, entity)
    return name.encode("utf-8")
