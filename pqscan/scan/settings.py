"""How one run is carried out, and how it ended."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from pqscan.model.outcome import OutcomeStatus
from pqscan.net.budget import Limits
from pqscan.scan.authorisation import Refusal
from pqscan.scan.discover import SweepSettings
from pqscan.scan.nmap_discovery import Means
from pqscan.scan.work import AskSettings


class Discovery(StrEnum):
    """`connect`: a connect sweep finds open ports first; `nmap`: nmap does, and tells what it hears there; `none`: every target is
    asked by the probe at once."""

    CONNECT = "connect"
    NMAP = "nmap"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class ScanSettings:
    """How one run is carried out. `at_once` targets are asked at a time in each process; `processes` None: as many as fit."""

    ask: AskSettings = AskSettings()  # noqa: RUF009 - frozen.
    limits: Limits = Limits()  # noqa: RUF009 - frozen.
    sweep: SweepSettings = SweepSettings()  # noqa: RUF009 - frozen.
    discovery: Discovery = Discovery.NONE
    nmap: Means | None = None  # where nmap discovers
    at_once: int = 64
    processes: int | None = None
    several_processes_from: int = 4000  # targets: fewer are done before further processes have started
    worker_modules: tuple[str, ...] = ()  # what every process needs, for systems that can load it once for all of them
    retry_pauses_seconds: tuple[float, ...] = (2.0, 20.0)  # before each pass over what timed out or was throttled
    most_again: int = 10_000  # targets kept for these passes; what is above waits for --resume
    write_every_seconds: float = 1.0
    most_pause_seconds: float = 600.0  # without a network or a name server, after which the run ends and waits for --resume


@dataclass(frozen=True, slots=True)
class Summary:
    """How a run ended. `cursor` of `total` places are done; `again` targets are still worth a `--resume`."""

    cursor: int
    total: int
    interrupted: bool
    by_status: dict[OutcomeStatus, int]
    again: int
    refusals: tuple[Refusal, ...] = ()  # addresses that a look-up gave and nobody authorised
    paused_seconds: float = 0.0  # while this machine's network or the name server was gone
