"""A snapshot: what one unit reports for one period, in a document that is sealed and never changed again.

It holds figures and digests, no finding and no host. What it was made from lies in the files that are sealed with it: their names,
sizes and SHA-256 stand in it. Later scans change the store, not the snapshot."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Self

from pqscan.errors import MalformedMessage, UsageError
from pqscan.readiness.figure_names import MOST_FIGURES, Figures, faults
from pqscan.readiness.foreign_json import Fields, Json, canonical, moment_text, read_canonical

FORMAT = "pqscan-snapshot/1"
MOST_SNAPSHOT_BYTES = 1 << 20
MOST_FILES = 64
MOST_FILE_BYTES = 256 << 20
MOST_CODE = 64
_MOST_NAME = 300
_MOST_POLICIES = 100
_FILE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}\Z", re.ASCII)
_YEAR = re.compile(r"(\d{4})(?:-H([12]))?\Z", re.ASCII)
_DAYS = re.compile(r"(\d{4}-\d\d-\d\d)\.\.(\d{4}-\d\d-\d\d)\Z", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """From `start` to `end`, both inclusive: half a year, a year (R40), or whatever a calendar says, up to 366 days."""

    start: date
    end: date

    @classmethod
    def of(cls, start: date, months: int) -> Self:
        """So many whole months from a day on."""
        last = start.month - 1 + months
        year, month = start.year + last // 12, last % 12 + 1
        return cls(start, date(year, month, min(start.day, monthrange(year, month)[1])) - timedelta(days=1))

    @classmethod
    def read(cls, text: str) -> Self:
        """`2026`, `2026-H1`, or `2025-12-15..2026-12-14`. Raises UsageError."""
        wrong = UsageError(f"{text[:60]!a} is no period; write 2026, 2026-H1 or 2025-12-15..2026-12-14")
        try:
            if found := _YEAR.match(text):
                year, half = int(found[1]), found[2]
                return cls.of(date(year, 7 if half == "2" else 1, 1), 6 if half else 12)
            if found := _DAYS.match(text):
                period = cls(date.fromisoformat(found[1]), date.fromisoformat(found[2]))
                if period.is_possible:
                    return period
        except (ValueError, OverflowError):
            pass
        raise wrong

    @property
    def is_possible(self) -> bool:
        return timedelta(0) <= self.end - self.start <= timedelta(days=366)

    @property
    def text(self) -> str:
        """As `read` takes it."""
        return f"{self.start.isoformat()}..{self.end.isoformat()}"


@dataclass(frozen=True, slots=True)
class PolicyMark:
    """The edition of a policy that judged. `digest` is SHA-256 over its rules, so that two editions of one name differ."""

    id: str
    edition: str
    status: str
    digest: str


@dataclass(frozen=True, slots=True)
class SealedFile:
    """A file that is sealed with the snapshot. `name` is a plain name without a folder."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class ActsHead:
    """The end of the chain of acts when the snapshot was made: how many, and the hash of the last in hex."""

    entries: int
    hash: str


