"""All samples, and how they get onto a disk."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from pathlib import Path

from tests.corpus import certificates, decoys, documents, foreign_keys, keys, texts
from tests.corpus.truth import Sample


@cache
def every_sample() -> tuple[Sample, ...]:
    return tuple(sample for module in (certificates, keys, foreign_keys, documents, texts, decoys) for sample in module.samples())


def write(samples: Iterable[Sample], folder: Path) -> None:
    for sample in samples:
        path = folder / sample.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sample.content)
