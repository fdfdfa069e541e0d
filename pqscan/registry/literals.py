"""Which of many literals stand in some octets: in one pass with yara-x where it is installed, else one literal after another.

Both tell the same."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Protocol


class Literals(Protocol):
    """Literals that are looked for again and again."""

    def standing_in(self, data: bytes) -> frozenset[str]:
        """Those that stand in the octets as UTF-8, anywhere."""


def literals(wanted: Iterable[str]) -> Literals:
    """The fastest there is on this machine."""
    distinct = tuple(dict.fromkeys(wanted))
    try:
        return YaraLiterals(distinct)
    except ImportError:
        return PlainLiterals(distinct)


class YaraLiterals:
    """Raises ImportError without yara-x."""

    def __init__(self, wanted: tuple[str, ...]) -> None:
        import yara_x

        self._names = {f"l{number}": literal for number, literal in enumerate(wanted)}
        compiler = yara_x.Compiler()
        compiler.add_source(
            "\n".join(
                f"rule {name} {{ strings: $s = {{ {literal.encode('utf-8').hex(' ')} }} condition: $s }}"
                for name, literal in self._names.items()
            )
        )
        self._scanner = yara_x.Scanner(compiler.build())
        self._scanner.max_matches_per_pattern(1)

    def standing_in(self, data: bytes) -> frozenset[str]:
        """See `Literals.standing_in`."""
        return frozenset(self._names[rule.identifier] for rule in self._scanner.scan(data).matching_rules)


class PlainLiterals:
    """By the standard library."""

    def __init__(self, wanted: tuple[str, ...]) -> None:
        self._wanted = tuple((literal, literal.encode("utf-8")) for literal in wanted)

    def standing_in(self, data: bytes) -> frozenset[str]:
        """See `Literals.standing_in`."""
        return frozenset(literal for literal, octets in self._wanted if octets in data)
