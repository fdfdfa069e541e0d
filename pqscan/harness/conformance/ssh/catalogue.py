"""All conformance cases of SSH, in the order in which they are run."""

from __future__ import annotations

from collections.abc import Iterable

from pqscan.errors import UsageError
from pqscan.harness.conformance.ssh import negotiation, observed, packets, shares
from pqscan.harness.conformance.ssh.case import Case

ALL_CASES: tuple[Case, ...] = (*observed.CASES, *shares.CASES, *negotiation.CASES, *packets.CASES)


def cases_named(names: Iterable[str]) -> tuple[Case, ...]:
    """The cases of these ids in the order of the catalogue; all where none is named. Raises UsageError for an unknown one."""
    wanted = set(names)
    unknown = wanted - {case.id for case in ALL_CASES}
    if unknown:
        raise UsageError(f"there is no SSH case {min(unknown)!r}: pqscan harness conformance --protocol ssh --list names them")
    return tuple(case for case in ALL_CASES if not wanted or case.id in wanted)
