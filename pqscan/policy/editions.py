"""The policy editions that come with pqscan, one data file each. Read when first asked for."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pqscan.errors import DataError, UsageError
from pqscan.model.observation import Subject
from pqscan.policy.reading import read_edition
from pqscan.policy.rows import DATA_FOLDER, Document
from pqscan.policy.rule import PolicyEdition

FLOOR = "floor"
DEFAULT_POLICY = "vietnam"
EDITION_FILES = (
    "vietnam",
    "nist-ir-8547",
    "nist-sp-800-131a",
    "us-eo-14412",
    "us-omb",
    "cisa-categories",
    "nsm-10",
    "cnsa-2.0-faq",
    "cnsa-2.0-chart",
    "dow-psk",
    "eu-roadmap",
    "bsi-tr-02102-1",
    "anssi",
    "uk-ncsc",
    "asd-ism",
    "canada",
    "singapore",
    "japan",
    "korea",
    "pci-dss",
)


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Policies that judge the same thing differently. `name` is an algorithm or the matter at hand; `examples` are facts in which
    it shows, as subject and value of an observation."""

    id: str
    name: str
    policies: tuple[str, ...]
    summary: str  # msgid
    reference: str
    examples: tuple[tuple[str, str], ...] = ()


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
        examples = tuple((subject, value) for subject, _, value in (text.partition(":") for text in row.texts("examples")))
        if not {subject for subject, _ in examples} <= {subject.value for subject in Subject}:
            raise row.wrong("examples must be a subject and a value of an observation, such as named_group:0x11ec")
        found.append(Disagreement(row.text("id"), row.text("name"), among, row.text("summary"), reference, examples))
        row.done()
    return tuple(found)


@cache
def _shipped(identifier: str) -> PolicyEdition:
    edition = read_edition(Document.read(DATA_FOLDER / f"{identifier}.toml"))
    if edition.id != identifier:
        raise DataError(f"{identifier}.toml says that its id is {edition.id}; correct the file")
    return edition
