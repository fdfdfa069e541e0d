"""What columns and choices are called: `data/words.toml`, in English and Vietnamese at once, because files are read in either."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path

import tomli

from pqscan.errors import DataError

Words = tuple[str, str]
"""English, Vietnamese."""

_INHERITS = {"form_08": "system"}
_FILE = Path(__file__).parent / "data" / "words.toml"


def heading(kind: str, column: str) -> Words:
    """What a column of a kind of record is called. Raises DataError for one that has no words."""
    own = _tables()["column"].get(kind)
    found = own.get(column) if isinstance(own, dict) else None
    if found is None and kind in _INHERITS:
        return heading(_INHERITS[kind], column)
    return _pair(found if found is not None else _tables()["common"].get(column), f"column.{kind}.{column}")


def choices(name: str) -> Mapping[str, Words]:
    """The words of a closed choice, by its value. Raises DataError."""
    table = _tables()["choice"].get(name)
    if not isinstance(table, dict):
        raise DataError(f"words.toml has no [choice.{name}]; install pqscan again")
    return {value: _pair(words, f"choice.{name}.{value}") for value, words in table.items()}


def spoken(words: Words, language: str) -> str:
    """The word in "vi", else the English one."""
    return words[language == "vi"]


def _pair(words: object, place: str) -> Words:
    if isinstance(words, list) and len(words) == 2 and all(isinstance(word, str) and word for word in words):
        return words[0], words[1]
    raise DataError(f"words.toml: {place} must be two texts, English and Vietnamese; install pqscan again")


@cache
def _tables() -> dict[str, dict[str, object]]:
    try:
        return tomli.loads(_FILE.read_text("utf-8"))
    except (OSError, tomli.TOMLDecodeError) as error:
        raise DataError(f"words.toml cannot be read ({error}); install pqscan again") from error
