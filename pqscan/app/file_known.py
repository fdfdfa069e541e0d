"""What the store knows of the files of a machine, and what of it a scan found to be there no more: so a finding ends by a scan.

Nothing is said of a file that was not read to its end, nor of one that lies where this scan did not look."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING

from pqscan_probes.private_key_file import PrivateKeyFileProbe

from pqscan.app.file_probes import every_file_probe
from pqscan.model.canonical import canonical
from pqscan.model.inventory import Sighting
from pqscan.model.observation import Profile
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.scan.files.examine import FILE_PROBE
from pqscan.scan.files.tree import Looked
from pqscan.scan.files.walk import is_gone
from pqscan.store.answers import Where

if TYPE_CHECKING:
    from pqscan.store.repository import Store

_DEPTH = "inventory"
_AT_ONCE = 1000  # profiles


class KnownFiles:
    """The targets below some paths that held something, or could not be read, when they were looked at last."""

    def __init__(self, store: Store, machine: str, paths: Iterable[str]) -> None:
        self._roots = tuple(paths)
        self._known: dict[str, set[tuple[FileTarget, str]]] = {}
        for sighting in _of_files(store):
            target = sighting.target
            if not isinstance(target, FileTarget) or target.machine != machine or not self._is_below(target.path):
                continue
            if sighting.detail is None or sighting.detail.code not in _ENDED:
                self._known.setdefault(target.path, set()).add((target, sighting.probe))

    def ended(self, looked: Looked) -> Iterator[Outcome]:
        """What was in the file and is no more."""
        known = self._known.pop(looked.path, None)
        if known is None or not looked.is_through:
            return
        seen = {(outcome.target, outcome.probe) for outcome in looked.outcomes}
        for target, probe in sorted(known):
            if (target, probe) not in seen:
                yield _empty(target, probe, _NOT_THERE)

    def still_there(self, path: str) -> tuple[tuple[FileTarget, str], ...]:
        """What lies in a file that did not change, and so was not read again."""
        return tuple(sorted(self._known.pop(path, ())))

    def gone(self) -> Iterator[Outcome]:
        """What was in files that are no more; to be asked when all others were looked at."""
        for path, known in sorted(self._known.items()):
            if is_gone(path) and not is_gone(self._root_of(path)):
                for target, probe in sorted(known):
                    yield _empty(target, probe, _GONE)

    def _is_below(self, path: str) -> bool:
        return any(path == root or path.startswith(root.rstrip("/") + "/") for root in self._roots)

    def _root_of(self, path: str) -> str:
        """The folder that was walked; for a file that was named itself the folder in which it lay."""
        root = next(root for root in self._roots if path == root or path.startswith(root.rstrip("/") + "/"))
        return os.path.dirname(root) if root == path else root


def locked_files(store: Store, machine: str) -> frozenset[str]:
    """The files whose private keys are known as locked: other passwords may open them."""
    shown: dict[bytes, set[str]] = {}
    for sighting in store.sightings(where=Where(probe=PrivateKeyFileProbe.name)):
        target = sighting.target
        if isinstance(target, FileTarget) and target.machine == machine and sighting.profile is not None:
            shown.setdefault(sighting.profile, set()).add(target.path)
    digests, locked = iter(shown), set[str]()
    while portion := tuple(islice(digests, _AT_ONCE)):
        for digest, profile in store.profiles(portion).items():
            if any("locked_by" in dict(observation.parameters) for observation in profile.observations):
                locked |= shown[digest]
    return frozenset(locked)


_NOT_THERE, _GONE = "file_holds_it_no_more", "file_gone"
_ENDED = frozenset({_NOT_THERE, _GONE})


def _of_files(store: Store) -> Iterator[Sighting]:
    """What file probes found, without a walk over everything that a network answered."""
    for name in (FILE_PROBE, *(probe.name for probe in every_file_probe())):
        yield from store.sightings(where=Where(probe=name))


def _empty(target: FileTarget, probe: str, code: str) -> Outcome:
    profile = canonical(Profile(probe, _DEPTH, "", True, ()))
    return Outcome(target, probe, OutcomeStatus.COMPLETED, datetime.now(UTC), 0.0, 0, Reason.of(code), profile)
