"""The go-live sheet of one system: its ten parts as values, filled in as far as they are known.

The conclusion stays empty. It says which criteria speak for which box; a person ticks one and signs. A sheet on which an assessor,
a unit or the head is missing says so and is not final."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from pqscan.model.reason import Reason
from pqscan.readiness.folding import fold
from pqscan.readiness.gate import Conclusion, CriterionResult, GateResult, Outcome, RegimeProduct
from pqscan.readiness.product import Origin
from pqscan.readiness.system import System

_ORIGINS = frozenset(Origin)  # A system file may say it in words of its own.


@dataclass(frozen=True, slots=True)
class NamedEdition:
    """The policy that judged, by its id, and which edition of it, in the policy's own English words."""

    policy: str
    edition: str


Value = str | int | date | bool | Reason | NamedEdition | None


class SheetProduct(RegimeProduct, Protocol):
    """What the sheet says of a product beyond its regime."""

    @property
    def vendor(self) -> str: ...

    @property
    def origin(self) -> str: ...

    @property
    def licence(self) -> str: ...

    @property
    def conformity(self) -> str: ...


@dataclass(frozen=True, slots=True)
class People:
    """Who assessed, who is in charge, who runs it, who answers for it; empty where nobody is named. `statement` says how it was
    made sure that no state secret and no sensitive data was used for testing."""

    assessor: str = ""
    assessor_unit: str = ""
    designated: str = ""
    operator: str = ""
    head: str = ""
    head_title: str = ""
    statement: str = ""


@dataclass(frozen=True, slots=True)
class SheetLine:
    """One line: what it is, and its value; None where nobody stated it. Closed values are those of the register (words.toml)."""

    label: Reason
    value: Value


@dataclass(frozen=True, slots=True)
class SheetPart:
    """`results` are the criteria of part 5 and 6, and the open ones of part 9."""

    number: int
    lines: tuple[SheetLine, ...] = ()
    results: tuple[CriterionResult, ...] = ()

    @property
    def title(self) -> Reason:
        return Reason.of(f"sheet_part_{self.number}")


@dataclass(frozen=True, slots=True)
class GoLiveSheet:
    """`speaking` names the criteria that speak for each box; none of the boxes is ticked here. `missing` says what keeps the sheet
    from being final, `remarks` what its readers should know."""

    system: System
    day: date
    parts: tuple[SheetPart, ...]
    speaking: Mapping[Conclusion, tuple[str, ...]]
    missing: tuple[Reason, ...]
    remarks: tuple[Reason, ...] = ()

    @property
    def is_final(self) -> bool:
        return not self.missing


@dataclass(frozen=True, slots=True)
class ScanSummary:
    """Part 4. `not_in_design` are key-establishment methods that were seen and not designed, `not_seen` the other way round."""

    facts_sha256: str
    tool_version: str
    policies: tuple[NamedEdition, ...]
    targets: int
    not_in_design: tuple[str, ...] = ()
    not_seen: tuple[str, ...] = ()


def go_live_sheet(
    system: System, result: GateResult, people: People, products: Sequence[SheetProduct], scan: ScanSummary
) -> GoLiveSheet:
    """The ten parts in their order."""
    part5 = tuple(each for each in result.results if each.criterion.part == 5)
    part6 = tuple(each for each in result.results if each.criterion.part == 6)
    opened = tuple(each for each in result.results if each.outcome in (Outcome.NOT_MET, Outcome.UNKNOWN))
    parts = (
        SheetPart(1, tuple(_identification(system))),
        SheetPart(2, tuple(_data(system))),
        SheetPart(3, (_line("sheet_algorithms", ", ".join(system.target_algorithms)),)),
        SheetPart(4, tuple(_scan(result, scan))),
        SheetPart(5, (), part5),
        SheetPart(6, tuple(_migration(system)), part6),
        SheetPart(7, (_line("sheet_test_data", people.statement),)),
        SheetPart(8, tuple(_supply(system, products))),
        SheetPart(9, tuple(_waivers(result)), opened),
        SheetPart(10, tuple(_signatures(system, people))),
    )
    return GoLiveSheet(
        system, result.day, parts, speaking(result.results), tuple(_missing(system, people)), tuple(_remarks(system, people))
    )


