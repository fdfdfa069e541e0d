"""Which files may be read under an authorisation that names machines and paths: asked before anything is opened, with every link
and every `..` of a path resolved. Without an authorisation the files of a machine may be read by whoever may read them there."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from pqscan.model.authorisation import Authorisation
from pqscan.model.reason import Reason


@dataclass(frozen=True, slots=True)
class FilePermission:
    """One authorisation for the files of one machine. Knows no date: the question brings its day."""

    authorisation: Authorisation
    machine: str
    _paths: tuple[str, ...] = field(init=False, repr=False)
    _excluded: tuple[str, ...] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_paths", tuple(map(os.path.realpath, self.authorisation.paths)))
        object.__setattr__(self, "_excluded", tuple(map(os.path.realpath, self.authorisation.excluded_paths)))

    def refusal(self, path: str, today: date) -> Reason | None:
        """Why what lies at this path must not be read; None where it may."""
        given = self.authorisation
        if today < given.valid_from:
            return Reason.of("authorisation_not_yet_valid", valid_from=given.valid_from.isoformat())
        if today > given.valid_to:
            return Reason.of("authorisation_expired", valid_to=given.valid_to.isoformat())
        if not given.machines and not given.paths:
            return Reason.of("files_not_authorised")
        if given.machines and self.machine not in given.machines:
            return Reason.of("machine_not_authorised", machine=self.machine)
        real = os.path.realpath(path)
        if given.paths and not _is_below(real, self._paths):
            return Reason.of("path_not_authorised", path=real)
        return self.left_out(real)

    def left_out(self, path: str) -> Reason | None:
        """The same of what lies below a path that may be read."""
        if self._excluded and _is_below(os.path.realpath(path), self._excluded):
            return Reason.of("path_excluded_by_authorisation")
        return None


def _is_below(path: str, roots: Iterable[str]) -> bool:
    return any(path == root or path.startswith(root.rstrip("/") + "/") for root in roots)
