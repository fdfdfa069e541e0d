"""The tables that are handed in, the same in every format: systems, algorithms, what to do, quality of the data, digests.

In the redacted edition they hold counts by closed words, the small ones merged, and nothing that was read or typed in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from pqscan.locale import Translator, msgid
from pqscan.model.observation import Subject
from pqscan.policy.editions import policies as shipped_policies
from pqscan.policy.rule import PolicyEdition
from pqscan.policy.state import State
from pqscan.readiness.figure_names import Figures
from pqscan.readiness.redaction import PublicTable, public_tables, public_uses
from pqscan.readiness.system import Regime, System
from pqscan.readiness.unit import UnitKind
from pqscan.registry.dtls import TLS_OF_DTLS
from pqscan.registry.oids import object_identifiers
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.tls import named_groups
from pqscan.report import AdviceLine, AssessedInventory, ReadinessView
from pqscan_reports.described import planned_table, training_table
from pqscan_reports.folders import states_text
from pqscan_reports.naming import key_text, observation_text, target_text
from pqscan_reports.standing import (
    NO_FIGURE,
    Cell,
    Table,
    first_entries,
    first_folded,
    first_lines,
    mark_line,
    mark_text,
    place_coverage,
    quality_rows,
    resource_lines,
    system_coverage,
)
from pqscan_reports.tally import SHOWN_ORDER, WORST_FIRST, FindingIndex, Tally, tally

FORM_08 = (
    msgid("No."),
    msgid("System"),
    msgid("Owner"),
    msgid("Operator"),
    msgid("Level"),
    msgid("State of approval"),
    msgid("Decision"),
    msgid("Decision on the regulation"),
    msgid("Expected date"),
    msgid("State of the plan"),
    msgid("Expected completion"),
    msgid("Assessment"),
)
"""The twelve columns of Form 08 of Decree 331/2026 (read in a secondary source)."""
OUT_OF_ASSESSMENT = msgid("not within the assessment")
FEWER = msgid("fewer than five")
_MOST_GROUPS = 500
_MOST_FOLDERS = 100
_MOST_ADVICE = 2  # products whose lines stand in a row
_OF_STATES = frozenset({"key_establishment", "authentication"})
_SHOWN_USES = frozenset({Subject.NAMED_GROUP, Subject.PROTOCOL_VERSION})


@dataclass(frozen=True, slots=True)
class Content:
    """An inventory with its sums, for one edition."""

    inventory: AssessedInventory
    view: ReadinessView
    tally: Tally
    is_redacted: bool

    @classmethod
    def of(cls, inventory: AssessedInventory, *, is_redacted: bool) -> Content:
        found = tally(inventory, FindingIndex(inventory.findings), most=0)
        return cls(inventory, inventory.readiness or ReadinessView(_counted(found)), found, is_redacted)

    @property
    def figures(self) -> Figures:
        return self.view.figures


def _counted(found: Tally) -> dict[str, int]:
    """What one walk tells where no figures were given."""
    figures = {"targets.total": found.targets}
    figures |= {f"key_establishment.{state.value}": found.key_establishment[state] for state in State}
    return figures | {f"authentication.{state.value}": found.authentication[state] for state in State}


def tables(content: Content, say: Translator) -> Iterator[Table]:
    yield systems(content, say)
    yield algorithms(content, say)
    yield to_do(content, say)
    yield from folders(content, say)
    yield from first_places(content, say)
    yield from coverage(content, say)
    yield from resources(content, say)
    yield from described(content, say)
    yield quality(content, say)
    if not content.is_redacted:
        yield digests(content, say)


def systems(content: Content, say: Translator) -> Table:
    title = say.gettext("Systems")
    if content.is_redacted:
        wanted = {"system_kind", "level", "regime", "stage"}
        rows = [row for table in public_tables(content.figures) if table.name in wanted for row in public_rows(table, say)]
        return Table(title, (say.gettext("By"), say.gettext("Kind"), say.gettext("Number")), tuple(rows))
    view = content.view
    is_military = view.unit is not None and view.unit.kind is UnitKind.MILITARY
    listed = [system for system in view.systems if is_military or system.regime is not Regime.MILITARY]
    rows = [_form_08(number, system, view.unit_names, say) for number, system in enumerate(sorted(listed, key=_code), 1)]
    if len(listed) < len(view.systems):
        apart = say.counted(
            "{count} military system, reported apart", "{count} military systems, reported apart", len(view.systems) - len(listed)
        )
        rows.append(("", apart, *("",) * (len(FORM_08) - 2)))
    return Table(title, tuple(map(say.gettext, FORM_08)), tuple(rows))


def _code(system: System) -> str:
    return system.code


def _form_08(number: int, system: System, units: Mapping[str, str], say: Translator) -> tuple[Cell, ...]:
    expected = "" if system.expected_on is None else say.date(system.expected_on)
    completion = "" if system.completion_on is None else say.date(system.completion_on)
    assessment = say.gettext(OUT_OF_ASSESSMENT) if system.carries_state_secrets else system.assessment
    level: Cell = "" if system.level is None else system.level
    who = tuple("" if code is None else units.get(code, code) for code in (system.owner, system.operator))
    decided = (system.level_state, system.level_decision, system.regulation_decision)
    return (number, system.name, *who, level, *decided, expected, system.plan_state, completion, assessment)


def public_rows(table: PublicTable, say: Translator) -> Iterator[tuple[Cell, ...]]:
    """One row a category that is shown, then the merged ones."""
    name = say.label("figure", table.name)
    if table.total is None:
        yield (name, "", say.gettext(FEWER))
        return
    yield (name, say.gettext("all"), table.total)
    for category, count in table.rows:
        yield (name, (say.state(table.name, category) if table.name in _OF_STATES else say.label("figure", category)), count)
    if table.others:
        yield (name, say.label("figure", "others"), table.others)


def uses(content: Content) -> dict[tuple[str, Subject, QuantumClass], int]:
    """How many targets use an algorithm: groups and versions that they take, keys and signatures of the certificates they show."""
    found: Counter[tuple[str, Subject, QuantumClass]] = Counter()
    for digest, count in content.tally.profile_targets.items():
        profile = content.inventory.profiles.get(digest)
        shown = () if profile is None else profile.observations
        keys = {
            (observation_text(o), o.subject, o.quantum_class) for o in shown if o.subject in _SHOWN_USES and o.support.shows_use
        }
        for key in keys:
            found[key] += count
    for digest, count in content.tally.certificate_targets.items():
        certificate = content.inventory.certificates.get(digest)
        if certificate is not None:
            found[key_text(certificate), Subject.CERTIFICATE_KEY, certificate.public_key.quantum_class] += count
    return dict(found)


def algorithms(content: Content, say: Translator) -> Table:
    header = (say.gettext("Algorithm"), say.gettext("Used for"), say.gettext("Class"), say.gettext("Targets"))
    found = sorted(uses(content).items(), key=lambda one: (one[0][1].value, -one[1], one[0][0], one[0][2].value))
    if content.is_redacted:
        found = list(_public_uses(found, content.tally.targets))
    rows = tuple(
        (name, say.label("figure", subject.value), say.label("quantum_class", quantum.value), count)
        for (name, subject, quantum), count in found
    )
    return Table(say.gettext("Algorithms"), header, rows)


Use = tuple[tuple[str, Subject, QuantumClass], int]


def _public_uses(found: Iterable[Use], total: int) -> Iterator[Use]:
    """Names out of our own registry alone: what a peer or a local registry made up is not copied. Certificates are counted once a
    chain, so that only groups and versions have a share of the targets."""
    known = {group.name for group in named_groups()} | {"SSLv2", "SSLv3", "TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3", *TLS_OF_DTLS}
    known |= {row.name for row in object_identifiers()}
    named = [(key, count) for key, count in found if key[0].partition(" ")[0] in known or key[0] in known]
    counts = dict(public_uses(((str(number), count) for number, (_key, count) in enumerate(named)), total))
    return (use for number, use in enumerate(named) if str(number) in counts)


def to_do(content: Content, say: Translator) -> Table:
    title = say.gettext("What to do")
    if content.is_redacted:
        wanted = {"key_establishment", "authentication"}
        rows = [row for table in public_tables(content.figures) if table.name in wanted for row in public_rows(table, say)]
        return Table(title, (say.gettext("By"), say.gettext("State"), say.gettext("Targets")), tuple(rows))
    header = (
        say.gettext("Targets"),
        say.gettext("For example"),
        say.gettext("Key establishment"),
        say.gettext("Authentication"),
        say.gettext("Why"),
        say.gettext("What to change"),
    )
    return Table(title, header, tuple(_to_do_rows(content, say)))


def _to_do_rows(content: Content, say: Translator) -> Iterator[tuple[Cell, ...]]:
    for group in content.tally.groups[:_MOST_GROUPS]:
        if group.settled:
            continue
        advice = content.inventory.advice.get(group.profile or b"", ())
        yield (
            group.count,
            group.folder if group.folder and group.count > 1 else "; ".join(map(target_text, group.examples)),
            say.state("key_establishment", group.key_establishment.state.value),
            say.state("authentication", group.authentication.state.value),
            " ".join(dict.fromkeys(say.render(reason) for reason in group.reasons(2))),
            _advice_text(advice, say),
        )


def folders(content: Content, say: Translator) -> tuple[Table, ...]:
    """Files by folder; not in the redacted edition."""
    found = content.tally.folders
    if content.is_redacted or not found:
        return ()
    header = (say.gettext("Machine"), say.gettext("Folder"), say.gettext("Files"), say.gettext("States"))
    rows: list[tuple[Cell, ...]] = [
        (folder.machine, folder.path, folder.files, states_text(folder, WORST_FIRST, say)) for folder in found[:_MOST_FOLDERS]
    ]
    if len(found) > _MOST_FOLDERS:
        rest = say.counted("and {count} folder more", "and {count} folders more", len(found) - _MOST_FOLDERS)
        rows.append(("", rest, sum(folder.files for folder in found[_MOST_FOLDERS:]), ""))
    return (Table(say.gettext("Files by folder"), header, tuple(rows)),)


def _advice_text(advice: Sequence[AdviceLine], say: Translator) -> str:
    """Some products' lines; the same for each of them would make the rows longer than they can be read."""
    shown = "; ".join(f"{line.product} ({line.since}): {' '.join(line.lines).rstrip(';')}" for line in advice[:_MOST_ADVICE])
    rest = len(advice) - _MOST_ADVICE
    if rest <= 0:
        return shown
    told = say.counted("and {count} product more: `pqscan remedy`", "and {count} products more: `pqscan remedy`", rest)
    return f"{shown}; {told}"


