"""Reads a configuration in the language of a product, and tells whose configuration a text is: by what its statements begin
with."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

from pqscan.registry.config import Holds, Product
from pqscan.wire.config.blocks import read_blocks
from pqscan.wire.config.braces import read_braces
from pqscan.wire.config.in_force import value_of
from pqscan.wire.config.ini import read_ini
from pqscan.wire.config.lines import Continued, Manner, read_lines, sections_named
from pqscan.wire.config.services import read_services
from pqscan.wire.config.setting import Setting

LEAST_SHARE = 0.6
"""Of the statements of a text so many must begin with words of the product: prose and programs that quote a line have few."""
_HEAD_OCTETS = 1 << 16
_TOO_FEW = 50  # statements, to tell anything by them
Reader = Callable[[bytes, Mapping[str, str]], tuple[Setting, ...]]


@dataclass(frozen=True, slots=True)
class Recognised:
    product: Product
    settings: tuple[Setting, ...]


def _blocks(data: bytes, manner: Mapping[str, str]) -> tuple[Setting, ...]:
    return read_blocks(data, in_style_of_c="comments_of_c" in manner, passed=frozenset(manner.get("inside", "").split()))


def _lines(data: bytes, manner: Mapping[str, str]) -> tuple[Setting, ...]:
    return read_lines(
        data,
        Manner(
            comments=manner.get("comments", "#"),
            continued=Continued(manner.get("continued", Continued.NEVER)),
            sections=sections_named(manner.get("sections", "").split()),
            tags="tags" in manner,
            separator=manner.get("separator", ""),
            comments_behind="comments_behind" in manner,
            items="items" in manner,
        ),
    )


def _ini(data: bytes, manner: Mapping[str, str]) -> tuple[Setting, ...]:
    return read_ini(
        data,
        comments=manner.get("comments", "#;"),
        separator=manner.get("separator", "="),
        comments_behind="comments_behind" in manner,
    )


def _braces(data: bytes, _manner: Mapping[str, str]) -> tuple[Setting, ...]:
    return read_braces(data)


def _services(data: bytes, _manner: Mapping[str, str]) -> tuple[Setting, ...]:
    return read_services(data)


def _properties(data: bytes, _manner: Mapping[str, str]) -> tuple[Setting, ...]:
    """The properties of Java (java.util.Properties.load)."""
    return read_lines(data, Manner(comments="#!", continued=Continued.BACKSLASH, separator="=:"))


READERS: dict[str, Reader] = {
    "blocks": _blocks,
    "lines": _lines,
    "ini": _ini,
    "braces": _braces,
    "properties": _properties,
    "services": _services,
}
"""By `Product.syntax`."""


def recognise(data: bytes, products: Collection[Product]) -> Recognised | None:
    """Which of the products whose marks stand in it the text configures; None where it is none of theirs.

    Raises MalformedMessage where the text is beyond the bounds."""
    heads = _Read(data[:_HEAD_OCTETS])
    whole = heads if len(data) <= _HEAD_OCTETS else _Read(data)
    best: tuple[float, int, bool, Recognised] | None = None
    for product in products if whole is heads else [each for each in products if _may_be(each, heads.by(each))]:
        settings = whole.by(product)
        counted = [each for each in settings if not each.opens] if "sections_are_own" in product.manner else settings
        tells = "sections_tell" in product.manner  # Nobody else has such sections, whatever is set in them.
        known = sum((tells and bool(each.blocks)) or product.fold(each.name) in product.words for each in counted)
        share = known / len(counted) if counted else 0.0
        if share < LEAST_SHARE or not _is_meant(product, settings):
            continue
        score = share, known, _has_words_of_its_own(product, settings)
        if best is None or score > best[:3]:
            best = *score, Recognised(product, settings)
    return None if best is None else best[3]


class _Read:
    """A text in every language once, whatever number of products write in it."""

    __slots__ = ("_data", "_read")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._read: dict[tuple[str, tuple[tuple[str, str], ...]], tuple[Setting, ...]] = {}

    def by(self, product: Product) -> tuple[Setting, ...]:
        """Raises MalformedMessage where the text is beyond the bounds."""
        key = product.syntax, tuple(sorted(product.manner.items()))
        if key not in self._read:
            self._read[key] = _read(product, self._data)
        return self._read[key]


def _may_be(product: Product, settings: tuple[Setting, ...]) -> bool:
    """Whether the beginning of a large text is like the product's: most are programs and books, and are not read to their end."""
    known = sum(product.fold(setting.name) in product.words for setting in settings)
    return len(settings) < _TOO_FEW or known >= LEAST_SHARE / 2 * len(settings)


def _read(product: Product, data: bytes) -> tuple[Setting, ...]:
    """Without what stands in blocks that hold no statements, such as a key in the midst of a configuration (`<key>`)."""
    settings = READERS[product.syntax](data, product.manner)
    passed = frozenset(product.manner.get("inside", "").split())
    if not passed:
        return settings
    return tuple(each for each in settings if not any(block.name.lower() in passed for block in each.blocks))


def _has_words_of_its_own(product: Product, settings: Collection[Setting]) -> bool:
    """Whether a value is spelled as only this one of several products with the same directives spells it (`dialect`)."""
    dialect = product.manner.get("dialect", "").split()
    names = {each.name for each in product.directives}
    return bool(dialect) and any(
        word in setting.value for setting in settings if product.fold(setting.name) in names for word in dialect
    )


def _is_meant(product: Product, settings: Collection[Setting]) -> bool:
    """Whether a word that only this product has begins a statement: `server` and `include` alone are many a product's."""
    own = tuple(product.fold(mark.removeprefix("[")) for mark in product.marks)  # A section begins with its name.
    lists = [each for each in product.directives if each.holds not in (Holds.ACTIVE, Holds.TLS_OPTIONS)]
    return any(
        product.fold(setting.name).startswith(own) or any(value_of(each, product, setting) is not None for each in lists)
        for setting in settings
    )
