"""Configurations, source code and manifests: text with its truth beside it, in data/*.toml."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path

from tests.corpus.truth import Asset, Sample

_DATA = Path(__file__).with_name("data")


def samples() -> Iterator[Sample]:
    for path in sorted(_DATA.glob("*.toml")):
        for row in tomllib.loads(path.read_text(encoding="utf-8"))["sample"]:
            yield Sample(row["path"], row["text"].encode(), tuple(Asset(**asset) for asset in row.get("assets", ())))
