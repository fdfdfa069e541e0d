"""All conformance cases of IKEv2, in the order in which they are run."""

from __future__ import annotations

from collections.abc import Iterable

from pqscan.errors import UsageError
from pqscan.harness.conformance.ike import initial, negotiation, observed, protected
from pqscan.harness.conformance.ike.case import Case

ALL_CASES: tuple[Case, ...] = (*observed.CASES, *negotiation.CASES, *initial.CASES, *protected.CASES)


def cases_named(names: Iterable[str]) -> tuple[Case, ...]:
    """The cases of these ids in the order of the catalogue; all where none is named. Raises UsageError for an unknown one."""
    wanted = set(names)
    unknown = wanted - {case.id for case in ALL_CASES}
    if unknown:
        raise UsageError(f"there is no IKE case {min(unknown)!r}: pqscan harness conformance --protocol ike --list names them")
    return tuple(case for case in ALL_CASES if not wanted or case.id in wanted)
