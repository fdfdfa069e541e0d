"""The policy editions that come with pqscan, one data file each, and those that a user gives. Read when first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cache

from pqscan.errors import DataError, UsageError
from pqscan.policy.rows import DATA_FOLDER, Document, PolicyRow
from pqscan.policy.rule import PolicyEdition, PolicyStatus, Purpose, Rule, RuleState, Source

FLOOR = "floor"
DEFAULT_POLICY = "vietnam"
EDITION_FILES = (
    "vietnam",
    "nist-ir-8547",
    "us-eo-14412",
    "cnsa-2.0-faq",
    "cnsa-2.0-chart",
    "eu-roadmap",
    "uk-ncsc",
    "bsi-tr-02102-1",
    "anssi",
    "asd-ism",
)
CONSTRUCTIONS = ("any", "classical", "hybrid", "pure")


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Two policies that judge the same thing differently. `name` is an algorithm or the matter at hand."""

    id: str
    name: str
    policies: tuple[str, ...]
    summary: str  # msgid
    reference: str


def policy(identifier: str) -> PolicyEdition:
    """The edition with this id. Raises UsageError where there is none, DataError where its file is wrong."""
    if identifier == FLOOR:
        return floor()
    if identifier not in EDITION_FILES:
        raise UsageError(f"There is no policy {identifier!r}; choose among {', '.join(EDITION_FILES)}.")
    return _shipped(identifier)


def policies() -> tuple[PolicyEdition, ...]:
    """Every shipped edition in the order of presentation; the floor, which is no policy, is not among them."""
    return tuple(_shipped(identifier) for identifier in EDITION_FILES)


def default_policies() -> tuple[PolicyEdition, ...]:
    """Vietnam, and beside it the reading that it names (NIST IR 8547, a draft)."""
    first = policy(DEFAULT_POLICY)
    return (first,) if first.reading is None else (first, policy(first.reading))


def floor() -> PolicyEdition:
    """Today's floor: what is below it is weak against today's computers already, whatever the policy."""
    return _shipped(FLOOR)


@cache
def contradictions() -> tuple[Disagreement, ...]:
    """Where the shipped policies are known to contradict each other. Raises DataError."""
    found = []
    for row in Document.read(DATA_FOLDER / "contradictions.toml").rows("contradiction"):
        among = row.texts("policies")
        unknown = sorted(set(among) - set(EDITION_FILES))
        if len(among) < 2 or unknown:
            raise row.wrong(f"policies must name at least two shipped ones{', not ' + ', '.join(unknown) if unknown else ''}")
        reference = "; ".join(row.references())
        found.append(Disagreement(row.text("id"), row.text("name"), among, row.text("summary"), reference))
        row.done()
    return tuple(found)


def read_policy(data: bytes, name: str) -> PolicyEdition:
    """A policy file that a user gives (the format of the shipped ones). Raises UsageError naming file and row or line."""
    try:
        return read_edition(Document.parse(data, name))
    except DataError as error:
        raise UsageError(f"{error}.") from error


@cache
def _shipped(identifier: str) -> PolicyEdition:
    edition = read_edition(Document.read(DATA_FOLDER / f"{identifier}.toml"))
    if edition.id != identifier:
        raise DataError(f"{identifier}.toml says that its id is {edition.id}; correct the file")
    return edition


def read_edition(document: Document) -> PolicyEdition:
    """One edition from one file. Raises DataError naming file and row."""
    head = document.head(("rule",))
    status = head.choice("status", PolicyStatus)
    verified_on = head.day("verified_on")
    via = head.text("via", default="")
    edition = PolicyEdition(
        id=head.text("id"),
        jurisdiction=head.text("jurisdiction"),
        edition=head.text("edition"),
        title=head.text("title"),
        status=status,
        rules=tuple(_rule(row, verified_on, via) for row in document.rows("rule")),
        reading=head.optional_text("reading"),
    )
    head.done()
    if status is PolicyStatus.AWAITING_GUIDANCE:
        dated = next((rule for rule in edition.rules if rule.state is not RuleState.AWAITING_GUIDANCE or rule.date), None)
        if dated is not None:
            raise head.wrong(f"it awaits guidance, so the rule {dated.id} can have neither a date nor another state")
    return edition


def _rule(row: PolicyRow, verified_on: date, via: str) -> Rule:
    if row.has("date") and row.has("year"):
        raise row.wrong("it has a date and a year; give one of them")
    year = row.optional_whole("year", least=2000, most=2199)
    construction = row.text("construction", among=CONSTRUCTIONS, default="any")
    rule = Rule(
        id=row.text("id"),
        purpose=row.choice("purpose", Purpose),
        state=row.choice("state", RuleState),
        source=Source(
            title="; ".join(row.references()),
            section=row.text("section"),
            verified_on=row.optional_day("verified_on") or verified_on,
            via=row.text("via", default=via),
        ),
        date=row.optional_day("date") if year is None else date(year, 12, 31),
        date_precision="day" if year is None else "year",
        families=row.texts("families"),
        parameter_sets=row.texts("parameter_sets"),
        min_strength=row.optional_whole("min_strength", most=512),
        max_strength=row.optional_whole("max_strength", most=512),
        construction=construction,
        scope=row.texts("scope"),
        status=row.choice("status", PolicyStatus) if row.has("status") else None,
        summary=row.text("summary"),
    )
    row.done()
    if construction not in CONSTRUCTIONS:
        raise row.wrong(f"construction is {construction!r}, which is not one of {', '.join(CONSTRUCTIONS)}")
    if rule.min_strength is not None and rule.max_strength is not None and rule.min_strength > rule.max_strength:
        raise row.wrong("min_strength is above max_strength")
    return rule
