"""What the store answers beside the model's own types: its state, places of an algorithm, two runs side by side."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from ipaddress import IPv4Network, IPv6Network

from pqscan.model.inventory import Sighting
from pqscan.model.observation import Subject, Support
from pqscan.model.outcome import Chain, OutcomeStatus
from pqscan.model.target import Target


@dataclass(frozen=True, slots=True)
class StoreStatus:
    """`revision` is the schema's, None for an empty database; `head` the one this program works with.

    Where the two differ nothing is counted."""

    url_redacted: str
    backend: str
    revision: str | None
    head: str
    runs: int = 0
    targets: int = 0
    sightings: int = 0
    profiles: int = 0
    certificates: int = 0

    @property
    def is_current(self) -> bool:
        return self.revision == self.head


@dataclass(frozen=True, slots=True)
class Place:
    """One fact that shows an algorithm in use. For a certificate's key or signature only the subject is told."""

    subject: Subject
    value: str | None = None
    name: str | None = None
    context: str | None = None
    support: Support | None = None


@dataclass(frozen=True, slots=True)
class Occurrence:
    """A target on which an algorithm was found, and where in its answer."""

    sighting: Sighting
    places: tuple[Place, ...]


@dataclass(frozen=True, slots=True)
class SightingPair:
    """What two runs saw of one target with one probe; None where a run did not ask it or got no answer worth a row."""

    target: Target
    probe: str
    before: Sighting | None
    after: Sighting | None


@dataclass(frozen=True, slots=True)
class Content:
    """What targets answered, whoever they are: the digest of the profile and all chains. `targets` is how many answer so."""

    profile: bytes | None
    chains: tuple[Chain, ...]
    targets: int = 1


@dataclass(frozen=True, slots=True)
class PastSighting:
    """One interval of a target's history. `sighting.run` is its last run; `lane` is how much its answer can tell
    (`intervals.py`); `is_open` says that no other answer of its lane has taken its place."""

    sighting: Sighting
    first_run: str
    lane: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class Where:
    """Which sightings are wanted; what is None or empty does not restrict. `name` is a server or host name.

    `on` asks for what targets answered at a moment, instead of now; where a run is named as well, it means nothing."""

    target: Target | None = None
    probe: str | None = None
    statuses: Collection[OutcomeStatus] = ()
    network: IPv4Network | IPv6Network | None = None
    port: int | None = None
    name: str | None = None
    site: str | None = None
    profile: bytes | None = None
    certificate: bytes | None = None
    on: datetime | None = None
