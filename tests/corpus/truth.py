"""What a file of the corpus holds, and how what a program found is held against it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

_APART = re.compile(r"[^a-z0-9+]")
_SAME = {
    "idecpublickey": "ec",
    "ecpublickey": "ec",
    "rsaencryption": "rsa",
    "rsapkcs115": "rsa",
    "rsassapss": "rsapss",
    "idrsassapss": "rsapss",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """`kind` is the subject of the observation that must tell it; `size` in bits, None where a size means nothing."""

    kind: str
    algorithm: str
    size: int | None = None
    is_post_quantum: bool = False


@dataclass(frozen=True, slots=True)
class Sample:
    """One file. `is_locked`: what is in it cannot be seen without a password, and that must be told."""

    path: str
    content: bytes
    assets: tuple[Asset, ...] = ()
    is_locked: bool = False


@dataclass(frozen=True, slots=True)
class Told:
    """What a program told of a file: an asset, and what it said of its class."""

    asset: Asset
    quantum_class: str


@dataclass(slots=True)
class Score:
    """Counts of one comparison; shares are None of nothing."""

    true: int = 0
    told: int = 0
    right: int = 0
    named: int = 0
    with_size: int = 0
    sized: int = 0
    locked: int = 0
    locked_told: int = 0
    missed: list[str] = field(default_factory=list)
    false: list[str] = field(default_factory=list)
    misnamed: list[str] = field(default_factory=list)
    post_quantum_wrong: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        return self.right / self.told

    @property
    def recall(self) -> float:
        return self.right / self.true

    @property
    def names(self) -> float:
        return self.named / self.right

    @property
    def sizes(self) -> float:
        return self.sized / self.with_size

    @property
    def locks(self) -> float:
        return self.locked_told / self.locked

    def as_text(self) -> str:
        return (
            f"precision {self.precision:.3f}, recall {self.recall:.3f}, algorithm named {self.names:.3f}, "
            f"key size {self.sizes:.3f}, locked told {self.locks:.3f} ({self.true} assets, {self.told} told)"
        )


def folded(algorithm: str) -> str:
    """One spelling of the many of an algorithm. By which hash something is signed is told apart from what signs."""
    text = _APART.sub("", algorithm.lower())
    for family in ("rsa", "ecdsa", "dsa"):
        if text.endswith((f"with{family}", f"with{family}encryption")) or text.startswith(f"{family}with"):
            return family
    return _SAME.get(text, text)


def compare(samples: Iterable[Sample], told: Mapping[str, Sequence[Told]], locked: Iterable[str]) -> Score:
    """`told` and `locked` by the path of the sample. An asset counts once for each time that the file holds it."""
    score, told_locked = Score(), set(locked)
    for sample in samples:
        _compare(score, sample, told.get(sample.path, ()))
        if sample.is_locked:
            score.locked += 1
            score.locked_told += sample.path in told_locked
            if sample.path not in told_locked:
                score.missed.append(f"{sample.path}: locked")
    return score


def _compare(score: Score, sample: Sample, told: Sequence[Told]) -> None:
    left = list(told)
    score.true += len(sample.assets)
    score.told += len(told)
    open_assets: list[Asset] = []
    for asset in sample.assets:
        fits = [one for one in left if one.asset.kind == asset.kind and folded(one.asset.algorithm) == folded(asset.algorithm)]
        found = next((one for one in fits if one.asset.size == asset.size), fits[0] if fits else None)
        if found is None:
            open_assets.append(asset)
            continue
        left.remove(found)
        score.named += 1
        _matched(score, sample, asset, found)
    for asset in open_assets:
        found = next((one for one in left if one.asset.kind == asset.kind), None)
        if found is None:
            score.missed.append(f"{sample.path}: {asset.kind} {asset.algorithm} {asset.size or ''}")
            continue
        left.remove(found)
        score.misnamed.append(f"{sample.path}: {asset.algorithm} told as {found.asset.algorithm}")
        _matched(score, sample, asset, found)
    score.false += [f"{sample.path}: {one.asset.kind} {one.asset.algorithm}" for one in left]


def _matched(score: Score, sample: Sample, asset: Asset, found: Told) -> None:
    score.right += 1
    if asset.size is not None:
        score.with_size += 1
        score.sized += found.asset.size == asset.size
        if found.asset.size != asset.size:
            score.misnamed.append(f"{sample.path}: {asset.algorithm} {asset.size} told as {found.asset.size}")
    is_told = found.quantum_class in ("post_quantum", "pqt_hybrid")
    if is_told != asset.is_post_quantum:
        score.post_quantum_wrong.append(f"{sample.path}: {asset.algorithm} told as {found.quantum_class}")


def kinds(samples: Iterable[Sample]) -> Counter[str]:
    """How many files the corpus has in each of its folders."""
    return Counter(sample.path.partition("/")[0] for sample in samples)
