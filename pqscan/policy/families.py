"""From the many spellings of an algorithm to the family that policies speak of (data/families.toml)."""

from __future__ import annotations

import re
from functools import cache, lru_cache

from pqscan.policy.rows import DATA_FOLDER, Document

HASHES = frozenset({"SHA-1", "SHA224", "SHA256", "MD5"})  # as rules name them; which algorithm signs is nothing to such a rule
_REST = re.compile(r"$|[0-9\-_+ ^]")


@cache
def _prefixes() -> tuple[tuple[str, str], ...]:
    found = []
    for row in Document.read(DATA_FOLDER / "families.toml").rows("family"):
        name = row.text("name")
        found += [(prefix, name) for prefix in row.texts("prefixes")]
        row.done()
    return tuple(found)


@lru_cache(maxsize=4096)
def family_of(spelling: str) -> str:
    """The family of a component, key or signature algorithm; the spelling itself where no row fits, so that it shows."""
    folded = spelling.strip().lower()
    longest = ""
    family = spelling
    for prefix, name in _prefixes():
        if len(prefix) > len(longest) and folded.startswith(prefix) and _REST.match(folded, len(prefix)):
            longest, family = prefix, name
    return family


def canonical_hash(spelling: str | None) -> str | None:
    """`sha1`, `SHA-1` and `sha-1` are one; other hashes as they are spelled, in capitals."""
    if spelling is None:
        return None
    folded = spelling.strip().lower()
    for name in ("SHA-1", "SHA-0", "MD5", "MD4", "MD2"):
        if folded in (name.lower(), name.lower().replace("-", "")):
            return name
    return spelling.upper()