def first_places(content: Content, say: Translator) -> tuple[Table, ...]:
    """The top of the exposure list with its sentences, below it the assumed year and what the list counts; not in the redacted
    edition."""
    first = content.view.first
    if first is None or content.is_redacted:
        return ()
    header = (say.gettext("Place"), say.gettext("System"), say.gettext("For example"), say.gettext("Why"))
    shown = first_entries(first, say, len(first.places))
    rows: list[tuple[Cell, ...]] = [(one.number, one.title, one.targets, " ".join(one.sentences)) for one in shown]
    told = (*first_lines(first, say), first_folded(first, say, len(first.places)))
    rows += [("", "", "", line) for line in told if line]
    return (Table(say.gettext("What comes first, and why"), header, tuple(rows)),)


def coverage(content: Content, say: Translator) -> tuple[Table, ...]:
    """Against the register (R22): in the full edition by kind and unit with what is missing by name, else counts alone."""
    if not content.is_redacted:
        found = (system_coverage(content.view, say), place_coverage(content.view, say))
        return tuple(table for table in found if table is not None)
    wanted = {"system_seen", "belonging", "place"}
    rows = tuple(row for table in public_tables(content.figures) if table.name in wanted for row in public_rows(table, say))
    header = (say.gettext("By"), say.gettext("Kind"), say.gettext("Number"))
    return (Table(say.gettext("Coverage of the register"), header, rows),) if rows else ()