@dataclass(frozen=True, slots=True)
class Snapshot:
    """`head` and `head_title` are who answers for the unit, as of then; `cut_off` is when the facts were read; `facts_digest` is
    SHA-256 over the inventory as JSON. `supersedes` is the digest of the snapshot of the same period that this one corrects."""

    unit: str
    unit_name: str
    head: str
    head_title: str
    period: Period
    cut_off: datetime
    made_at: datetime
    tool_version: str
    registry_edition: str
    policies: tuple[PolicyMark, ...]
    figures: Figures
    facts_digest: str
    files: tuple[SealedFile, ...] = ()
    acts: ActsHead | None = None
    supersedes: str | None = None

    def encode(self) -> bytes:
        """Its canonical form: what is sealed. Raises UsageError where something in it cannot be: no named head (R15), figures
        that do not add up, an impossible period."""
        self._check()
        figures: dict[str, Json] = {name: self.figures[name] for name in sorted(self.figures)}
        policies: list[Json] = [
            {"id": mark.id, "edition": mark.edition, "status": mark.status, "digest": mark.digest}
            for mark in sorted(self.policies, key=lambda mark: (mark.id, mark.edition))
        ]
        files: list[Json] = [
            {"name": file.name, "size": file.size, "sha256": file.sha256} for file in sorted(self.files, key=lambda file: file.name)
        ]
        return canonical(
            {
                "format": FORMAT,
                "unit": self.unit,
                "unit_name": self.unit_name,
                "head": self.head,
                "head_title": self.head_title,
                "period": {"start": self.period.start.isoformat(), "end": self.period.end.isoformat()},
                "cut_off": moment_text(self.cut_off),
                "made_at": moment_text(self.made_at),
                "tool_version": self.tool_version,
                "registry_edition": self.registry_edition,
                "policies": policies,
                "figures": figures,
                "facts_digest": self.facts_digest,
                "files": files,
                "acts": None if self.acts is None else {"entries": self.acts.entries, "hash": self.acts.hash},
                "supersedes": self.supersedes,
            }
        )

    def _check(self) -> None:
        if not self.head.strip() or not self.head_title.strip():
            raise UsageError(f"the unit {self.unit} has no named head for this period: name one, with the title, before sealing")
        if not self.period.is_possible:
            raise UsageError(f"the period {self.period.text} ends before it begins, or is longer than a year")
        if self.cut_off > self.made_at:
            raise UsageError("the cut-off lies after the time of sealing: check the clock")
        fault = next(faults(self.figures), None)
        if fault is not None:
            told = ", ".join(f"{name} {value}" for name, value in fault.parameters)
            raise UsageError(f"the figures cannot be sealed: {fault.code} ({told})")

    @staticmethod
    def decode(data: bytes) -> Snapshot:
        """Raises MalformedMessage for whatever `encode` would not have written."""
        if len(data) > MOST_SNAPSHOT_BYTES:
            raise MalformedMessage("the snapshot is too large")
        found = _read(read_canonical(data, "the snapshot"))
        try:
            same = found.encode() == data
        except (UsageError, UnicodeEncodeError) as error:
            raise MalformedMessage(f"the snapshot cannot be: {error}") from None
        if not same:
            raise MalformedMessage("the snapshot is not in canonical form")
        return found


def _read(fields: Fields) -> Snapshot:
    fields.constant("format", FORMAT)
    period = fields.table("period")
    acts = fields.optional_table("acts")
    found = Snapshot(
        unit=fields.text("unit", MOST_CODE),
        unit_name=fields.text("unit_name", _MOST_NAME),
        head=fields.text("head", _MOST_NAME),
        head_title=fields.text("head_title", _MOST_NAME),
        period=Period(period.day("start"), period.day("end")),
        cut_off=fields.moment("cut_off"),
        made_at=fields.moment("made_at"),
        tool_version=fields.text("tool_version", 100),
        registry_edition=fields.text("registry_edition", 100),
        policies=tuple(_mark(row) for row in fields.tables("policies", _MOST_POLICIES)),
        figures=fields.numbers("figures", MOST_FIGURES),
        facts_digest=fields.digest("facts_digest"),
        files=tuple(_file(row) for row in fields.tables("files", MOST_FILES)),
        acts=None if acts is None else ActsHead(acts.whole("entries"), acts.digest("hash")),
        supersedes=fields.optional_digest("supersedes"),
    )
    for part in (period, fields) if acts is None else (period, acts, fields):
        part.done()
    names = [file.name for file in found.files]
    if len({name.lower() for name in names}) != len(names):
        raise MalformedMessage("the snapshot lists a file twice")
    return found


def _mark(row: Fields) -> PolicyMark:
    found = PolicyMark(row.text("id", 64), row.text("edition", _MOST_NAME), row.text("status", 40), row.digest("digest"))
    row.done()
    return found


def _file(row: Fields) -> SealedFile:
    found = SealedFile(row.text("name", 100), row.whole("size", MOST_FILE_BYTES), row.digest("sha256"))
    row.done()
    if not is_file_name(found.name):
        raise row.wrong("name", "is no plain file name")
    return found


def is_file_name(name: str) -> bool:
    """Letters, digits, dot, hyphen and low line, none of the names that Windows keeps for devices."""
    stem = name.partition(".")[0].upper()
    device = stem in {"CON", "PRN", "AUX", "NUL"} or (stem[:3] in {"COM", "LPT"} and stem[3:].isdigit())
    return _FILE_NAME.match(name) is not None and not device and not name.endswith(".")


def plain_figures(figures: Mapping[str, int]) -> dict[str, int]:
    """The figures in their order."""
    return {name: figures[name] for name in sorted(figures)}
