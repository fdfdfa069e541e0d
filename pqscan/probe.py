"""The one interface that every probe fulfils, over the network and over files alike.

A probe is given a target and the means to ask it (a `Dialer`, a `FileSource`), and returns facts. It judges nothing,
opens nothing itself, and raises `PeerError` only where nothing at all was learned.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, TypeVar

from pqscan.model.observation import Where
from pqscan.model.outcome import Facts
from pqscan.model.target import FileTarget, NetworkTarget
from pqscan.net.stream import Dialer
from pqscan.wire.ignored import Ignored

TEXT_OCTETS = 8192
"""A zero octet among so many first ones: no text, and no lines."""
TargetT = TypeVar("TargetT", contravariant=True)
MeansT = TypeVar("MeansT", contravariant=True)


class Probe(Protocol[TargetT, MeansT]):
    """`name` is the word in every output; `run` asks one target."""

    @property
    def name(self) -> str: ...

    async def run(self, target: TargetT, means: MeansT) -> Facts: ...


@dataclass(frozen=True, slots=True)
class Mark:
    """Octets that make a file worth asking a probe. `pattern` is text, or octets in hexadecimal with `??` for any one (`is_hex`).
    With `at_start` it counts at the beginning of a file alone, where little is needed to tell what it may be; with `in_text` it
    does not count in a content that has a zero octet among its first `TEXT_OCTETS`.

    All marks of all probes are looked for in one pass, so the name of a mark is the same pattern everywhere. One that counts
    anywhere needs four octets in a row: with fewer the search is slow and finds too much."""

    name: str
    pattern: str
    is_hex: bool = False
    at_start: bool = False
    in_text: bool = False


@dataclass(frozen=True, slots=True)
class Places:
    """Where a mark stands in a piece, from its beginning, ascending. `is_cut`: in more places than are kept."""

    offsets: tuple[int, ...] = ()
    is_cut: bool = False


class FileSource(Protocol):
    """A file, or a piece of one that is too large to be held at once."""

    @property
    def data(self) -> bytes:
        """The octets of the piece."""

    @property
    def offset(self) -> int:
        """Where in the file the piece begins."""

    @property
    def is_whole(self) -> bool:
        """Whether the piece is all of the file."""

    def places(self, mark: Mark) -> Places:
        """Where the mark stands in `data`; of one that the probe does not name, nowhere."""

    def where(self, offset: int) -> Where:
        """The line and the offset in the file of what stands at `offset` in `data`."""

    def said_of(self, where: Where) -> Ignored | None:
        """The comment that speaks of the line (`pqscan: ignore`), also one that lacks something. Who tells equal facts once, where
        the first stands, tells those apart of which comments speak: one on the first would silence all."""

    def elsewhere(self, offset: int, size: int) -> bytes:
        """So many octets at any place of the file, fewer where they cannot be read: behind the piece of what comes as a stream
        there is nothing. For tables to which a beginning points, and never for a search."""


class NetworkProbe(Probe[NetworkTarget, Dialer], Protocol):
    """`serves_names`: one address may answer otherwise for another name (SNI), so that the names found there are asked, too."""

    @property
    def serves_names(self) -> bool: ...


class FileProbe(Probe[FileTarget, FileSource], Protocol):
    """Reads what lies in a file. It never waits for anything, so it is driven without an event loop.

    It is asked only where one of its `marks` stands. Raises WrongProtocol where the file holds none of what it reads after all."""

    @property
    def marks(self) -> tuple[Mark, ...]: ...