def speaking(results: Sequence[CriterionResult]) -> Mapping[Conclusion, tuple[str, ...]]:
    """Which criteria speak for which box; a policy's name behind those that were asked by policy."""
    found: dict[Conclusion, list[str]] = {conclusion: [] for conclusion in Conclusion}
    for result in results:
        if result.speaks_for is not None:
            name = result.criterion.id if result.policy is None else f"{result.criterion.id} ({result.policy.id})"
            found[result.speaks_for].append(name)
    return {conclusion: tuple(names) for conclusion, names in found.items()}


def _line(code: str, value: Value) -> SheetLine:
    return SheetLine(Reason.of(code), None if value == "" else value)


def _identification(system: System) -> Iterator[SheetLine]:
    yield _line("sheet_name", system.name)
    yield _line("sheet_code", system.code)
    yield _line("sheet_owner", system.owner)
    yield _line("sheet_operator", system.operator)
    yield _line("sheet_level", system.level)
    yield _line("sheet_level_decision", system.level_decision)
    yield _line("sheet_kind", system.kind)
    yield _line("sheet_stage", system.stage)
    yield _line("sheet_is_critical", system.is_critical)
    yield _line("sheet_funding", system.funding)


def _data(system: System) -> Iterator[SheetLine]:
    for data_class in sorted(system.data_classes) or (None,):
        yield _line("sheet_data_classes", data_class)
    yield _line("sheet_secrecy", system.secrecy)
    yield _line("sheet_retention_years", system.retention_years)
    yield _line("sheet_extension_years", system.extension_years)


def _scan(result: GateResult, scan: ScanSummary) -> Iterator[SheetLine]:
    yield _line("sheet_source", result.source)
    yield _line("sheet_targets", scan.targets)
    yield _line("sheet_unknown", len(result.facts.unknown))
    yield _line("sheet_not_in_design", ", ".join(scan.not_in_design))
    yield _line("sheet_not_seen", ", ".join(scan.not_seen))
    yield _line("sheet_facts", scan.facts_sha256)
    yield _line("sheet_tool", scan.tool_version)
    for edition in scan.policies or (None,):
        yield _line("sheet_policies", edition)


def _migration(system: System) -> Iterator[SheetLine]:
    """Where part 6 is not met: the way, who goes it, and until when."""
    yield _line("sheet_migration", system.disposition)
    yield _line("sheet_migration_on", system.disposition_on or system.vendor_date)


def _supply(system: System, products: Sequence[SheetProduct]) -> Iterator[SheetLine]:
    yield _line("sheet_vendor", system.vendor)
    yield _line("sheet_software", system.software)
    for product in products:
        told = (product.name, product.vendor, product.licence, product.conformity)
        yield _line("sheet_product", "; ".join(part for part in told if part))
        yield _line("sheet_origin", Origin(product.origin) if product.origin in _ORIGINS else product.origin)
        if product.licence_until is not None:
            yield _line("sheet_licence_until", product.licence_until)
        yield _line("sheet_regime", product.regime)


def _waivers(result: GateResult) -> Iterator[SheetLine]:
    told = set()
    for each in result.results:
        for row in each.evidence:
            waiver = row.waiver
            if waiver is not None and waiver not in told:
                told.add(waiver)
                text = (waiver.covers, waiver.reason, waiver.compensation, waiver.approver, waiver.expires_on.isoformat())
                yield _line("sheet_waiver", "; ".join(text))


def _signatures(system: System, people: People) -> Iterator[SheetLine]:
    yield _line("sheet_assessor", ", ".join(part for part in (people.assessor, people.assessor_unit) if part))
    yield _line("sheet_designated", people.designated)
    yield _line("sheet_operator", people.operator or system.operator)
    yield _line("sheet_head", ", ".join(part for part in (people.head, people.head_title) if part))


def _missing(system: System, people: People) -> Iterator[Reason]:
    if not people.assessor:
        yield Reason.of("sheet_no_assessor")
    if not people.designated:
        yield Reason.of("sheet_no_designated")
    if not (people.operator or system.operator):
        yield Reason.of("sheet_no_operator")
    if not people.head:
        yield Reason.of("sheet_no_head")
    if not people.statement:
        yield Reason.of("sheet_no_test_data")


def _remarks(system: System, people: People) -> Iterator[Reason]:
    operator = people.operator or system.operator or ""
    if operator and people.assessor_unit and fold(people.assessor_unit) == fold(operator):
        yield Reason.of("sheet_assessor_is_operator")
