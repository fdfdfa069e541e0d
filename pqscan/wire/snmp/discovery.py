"""The message by which an agent is asked for its engine id, and the report that names it (RFC 3414, section 4)."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.wire.ber import element, integer, sequence
from pqscan.wire.pki.der import INTEGER, OCTET_STRING, SEQUENCE, DerReader
from pqscan.wire.pki.flaw import Flaw

_VERSION_3, _USER_MODEL, _REPORTABLE = 3, 3, 4
_MOST_MESSAGE = 65507  # bytes that we take
_GET, _REPORT = 0xA0, 0xA8
_FEWEST_ID, _MOST_ID = 5, 32  # octets of an engine id (RFC 3411, section 5)
_NEW_FORMAT = 0x80000000


def question(number: int) -> bytes:
    """A request for nothing, of nobody, to no engine in particular. `number` is below 2 to the power of 31."""
    nothing = element(OCTET_STRING, b"")
    flags = element(OCTET_STRING, bytes([_REPORTABLE]))
    about = sequence(integer(number), integer(_MOST_MESSAGE), flags, integer(_USER_MODEL))
    user = element(OCTET_STRING, sequence(nothing, integer(0), integer(0), nothing, nothing, nothing))
    asked = element(_GET, integer(number) + integer(0) + integer(0) + sequence())
    return sequence(integer(_VERSION_3), about, user, sequence(nothing, nothing, asked))


@dataclass(frozen=True, slots=True)
class Engine:
    """What an agent says of itself: its id, how often it was started, and the seconds since. The id may hold its address."""

    number: int  # of the question
    engine_id: bytes
    boots: int
    seconds: int

    @property
    def enterprise(self) -> int:
        """The maker's number (IANA, Private Enterprise Numbers)."""
        return int.from_bytes(self.engine_id[:4], "big") & ~_NEW_FORMAT

    @property
    def id_format(self) -> int | None:
        """How the rest of the id is made; None in the older way, which leaves it to the maker."""
        return self.engine_id[4] if self.engine_id[0] & 0x80 else None


def decode_report(data: bytes) -> Engine:
    """Raises MalformedMessage, also for what is longer or shorter than it says."""
    flaws: set[Flaw] = set()
    outer = DerReader(data, flaws)
    message = outer.enter("message of SNMP", SEQUENCE)
    if flaws & {Flaw.LENGTH_OVERRUN, Flaw.INDEFINITE_LENGTH} or not outer.exhausted:
        raise MalformedMessage("the message of SNMP has another length than it says")
    if _number(message) != _VERSION_3:
        raise MalformedMessage("the message is none of SNMPv3")
    about = message.enter("header", SEQUENCE)
    number = _number(about)
    _number(about)
    about.read("flags", OCTET_STRING)
    if _number(about) != _USER_MODEL:
        raise MalformedMessage("the message is not of the user-based security model")
    security = DerReader(message.read("security parameters", OCTET_STRING).value, flaws).enter("security parameters", SEQUENCE)
    engine_id = security.read("engine id", OCTET_STRING).value
    boots, seconds = _number(security), _number(security)
    scoped = message.enter("scoped PDU", SEQUENCE)
    for what in ("context engine id", "context name"):
        scoped.read(what, OCTET_STRING)
    if scoped.next_tag != _REPORT:
        raise MalformedMessage("the message is no report")
    scoped.read("report", _REPORT)
    if not _FEWEST_ID <= len(engine_id) <= _MOST_ID:
        raise MalformedMessage(f"an engine id of {len(engine_id)} octets")
    return Engine(number, engine_id, boots, seconds)


def _number(reader: DerReader) -> int:
    value = reader.read("number", INTEGER).value
    if not 1 <= len(value) <= 4 or value[0] & 0x80:
        raise MalformedMessage("a number in the message of SNMP is below zero, empty or too long")
    return int.from_bytes(value, "big")
