"""One statement of a configuration, whatever its language, and the bounds that every reader of one keeps.

Text is read as Latin-1, so that a place in it is a place in the bytes; `shown` gives back what was meant as UTF-8."""

from __future__ import annotations

from dataclasses import dataclass, field

from pqscan.errors import BeyondBounds, MalformedMessage

MOST_OCTETS = 4 << 20
"""Configurations are written by hand, or by programs that write a few thousand lines."""
MOST_SETTINGS = 100_000
MOST_DEPTH = 32
MOST_SHOWN = 120


@dataclass(frozen=True, slots=True)
class Block:
    """What encloses a statement: `server`, `VirtualHost *:443`, `[mysqld]`. `offset` is where its name stands, which tells it from
    every other block of its file."""

    name: str
    words: tuple[str, ...] = field(compare=False)  # There may be a million of them, and a block is a key of many tables.
    offset: int

    @property
    def title(self) -> str:
        """As a person names it."""
        return shown(" ".join((self.name, *self.words[:MOST_SHOWN])))


@dataclass(frozen=True, slots=True)
class Setting:
    """`name` as it is written, `words` what follows it without quotes, `offset` where the name begins, in octets from the beginning
    of the file. `blocks` enclose it, the outermost first. With `opens` it is the beginning of a block of its own."""

    name: str
    words: tuple[str, ...]
    offset: int
    blocks: tuple[Block, ...] = ()
    opens: bool = False

    @property
    def value(self) -> str:
        return " ".join(self.words)

    @property
    def block(self) -> Block:
        """Of one that opens: the block itself."""
        return Block(self.name, self.words, self.offset)


def text_of(data: bytes) -> str:
    """The file as text. Raises MalformedMessage where it is none, or is too large for a configuration."""
    if len(data) > MOST_OCTETS:
        raise MalformedMessage(f"a configuration has no more than {MOST_OCTETS} bytes")
    if b"\0" in data:
        raise MalformedMessage("a configuration holds no zero octet")
    return data.decode("latin-1")


class Gathered(list[Setting]):
    """Statements while they are read. Raises MalformedMessage at the bounds."""

    def take(self, setting: Setting) -> None:
        if len(self) >= MOST_SETTINGS:
            raise MalformedMessage(f"the configuration has more than {MOST_SETTINGS} statements")
        if len(setting.blocks) > MOST_DEPTH:
            raise BeyondBounds(f"the configuration is nested more than {MOST_DEPTH} deep")
        self.append(setting)


def shown(text: str) -> str:
    """A name from the file as outputs may have it: one line, short, what cannot be printed left out."""
    text = text[: 4 * (MOST_SHOWN + 1)]  # A character of UTF-8 has no more than four octets.
    meant = text.encode("latin-1", "replace").decode("utf-8", "replace")
    plain = "".join(each if each.isprintable() else " " for each in meant)
    return plain if len(plain) <= MOST_SHOWN else plain[: MOST_SHOWN - 1] + "…"


def without_comment(text: str, marks: str) -> str:
    """What stands before a mark of comments at the beginning of a word; between quotes it is none."""
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
        elif text[place] in marks:
            return text[:place].rstrip()
        else:
            place = _word_at(text, place)[1]
    return text


def words_of(text: str) -> tuple[str, ...]:
    """The words of a line, quotes taken off; what stands in quotes is one word. A quote that does not end takes the rest."""
    found: list[str] = []
    place = 0
    while place < len(text):
        if text[place].isspace():
            place += 1
            continue
        word, place = _word_at(text, place)
        found.append(word)
    return tuple(found)


def _word_at(text: str, place: int) -> tuple[str, int]:
    """The word that begins there, and the place behind it."""
    if text[place] in "\"'":
        end = text.find(text[place], place + 1)
        end = len(text) if end < 0 else end
        return text[place + 1 : end], end + 1
    end = place
    while end < len(text) and not text[end].isspace():
        end += 1
    return text[place:end], end
