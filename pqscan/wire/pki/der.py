"""Walks DER (ITU-T X.690) tolerantly: what is wrong with the encoding becomes a word in `flaws`, the walk goes on.

Nothing recurses: the caller goes down one element at a time, so depth is what the caller's format has. Only an element
that cannot be read at all (no tag, no length, wrong tag) raises MalformedMessage.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pqscan.errors import MalformedMessage
from pqscan.wire.pki.flaw import Flaw

BOOLEAN = 0x01
INTEGER = 0x02
BIT_STRING = 0x03
OCTET_STRING = 0x04
OBJECT_IDENTIFIER = 0x06
SEQUENCE = 0x30
SET = 0x31

_MOST_NESTED_INDEFINITE = 32  # levels of indefinite length inside one another
_MOST_ARC_OCTETS = 20  # one arc of an object identifier: 140 bits hold the 128-bit arcs under 2.25 (X.667)
_MOST_OID_OCTETS = 128


@dataclass(slots=True)
class Element:
    """One tag, length and value. `data[start:end]` is all of it, `data[content:content_end]` the value alone.

    `content_end` is less than `end` only where the length was indefinite (BER) and two octets close the value."""

    data: bytes
    tag: int  # the identifier octets as one number, class and constructed bit included
    start: int
    content: int
    content_end: int
    end: int

    @property
    def value(self) -> bytes:
        return self.data[self.content : self.content_end]

    @property
    def encoded(self) -> bytes:
        return self.data[self.start : self.end]


class DerReader:
    """Reads the elements of `data[position:end]` one after another. `flaws` is shared with every reader made from it.

    Flaws: `non_minimal_length`, `indefinite_length`, `length_overrun` (an element says that it is longer than what holds
    it; it is cut there) and, set by whoever reads the outermost element, `truncated`, which stands for every overrun."""

    __slots__ = ("data", "end", "flaws", "position")

    def __init__(self, data: bytes, flaws: set[Flaw], position: int = 0, end: int | None = None) -> None:
        self.data = data
        self.flaws = flaws
        self.position = position
        self.end = len(data) if end is None else end

    @property
    def exhausted(self) -> bool:
        return self.position >= self.end

    @property
    def next_tag(self) -> int | None:
        """The first identifier octet of what comes next; None at the end."""
        return self.data[self.position] if self.position < self.end else None

    def read(self, what: str, tag: int | None = None) -> Element:
        """The next element. Raises MalformedMessage where there is none, or its tag is not `tag`."""
        data, start, end = self.data, self.position, self.end
        if end - start < 2:
            raise MalformedMessage(f"{what} is missing: the encoding ends at byte {start}")
        found = data[start]
        at = start + 1
        if found & 0x1F == 0x1F:
            found, at = self._long_tag(what, start)
        if tag is not None and found != tag:
            raise MalformedMessage(f"{what} at byte {start} has the tag 0x{found:02x} instead of 0x{tag:02x}")
        length = data[at]
        at += 1
        if length < 0x80:
            finish = at + length
        elif length == 0x80:
            return self._indefinite(what, found, start, at)
        else:
            octets = length & 0x7F
            if at + octets > end:
                raise MalformedMessage(f"{what} at byte {start} has a length that is cut off")
            length = int.from_bytes(data[at : at + octets], "big")
            if length < 0x80 or data[at] == 0:
                self.flaws.add(Flaw.NON_MINIMAL_LENGTH)
            at += octets
            finish = at + length
        if finish > end:
            self.flaws.add(Flaw.LENGTH_OVERRUN)
            finish = end
        self.position = finish
        return Element(data, found, start, at, finish, finish)

    def enter(self, what: str, tag: int) -> DerReader:
        """A reader of the value of the next element, which must have this tag."""
        return self.inside(self.read(what, tag))

    def inside(self, element: Element) -> DerReader:
        return DerReader(self.data, self.flaws, element.content, element.content_end)

    def read_if(self, what: str, tag: int) -> Element | None:
        """The next element if it has this tag, else None and nothing is read."""
        return self.read(what, tag) if self.next_tag == tag else None

    def _long_tag(self, what: str, start: int) -> tuple[int, int]:
        """Tag numbers above 30 take up to three more octets here; X.509 knows none."""
        number, at = self.data[start], start + 1
        for _ in range(3):
            if at + 1 >= self.end:
                break
            number = number << 8 | self.data[at]
            at += 1
            if number & 0x80 == 0:
                return number, at
        raise MalformedMessage(f"{what} at byte {start} has a tag that is too long or cut off")

    def _indefinite(self, what: str, tag: int, start: int, content: int) -> Element:
        """Finds the two zero octets that close a value of indefinite length (X.690, 8.1.3.6), without recursion."""
        self.flaws.add(Flaw.INDEFINITE_LENGTH)
        if not tag & 0x20 and tag < 0x100:
            raise MalformedMessage(f"{what} at byte {start} is primitive and has no definite length")
        data, at, depth = self.data, content, 1
        while True:
            if self.end - at < 2:
                self.flaws.add(Flaw.LENGTH_OVERRUN)
                self.position = self.end
                return Element(data, tag, start, content, self.end, self.end)
            if data[at] == 0 and data[at + 1] == 0:
                depth -= 1
                at += 2
                if not depth:
                    self.position = at
                    return Element(data, tag, start, content, at - 2, at)
                continue
            identifier = data[at]
            after = at + 1 if identifier & 0x1F != 0x1F else self._long_tag(what, at)[1]
            length = data[after]
            if length == 0x80:
                depth += 1
                if depth > _MOST_NESTED_INDEFINITE or not identifier & 0x20:
                    raise MalformedMessage(f"{what} at byte {start} nests values without length too deeply")
                at = after + 1
            elif length < 0x80:
                at = after + 1 + length
            else:
                octets = length & 0x7F
                at = after + 1 + octets + int.from_bytes(data[after + 1 : after + 1 + octets], "big")


def element_octets(data: bytes, offset: int) -> int | None:
    """How many octets the element with a short tag that begins at `offset` says to have, its tag and length among them; None for
    one without a length, and where nothing of a length stands there."""
    first = data[offset + 1 : offset + 2]
    if not first or first[0] == 0x80:
        return None
    if first[0] < 0x80:
        return 2 + first[0]
    octets = first[0] & 0x7F
    return 2 + octets + int.from_bytes(data[offset + 2 : offset + 2 + octets])


def element_at(data: bytes, offset: int, most: int) -> bytes:
    """The element that begins there, as much of it as lies in `data` and at most `most` octets; so many of one without a length."""
    octets = element_octets(data, offset)
    return data[offset : offset + (most if octets is None else min(octets, most))]


@lru_cache(maxsize=1024)
def dotted(value: bytes, what: str = "object identifier") -> str:
    """The dotted number of an OBJECT IDENTIFIER's value (X.690, 8.19). Raises MalformedMessage where it is none."""
    if not value or len(value) > _MOST_OID_OCTETS or value[-1] & 0x80:
        raise MalformedMessage(f"{what} is no object identifier: {value[:16].hex() or 'empty'}")
    arcs: list[int] = []
    arc = octets = 0
    for octet in value:
        arc = arc << 7 | octet & 0x7F
        octets += 1
        if octets > _MOST_ARC_OCTETS:
            raise MalformedMessage(f"{what} has an arc of more than {_MOST_ARC_OCTETS} octets")
        if octet < 0x80:
            arcs.append(arc)
            arc = octets = 0
    first = min(arcs[0] // 40, 2)
    return ".".join(map(str, (first, arcs[0] - 40 * first, *arcs[1:])))
