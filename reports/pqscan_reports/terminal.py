"""The summary for a terminal of 80 columns: plain text with box-drawing bars, no colour, nothing a peer could steer with."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from textwrap import TextWrapper
from typing import BinaryIO

from pqscan.locale import Translator, fill, translator
from pqscan.policy.finding import Verdict
from pqscan.policy.rule import PolicyStatus
from pqscan.policy.state import State
from pqscan.report import AssessedInventory, ReadinessView, ReportOptions
from pqscan_reports.described import planned_table, training_table
from pqscan_reports.escape import display_width, padded, visible
from pqscan_reports.folders import Folder, states_text
from pqscan_reports.naming import origin_text, target_text
from pqscan_reports.standing import (
    NO_FIGURE,
    acts_line,
    coverage_lines,
    coverage_summary,
    first_entries,
    first_folded,
    first_lines,
    mark_line,
    mark_text,
    quality_rows,
    resource_lines,
)
from pqscan_reports.tally import SHOWN_ORDER, WORST_FIRST, FindingIndex, Group, Tally, tally

COLUMNS = 80
_MOST_GROUPS = 5
_MOST_FOLDERS = 5
_MOST_PLACES = 5  # of the exposure list
_LABEL = 32
_BAR = 26


class TerminalReport:
    """`pqscan report terminal`, and what a scan prints at its end."""

    name = "terminal"

    def write(self, inventory: AssessedInventory, options: ReportOptions, out: BinaryIO) -> None:
        say = translator(options.language)
        counted = tally(inventory, FindingIndex(inventory.findings), 0)
        for line in _lines(inventory, counted, say):
            out.write(line.rstrip().encode("utf-8", "backslashreplace") + b"\n")


def _lines(inventory: AssessedInventory, counted: Tally, say: Translator) -> Iterator[str]:
    _ = say.gettext
    yield _("Cryptographic inventory and readiness for quantum-resistant cryptography")
    targets = say.counted("{count} target", "{count} targets", counted.targets)
    yield fill(_("Judged as of {date} · {targets}"), {"date": say.date(inventory.as_of), "targets": targets})
    yield "═" * COLUMNS
    for family, title, counts in (
        ("key_establishment", _("Key establishment"), counted.key_establishment),
        ("authentication", _("Authentication"), counted.authentication),
    ):
        yield ""
        yield title
        yield from _bars(counts, counted.targets, say, family)
    if counted.clients:
        yield ""
        yield _("Clients seen in captured traffic")
        states: Counter[State] = Counter()
        for group in counted.client_groups:
            states[group.key_establishment.state] += group.count
        yield from _bars(states, counted.clients, say, "key_establishment")
    if counted.proven:
        yield ""
        yield from _proven_lines(counted, say)
    yield ""
    yield _("Policies, and the targets by the worst that each says of them")
    for policy in sorted(inventory.policies, key=lambda p: (p.status is not PolicyStatus.AWAITING_GUIDANCE, p.id)):
        status = say.label("policy_status", policy.status.value)
        told = _verdicts(counted.policy_verdicts.get(policy.id, {}), say)
        origin = origin_text(policy, say)
        about = f"{visible(say.gettext(policy.edition))}; {origin}" if origin else visible(say.gettext(policy.edition))
        yield from _wrapped(f"{visible(say.gettext(policy.title))} ({about}): {status}{told}", "  ", "    ")
    if inventory.local_registry:
        text = fill(_("Some names come from a registry file of one's own, SHA-256 {digest}."), {"digest": inventory.local_registry})
        yield from _wrapped(text, "  ", "    ")
    if counted.groups:
        yield ""
        yield _("Worst first")
        for number, group in enumerate(counted.groups[:_MOST_GROUPS], 1):
            yield from _group_lines(number, group, say)
        folded = counted.groups[_MOST_GROUPS:]
        if folded:
            groups = say.counted("{count} further group", "{count} further groups", len(folded))
            targets = say.counted("{count} target", "{count} targets", sum(group.count for group in folded))
            text = fill(_("Not shown here: {groups} with {targets}."), {"groups": groups, "targets": targets})
            yield from _wrapped(text, "  ", "  ")
    if counted.folders:
        yield ""
        yield from _folder_lines(counted.folders, say)
    yield ""
    yield from _coverage_lines(inventory, say)
    if inventory.readiness is not None:
        yield from _readiness_lines(inventory.readiness, say)
    yield ""
    yield from _wrapped(_("This summary states facts and dates. It is no statement of compliance with any law."), "", "")


def _proven_lines(counted: Tally, say: Translator) -> list[str]:
    """`Proven by a handshake: X25519MLKEM768 on 3 targets`."""
    names: dict[str, int] = {}
    for (name, _quantum), count in counted.proven.items():
        names[name] = names.get(name, 0) + count
    shown = ", ".join(f"{visible(name)} ({say.number(names[name])})" for name in sorted(names, key=lambda n: (-names[n], n)))
    return _wrapped(
        fill(say.gettext("Groups proven by a handshake, with the number of targets: {groups}"), {"groups": shown}), "", "  "
    )


def _verdicts(counts: Mapping[Verdict, int], say: Translator) -> str:
    """`; overdue 19, met 1`. That a policy awaits guidance is its status already."""
    shown = [verdict for verdict in Verdict if counts.get(verdict) and verdict is not Verdict.AWAITING]
    parts = (f"{say.label('verdict_count', verdict.value)} {say.number(counts[verdict])}" for verdict in shown)
    return "; " + ", ".join(parts) if shown else ""


def _bars(counts: Mapping[State, int], total: int, say: Translator, family: str) -> Iterator[str]:
    for state in SHOWN_ORDER:
        count = counts.get(state, 0)
        if not count:
            continue
        filled = max(1, round(_BAR * count / total))
        bar = ("░" if state is State.UNKNOWN else "█") * filled
        number = padded(say.number(count), 10, right=True)
        share = padded(say.percent(count, total), 7, right=True)
        yield f"  {padded(say.state(family, state.value), _LABEL)} {padded(bar, _BAR)}{number}{share}"


def _folder_lines(folders: Sequence[Folder], say: Translator) -> Iterator[str]:
    """Each folder with its files, then how many of them are in which state."""
    yield say.gettext("Files by folder")
    for folder in folders[:_MOST_FOLDERS]:
        files = say.counted("{count} file", "{count} files", folder.files)
        yield from _wrapped(f"{visible(folder.name)} · {files}: {states_text(folder, WORST_FIRST, say)}", "  ", "    ")
    if len(folders) > _MOST_FOLDERS:
        rest = len(folders) - _MOST_FOLDERS
        yield from _wrapped(
            say.counted("{count} further folder is not shown here.", "{count} further folders are not shown here.", rest),
            "  ",
            "  ",
        )


def _group_lines(number: int, group: Group, say: Translator) -> Iterator[str]:
    first = visible(target_text(group.examples[0]))
    more = ""
    if group.folder and group.count > 1:
        first = visible(group.folder)
        more = " " + say.counted("{count} target", "{count} targets", group.count)
    elif group.count > 1:
        rest = group.count - 1
        more = " " + say.counted("and {count} more", "and {count} more", rest)
    yield f" {number:2d}. {padded(first, COLUMNS - 5 - display_width(more), within=True).rstrip()}{more}"
    states = (
        f"{say.gettext('Key establishment')}: {say.state('key_establishment', group.key_establishment.state.value)} · "
        f"{say.gettext('Authentication')}: {say.state('authentication', group.authentication.state.value)}"
    )
    told = tuple(visible(say.render(reason)) for reason in group.reasons(1))
    for sentence in dict.fromkeys(told) or (states,):  # Files of one folder may have no reason in common.
        yield from _wrapped(sentence, "     ", "     ")


def _coverage_lines(inventory: AssessedInventory, say: Translator) -> Iterator[str]:
    coverage = inventory.coverage
    parts = [
        f"{say.label('outcome_status', status.value)} {say.number(count)}"
        for status, count in sorted(coverage.by_status.items(), key=lambda item: (-item[1], item[0].value))
        if count
    ]
    values = {"attempted": say.number(coverage.attempted), "runs": say.number(coverage.runs)}
    if coverage.runs > 1:
        text = fill(say.gettext("Coverage, in {runs} scans together: {attempted} attempted"), values)
    else:
        text = fill(say.gettext("Coverage: {attempted} attempted"), values)
    yield from _wrapped(": ".join((text, ", ".join(parts))) if parts else text, "", "  ")
    if coverage.not_read:
        count = len(coverage.not_read)
        silent = say.counted("{count} target gave no usable answer", "{count} targets gave no usable answer", count)
        yield from _wrapped(silent, "  ", "  ")


def _readiness_lines(view: ReadinessView, say: Translator) -> Iterator[str]:
    """Coverage against the register, the quality of the data, what comes first, resources, the mark and the head of the acts."""
    for line in (*coverage_summary(view.figures, say), *coverage_lines(view, say)):
        yield from _wrapped(line, "", "  ")
    yield ""
    yield say.gettext("Quality of the data")
    for _figure, of, title, part, whole in quality_rows(view.figures, say):
        share = say.gettext(NO_FIGURE) if part is None or not whole else say.percent(part, whole)
        numbers = "" if part is None or not whole else f" ({say.number(part)} / {say.number(whole)})"
        yield from _wrapped(f"{of} · {title}: {share}{numbers}", "  ", "    ")
    if view.first is not None:
        yield ""
        yield say.gettext("What comes first, and why")
        for line in first_lines(view.first, say):
            yield from _wrapped(line, "  ", "    ")
        for entry in first_entries(view.first, say, _MOST_PLACES):
            yield from _wrapped(visible(f"{entry.number}. {entry.title}"), "  ", "     ")
            yield from _wrapped(visible(entry.targets), "     ", "     ")
            for sentence in entry.sentences:
                yield from _wrapped(visible(sentence), "     ", "     ")
        folded = first_folded(view.first, say, _MOST_PLACES)
        if folded:
            yield from _wrapped(folded, "  ", "  ")
    yield from _described_lines(view, say)
    yield ""
    for line in (*resource_lines(view, say), mark_text(view, say), mark_line(view, say), acts_line(view, say)):
        if line:
            yield from _wrapped(visible(line), "", "  ")


def _described_lines(view: ReadinessView, say: Translator) -> Iterator[str]:
    """Each planned system with what its dossier says, then each unit with its trained."""
    for table in (planned_table(view, say), training_table(view, say)):
        if table is not None:
            yield ""
            yield table.title
            for first, *rest in table.rows:
                told = "; ".join(f"{heading}: {cell}" for heading, cell in zip(table.header[1:], rest, strict=True) if cell != "")
                yield from _wrapped(visible(f"{first}: {told}" if told else str(first)), "  ", "    ")


def _wrapped(text: str, first: str, later: str) -> list[str]:
    """Lines of at most 80 columns; Vietnamese letters are one column each, wide characters are counted as two."""
    spare = display_width(text) - len(text)
    width = COLUMNS if spare <= 0 else COLUMNS // 2
    return TextWrapper(width, initial_indent=first, subsequent_indent=later, break_on_hyphens=False).wrap(text)
