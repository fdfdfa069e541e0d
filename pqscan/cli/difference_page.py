"""Differences as an HTML page, and two policies side by side as text and JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pqscan_reports.naming import target_text
from pqscan_reports.plain_page import PageSection, PageTable, page

from pqscan.app.difference import paired
from pqscan.cli import out, words
from pqscan.cli.diff import MOST_FACTS, fact_text, side_text, state_text

if TYPE_CHECKING:
    from pqscan.app.difference import Difference, TargetChange
    from pqscan.app.policy_difference import PolicyDifference
    from pqscan.policy.finding import Verdict


def difference_page(found: Difference) -> bytes:
    """Everything that the text edition says."""
    title = words.filled("What changed from {before} to {after}", before=side_text(found.before), after=side_text(found.after))
    changed = words.counted("{count} target changed", "{count} targets changed", len(found.changes))
    same = words.counted("{count} stayed as it was", "{count} stayed as they were", found.unchanged)
    sections = [PageSection("", (f"{changed}, {same}.",))]
    say = words.say()
    if found.algorithms:
        rows = tuple(
            (
                words.label("subject", row.subject.value),
                words.label("fact_value", row.name),
                words.label("quantum_class", row.quantum_class.value),
                say.number(row.gained),
                say.number(row.lost),
            )
            for row in found.algorithms
        )
        header = (
            words.gettext("What it is"),
            words.gettext("Algorithm"),
            words.gettext("Class"),
            words.gettext("New on targets"),
            words.gettext("Gone from targets"),
        )
        sections.append(PageSection(words.gettext("Algorithms"), tables=(PageTable(header, rows),)))
    if found.expired:
        digests = tuple(digest.hex() for digest in found.expired)
        sections.append(PageSection(words.gettext("Served certificates that expired"), lines=digests))
    if found.changes:
        header = (
            words.gettext("Target"),
            words.gettext("Change"),
            words.gettext("Key establishment"),
            words.gettext("Authentication"),
            words.gettext("Facts"),
        )
        table = PageTable(header, tuple(map(_row, found.changes)))
        sections.append(PageSection(words.gettext("Targets"), tables=(table,)))
    return page(title, words.language(), sections)


def _row(change: TargetChange) -> tuple[str, ...]:
    states = (
        state_text(family, old) if old is new else f"{state_text(family, old)} → {state_text(family, new)}"
        for family, (old, new) in (("key_establishment", change.key_establishment), ("authentication", change.authentication))
    )
    facts = paired(change.gone, change.new)
    told = [fact_text(fact) for fact in facts[:MOST_FACTS]]
    if len(facts) > MOST_FACTS:
        told.append("… " + words.counted("{count} more fact", "{count} more facts", len(facts) - MOST_FACTS))
    for sign, digests in (("-", change.certificates_gone), ("+", change.certificates_new)):
        told += [f"{sign} {words.gettext('certificate')} {digest.hex()[:32]}…" for digest in digests]
    return (target_text(change.target), words.label("change", change.change.value), *states, "\n".join(told))


def policy_page(found: PolicyDifference) -> bytes:
    """Two policies side by side."""
    one, other = (words.label("policy", edition.id) for edition in (found.before, found.after))
    title = words.filled("{one} and {other}, as of {day}", one=one, other=other, day=words.say().date(found.as_of))
    header = (words.gettext("What it is"), words.gettext("Algorithm"), one, other, words.gettext("Targets"))
    table = PageTable(header, tuple(map(_opinion, _rows_of(found))))
    return page(title, words.language(), (PageSection("", (_alike(found),), tables=(table,)),))


def print_policies(found: PolicyDifference) -> None:
    one, other = (words.label("policy", edition.id) for edition in (found.before, found.after))
    header = (
        out.Column(words.gettext("What it is"), 18, grows=True),
        out.Column(words.gettext("Algorithm"), 18, grows=True),
        out.Column(one, 14),
        out.Column(other, 14),
        out.Column(words.gettext("Targets"), 8, right=True),
    )
    out.table(header, map(_opinion, _rows_of(found)))
    out.line(_alike(found))


def _rows_of(found: PolicyDifference) -> list[tuple[str, str, Verdict | None, Verdict | None, int]]:
    return [(row.subject, row.name, row.before, row.after, row.targets) for row in found.opinions]


def _opinion(row: tuple[str, str, Verdict | None, Verdict | None, int]) -> tuple[str, ...]:
    subject, name, one, other, targets = row
    verdicts = ("–" if verdict is None else words.label("verdict", verdict.value) for verdict in (one, other))
    return (words.label("subject", subject), name, *verdicts, words.say().number(targets))


def _alike(found: PolicyDifference) -> str:
    return words.counted("{count} thing is judged alike.", "{count} things are judged alike.", found.alike)


def policies_json(found: PolicyDifference) -> out.Json:
    opinions: list[out.Json] = [
        {
            "subject": row.subject,
            "name": row.name,
            "before": None if row.before is None else row.before.value,
            "after": None if row.after is None else row.after.value,
            "targets": row.targets,
        }
        for row in found.opinions
    ]
    head: dict[str, out.Json] = {"before": found.before.id, "after": found.after.id, "as_of": found.as_of.isoformat()}
    return {**head, "alike": found.alike, "opinions": opinions}