def resources(content: Content, say: Translator) -> tuple[Table, ...]:
    """Money, training, products (R27, R28, R29), a line each; nothing of it in the redacted edition."""
    if content.is_redacted:
        return ()
    title = say.gettext("Resources")
    return (Table(title, (title,), tuple((line,) for line in resource_lines(content.view, say))),)


def described(content: Content, say: Translator) -> tuple[Table, ...]:
    """Planned systems by their dossiers (R19) and the trained by unit (R29); nothing of it in the redacted edition."""
    if content.is_redacted:
        return ()
    found = (planned_table(content.view, say), training_table(content.view, say))
    return tuple(table for table in found if table is not None)


def quality(content: Content, say: Translator) -> Table:
    """«Đúng, đủ, sạch, sống» (R31): four shares with the counts behind them, of the inventory and of the register."""
    header = (
        say.gettext("Rows of"),
        say.gettext("Quality of the data"),
        say.gettext("Number"),
        say.gettext("Of"),
        say.gettext("Share"),
    )
    if content.is_redacted:
        return Table(say.gettext("Quality of the data"), header, tuple(_public_quality(content, say)))
    rows = (
        (of, title, "" if part is None else part, whole or "", _share(part, whole, say))
        for _figure, of, title, part, whole in quality_rows(content.figures, say)
    )
    return Table(say.gettext("Quality of the data"), header, tuple(rows))


