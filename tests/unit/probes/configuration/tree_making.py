"""What the probe of configurations tells of a tree, in short."""

from __future__ import annotations

import pytest

from pqscan.errors import WrongProtocol
from pqscan.model.observation import Confidence, Observation, Subject
from tests.unit.probes.configuration.making import facts

Row = tuple[str, str, str, int | None]


def rows(text: str | bytes, *subjects: Subject) -> list[Row]:
    """Part, subject, name and line of everything that is in force; what is left open has the name `*`."""
    found = [one for one in facts(text).observations if one.subject is not Subject.SOFTWARE]
    return [
        (part(one), one.subject.value, named(one), None if one.where is None else one.where.line)
        for one in found
        if not subjects or one.subject in subjects
    ]


def part(one: Observation) -> str:
    return str(dict(one.parameters).get("part", one.context))


def named(one: Observation) -> str:
    """With the size or curve of a key behind its algorithm, and `?` behind what is concluded."""
    stated = dict(one.parameters)
    beside = stated.get("size_bits", stated.get("parameter"))
    name = (one.name or one.value) + ("" if beside is None else f" {beside}")
    return name if one.confidence is not Confidence.INFERRED or one.value == "*" else f"{name}?"


def groups(text: str, of: str | None = None) -> list[str]:
    return [name for where, _, name, _ in rows(text, Subject.NAMED_GROUP) if of is None or where == of]


def versions(text: str, of: str | None = None) -> list[str]:
    return [name for where, _, name, _ in rows(text, Subject.PROTOCOL_VERSION) if of is None or where == of]


def titles(text: str) -> list[str]:
    """Of the products that the file is of."""
    return [one.value for one in facts(text).observations if one.subject is Subject.SOFTWARE]


def is_nothing(text: str | bytes) -> bool:
    """Whether the probe says that it is no configuration, or sets nothing."""
    with pytest.raises(WrongProtocol):
        facts(text)
    return True
