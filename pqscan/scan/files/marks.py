"""Looks for all marks of all probes in one pass: with yara-x where it is installed (1 GB/s), else mark by mark with `re`.

Both find the same places, so that a machine without yara-x is slower and no worse. The search takes the longer the more marks there
are, and most of them are words of texts: programs and pictures are looked through without those.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property, lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Protocol

from pqscan.probe import Mark, Places

if TYPE_CHECKING:
    import yara_x

MOST_PLACES = 100_000  # of one mark in one piece
_ANY = "??"
_START = Places((0,))


class Searcher(Protocol):
    """Finds in which places each mark stands; a mark that stands nowhere is left out."""

    def find(self, data: bytes) -> Mapping[str, Places]: ...


def searcher(marks: Iterable[Mark]) -> Searcher:
    """The fastest there is on this machine, for the marks that count anywhere."""
    distinct = tuple({mark.name: mark for mark in marks if not mark.at_start}.values())
    try:
        return YaraSearcher(distinct)
    except ImportError:
        return PlainSearcher(distinct)


class Search:
    """The search for the marks that count anywhere, and the one for those that count in what is no text; each is made when the
    first content of its kind is met."""

    def __init__(self, marks: Iterable[Mark], kind: Callable[[Iterable[Mark]], Searcher] = searcher) -> None:
        self._marks = tuple(marks)
        self._kind = kind

    def find(self, data: bytes, *, is_text: bool) -> Mapping[str, Places]:
        """In which places each mark stands; a mark that stands nowhere is left out."""
        return (self._in_text if is_text else self._in_others).find(data)

    @cached_property
    def _in_text(self) -> Searcher:
        return self._kind(self._marks)

    @cached_property
    def _in_others(self) -> Searcher:
        return self._kind(mark for mark in self._marks if not mark.in_text)


class Beginnings:
    """Finds marks that count at the beginning of a file alone."""

    def __init__(self, marks: Iterable[Mark]) -> None:
        distinct = {mark.name: mark for mark in marks if mark.at_start}
        self._by_first: dict[bytes, list[tuple[str, re.Pattern[bytes]]]] = {}
        for name, mark in distinct.items():
            first = _first(mark)
            for octet in (first,) if first else map(bytes, zip(range(256), strict=True)):
                self._by_first.setdefault(octet, []).append((name, re.compile(_expression(mark), re.DOTALL)))

    def find(self, data: bytes) -> dict[str, Places]:
        """`data` is the beginning of a file."""
        return {name: _START for name, pattern in self._by_first.get(data[:1], ()) if pattern.match(data)}


class YaraSearcher:
    """A YARA rule for each mark: what is told of a file is then only those that stand in it. Raises ImportError without yara-x."""

    def __init__(self, marks: tuple[Mark, ...]) -> None:
        import yara_x

        self._names = {f"m{number}": mark.name for number, mark in enumerate(marks)}
        self._scanner = yara_x.Scanner(_rules(marks))
        self._scanner.max_matches_per_pattern(MOST_PLACES + 1)

    def find(self, data: bytes) -> Mapping[str, Places]:
        """See `Searcher.find`."""
        found: dict[str, Places] = {}
        for rule in self._scanner.scan(data).matching_rules:
            offsets = tuple(match.offset for pattern in rule.patterns for match in pattern.matches)
            if offsets:
                found[self._names[rule.identifier]] = _places(offsets)
        return found


class PlainSearcher:
    """Each mark for itself, by the standard library."""

    def __init__(self, marks: tuple[Mark, ...]) -> None:
        self._patterns = [
            (
                mark.name,
                b"" if mark.is_hex else mark.pattern.encode("utf-8"),
                re.compile(b"(?=" + _expression(mark) + b")", re.DOTALL),
            )
            for mark in marks
        ]

    def find(self, data: bytes) -> Mapping[str, Places]:
        """See `Searcher.find`."""
        found: dict[str, Places] = {}
        for name, literal, pattern in self._patterns:
            if literal not in data:  # Most marks stand nowhere, and that is told much faster so.
                continue
            offsets = tuple(match.start() for match in islice(pattern.finditer(data), MOST_PLACES + 1))
            if offsets:
                found[name] = _places(offsets)
        return found


@lru_cache(maxsize=4)
def _rules(marks: tuple[Mark, ...]) -> yara_x.Rules:
    """Kept, so that processes which are forked from one that has made them need not make them again."""
    import yara_x

    compiler = yara_x.Compiler()
    compiler.add_source(
        "\n".join(f"rule m{number} {{ strings: $s = {_yara_pattern(mark)} condition: $s }}" for number, mark in enumerate(marks))
    )
    return compiler.build()


def _places(offsets: tuple[int, ...]) -> Places:
    ordered = tuple(sorted(offsets))
    return Places(ordered[:MOST_PLACES], len(ordered) > MOST_PLACES)


def _yara_pattern(mark: Mark) -> str:
    """Every octet in hexadecimal: nothing in a mark has a meaning of its own in the language of the rules."""
    pairs = _pairs(mark) if mark.is_hex else [f"{octet:02x}" for octet in mark.pattern.encode("utf-8")]
    return f"{{ {' '.join(pairs)} }}"


def _expression(mark: Mark) -> bytes:
    if not mark.is_hex:
        return re.escape(mark.pattern.encode("utf-8"))
    return b"".join(b"." if pair == _ANY else re.escape(bytes.fromhex(pair)) for pair in _pairs(mark))


def _first(mark: Mark) -> bytes:
    """The octet that a mark begins with; none where it may be any."""
    if not mark.is_hex:
        return mark.pattern.encode("utf-8")[:1]
    pair = _pairs(mark)[0]
    return b"" if pair == _ANY else bytes.fromhex(pair)


def _pairs(mark: Mark) -> list[str]:
    text = mark.pattern.replace(" ", "")
    return [text[place : place + 2] for place in range(0, len(text), 2)]