def _share(part: int | None, whole: int, say: Translator) -> str:
    return say.gettext(NO_FIGURE) if part is None or not whole else say.percent(part, whole)


def _public_quality(content: Content, say: Translator) -> Iterator[tuple[Cell, ...]]:
    public = {table.name: table for table in public_tables(content.figures)}
    for figure, of, title, part, whole in quality_rows(content.figures, say):
        if part is None or not whole:
            yield (of, title, "", "", say.gettext(NO_FIGURE))
            continue
        table = public[figure]
        if table.total is None or (table.others and figure.partition(".")[2] not in dict(table.rows)):
            yield (of, title, "", "" if table.total is None else whole, say.gettext("not shown: small counts"))
        else:
            yield (of, title, part, whole, say.percent(part, whole))


def digests(content: Content, say: Translator) -> Table:
    view = content.view
    rows: list[tuple[Cell, ...]] = [
        (say.gettext("Facts (SHA-256)"), view.facts_digest or say.gettext("not counted")),
        (say.gettext("Snapshot"), view.snapshot or say.gettext("not sealed yet")),
        (
            say.gettext("Acts"),
            say.gettext("none noted") if view.acts is None else f"{view.acts.entries}, {view.acts.hash}",
        ),
    ]
    rows += [(say.gettext("Mark"), mark_text(view, say) or "–"), (say.gettext("Decision on the mark"), mark_line(view, say))]
    rows += [(say.gettext("Policy"), policy) for policy in policies(content, say)]
    return Table(say.gettext("Digests"), (say.gettext("What"), say.gettext("Value")), tuple(rows))


def policies(content: Content, say: Translator) -> tuple[str, ...]:
    """The editions that judged, with their status; in the redacted edition those alone that come with pqscan."""
    return tuple(
        f"{say.gettext(policy.title)} ({say.gettext(policy.edition)}): {say.label('policy_status', policy.status.value)}"
        for policy in sorted(content.inventory.policies, key=lambda policy: policy.id)
        if not content.is_redacted or is_shipped(policy)
    )


def is_shipped(policy: PolicyEdition) -> bool:
    """Whether a policy says of itself what one that comes with pqscan says: a file of the user's own may bear its name alone."""
    ours = next((one for one in shipped_policies() if one.id == policy.id), None)
    return ours is not None and (ours.title, ours.edition) == (policy.title, policy.edition)


def state_rows(content: Content, family: str, say: Translator) -> Iterator[tuple[Cell, ...]]:
    """States and how many targets are in each, the unknown among them; merged where the edition is redacted."""
    if content.is_redacted:
        table = next((one for one in public_tables(content.figures) if one.name == family), None)
        for row in () if table is None else public_rows(table, say):
            yield row[1:]
        return
    for state in SHOWN_ORDER:
        count = content.figures.get(f"{family}.{state.value}", 0)
        if count:
            yield (say.state(family, state.value), count)
