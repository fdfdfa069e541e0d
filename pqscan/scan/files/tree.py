"""A walk and what lies in its files, as outcomes: further names of one file are read once, what was skipped is told."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime

from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.target import FileTarget
from pqscan.scan.files.examine import FILE_PROBE, Examined
from pqscan.scan.files.walk import Entry, Skipped, Step
from pqscan.scan.files.workers import Setup, Sized, examined

_MOST_SHARED = 100_000  # files with several names that are remembered


@dataclass(frozen=True, slots=True)
class Looked:
    """One step of the walk: how the file itself ended, and the outcomes that deserve a row. `is_through`: all in it was read.
    `is_lasting`: what was found stands for as long as the file does not change."""

    path: str
    status: OutcomeStatus
    outcomes: tuple[Outcome, ...]
    octets: int = 0
    is_through: bool = False
    is_lasting: bool = True


class Tree:
    """Looks at the files of a walk. `machine` is the name under which they are kept."""

    def __init__(self, machine: str, setup: Setup) -> None:
        self._machine = machine
        self._setup = setup
        self._aside: deque[Looked | tuple[FileTarget, tuple[int, int]]] = deque()
        self._identities: dict[FileTarget, tuple[int, int]] = {}  # of files with several names, that are being read
        self._known: dict[tuple[int, int], Examined | None] = {}

    def looked(self, steps: Iterable[Step]) -> Iterator[Looked]:
        """Every step once; those that are read come in the order of the walk."""
        for target, result in examined(self._targets(steps), self._setup):
            identity = self._identities.pop(target, None)
            if identity is not None:
                self._known[identity] = result
            yield Looked(target.path, _status(target, result), result.outcomes, result.octets, result.is_through, result.is_lasting)
            yield from self._set_aside()
        yield from self._set_aside()

    def _targets(self, steps: Iterable[Step]) -> Iterator[Sized]:
        for step in steps:
            target = FileTarget(self._machine, step.path)
            if isinstance(step, Skipped):
                outcome = Outcome(target, FILE_PROBE, step.status, datetime.now(UTC), 0.0, 0, step.reason)
                self._aside.append(Looked(step.path, step.status, (outcome,)))
            elif self._is_further_name(step):
                self._aside.append((target, step.identity))
            else:
                if step.links > 1 and len(self._known) < _MOST_SHARED:
                    self._known[step.identity] = None
                    self._identities[target] = step.identity
                yield target, step.size

    def _is_further_name(self, entry: Entry) -> bool:
        return entry.links > 1 and entry.identity in self._known

    def _set_aside(self) -> Iterator[Looked]:
        while self._aside:
            first = self._aside[0]
            if isinstance(first, Looked):
                yield first
            else:
                target, identity = first
                result = self._known[identity]
                if result is None:  # It is being read.
                    return
                outcomes = tuple(replace(outcome, target=replace(target, members=_members(outcome))) for outcome in result.outcomes)
                status = _status(target, replace(result, outcomes=outcomes))
                yield Looked(target.path, status, outcomes, 0, result.is_through, result.is_lasting)
            self._aside.popleft()


def _members(outcome: Outcome) -> tuple[str, ...]:
    return outcome.target.members if isinstance(outcome.target, FileTarget) else ()


def _status(target: FileTarget, result: Examined) -> OutcomeStatus:
    """How the file itself ended, whatever is in it: completed where nothing but a member of it failed."""
    own = [outcome.status for outcome in result.outcomes if outcome.target == target]
    failed = [status for status in own if status is not OutcomeStatus.COMPLETED]
    return failed[0] if failed and len(failed) == len(own) else OutcomeStatus.COMPLETED
