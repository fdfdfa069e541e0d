"""All conformance cases, in the order in which they are run."""

from __future__ import annotations

from collections.abc import Iterable

from pqscan.errors import UsageError
from pqscan.harness.conformance.case import Case
from pqscan.harness.conformance.cases import finished, negotiation, observed, points, records, second_hello, shares

ALL_CASES: tuple[Case, ...] = (
    *observed.CASES,
    *shares.CASES,
    *points.CASES,
    *negotiation.CASES,
    *second_hello.CASES,
    *records.CASES,
    *finished.CASES,
)


def cases_named(names: Iterable[str]) -> tuple[Case, ...]:
    """The cases of these ids in the order of the catalogue; all where none is named. Raises UsageError for an unknown one."""
    wanted = set(names)
    unknown = wanted - {case.id for case in ALL_CASES}
    if unknown:
        raise UsageError(f"there is no case {min(unknown)!r}: pqscan harness conformance --list names them")
    return tuple(case for case in ALL_CASES if not wanted or case.id in wanted)
