"""The digest by which a report names a TOML file that it was made with: a policy pack, a local registry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime, time


def content_digest(content: Mapping[str, object]) -> str:
    """SHA-256, in hex, over the values of a TOML table: comments, spacing and the order of keys do not change it. Dates and
    times are told apart from texts that look like them."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=True, separators=(",", ":"), default=_tagged)
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _tagged(value: object) -> dict[str, str]:
    if isinstance(value, (date, datetime, time)):
        return {type(value).__name__: value.isoformat()}
    raise TypeError(f"TOML has no {type(value).__name__}")
