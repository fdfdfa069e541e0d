"""Documents of the register, of decisions and settings: flat JSON objects, checked when they are read back."""

from __future__ import annotations

import json
from typing import cast

from pqscan.readiness.changes import Document, Field
from pqscan.store.peer_text import Json, from_json, unescape_json

_SIMPLE = (str, int, type(None))  # bool is an int


def document_of(value: object) -> Document:
    """The document in a JSON column: text from SQLite, parsed or text from PostgreSQL. Raises ValueError for anything else."""
    if isinstance(value, str):
        try:
            found = json.loads(value) if "\ufdd0" not in value else from_json(value)
        except RecursionError:
            raise ValueError("a document is nested too deeply") from None
    elif isinstance(value, dict):
        found = unescape_json(cast("Json", value))
    else:
        raise ValueError("a document is no JSON text")
    if not isinstance(found, dict):
        raise ValueError("a document is no JSON object")
    for name, field in found.items():
        if not isinstance(field, _SIMPLE) and not (isinstance(field, list) and all(isinstance(part, str) for part in field)):
            raise ValueError(f"the field {name[:40]!r} of a document is neither text, number, yes or no, nor a list of texts")
    return cast("dict[str, Field]", found)


def raw_json(value: object) -> Json:
    """A JSON column as it is stored, with its escapes. Raises ValueError or TypeError where that is no JSON."""
    return cast("Json", json.loads(value) if isinstance(value, str) else value)


def stated(document: Document) -> dict[str, Field]:
    """The fields that say something: one that is left out and one that is None are the same."""
    return {name: list(field) if isinstance(field, tuple) else field for name, field in document.items() if field is not None}
