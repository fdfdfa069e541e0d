"""What comes first, and why: policy, then exposure, then reach, one after the other; no score.

Policy: what is overdue under a policy (the longest first), what fails a rule without a date, what should have been begun already to
meet a date (the date less the migration's years). A date for which there is still time puts nothing first. Exposure: channels that
are exposed to recording, then those of which it is not known, then signatures, then what has time. Reach: how many others hang
on it. What is alike in all of this stands in the order of its name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from operator import itemgetter

from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget, Target
from pqscan.policy.finding import Finding, Verdict
from pqscan.policy.rule import Purpose
from pqscan.readiness.exposure import Exposure, ExposureKind, lead_day
from pqscan.readiness.reach import Reach


class Standing(StrEnum):
    """How one thing stands under the policies, the most pressing first."""

    OVERDUE = "overdue"
    NOT_MET = "not_met"
    LATE_START = "late_start"
    NOTHING = "nothing"


class Tier(StrEnum):
    """What exposure makes of one thing, the most pressing first."""

    KEY_EXPOSED = "key_exposed"
    KEY_UNKNOWN = "key_unknown"
    SIGNATURE_EXPOSED = "signature_exposed"
    SIGNATURE_UNKNOWN = "signature_unknown"
    KEY_SPARE = "key_spare"
    SIGNATURE_SPARE = "signature_spare"
    NONE = "none"


_STANDINGS = {standing: place for place, standing in enumerate(Standing)}
_TIERS = {tier: place for place, tier in enumerate(Tier)}


@dataclass(frozen=True, slots=True)
class Pressure:
    """`days` past the date, or past the day on which migration had to begin; 0 where neither is counted."""

    standing: Standing
    days: int = 0
    policy: str = ""
    rule: str = ""
    due: date | None = None


NO_PRESSURE = Pressure(Standing.NOTHING)


def pressure(findings: Iterable[Finding], exposed: Exposure) -> Pressure:
    """The most pressing of the findings on one purpose of one target. Nothing is judged outside of the assessment."""
    if exposed.kind is ExposureKind.OUTSIDE:
        return NO_PRESSURE
    return min((_pressure(finding, exposed) for finding in findings), key=_pressure_order, default=NO_PRESSURE)


def _pressure_order(found: Pressure) -> tuple[int, int, str, str]:
    return _STANDINGS[found.standing], -found.days, found.policy, found.rule


def _pressure(finding: Finding, exposed: Exposure) -> Pressure:
    if finding.verdict is Verdict.OVERDUE and finding.due is not None:
        late = (exposed.as_of - finding.due).days
        return Pressure(Standing.OVERDUE, late, finding.policy, finding.rule, finding.due)
    if finding.verdict in (Verdict.OVERDUE, Verdict.NOT_MET):
        return Pressure(Standing.NOT_MET, 0, finding.policy, finding.rule)
    if finding.verdict is Verdict.DUE and finding.due is not None:
        late = (exposed.as_of - lead_day(finding.due, exposed)).days
        if late > 0:
            return Pressure(Standing.LATE_START, late, finding.policy, finding.rule, finding.due)
    return NO_PRESSURE


@dataclass(frozen=True, slots=True)
class Item:
    """One purpose of one target, with all that its place depends on."""

    target: Target
    system: str | None
    exposure: Exposure
    pressure: Pressure
    reach: Reach
    probe: str = ""
    chain: tuple[bytes, ...] = ()  # that it authenticates with, leaf first: it tells who must change it

    @property
    def key(self) -> tuple[Target, str, Purpose]:
        """What it is, whatever its place."""
        return self.target, self.probe, self.exposure.purpose


def tier(exposed: Exposure) -> Tier:
    """Where exposure puts it. Years that are stated outside of the assessment count as they are; whether what is used there is
    vulnerable is not said."""
    signs = exposed.purpose is Purpose.SIGNATURE
    if exposed.kind is ExposureKind.NONE:
        return Tier.NONE
    if exposed.kind is ExposureKind.UNKNOWN or exposed.months is None:
        return Tier.SIGNATURE_UNKNOWN if signs else Tier.KEY_UNKNOWN
    if exposed.months > 0:
        return Tier.SIGNATURE_EXPOSED if signs else Tier.KEY_EXPOSED
    return Tier.SIGNATURE_SPARE if signs else Tier.KEY_SPARE


def identity(target: Target) -> tuple[str, ...]:
    """Text that orders targets alike everywhere."""
    if isinstance(target, NetworkTarget):
        name, starttls = target.server_name or "", target.starttls or ""
        return (
            "network",
            target.site,
            target.address,
            f"{target.port:05}",
            name,
            target.transport.value,
            starttls,
            target.host or "",
        )
    return ("file", target.machine, target.path, *target.members)


Order = tuple[tuple[int, int], tuple[int, int, int], int, tuple[str, ...]]


def order(item: Item) -> Order:
    """The smallest comes first: policy, exposure, reach, name."""
    return _order(item, _exposure_order(item.exposure), identity(item.target))


def _order(item: Item, exposed: tuple[int, int, int], named: tuple[str, ...]) -> Order:
    name = (item.system or "", *named, item.probe, item.exposure.purpose.value)
    return (_STANDINGS[item.pressure.standing], -item.pressure.days), exposed, -item.reach.total, name


def _exposure_order(exposed: Exposure) -> tuple[int, int, int]:
    if exposed.kind is ExposureKind.NONE:
        return _TIERS[Tier.NONE], 0, 0
    return _TIERS[tier(exposed)], 1 if exposed.months is None else 0, -(exposed.months or 0)


@dataclass(frozen=True, slots=True)
class Placed:
    """`place` counts from 1; `following` is what stands after it, None at the end."""

    place: int
    item: Item
    following: Item | None

    @property
    def why(self) -> Reason:
        """Why it stands before the next."""
        return why_before(self.item, self.following)


def ordered(items: Iterable[Item]) -> tuple[Placed, ...]:
    """All of them, each with why it stands before the next one; the same items give the same order, in whatever order they came."""
    rows = sorted(_keyed(items), key=itemgetter(0))
    nexts: list[Item | None] = [*(item for _order, item in rows[1:]), None]
    return tuple(
        Placed(place, item, following) for place, ((_order, item), following) in enumerate(zip(rows, nexts, strict=False), 1)
    )


def _keyed(items: Iterable[Item]) -> Iterator[tuple[Order, Item]]:
    """Each with its `order`. Of what comes with one exposure, and of one target's purposes, that part is put together once."""
    exposed: dict[int, tuple[Exposure, tuple[int, int, int]]] = {}
    target: Target | None = None
    named: tuple[str, ...] = ()
    for item in items:
        known = exposed.get(id(item.exposure))
        if known is None:  # Held beside its key: as long as it is, nothing else has that number.
            known = exposed[id(item.exposure)] = item.exposure, _exposure_order(item.exposure)
        if item.target is not target:
            target, named = item.target, identity(item.target)
        yield _order(item, known[1], named), item


