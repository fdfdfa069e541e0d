"""What all configuration languages have in common: named entries with values, in one another, each with its line.

Trees are grown without recursion and within bounds, whatever a file holds."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import BeyondBounds, MalformedMessage

MOST_DEPTH = 64
MOST_NODES = 100_000
MOST_OCTETS = 8 << 20
MOST_SHOWN = 120  # characters


@dataclass(frozen=True, slots=True)
class Node:
    """An entry. `name` is "" for one of a list and for a document; `values` are what stands beside the name, empty where that is no
    plain text (an alias, an expression); `line` counts from 1."""

    name: str
    values: tuple[str, ...]
    line: int
    children: tuple[Node, ...] = ()

    def child(self, name: str) -> Node | None:
        """The first child of that name."""
        return next((child for child in self.children if child.name == name), None)


class Tree:
    """Grows nodes from the outermost inwards."""

    __slots__ = ("_count", "_open")

    def __init__(self) -> None:
        self._open: list[tuple[str, tuple[str, ...], int, list[Node]]] = [("", (), 1, [])]
        self._count = 0

    @property
    def depth(self) -> int:
        """How many entries are open."""
        return len(self._open) - 1

    def leaf(self, name: str, values: tuple[str, ...], line: int) -> None:
        """Raises MalformedMessage where the tree grows too large."""
        self._counted(line)
        self._open[-1][3].append(Node(name, values, line))

    def open(self, name: str, values: tuple[str, ...], line: int) -> None:
        """An entry whose children follow. Raises MalformedMessage where the tree grows too large or too deep."""
        self._counted(line)
        if len(self._open) > MOST_DEPTH:
            raise BeyondBounds(f"line {line} lies more than {MOST_DEPTH} entries deep")
        self._open.append((name, values, line, []))

    def close(self) -> None:
        """Raises MalformedMessage where nothing is open."""
        if len(self._open) == 1:
            raise MalformedMessage("an entry is closed that was never opened")
        name, values, line, children = self._open.pop()
        self._open[-1][3].append(Node(name, values, line, tuple(children)))

    def done(self) -> tuple[Node, ...]:
        """The outermost nodes. Raises MalformedMessage where one is open still."""
        if len(self._open) > 1:
            raise MalformedMessage(f"the entry of line {self._open[-1][2]} is never closed")
        return tuple(self._open[0][3])

    def _counted(self, line: int) -> None:
        self._count += 1
        if self._count > MOST_NODES:
            raise MalformedMessage(f"more than {MOST_NODES} entries before line {line}")


def config_text(data: bytes) -> str:
    """The text of a configuration; octets that are no UTF-8 are replaced. Raises MalformedMessage at the bound."""
    if len(data) > MOST_OCTETS:
        raise MalformedMessage(f"a configuration of {len(data)} bytes is larger than {MOST_OCTETS}")
    return data.removeprefix(b"\xef\xbb\xbf").decode("utf-8", "replace")


def name_shown(text: str) -> str:
    """A name from the file as outputs may have it: one line, short, what cannot be printed left out."""
    plain = "".join(each if each.isprintable() else " " for each in text[: MOST_SHOWN + 1])
    return plain if len(plain) <= MOST_SHOWN else plain[: MOST_SHOWN - 1] + "…"


def end_of_here(text: str, place: int, mark: str, line: int, *, alone: bool = False) -> tuple[int, int]:
    """Where a text that a `<<MARK` begins at `place` ends, and where its mark does, which stands first in its line, or `alone`
    there. Raises MalformedMessage where there is none."""
    start = place
    while start <= len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        line_text = text[start:end].lstrip(" \t")
        if line_text.startswith(mark) and not (alone and line_text[len(mark) :].strip()):
            return max(place, start - 1), end - len(line_text) + len(mark)
        start = end + 1
    raise MalformedMessage(f"the text of line {line} never ends")
