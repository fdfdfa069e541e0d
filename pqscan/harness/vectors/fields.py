"""Test vectors as they are read: fields of JSON, looked at one by one, so that a damaged file is told and never a traceback."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from pqscan.errors import PqscanError


class DamagedVectors(PqscanError):
    """A file of vectors cannot be read, or a field in it is missing or is not what it should be. Names the file and the field."""


@dataclass(frozen=True, slots=True)
class Fields:
    """One object of a JSON document. `place` names it for people: the file, and where in it. Every method raises DamagedVectors."""

    place: str
    value: object

    def __contains__(self, name: str) -> bool:
        return isinstance(self.value, dict) and name in self.value

    def part(self, name: str) -> Fields:
        return Fields(f"{self.place}, {name}", self._get(name))

    def rows(self, name: str = "") -> Iterator[Fields]:
        """The objects of a list; of this very value where it is the list."""
        found = self._get(name) if name else self.value
        if not isinstance(found, list):
            raise DamagedVectors(f"{self.place}: {name or 'it'} is no list")
        prefix = f"{self.place}, {name}" if name else self.place
        for number, row in enumerate(found):
            yield Fields(f"{prefix} {number}", row)

    def text(self, name: str) -> str:
        found = self._get(name)
        if not isinstance(found, str):
            raise DamagedVectors(f"{self.place}: {name} is no text")
        return found

    def number(self, name: str) -> int:
        found = self._get(name)
        if not isinstance(found, int) or isinstance(found, bool):
            raise DamagedVectors(f"{self.place}: {name} is no whole number")
        return found

    def is_true(self, name: str) -> bool:
        found = self._get(name)
        if not isinstance(found, bool):
            raise DamagedVectors(f"{self.place}: {name} is neither true nor false")
        return found

    def octets(self, name: str) -> bytes:
        """Bytes that stand in hexadecimal."""
        try:
            return bytes.fromhex(self.text(name))
        except ValueError:
            raise DamagedVectors(f"{self.place}: {name} is not hexadecimal") from None

    def octets_or_none(self, name: str) -> bytes | None:
        return self.octets(name) if name in self else None

    def texts(self, name: str) -> tuple[str, ...]:
        found = self._get(name)
        if not isinstance(found, list) or not all(isinstance(item, str) for item in found):
            raise DamagedVectors(f"{self.place}: {name} is no list of texts")
        return tuple(found)

    def _get(self, name: str) -> object:
        if not isinstance(self.value, dict):
            raise DamagedVectors(f"{self.place} is no object")
        if name not in self.value:
            raise DamagedVectors(f"{self.place}: {name} is missing")
        found: object = self.value[name]
        return found


def parse(data: bytes, place: str) -> Fields:
    """A JSON document. Raises DamagedVectors."""
    try:
        return Fields(place, json.loads(data))
    except (ValueError, RecursionError) as error:
        raise DamagedVectors(f"{place} is not valid JSON") from error
