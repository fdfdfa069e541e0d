"""Runs the probes over a set of targets: the door to a scan, for a run begun and for one resumed."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from pqscan.model.target import NetworkTarget
from pqscan.scan.authorisation import Permission
from pqscan.scan.progress import Progress
from pqscan.scan.run import RunInHand, Scope
from pqscan.scan.settings import ScanSettings, Summary
from pqscan.scan.targets import TargetSet
from pqscan.scan.watch import Senses
from pqscan.scan.work import Asked
from pqscan.scan.workers import RouterFactory
from pqscan.scan.writer import Ledger


class Scanner:
    """`router_factory` must be importable where several processes are used. `senses` tell of this machine's own network."""

    def __init__(
        self,
        router_factory: RouterFactory,
        ledger: Ledger,
        permission: Permission,
        settings: ScanSettings | None = None,
        *,
        progress: Callable[[Progress], None] | None = None,
        senses: Senses | None = None,
    ) -> None:
        self._router_factory = router_factory
        self._ledger = ledger
        self._permission = permission
        self._settings = settings if settings is not None else ScanSettings()
        self._progress = progress
        self._senses = senses if senses is not None else Senses()
        self._run: RunInHand | None = None

    def stop(self) -> None:
        """Ends the run soon; what is done is kept. Call from the loop."""
        if self._run is not None:
            self._run.stop()

    async def run(
        self,
        targets: TargetSet,
        run_id: str,
        *,
        start_cursor: int = 0,
        done: Callable[[NetworkTarget], Asked | None] | None = None,
        again: Iterable[Asked] = (),
        excluded: int = 0,
    ) -> Summary:
        """Asks every target from `start_cursor` on. `targets` are those that `screen` left; `excluded` how many it did not.

        To resume: `done` tells of a target that this run has committed already, None of the others; `again`
        are targets below the cursor that timed out or were throttled. Raises what the ledger raises, and WorkError where
        this machine cannot go on; everything written until then stays. A cancelled run keeps what is done, too."""
        scope = Scope(targets, start_cursor, done, tuple(again), excluded)
        self._run = RunInHand(
            scope,
            run_id,
            self._router_factory,
            self._ledger,
            self._permission,
            self._settings,
            self._progress,
            self._senses,
        )
        try:
            return await self._run.carry_out()
        finally:
            self._run = None
