"""The gate as text for a terminal and as JSON, and the go-live sheet with its ten parts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from enum import StrEnum
from typing import TYPE_CHECKING

from pqscan.cli import out, words
from pqscan.cli.words import msgid
from pqscan.model.reason import Reason
from pqscan.readiness.gate import Comments, Conclusion, CriterionResult, Evidence, GateResult, Outcome, Source, Standing
from pqscan.readiness.go_live import NamedEdition, speaking
from pqscan.readiness.waiver import Waiver
from pqscan.readiness.words import choices, spoken

if TYPE_CHECKING:
    from pqscan.app.gating import Gated
    from pqscan.readiness.go_live import GoLiveSheet, SheetLine, SheetPart, Value

FORMAT = "pqscan-gate/1"
_MOST_TARGETS = 5
_MOST_EVIDENCE = 12
NOTE = msgid(
    "Criteria are our reading of the documents named. This is no verdict on the system and no statement of compliance with any "
    "law: people give those."
)


def print_gate(gated: Gated, *, with_sheet: bool = False) -> None:
    result = gated.result
    say, system = words.say(), result.system
    name = words.gettext("The store") if system is None else f"{system.name} ({system.code})"
    out.wrapped(words.filled("{name}: cryptographic criteria as of {day}", name=name, day=say.date(result.day)))
    out.line("─" * min(out.columns() or out.COLUMNS, out.COLUMNS))
    source = words.label("gate_source", result.source.value)
    targets = words.counted("{count} target", "{count} targets", len(result.facts.targets))
    if result.source is Source.DOSSIER:  # It has been asked for at no target.
        out.wrapped(words.filled("Source: {source}", source=source))
    else:
        out.wrapped(words.filled("Source: {source}, {targets}", source=source, targets=targets))
    if result.facts.outside:
        out.wrapped(
            words.counted(
                "{count} target is outside of the assessment.",
                "{count} targets are outside of the assessment.",
                len(result.facts.outside),
            )
        )
    _print_comments(result.facts.comments)
    if gated.run is not None:
        before = "–" if gated.before is None else gated.before.id
        out.wrapped(words.filled("Run {run}, the one before: {before}", run=gated.run.id, before=before))
    for each in result.results:
        _print_result(each, result.source)
    out.line()
    _print_speaking(result)
    if with_sheet and gated.sheet is not None:
        _print_sheet(gated.sheet)
    out.line()
    out.wrapped(words.gettext(NOTE))


def _print_comments(comments: Comments) -> None:
    if comments.let_pass:
        out.wrapped(
            words.counted(
                "{count} place has a comment that lets it pass.",
                "{count} places have a comment that lets them pass.",
                comments.let_pass,
            )
        )
    if comments.expired:
        out.wrapped(
            words.counted(
                "{count} place has a comment whose day is past: it lets nothing pass any more.",
                "{count} places have a comment whose day is past: it lets nothing pass any more.",
                comments.expired,
            )
        )
    if comments.wrong:
        out.wrapped(
            words.counted(
                "{count} file has a comment without a reason or a day, which lets nothing pass.",
                "{count} files have a comment without a reason or a day, which lets nothing pass.",
                comments.wrong,
            )
        )


def _print_result(each: CriterionResult, source: Source) -> None:
    say = words.say()
    out.line()
    out.wrapped(f"{_outcome(each)}: {_title(each)}", "", "  ")
    out.wrapped(say.render(each.reason), "  ")
    rows = gathered(each.evidence)
    for row in rows[:_MOST_EVIDENCE]:
        _print_evidence(row, with_targets=source is Source.SCAN)
    if len(rows) > _MOST_EVIDENCE:
        rest = len(rows) - _MOST_EVIDENCE
        out.wrapped(words.counted("{count} more", "{count} more", rest), "  ")
    for waiver in each.expired:
        out.wrapped(_waiver(waiver, is_expired=True), "  ", "    ")


def gathered(evidence: tuple[Evidence, ...]) -> tuple[Evidence, ...]:
    """One row for all that a rule says in the same words of the same targets: its algorithms are listed in one sentence."""
    names: dict[Evidence, dict[str, None]] = {}
    for row in evidence:
        rest = tuple(pair for pair in row.reason.parameters if pair[0] != "algorithm")
        name = dict(row.reason.parameters).get("algorithm")
        alike = replace(row, reason=Reason(row.reason.code, rest))
        names.setdefault(alike, {}).update({} if name is None else {str(name): None})
    return tuple(
        replace(row, reason=Reason.of(row.reason.code, algorithm=", ".join(of), **dict(row.reason.parameters))) if of else row
        for row, of in names.items()
    )


def _title(each: CriterionResult) -> str:
    title = words.say().render(Reason.of(f"criterion_{each.criterion.id}"))
    if each.policy is None:
        return title
    status = words.label("policy_status", each.policy.status.value)
    return f"{title} ({words.label('policy', each.policy.id)}: {status})"


def _short(each: CriterionResult) -> str:
    name = words.label("criterion", each.criterion.id)
    return name if each.policy is None else f"{name} ({words.label('policy', each.policy.id)})"


def _outcome(each: CriterionResult) -> str:
    outcome = words.label("gate_outcome", each.outcome.value)
    if each.outcome not in (Outcome.NOT_MET, Outcome.UNKNOWN):
        return outcome
    return f"{outcome}, {words.label('gate_force', each.force.value)}"


def _print_evidence(row: Evidence, *, with_targets: bool) -> None:
    """A dossier speaks of the system as a whole, which the head names: it has no targets. The code of the rule, which a waiver
    names, stands behind what it rests on: before that it would tell a reader nothing."""
    say = words.say()
    out.wrapped(f"- {say.render(row.reason)}", "  ", "    ")
    if row.clause:
        clause = f"{say.clause(row.clause)} ({row.rule})" if row.rule else say.clause(row.clause)
        out.wrapped(words.filled("Clause: {clause}", clause=clause), "    ", "      ")
    if row.targets and with_targets:
        shown = ", ".join(row.targets[:_MOST_TARGETS])
        count = words.counted("{count} target", "{count} targets", len(row.targets))
        out.wrapped(f"{count}: {shown}" + (", ..." if len(row.targets) > _MOST_TARGETS else ""), "    ", "      ")
    if row.standing is not Standing.COUNTS:
        out.wrapped(words.label("gate_standing", row.standing.value), "    ")
    if row.waiver is not None:
        out.wrapped(_waiver(row.waiver), "    ", "      ")


def _waiver(waiver: Waiver, *, is_expired: bool = False) -> str:
    day, approver = words.say().date(waiver.expires_on), waiver.approver
    if is_expired:
        told = msgid("The waiver of {covers} by {approver} expired on {day} and counts no more.")
        return words.filled(told, covers=waiver.covers, approver=approver, day=day)
    told = msgid("Waived by {approver} until {day}: {reason}; what makes up for it: {compensation}")
    return words.filled(told, approver=approver, day=day, reason=waiver.reason, compensation=waiver.compensation)


def _print_speaking(result: GateResult) -> None:
    """The three boxes, empty: a person ticks one."""
    for conclusion in Conclusion:
        box = f"☐ {words.label('gate_conclusion', conclusion.value)}"
        what = ", ".join(_short(each) for each in result.results if each.speaks_for is conclusion) or "–"
        out.wrapped(words.filled("{box}; what speaks for it: {what}", box=box, what=what), "", "  ")


def _print_sheet(sheet: GoLiveSheet) -> None:
    say = words.say()
    out.line()
    out.line(words.gettext("Go-live sheet"))
    for part in sheet.parts:
        out.line()
        out.wrapped(f"{part.number}. {say.render(part.title)}", "", "   ")
        _print_part(part)
    for reason in sheet.remarks:
        out.wrapped(say.render(reason), "   ")
    if sheet.missing:
        out.line()
        out.wrapped(words.gettext("The sheet is not final:"))
        for reason in sheet.missing:
            out.wrapped(f"- {say.render(reason)}", "  ", "    ")


def _print_part(part: SheetPart) -> None:
    for line in part.lines:
        out.wrapped(f"{words.say().render(line.label)}: {_value(line)}", "   ", "     ")
    for each in part.results:
        out.wrapped(f"{_outcome(each)}: {_title(each)}", "   ", "     ")
    if part.number == 10:
        for conclusion in Conclusion:
            out.line(f"   ☐ {words.label('gate_conclusion', conclusion.value)}")


def _value(line: SheetLine) -> str:
    say, value = words.say(), line.value
    if value is None:
        return words.gettext("not stated")
    if isinstance(value, Reason):
        return say.render(value)
    if isinstance(value, NamedEdition):
        return f"{words.label('policy', value.policy)} ({say.gettext(value.edition)})"
    if isinstance(value, bool):
        return spoken(choices("YesNo")["yes" if value else "no"], words.language())
    if isinstance(value, Source):
        return words.label("gate_source", value.value)
    if isinstance(value, StrEnum):
        return spoken(choices(type(value).__name__)[value.value], words.language())
    if isinstance(value, date):
        return say.date(value)
    if isinstance(value, int):
        return say.number(value)
    return value


def gate_json(gated: Gated) -> out.Json:
    """The whole result, format `pqscan-gate/1`."""
    result, say = gated.result, words.say()
    conclusions: dict[str, out.Json] = {box.value: list(names) for box, names in speaking(result.results).items()}
    results: list[out.Json] = [_result_json(each) for each in result.results]
    unknown: list[out.Json] = [*result.facts.unknown]
    return {
        "format": FORMAT,
        "as_of": result.day.isoformat(),
        "system": None if result.system is None else result.system.code,
        "source": result.source.value,
        "run": None if gated.run is None else gated.run.id,
        "run_before": None if gated.before is None else gated.before.id,
        "policies": [policy.id for policy in gated.policies],
        "targets": len(result.facts.targets),
        "unknown": unknown,
        "outside": len(result.facts.outside),
        "let_pass": result.facts.comments.let_pass,
        "let_pass_no_more": result.facts.comments.expired,
        "wrong_comments": result.facts.comments.wrong,
        "blocked": result.is_blocked,
        "speaking_for": conclusions,
        "criteria": results,
        "sheet": None if gated.sheet is None else _sheet_json(gated.sheet),
        "note": say.gettext(NOTE),
    }


def _result_json(each: CriterionResult) -> out.Json:
    from pqscan_reports.json_inventory import reason_json

    say = words.say()
    evidence: list[out.Json] = [
        {
            "reason": reason_json(row.reason, say),
            "rule": row.rule or None,
            "policy": row.policy or None,
            "clause": row.clause or None,
            "verdict": None if row.verdict is None else row.verdict.value,
            "due": None if row.due is None else row.due.isoformat(),
            "targets": list(row.targets),
            "standing": row.standing.value,
            "waiver": None if row.waiver is None else _waiver_json(row.waiver),
        }
        for row in each.evidence
    ]
    expired: list[out.Json] = [_waiver_json(waiver) for waiver in each.expired]
    return {
        "id": each.criterion.id,
        "part": each.criterion.part,
        "text": say.render(Reason.of(f"criterion_{each.criterion.id}")),
        "policy": None if each.policy is None else each.policy.id,
        "policy_status": None if each.policy is None else each.policy.status.value,
        "outcome": each.outcome.value,
        "force": each.force.value,
        "blocks": each.blocks,
        "speaks_for": None if each.speaks_for is None else each.speaks_for.value,
        "reason": reason_json(each.reason, say),
        "evidence": evidence,
        "expired_waivers": expired,
        "source": each.criterion.source,
    }


def _waiver_json(waiver: Waiver) -> out.Json:
    return {
        "covers": waiver.covers,
        "target": waiver.target,
        "approver": waiver.approver,
        "reason": waiver.reason,
        "compensation": waiver.compensation,
        "expires_on": waiver.expires_on.isoformat(),
    }


def _sheet_json(sheet: GoLiveSheet) -> out.Json:
    from pqscan_reports.json_inventory import reason_json

    say = words.say()
    parts: list[out.Json] = []
    for part in sheet.parts:
        lines: list[out.Json] = [
            {"label": line.label.code, "text": say.render(line.label), "value": _plain(line.value)} for line in part.lines
        ]
        criteria: list[out.Json] = [
            each.criterion.id if each.policy is None else f"{each.criterion.id} {each.policy.id}" for each in part.results
        ]
        parts.append({"number": part.number, "title": say.render(part.title), "lines": lines, "criteria": criteria})
    missing: list[out.Json] = [reason_json(reason, say) for reason in sheet.missing]
    remarks: list[out.Json] = [reason_json(reason, say) for reason in sheet.remarks]
    boxes: list[out.Json] = [{"box": box.value, "ticked": False} for box in Conclusion]
    return {"is_final": sheet.is_final, "missing": missing, "remarks": remarks, "boxes": boxes, "parts": parts}


def _plain(value: Value) -> out.Json:
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, NamedEdition):
        return f"{value.policy} ({value.edition})"
    return value.code if isinstance(value, Reason) else value