def why_before(item: Item, following: Item | None) -> Reason:
    """The first thing in which the two differ, in words."""
    if following is None:
        return Reason.of("order_last")
    own, other = order(item), order(following)
    if own[0] != other[0]:
        return _by_policy(item.pressure, following.pressure)
    if own[1] != other[1]:
        return _by_exposure(item.exposure, following.exposure)
    if own[2] != other[2]:
        return Reason.of("order_reach", count=item.reach.total, other=following.reach.total)
    return Reason.of("order_name")


def _by_policy(own: Pressure, other: Pressure) -> Reason:
    if own.standing is not other.standing:
        return Reason.of("order_standing", own=f"standing_{own.standing.value}", other=f"standing_{other.standing.value}")
    code = "order_overdue_longer" if own.standing is Standing.OVERDUE else "order_start_later"
    return Reason.of(code, days=own.days, other=other.days)


def _by_exposure(own: Exposure, other: Exposure) -> Reason:
    first, second = tier(own), tier(other)
    if first is not second:
        return Reason.of("order_tier", own=f"tier_{first.value}", other=f"tier_{second.value}")
    if own.months is None or other.months is None:
        return Reason.of("order_months_known")
    if own.months > 0 or first in (Tier.KEY_EXPOSED, Tier.SIGNATURE_EXPOSED):
        return Reason.of("order_exposed_longer", own=own.months, other=other.months)
    return Reason.of("order_less_spare", own=-own.months, other=-other.months)


@dataclass(frozen=True, slots=True)
class Shift:
    """Where one thing stands under each assumed year. `places` and `kinds` follow the years asked for."""

    item: Item  # as under the first year
    places: tuple[int, ...]
    kinds: tuple[ExposureKind, ...]

    def gained(self, column: int) -> int:
        """Places nearer to the top than under the first year; negative: places lost."""
        return self.places[0] - self.places[column]

    def newly_exposed(self, column: int) -> bool:
        return self.kinds[column] is ExposureKind.EXPOSED and self.kinds[0] is not ExposureKind.EXPOSED

    def no_longer_exposed(self, column: int) -> bool:
        return self.kinds[0] is ExposureKind.EXPOSED and self.kinds[column] is not ExposureKind.EXPOSED


def sensitivity(lists: Sequence[Sequence[Placed]]) -> tuple[Shift, ...]:
    """What moves where: the same items under several assumed years, in the order of the first list."""
    found: list[Mapping[tuple[Target, str, Purpose], Placed]] = [{row.item.key: row for row in rows} for rows in lists]
    shifts = []
    for row in lists[0] if lists else ():
        same = [rows[row.item.key] for rows in found]
        shifts.append(Shift(row.item, tuple(each.place for each in same), tuple(each.item.exposure.kind for each in same)))
    return tuple(shifts)
