"""What a KDC answers: KRB-ERROR (RFC 4120, section 5.9.1), AS-REP (section 5.4.2), and the hints in both. No ticket is kept."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.wire.pki.der import INTEGER, OCTET_STRING, SEQUENCE, DerReader
from pqscan.wire.pki.flaw import Flaw

_ERROR, _REPLY = 0x7E, 0x6B  # APPLICATION 30 and 11
_TEXT = 0x1B
_ETYPE_INFO, _ETYPE_INFO2 = 11, 19
_MOST_HINTS, _MOST_ETYPES, _MOST_TEXT = 64, 64, 256


@dataclass(frozen=True, slots=True)
class KdcAnswer:
    """`error` is the code of a KRB-ERROR, None for an AS-REP. `hints` are the numbers of pre-authentication that are offered,
    `etypes` the types of encryption that the hints name, in their order; of an AS-REP `reply_etype` and `ticket_etype` too."""

    error: int | None
    realm: str
    text: str = ""
    hints: tuple[int, ...] = ()
    etypes: tuple[int, ...] = ()
    reply_etype: int | None = None
    ticket_etype: int | None = None


def decode_answer(data: bytes) -> KdcAnswer:
    """Raises MalformedMessage, also for what is longer or shorter than it says."""
    flaws: set[Flaw] = set()
    reader = DerReader(data, flaws)
    tag = reader.next_tag
    if tag not in (_ERROR, _REPLY):
        raise MalformedMessage("the answer is none of a KDC")
    fields = _fields(reader.enter("answer of a KDC", tag).enter("answer of a KDC", SEQUENCE))
    if flaws & {Flaw.LENGTH_OVERRUN, Flaw.INDEFINITE_LENGTH} or not reader.exhausted:
        raise MalformedMessage("the answer of a KDC has another length than it says")
    if tag == _ERROR:
        if _number(fields, 0) != 5 or _number(fields, 1) != 30:
            raise MalformedMessage("the answer is no KRB-ERROR of Kerberos 5")
        hints, etypes = _hints(fields.get(12))
        return KdcAnswer(_number(fields, 6), _text(fields, 9), _text(fields, 11), hints, etypes)
    if _number(fields, 0) != 5 or _number(fields, 1) != 11:
        raise MalformedMessage("the answer is no AS-REP of Kerberos 5")
    hints, etypes = _read_hints(_required(fields, 2)) if 2 in fields else ((), ())
    ticket = _fields(_required(fields, 5).enter("ticket", 0x61).enter("ticket", SEQUENCE))
    return KdcAnswer(
        None, _text(fields, 3), hints=hints, etypes=etypes,
        reply_etype=_etype(_required(fields, 6)), ticket_etype=_etype(_required(ticket, 3)),
    )  # fmt: skip


def _fields(reader: DerReader) -> dict[int, DerReader]:
    """The explicitly tagged parts of a sequence, each by its number, the first of each."""
    found: dict[int, DerReader] = {}
    while not reader.exhausted:
        element = reader.read("part of an answer")
        if 0xA0 <= element.tag <= 0xBE:
            found.setdefault(element.tag & 0x1F, reader.inside(element))
    return found


def _required(fields: dict[int, DerReader], number: int) -> DerReader:
    if number not in fields:
        raise MalformedMessage(f"the answer of a KDC lacks its part {number}")
    return fields[number]


def _number(fields: dict[int, DerReader], number: int) -> int:
    return _integer(_required(fields, number))


def _integer(reader: DerReader) -> int:
    value = reader.read("number", INTEGER).value
    if not 1 <= len(value) <= 5:
        raise MalformedMessage("a number in the answer of a KDC has no or too many bytes")
    return int.from_bytes(value, "big", signed=True)


def _text(fields: dict[int, DerReader], number: int) -> str:
    if number not in fields:
        return ""
    return fields[number].read("text", _TEXT).value[:_MOST_TEXT].decode("utf-8", "replace")


def _etype(reader: DerReader) -> int:
    return _number(_fields(reader.enter("encrypted part", SEQUENCE)), 0)


def _hints(reader: DerReader | None) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """METHOD-DATA in e-data; other errors put other things there, which are no hints."""
    if reader is None:
        return (), ()
    value = reader.read("e-data", OCTET_STRING).value
    try:
        return _read_hints(DerReader(value, set()))
    except MalformedMessage:
        return (), ()


def _read_hints(reader: DerReader) -> tuple[tuple[int, ...], tuple[int, ...]]:
    hints: list[int] = []
    etypes: dict[int, None] = {}
    listed = reader.enter("hints", SEQUENCE)
    while not listed.exhausted and len(hints) < _MOST_HINTS:
        fields = _fields(listed.enter("hint", SEQUENCE))
        kind = _number(fields, 1)
        hints.append(kind)
        if kind in (_ETYPE_INFO, _ETYPE_INFO2) and 2 in fields:
            value = fields[2].read("hint", OCTET_STRING).value
            etypes.update(dict.fromkeys(_etypes(DerReader(value, set()))))
    return tuple(dict.fromkeys(hints)), tuple(etypes)


def _etypes(reader: DerReader) -> list[int]:
    found: list[int] = []
    entries = reader.enter("types of encryption", SEQUENCE)
    while not entries.exhausted and len(found) < _MOST_ETYPES:
        found.append(_number(_fields(entries.enter("type of encryption", SEQUENCE)), 0))
    return found
