"""What is exposed for how long, what comes first and who must change it: an assessed inventory beside what the register says.

Each purpose of each target is one row; rows that are alike but for their target stand as one place. Equal questions are asked
once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from pqscan.app.holdings import chain_of, held_by
from pqscan.errors import UsageError
from pqscan.model.certificate import Certificate
from pqscan.model.observation import Subject
from pqscan.model.outcome import Chain, OutcomeStatus
from pqscan.model.target import NetworkTarget, Target
from pqscan.policy.editions import floor
from pqscan.policy.finding import Finding
from pqscan.policy.rule import Purpose
from pqscan.policy.state import Assessment, State
from pqscan.readiness.exposure import PURPOSES, Exposure, ExposureKind, ExposureSettings, exposure, outliving
from pqscan.readiness.figures import Estate, FigureRow, figure_row
from pqscan.readiness.fixers import Fix, fixer
from pqscan.readiness.order import Item, Placed, Pressure, Shift, ordered, pressure, sensitivity
from pqscan.readiness.reach import NO_REACH, Edge, Ties
from pqscan.readiness.register import Register
from pqscan.readiness.system import Regime, System
from pqscan.readiness.years import AssetClass, quantum_years
from pqscan.report import AssessedInventory, AssessedTarget

_SIGNS = frozenset(
    {
        Subject.SIGNATURE_SCHEME.value,
        Subject.SELECTED_SIGNATURE_SCHEME.value,
        Subject.CERTIFICATE_KEY.value,
        Subject.CERTIFICATE_SIGNATURE.value,
        Subject.CLIENT_CERTIFICATE.value,
    }
)


@dataclass(frozen=True, slots=True)
class Described:
    """What the register says: systems by code, which one a target belongs to (None: to none, or to several), connections."""

    systems: Mapping[str, System] = field(default_factory=dict)
    system_of: Callable[[Target], str | None] = lambda _target: None
    connections: tuple[Edge, ...] = ()


NOTHING_DESCRIBED = Described()


def described_by(register: Register) -> Described:
    """What a register says. What several systems claim alike belongs to none; connections join systems that are there."""
    assigner = register.assigner()

    def system_of(target: Target) -> str | None:
        found = assigner.system_of(target)
        return found if isinstance(found, str) else None

    edges = ((edge.source, edge.target) for edge in register.connections.values())
    known = register.systems.keys()
    return Described(register.systems, system_of, tuple(sorted({edge for edge in edges if known >= {*edge}})))


@dataclass(frozen=True, slots=True)
class Place:
    """Rows that are alike but for their targets, from place `first` to `last`; the last of them says why they stand there."""

    first: int
    last: int
    rows: tuple[Placed, ...]
    fix: Fix | None

    @property
    def item(self) -> Item:
        return self.rows[0].item


@dataclass(frozen=True, slots=True)
class ExposureList:
    """`counts` are rows by purpose and kind. `out_of_scope` targets are military: counted, and nothing else is told of them (R08).
    `without_system` targets belong to no system. `shifts` follow the years of `shift_years`, the chosen one first."""

    as_of: date
    settings: ExposureSettings
    places: tuple[Place, ...]
    counts: Mapping[Purpose, Mapping[ExposureKind, int]]
    targets: int
    out_of_scope: int
    without_system: int
    outliving: tuple[Certificate, ...]
    estate: Estate
    systems: Mapping[str, System]
    shift_years: tuple[int, ...] = ()
    shifts: tuple[Shift, ...] = ()


def chosen_settings(quantum_year: int | None = None, migration_years: Iterable[str] = ()) -> ExposureSettings:
    """The settings from `CLASS=YEARS` words. Raises UsageError."""
    years: dict[AssetClass, int] = {}
    for word in migration_years:
        name, equals, number = word.partition("=")
        if not equals or name not in set(AssetClass) or not (number.isascii() and number.isdecimal() and len(number) <= 4):
            raise UsageError(f"{word!r} gives no migration years; write CLASS=YEARS with one of {', '.join(AssetClass)}")
        years[AssetClass(name)] = int(number)
    default = ExposureSettings.default()
    return ExposureSettings(default.quantum_year if quantum_year is None else quantum_year, years)


def expose(
    inventory: AssessedInventory,
    described: Described = NOTHING_DESCRIBED,
    settings: ExposureSettings | None = None,
    *,
    units: Collection[str] | None = None,
    with_sensitivity: bool = False,
) -> ExposureList:
    """The list of what comes first. With `units` only what systems of these owners hold.

    Raises UsageError for years that cannot be."""
    chosen = settings or ExposureSettings.default()
    rows = [row for row in _rows(inventory, described) if units is None or (row.system is not None and row.system.owner in units)]
    assessed = [row for row in rows if not row.is_military]
    exposer = _Exposer(inventory, described.systems)
    ties = Ties((row.holding for row in rows), described.connections)
    for row in rows:
        row.reach = ties.reach(row.holding.target, row.holding.probe)
    base = ordered(exposer.items(assessed, chosen))
    years: tuple[int, ...] = ()
    shifts: tuple[Shift, ...] = ()
    if with_sensitivity:
        years = tuple(dict.fromkeys((chosen.quantum_year, *(row.year for row in quantum_years()))))
        lists: list[Sequence[Placed]] = [base]
        for year in years[1:]:
            lists.append(ordered(exposer.items(assessed, ExposureSettings(year, chosen.migration_years))))
        shifts = sensitivity(lists)
    return ExposureList(
        as_of=inventory.as_of,
        settings=chosen,
        places=tuple(_places(base, exposer)),
        counts=_counts(base),
        targets=len(rows),
        out_of_scope=len(rows) - len(assessed),
        without_system=sum(row.system is None for row in rows),
        outliving=outliving(_served(assessed, inventory.certificates), chosen.quantum_year),
        estate=Estate(_figure_rows(rows)),
        systems=described.systems,
        shift_years=years,
        shifts=shifts,
    )


def _counts(rows: Sequence[Placed]) -> Mapping[Purpose, Mapping[ExposureKind, int]]:
    return {
        purpose: Counter(row.item.exposure.kind for row in rows if row.item.exposure.purpose is purpose) for purpose in PURPOSES
    }


def _served(rows: Iterable[_Row], certificates: Mapping[bytes, Certificate]) -> Iterator[Certificate]:
    """What these targets serve, each once; nothing is told of systems that are outside of the assessment."""
    digests = {
        digest
        for row in rows
        if row.system is None or not row.system.carries_state_secrets
        for chain in row.assessed.sighting.chains
        for digest in chain.certificates
    }
    return (certificates[digest] for digest in sorted(digests) if digest in certificates)


class _Shown:
    """What targets with one profile and the same chains show alike: the chain that they authenticate with, leaf first; the digests
    of the profile and of all certificates; what chains tie them to others."""

    __slots__ = ("chain", "digests", "held")

    def __init__(self, profile: bytes | None, chains: tuple[Chain, ...], certificates: Mapping[bytes, Certificate]) -> None:
        self.chain = chain_of(chains)
        self.digests: tuple[bytes, ...] = () if profile is None else (profile,)
        self.digests += tuple(dict.fromkeys(digest for chain in chains for digest in chain.certificates))
        self.held = held_by(chains, certificates)


class _Row:
    """One target with its system and what ties it to others."""

    __slots__ = ("assessed", "holding", "reach", "shown", "system")

    def __init__(self, assessed: AssessedTarget, system: System | None, shown: _Shown) -> None:
        self.assessed = assessed
        self.system = system
        self.shown = shown
        self.reach = NO_REACH
        self.holding = shown.held.by(assessed.sighting, None if system is None else system.code)

    @property
    def is_military(self) -> bool:
        return self.system is not None and self.system.regime is Regime.MILITARY

    def of(self, purpose: Purpose) -> Assessment:
        return self.assessed.key_establishment if purpose is Purpose.KEY_ESTABLISHMENT else self.assessed.authentication


def _rows(inventory: AssessedInventory, described: Described) -> Iterator[_Row]:
    alike: dict[tuple[bytes | None, tuple[Chain, ...]], _Shown] = {}
    for assessed in inventory.targets():
        if assessed.sighting.status is OutcomeStatus.REFUSED and assessed.sighting.profile is None:
            continue  # Nothing listens there: coverage counts it.
        sighting = assessed.sighting
        key = (sighting.profile, sighting.chains)
        shown = alike.get(key)
        if shown is None:
            shown = alike[key] = _Shown(sighting.profile, sighting.chains, inventory.certificates)
        code = described.system_of(sighting.target)
        yield _Row(assessed, None if code is None else described.systems.get(code), shown)


def _figure_rows(rows: Iterable[_Row]) -> Iterator[FigureRow]:
    """Clients seen in captured traffic are exposed as others are, and no targets of which a figure tells."""
    for row in rows:
        target = row.assessed.sighting.target
        if isinstance(target, NetworkTarget) and target.is_client:
            continue
        for purpose in PURPOSES:
            yield figure_row(row.assessed.sighting.target, purpose, row.of(purpose).state, row.system)


_ExposureKey = tuple[str | None, Purpose, State, date | None, int]


class _Exposer:
    """Asks every question once: what is alike in system, state and certificate has one exposure."""

    def __init__(self, inventory: AssessedInventory, systems: Mapping[str, System]) -> None:
        self._inventory = inventory
        self._systems = systems
        self._purposes = {
            (edition.id, rule.id): rule.purpose for edition in (*inventory.policies, floor()) for rule in edition.rules
        }
        self._findings: dict[tuple[bytes, Purpose], list[Finding]] = {}
        for finding in inventory.findings:
            for digest in (finding.profile, finding.certificate):
                if digest is not None:
                    self._findings.setdefault((digest, self._purpose(finding)), []).append(finding)
        self._exposures: dict[_ExposureKey, Exposure] = {}
        self._pressures: dict[tuple[tuple[bytes, ...], int], Pressure] = {}
        self._fixes: dict[tuple[str | None, Purpose, tuple[bytes, ...]], Fix] = {}

    def _purpose(self, finding: Finding) -> Purpose:
        """For what the rule counts; a rule for protocols speaks of the channel, one for any purpose of what its subject is for."""
        purpose = self._purposes.get((finding.policy, finding.rule), Purpose.ANY)
        if purpose in PURPOSES:
            return purpose
        signs = purpose is Purpose.ANY and finding.subject in _SIGNS
        return Purpose.SIGNATURE if signs else Purpose.KEY_ESTABLISHMENT

    def items(self, rows: Iterable[_Row], settings: ExposureSettings) -> Iterator[Item]:
        for row in rows:
            sighting = row.assessed.sighting
            code = None if row.system is None else row.system.code
            for purpose in PURPOSES:
                exposed = self._exposure(row, purpose, settings)
                pressed = self._pressure(row.shown.digests, exposed)
                yield Item(sighting.target, code, exposed, pressed, row.reach, sighting.probe, row.shown.chain)

    def _exposure(self, row: _Row, purpose: Purpose, settings: ExposureSettings) -> Exposure:
        until = None
        if purpose is Purpose.SIGNATURE and row.shown.chain:
            leaf = self._inventory.certificates.get(row.shown.chain[0])
            until = None if leaf is None or leaf.not_after is None else leaf.not_after.date()
        state = row.of(purpose).state
        key = (None if row.system is None else row.system.code, purpose, state, until, settings.quantum_year)
        known = self._exposures.get(key)
        if known is None:
            known = exposure(row.system, purpose, state, self._inventory.as_of, settings, certificate_until=until)
            self._exposures[key] = known
        return known

    def _pressure(self, digests: tuple[bytes, ...], exposed: Exposure) -> Pressure:
        key = (digests, id(exposed))  # Each is kept in `_exposures`, so that its number stays its own.
        known = self._pressures.get(key)
        if known is None:
            found = (finding for digest in digests for finding in self._findings.get((digest, exposed.purpose), ()))
            known = self._pressures[key] = pressure(found, exposed)
        return known

    def fix(self, item: Item) -> Fix | None:
        """Who must change it; nobody where nothing is to be changed."""
        if item.exposure.kind is ExposureKind.NONE:
            return None
        key = (item.system, item.exposure.purpose, item.chain)
        known = self._fixes.get(key)
        if known is None:
            held = self._inventory.certificates
            chain = tuple(held[digest] for digest in item.chain if digest in held)
            system = None if item.system is None else self._systems.get(item.system)
            known = self._fixes[key] = fixer(item.exposure.purpose, system, chain)
        return known


def _places(rows: Sequence[Placed], exposer: _Exposer) -> Iterator[Place]:
    def alike(row: Placed) -> tuple[object, ...]:
        item = row.item
        return item.system, item.exposure, item.pressure, item.reach, exposer.fix(item)

    for (*_rest, fix), same in groupby(rows, key=alike):
        found = tuple(same)
        yield Place(found[0].place, found[-1].place, found, fix if isinstance(fix, Fix) else None)
