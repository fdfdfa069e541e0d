"""Files gathered by folder, for reports that are read: a tree has thousands of files, each of which stands in the CSV and JSON
editions and in `pqscan show targets`."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pqscan.locale import Translator
from pqscan.model.target import FileTarget
from pqscan.policy.state import State
from pqscan.report import AssessedTarget
from pqscan_reports.escape import visible

FolderKey = tuple[str, str]


@dataclass(slots=True)
class Folder:
    """How many `files` of a folder hold something or could not be read, archives as one file each, and in how many places of them
    the worse of the two states is which."""

    machine: str
    path: str
    files: int = 0
    states: Counter[State] = field(default_factory=Counter)
    last: str = ""

    @property
    def name(self) -> str:
        return folder_text(self.machine, self.path)


class Folders:
    """Gathers the files of one walk over targets, in which those of one file come one after another."""

    def __init__(self, severity: Mapping[State, int]) -> None:
        """`severity` is 0 for the worst state."""
        self._severity = severity
        self._known: dict[FolderKey, Folder] = {}

    def meet(self, assessed: AssessedTarget) -> None:
        target = assessed.sighting.target
        if not isinstance(target, FileTarget):
            return
        key = folder_of(target)
        folder = self._known.get(key)
        if folder is None:
            folder = self._known[key] = Folder(*key)
        if folder.last != target.path:
            folder.files += 1
            folder.last = target.path
        folder.states[min(assessed.key_establishment.state, assessed.authentication.state, key=self._severity.__getitem__)] += 1

    def worst_first(self) -> list[Folder]:
        """Those with most in the worst state first."""
        order = sorted(self._severity, key=self._severity.__getitem__)
        return sorted(
            self._known.values(), key=lambda folder: (*(-folder.states[state] for state in order), folder.machine, folder.path)
        )


def folder_of(target: FileTarget) -> FolderKey:
    return target.machine, os.path.dirname(target.path)


def folder_text(machine: str, path: str) -> str:
    """`machine:/folder/`."""
    return f"{machine}:{path.rstrip('/')}/"


def states_text(folder: Folder, order: Iterable[State], say: Translator) -> str:
    """`vulnerable 3, unknown 1`."""
    told = (
        f"{say.label('state_short', state.value)} {say.number(folder.states[state])}" for state in order if folder.states[state]
    )
    return visible(", ".join(told))
