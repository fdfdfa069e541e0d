"""The one interface that every probe fulfils, over the network and over files alike.

A probe is given a target and the means to ask it (a `Dialer`, a `FileSource`), and returns facts. It judges nothing,
opens nothing itself, and raises `PeerError` only where nothing at all was learned.
"""

from __future__ import annotations

from typing import Protocol, TypeVar

from pqscan.model.outcome import Facts
from pqscan.model.target import FileTarget, NetworkTarget
from pqscan.net.stream import Dialer

TargetT = TypeVar("TargetT", contravariant=True)
MeansT = TypeVar("MeansT", contravariant=True)


class Probe(Protocol[TargetT, MeansT]):
    """`name` is the word in every output; `run` asks one target."""

    @property
    def name(self) -> str: ...

    async def run(self, target: TargetT, means: MeansT) -> Facts: ...


class FileSource(Protocol):
    """The bytes of one regular file, read once, within a budget."""

    def read(self, most: int) -> bytes:
        """The first `most` bytes. Raises WorkError with the reason where the file cannot be read."""


class NetworkProbe(Probe[NetworkTarget, Dialer], Protocol):
    """`serves_names`: one address may answer otherwise for another name (SNI), so that the names found there are asked, too."""

    @property
    def serves_names(self) -> bool: ...


FileProbe = Probe[FileTarget, FileSource]
