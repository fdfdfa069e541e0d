"""The English templates of reasons (`reasons/*.toml`, one file a part) and labels (`labels.toml`): the message ids.

A line is `code = "sentence with {parameter}"`; the same code with the same text may stand in two parts.
"""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path

from pqscan.errors import DataError

HERE = Path(__file__).resolve().parent


@cache
def reason_templates() -> dict[str, str]:
    """Every reason code with its English sentence. Raises DataError where two parts give one code two meanings."""
    templates: dict[str, str] = {}
    for entry in sorted((HERE / "reasons").glob("*.toml")):
        for code, text in _strings(entry.name, entry.read_text("utf-8")).items():
            if templates.setdefault(code, text) != text:
                raise DataError(f"Reason code {code} has two sentences, the second in reasons/{entry.name}: rename one of them.")
    return templates


@cache
def label_templates() -> dict[str, dict[str, str]]:
    """Closed values of each table with their English words."""
    document = tomllib.loads((HERE / "labels.toml").read_text("utf-8"))
    return {table: {str(value): str(text) for value, text in rows.items()} for table, rows in document.items()}


def _strings(name: str, text: str) -> dict[str, str]:
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise DataError(f"reasons/{name} is no TOML: {error}.") from error
    for code, sentence in document.items():
        if not isinstance(sentence, str):
            raise DataError(f'reasons/{name}: {code} must be one sentence, written code = "sentence".')
    return document
