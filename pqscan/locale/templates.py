"""The English templates of reasons (`reasons/*.toml`, one file a part) and labels (`labels.toml`): the message ids.

A line is `code = "sentence with {parameter}"`; the same code with the same text may stand in two parts. Labels are words for
closed values.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path

import tomli

from pqscan.errors import DataError

HERE = Path(__file__).resolve().parent


@cache
def reason_templates() -> dict[str, str]:
    """Every reason code with its English sentence. Where two parts give one code two sentences the first file counts
    (and `conflicts` tells). Raises DataError for a file that is no table of sentences."""
    templates: dict[str, str] = {}
    for code, text, _name in _all_reasons():
        templates.setdefault(code, text)
    return templates


def conflicts() -> list[str]:
    """Codes to which two parts give two sentences: a defect that a test finds."""
    return [f"{code} ({name})" for code, text, name in _all_reasons() if reason_templates()[code] != text]


def _all_reasons() -> Iterator[tuple[str, str, str]]:
    for entry in sorted((HERE / "reasons").glob("*.toml")):
        for code, text in _strings(entry.name, entry.read_text("utf-8")).items():
            yield code, text, entry.name


@cache
def label_templates() -> dict[str, dict[str, str]]:
    """Closed values of each table with their English words."""
    document = tomli.loads((HERE / "labels.toml").read_text("utf-8"))
    return {table: {str(value): str(text) for value, text in rows.items()} for table, rows in document.items()}


@cache
def error_templates() -> tuple[str, ...]:
    """Sentences of errors that are not written out where the error is made."""
    document = tomli.loads((HERE / "errors.toml").read_text("utf-8"))
    return tuple(str(text) for text in document["sentences"])


def _strings(name: str, text: str) -> dict[str, str]:
    try:
        document = tomli.loads(text)
    except tomli.TOMLDecodeError as error:
        raise DataError(f"reasons/{name} is no TOML: {error}.") from error
    for code, sentence in document.items():
        if not isinstance(sentence, str):
            raise DataError(f'reasons/{name}: {code} must be one sentence, written code = "sentence".')
    return document
