"""The figures of a period, counted from an inventory in one walk: states, verdicts, data quality. What no scan can tell (money,
training, systems) is given beside it."""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from collections.abc import Container, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from pqscan.errors import UsageError
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.target import NetworkTarget, Target
from pqscan.policy.finding import Verdict
from pqscan.policy.state import State
from pqscan.readiness.figure_names import Figures, faults, is_figure, policy_figure
from pqscan.readiness.foreign_json import MOST_NUMBER
from pqscan.readiness.system import DataClass, Regime, System
from pqscan.registry import foreign_toml
from pqscan.registry.foreign_file import open_regular
from pqscan.report import AssessedInventory, AssessedTarget, ReportOptions

LIVE_FOR = timedelta(days=180)
"""A target that was seen longer ago is not counted as live: half a year, the shorter of the periods in use (R40)."""
MOST_FIGURES_BYTES = 1 << 20
_CANONICAL_LANGUAGE = "en"


def inventory_figures(inventory: AssessedInventory, tied: Container[Target] = ()) -> dict[str, int]:
    """Counts of targets. A policy's figures count each target once, under the worst verdict on what it answered and showed.

    `tied` are the targets that several systems claim equally."""
    from pqscan_reports.tally import FindingIndex, is_counted, tally

    quality = _Quality(inventory, tied)
    watched = replace(inventory, targets=lambda: quality.watch(each for each in inventory.targets() if is_counted(each)))
    found = tally(watched, FindingIndex(inventory.findings), most=0)  # Which walks over the targets once.
    figures = {f"key_establishment.{state.value}": found.key_establishment[state] for state in State}
    figures |= {f"authentication.{state.value}": found.authentication[state] for state in State}
    for policy, verdicts in found.policy_verdicts.items():
        figures |= {policy_figure(policy, verdict): verdicts[verdict] for verdict in Verdict if verdicts[verdict]}
    return figures | quality.figures() | {"targets.total": found.targets, "targets.attempted": inventory.coverage.attempted}


class _Quality:
    """«Đúng, đủ, sạch, sống» (R31) as scans can tell it: an answer came, all of it, of one service once and in one system at most,
    and not long ago."""

    def __init__(self, inventory: AssessedInventory, tied: Container[Target]) -> None:
        self._profiles = inventory.profiles
        self._since = inventory.as_of - LIVE_FOR
        self._tied = tied
        self._counts: Counter[str] = Counter()
        self._services: dict[tuple[object, ...], bool] = {}

    def watch(self, targets: Iterable[AssessedTarget]) -> Iterator[AssessedTarget]:
        """The targets, counted while they pass by."""
        counts, services = self._counts, self._services
        for assessed in targets:
            sighting = assessed.sighting
            profile = None if sighting.profile is None else self._profiles.get(sighting.profile)
            counts["target.network" if isinstance(sighting.target, NetworkTarget) else "target.file"] += 1
            counts["quality.verified"] += sighting.status is OutcomeStatus.COMPLETED
            counts["quality.complete"] += profile is not None and profile.complete
            counts["quality.live"] += sighting.last_seen.date() >= self._since
            service = _service(assessed)
            services[service] = service not in services and sighting.target not in self._tied
            yield assessed

    def figures(self) -> dict[str, int]:
        counts = self._counts
        counts["quality.clean"] = sum(self._services.values())
        counts["quality.rows"] = counts["target.network"] + counts["target.file"]
        names = (
            "target.network",
            "target.file",
            "quality.rows",
            *(f"quality.{one}" for one in ("verified", "complete", "clean", "live")),
        )
        return {name: counts[name] for name in names}


def _service(assessed: AssessedTarget) -> tuple[object, ...]:
    """What makes two rows the same thing, listed twice: one port of one address, asked by several names or by none, that answers
    each alike, with the same certificates. A row that gave no answer is its own."""
    sighting = assessed.sighting
    target = sighting.target
    if not isinstance(target, NetworkTarget) or sighting.profile is None:
        return (sighting.probe, target)
    shown = frozenset(chain.certificates for chain in sighting.chains)
    return (sighting.probe, target.site, target.address, target.port, target.transport, sighting.profile, shown)


def system_figures(systems: Iterable[System]) -> dict[str, int]:
    """Counts of described systems by kind, level, stage and regime. Military systems are counted, and nothing more is said of them;
    neither is of those that carry state secrets."""
    counts: Counter[str] = Counter()
    for system in systems:
        counts["systems.total"] += 1
        counts[f"system_kind.{system.kind.value}"] += 1
        counts[f"regime.{'not_stated' if system.regime is None else system.regime.value}"] += 1
        counts[f"level.{system.level or 'not_stated'}"] += 1
        counts[f"stage.{system.stage.value}"] += 1
        counts["systems.critical"] += system.is_critical
        outside = system.secrecy is not None or DataClass.STATE_SECRET in system.data_classes or system.regime is Regime.MILITARY
        counts["systems.out_of_assessment"] += outside
    return dict(counts)


def read_figures(path: Path) -> dict[str, int]:
    """Figures that people state, from a TOML file of names and whole numbers: `"budget.security" = 1500000000`.

    Raises UsageError naming what is wrong in it."""
    try:
        with open_regular(path, or_stream=True) as file:
            data = file.read(MOST_FIGURES_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the figures {path} cannot be read: {error.strerror}") from None
    if len(data) > MOST_FIGURES_BYTES:
        raise UsageError(f"the figures {path} are larger than {MOST_FIGURES_BYTES} bytes; is it the right file?")
    try:
        table = foreign_toml.parse(data)
    except ValueError as error:
        raise UsageError(f"the figures {path} are not valid TOML: {error}") from None
    found = dict(_flat(table, ""))
    for name, value in found.items():
        if not is_figure(name):
            raise UsageError(f"the figures {path}: there is no figure {name[:80]!a}")
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= MOST_NUMBER:
            raise UsageError(f"the figures {path}: {name} must be a whole number from 0 to {MOST_NUMBER}")
    return {name: value for name, value in found.items() if isinstance(value, int)}


def _flat(table: Mapping[str, object], place: str) -> Iterable[tuple[str, object]]:
    """`[budget] security = 1` and `"budget.security" = 1` alike; two levels, as names have."""
    for key, value in table.items():
        if isinstance(value, Mapping) and not place:
            yield from _flat(value, f"{key}.")
        else:
            yield place + key, value


def together(*parts: Figures) -> dict[str, int]:
    """All figures in one mapping. Raises UsageError where two parts state one differently, or they do not add up."""
    found: dict[str, int] = {}
    for part in parts:
        for name, value in part.items():
            if found.setdefault(name, value) != value:
                raise UsageError(f"the figure {name} is given as {value}, and it was counted as {found[name]}: leave it out")
    fault = next(faults(found), None)
    if fault is not None:
        told = ", ".join(f"{name} {value}" for name, value in fault.parameters)
        raise UsageError(f"the figures cannot be: {fault.code} ({told})")
    return found


def facts_json(inventory: AssessedInventory) -> bytes:
    """The inventory as sorted JSON, always in English, so that its digest does not depend on the reader's language."""
    from pqscan_reports.json_inventory import JsonReport

    out = io.BytesIO()
    JsonReport().write(inventory, ReportOptions(_CANONICAL_LANGUAGE), out)
    return out.getvalue()


def facts_digest(inventory: AssessedInventory) -> str:
    """SHA-256 over the inventory as sorted JSON, in hex."""
    return hashlib.sha256(facts_json(inventory)).hexdigest()
