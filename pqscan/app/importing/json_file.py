"""JSON that another program wrote, read within bounds, and how its parts are asked for: what is not as expected is not there."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping

from pqscan.errors import MalformedMessage

MOST_BYTES = 256 << 20
MOST_VALUES = 8_000_000
_OPENERS = (b",", b"[", b"{")

Document = Mapping[str, object]
_NOTHING: Document = {}


def read_json(data: bytes, pairs: Callable[[list[tuple[str, object]]], object] | None = None) -> object:
    """One document; `pairs` makes each table of it, where a dictionary is not enough. Raises MalformedMessage where it is no JSON
    in UTF-8, is too large, or is nested too deeply."""
    if len(data) > MOST_BYTES or sum(map(data.count, _OPENERS)) > MOST_VALUES:
        raise MalformedMessage(f"the file holds more than {MOST_VALUES} values or {MOST_BYTES >> 20} MiB; split it")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise MalformedMessage("the file is not UTF-8 text; save it as UTF-8") from None
    try:
        found: object = json.loads(text, object_pairs_hook=pairs)
    except RecursionError:
        raise MalformedMessage("the file is nested too deeply to be what such a program writes") from None
    except ValueError as error:  # Among them numbers of more than 4300 digits.
        line = getattr(error, "lineno", 1)
        raise MalformedMessage(f"the file is no JSON (line {line}); give the file that the program wrote itself") from None
    return found


def table(value: object, *path: str) -> Document:
    """The table there, or at the end of a path of names; an empty one where there is none."""
    for name in path:
        value = value.get(name) if isinstance(value, dict) else None
    return value if isinstance(value, dict) else _NOTHING


def rows(value: object) -> list[object]:
    """The list there; an empty one where there is none."""
    return value if isinstance(value, list) else []


def text(value: object) -> str:
    """The text there; empty where there is none. A lone surrogate, which JSON can write and no text holds, is taken out."""
    return value.encode("utf-8", "replace").decode("utf-8") if isinstance(value, str) else ""


def written_by(document: object) -> str:
    """Whose format it looks like (a command of `pqscan import`); empty where it is none of them."""
    first = rows(document)[0] if rows(document) else document
    if not isinstance(first, dict):
        return ""
    if first.get("bomFormat") in ("CycloneDX", "CBOM"):
        return "cbom"
    if "server_scan_results" in first:
        return "sslyze"
    if "scanResult" in first or {"id", "severity", "finding"} <= first.keys():
        return "testssl"
    if "banner" in first and ("target" in first or "client_ip" in first):
        return "ssh-audit"
    return ""


def require(document: object, wanted: str) -> None:
    """Raises MalformedMessage where the document is not what the program `wanted` writes."""
    found = written_by(document)
    if found == wanted:
        return
    if found:
        raise MalformedMessage(f"the file is what {found} writes; use `pqscan import {found}`")
    raise MalformedMessage(f"the file is not what {wanted} writes; see docs/importing.md for how to make one")
