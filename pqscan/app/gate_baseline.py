"""Fingerprints of what the gate judged, and the baseline file that they are held against."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from pqscan_reports.naming import target_text

from pqscan.errors import MalformedMessage, UsageError
from pqscan.model.inventory import Sighting
from pqscan.model.observation import Profile
from pqscan.model.target import FileTarget, Target
from pqscan.policy.finding import Finding
from pqscan.policy.let_pass import without_let_pass
from pqscan.policy.uses import uses_of
from pqscan.readiness.baseline import MOST_BYTES, Baseline, Fingerprint, decode, plain
from pqscan.readiness.gate import GateFacts, Key
from pqscan.readiness.gate_judging import AGAINST
from pqscan.registry.foreign_file import open_regular
from pqscan.scan.names import shown

if TYPE_CHECKING:
    from pqscan.store.repository import Store


@dataclass(frozen=True, slots=True)
class Fingerprints:
    """How often each occurs, and which of them stand behind the key of a finding."""

    counts: Baseline
    of_keys: Mapping[Key, frozenset[Fingerprint]]

    def known(self, baseline: Baseline) -> frozenset[Key]:
        """The keys of which nothing is new: each fingerprint occurs in the baseline, and no more often than there."""
        return frozenset(
            key for key, those in self.of_keys.items() if all(self.counts[each] <= baseline.get(each, 0) for each in those)
        )


def read_baseline(path: Path) -> Baseline:
    """Raises UsageError, in one sentence."""
    try:
        with open_regular(path, or_stream=True) as file:
            data = file.read(MOST_BYTES + 1)
    except FileNotFoundError:
        raise UsageError(f"there is no baseline {shown(str(path), 200)}: write one with --write-baseline") from None
    except OSError as error:
        raise UsageError(f"the baseline {shown(str(path), 200)} cannot be read: {error.strerror}") from None
    try:
        return decode(data)
    except MalformedMessage as error:
        raise UsageError(f"{shown(str(path), 200)} is no baseline that this program reads: {error}; write it anew") from None


def fingerprints(store: Store, sightings: Sequence[Sighting], facts: GateFacts, root: str, day: date) -> Fingerprints:
    """Of every finding in the facts, which were gathered for `day`; paths are told from `root`, a whole path."""
    read = store.profiles({sighting.profile for sighting in sightings if sighting.profile is not None})
    profiles = {digest: without_let_pass(profile, day) for digest, profile in read.items()}
    shown_by: dict[tuple[str, bytes], list[Sighting]] = {}
    for sighting in sightings:
        name = target_text(sighting.target)
        for digest in {sighting.profile, *(one for chain in sighting.chains for one in chain.certificates)} - {None}:
            shown_by.setdefault((name, digest), []).append(sighting)  # type: ignore[arg-type]  # None was taken out.
    counts: Counter[Fingerprint] = Counter()
    of_keys: dict[Key, set[Fingerprint]] = {}
    against = (placed for placed in facts.placed if placed.finding.verdict in AGAINST)
    for finding, name, key in dict.fromkeys(
        (placed.finding, name, placed.key(name)) for placed in against for name in placed.targets
    ):
        for sighting in shown_by.get((name, finding.profile or finding.certificate or b""), ()):
            path, value = plain(_path(sighting.target, root)), plain(finding.name or finding.value)
            for symbol, count in _symbols(finding, profiles):
                found = Fingerprint(path, finding.policy, finding.rule, finding.subject, value, plain(symbol))
                counts[found] += count
                of_keys.setdefault(key, set()).add(found)
    return Fingerprints(counts, {key: frozenset(those) for key, those in of_keys.items()})


def _symbols(finding: Finding, profiles: Mapping[bytes, Profile]) -> Iterable[tuple[str, int]]:
    """Under which names what the finding speaks of stands, and how often; a certificate counts once."""
    profile = profiles.get(finding.profile or b"")
    counts = Counter(_matching(finding, profile)) if profile is not None else Counter[str]()
    return sorted(counts.items()) or (("", 1),)


def _matching(finding: Finding, profile: Profile) -> Iterator[str]:
    """The symbol of each observation that gives such a finding."""
    told = (finding.subject, finding.value, finding.name, finding.context)
    for observation in profile.observations:
        if any((use.subject, use.value, use.name, use.context) == told for use in uses_of(observation)):
            yield (observation.where.symbol if observation.where is not None else None) or ""


def _path(target: Target, root: str) -> str:
    if not isinstance(target, FileTarget):
        return target_text(target)
    within = target.path.startswith(root.rstrip("/") + "/")
    return "!".join((os.path.relpath(target.path, root) if within else target.path, *target.members))
