"""What single commands show, by pseudonyms: a target explained, findings that live, differences, exposure, acts. In the order of
the pseudonyms, as `pseudonymising` says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from pqscan_reports.naming import target_text

from pqscan.app.pseudonymising import (
    in_order,
    of_certificate,
    of_finding,
    of_observation,
    of_parameters,
    of_profile,
    of_target,
    place_of,
    renamed,
)
from pqscan.app.selecting import meanings_of
from pqscan.errors import UsageError
from pqscan.model.canonical import observation_key
from pqscan.model.observation import Profile, Usage
from pqscan.model.target import FileTarget
from pqscan.readiness.pseudonyms import Pseudonyms, is_pseudonym
from pqscan.store.keys import target_key

if TYPE_CHECKING:
    from pqscan.app.difference import Difference, TargetChange
    from pqscan.app.explanation import Explanation
    from pqscan.app.exposing import ExposureList, Place
    from pqscan.app.remedying import Change, TargetRemedies
    from pqscan.readiness.chain import ChainedAct
    from pqscan.readiness.life import Life
    from pqscan.readiness.order import Item, Placed
    from pqscan.store.repository import Store

_MOVED = ("old", "new")
"""Where acts tell targets, as somebody wrote them; `file` is where something went to or came from."""


def meant(store: Store, word: str, names: Pseudonyms) -> str:
    """The target that a pseudonym stands for, in the words that commands take; any other word as it is. Raises UsageError for a
    pseudonym of no target, and for one of files on several machines."""
    if not is_pseudonym(word):
        return word
    files = (one.target for one in store.sightings() if isinstance(one.target, FileTarget))
    found = {target for target in files if word in _spellings(names.target(target))}
    if len(found) > 1:
        raise UsageError(f"{word} is on {len(found)} machines: put the pseudonym of one in front, with a colon")
    if not found:
        raise UsageError(f"{word} is the pseudonym of no target under this key: `pqscan show targets --pseudonymise` lists them")
    return target_text(found.pop())


def _spellings(target: FileTarget) -> tuple[str, str]:
    return target_text(target), "!".join((target.path, *target.members))


def of_explanations(found: tuple[Explanation, ...], names: Pseudonyms) -> tuple[Explanation, ...]:
    told = (of_explanation(one, names) for one in found)
    return tuple(sorted(told, key=lambda one: place_of(one.assessed)))


def of_explanation(one: Explanation, names: Pseudonyms) -> Explanation:
    configured = _configured(one.profile)
    return replace(
        one,
        assessed=of_target(one.assessed, names),
        profile=None if one.profile is None else of_profile(one.profile, names),
        chains=tuple((context, name, tuple(of_certificate(c, names) for c in chain)) for context, name, chain in one.chains),
        findings=tuple(replace(ruled, finding=of_finding(ruled.finding, names, configured)) for ruled in one.findings),
    )


def of_remedies(found: tuple[TargetRemedies, ...], names: Pseudonyms) -> tuple[TargetRemedies, ...]:
    told = (replace(one, explanation=of_explanation(one.explanation, names), changes=_changes(one, names)) for one in found)
    return tuple(sorted(told, key=lambda one: place_of(one.explanation.assessed)))


def _changes(one: TargetRemedies, names: Pseudonyms) -> tuple[Change, ...]:
    configured = _configured(one.explanation.profile)
    return tuple(
        replace(
            change,
            findings=tuple(replace(ruled, finding=of_finding(ruled.finding, names, configured)) for ruled in change.findings),
        )
        for change in one.changes
    )


def of_lives(walk: Callable[[], Iterator[Life]], names: Pseudonyms) -> Iterator[Life]:
    """As many as the store has: they are walked, and never held all at once."""
    return in_order(lambda: (of_life(life, names) for life in walk()), lambda life: (target_key(life.target), life.probe))


def of_life(life: Life, names: Pseudonyms) -> Life:
    answer = life.shown.answer
    configured = _configured(None if answer is None else answer.proof.profile)
    return replace(life, target=renamed(life.target, names), finding=of_finding(life.finding, names, configured))


def of_difference(found: Difference, names: Pseudonyms) -> Difference:
    told = sorted((_change(change, names) for change in found.changes), key=lambda one: (target_key(one.target), one.probe))
    return replace(found, changes=tuple(told))


def _change(change: TargetChange, names: Pseudonyms) -> TargetChange:
    gone, new = (
        tuple(sorted((of_observation(one, names) for one in side), key=observation_key)) for side in (change.gone, change.new)
    )
    return replace(change, target=renamed(change.target, names), gone=gone, new=new, before=None, after=None)


def of_exposure(found: ExposureList, names: Pseudonyms) -> ExposureList:
    """What stands there by its name alone stands in the order of the pseudonyms within its place."""
    shifts = (replace(shift, item=_item(shift.item, names)) for shift in found.shifts)
    return replace(
        found,
        places=tuple(_place(place, names) for place in found.places),
        outliving=tuple(of_certificate(one, names) for one in found.outliving),
        shifts=tuple(sorted(shifts, key=lambda shift: (shift.places, _key(shift.item)))),
    )


def _place(place: Place, names: Pseudonyms) -> Place:
    items = sorted((_item(row.item, names) for row in place.rows), key=_key)
    rows: list[Placed] = []
    for row, item, following in zip(place.rows, items, (*items[1:], place.rows[-1].following), strict=True):
        rows.append(replace(row, item=item, following=following))
    fix = place.fix
    if fix is not None:
        fix = replace(fix, reason=of_parameters(fix.reason, names))
    return replace(place, rows=tuple(rows), fix=fix)


def _item(item: Item, names: Pseudonyms) -> Item:
    return replace(item, target=renamed(item.target, names))


def _key(item: Item) -> tuple[bytes, str]:
    return target_key(item.target), item.probe


def of_act(chained: ChainedAct, names: Pseudonyms) -> ChainedAct:
    """Who did it, and what somebody wrote about it, stays; so does the hash, which is over the names."""
    act = chained.act
    detail = dict(act.detail)
    for key, value in act.detail.items():
        if isinstance(value, str) and key == "file":
            detail[key] = names.path(value)
        elif isinstance(value, str) and key in _MOVED:
            target = meanings_of(value)[0].target
            detail[key] = target_text(names.target(target)) if isinstance(target, FileTarget) else value
    return replace(chained, act=replace(act, detail=detail))


def _configured(profile: Profile | None) -> tuple[bytes, ...]:
    """The digest of a profile whose facts stand in parts of a configuration."""
    is_one = profile is not None and any(o.usage is Usage.CONFIGURED for o in profile.observations)
    return (profile.digest,) if profile is not None and is_one else ()
