"""What a scan of files is asked to do, and as its run keeps it, so that `--resume` can go on from it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, field, fields
from math import isfinite
from pathlib import Path

from pqscan.errors import StoreError
from pqscan.scan.files.bounds import Bounds

MOST_PROCESSES = 1024  # that may be asked for


@dataclass(frozen=True, slots=True)
class FileScan:
    """What to read: `machine` is the name of the machine on which the files lie (None: this one); `passwords` are tried on key
    stores and kept nowhere. `full`: also what did not change since it was read whole."""

    paths: tuple[Path, ...]
    machine: str | None = None
    site: str = ""
    one_file_system: bool = False
    bounds: Bounds = field(default_factory=Bounds)
    processes: int | None = None
    passwords: tuple[str, ...] = field(default=(), repr=False)
    full: bool = False
    authorisation: str | None = None  # a file, outside of which nothing is read

    def encode(self) -> str:
        """Everything but the passwords."""
        document: dict[str, object] = {name: getattr(self, name) for name in _FITS}
        document |= {"paths": [str(path) for path in self.paths], "bounds": asdict(self.bounds)}
        return json.dumps(document, ensure_ascii=True, separators=(",", ":"), sort_keys=True)

    @classmethod
    def decode(cls, text: str, run: str) -> FileScan:
        """Raises StoreError where the row was not written by a scan of files."""
        try:
            document = json.loads(text)
            paths, bounds = document["paths"], document["bounds"]
            values = {name: document[name] for name in _FITS if name in document}
            wrong = [name for name, value in values.items() if not _FITS[name](value)]
            if wrong or not paths or not _are_paths(paths) or not _are_bounds(bounds):
                raise ValueError("it is not what a scan keeps")
            return cls(paths=tuple(map(Path, paths)), bounds=Bounds(**bounds), **values)
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError):
            raise StoreError(f"the run {run} does not say how it was started: begin a new one") from None


def _are_paths(value: object) -> bool:
    return isinstance(value, list) and all(isinstance(path, str) and path.startswith("/") for path in value)


def _are_bounds(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {one.name for one in fields(Bounds)} and all(map(_is_amount, value.values()))


def _is_amount(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value) and value > 0


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_text_or_none(value: object) -> bool:
    return value is None or isinstance(value, str)


def _is_switch(value: object) -> bool:
    return isinstance(value, bool)


def _is_count_or_none(value: object) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST_PROCESSES)


_FITS: dict[str, Callable[[object], bool]] = {
    "machine": _is_text_or_none,
    "site": _is_text,
    "one_file_system": _is_switch,
    "processes": _is_count_or_none,
    "full": _is_switch,
    "authorisation": _is_text_or_none,
}
"""What each field may be in a row: the store may be somebody else's, or damaged."""
