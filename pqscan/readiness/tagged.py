"""Tags that people give to targets by place, so that `tag:NAME` in the scope of a system claims what no address or name tells."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pqscan.readiness.cells import Many, Text, WrongCell
from pqscan.readiness.scope import TagScope, read_expression
from pqscan.readiness.sheet import Sheet
from pqscan.registry.foreign_text import shown


@dataclass(frozen=True, slots=True)
class Tagged:
    """Whatever lies at `place`, a scope expression without a tag, bears each of `tags`."""

    place: str
    tags: tuple[str, ...] = ()
    note: str = ""


def places_by_tag(rows: Iterable[Tagged]) -> Mapping[str, tuple[str, ...]]:
    """The places at which each tag is borne."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in rows:
        for tag in row.tags:
            found[tag].append(row.place)
    return {tag: tuple(places) for tag, places in found.items()}


def _place(text: str) -> None:
    if isinstance(read_expression(text), TagScope):
        raise WrongCell("tag_by_tag", value=shown(text))


TAGGED_SHEET = Sheet(
    "tagged",
    Tagged,
    (("place", Text(1000, check=_place)), ("tags", Many(Text(100))), ("note", Text(2000, lines=True))),
    key=("place",),
)
