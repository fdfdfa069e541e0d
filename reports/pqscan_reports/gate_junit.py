"""The gate as JUnit XML: one test case for each criterion, and for the quantum criterion one for each policy.

What blocks fails; what only warns or informs passes and says so in its output; what does not apply, awaits guidance or is not known
is skipped with its outcome in the message. Text from peers is escaped, and no character goes out that XML 1.0 does not allow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from pqscan.locale import Translator, translator
from pqscan.model.reason import Reason
from pqscan.readiness.gate import CriterionResult, Evidence, GateResult, Outcome
from pqscan_reports.escape import visible

_SKIPPED = frozenset({Outcome.AWAITING, Outcome.NOT_APPLICABLE, Outcome.UNKNOWN})
_MOST_TARGETS = 20


def write_gate_junit(result: GateResult, language: str, out: BinaryIO) -> None:
    """The same result and language give the same bytes."""
    for line in _lines(result, translator(language)):
        out.write(line.encode("utf-8", "xmlcharrefreplace") + b"\n")


def _lines(result: GateResult, say: Translator) -> Iterator[str]:
    name = "pqscan gate" if result.system is None else f"pqscan gate {result.system.code}"
    failed = sum(each.blocks for each in result.results)
    skipped = sum(not each.blocks and each.outcome in _SKIPPED for each in result.results)
    numbers = f' tests="{len(result.results)}" failures="{failed}" skipped="{skipped}"'
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f"<testsuites name={_quoted(name)}{numbers}>"
    yield f'  <testsuite name={_quoted(name)}{numbers} errors="0" timestamp="{result.day.isoformat()}T00:00:00">'
    for each in result.results:
        yield from _case(each, say)
    yield "  </testsuite>"
    yield "</testsuites>"


def _case(each: CriterionResult, say: Translator) -> Iterator[str]:
    name = each.criterion.id if each.policy is None else f"{each.criterion.id} {each.policy.id}"
    head = f'    <testcase classname="gate" name={_quoted(name)} time="0"'
    outcome = say.label("gate_outcome", each.outcome.value)
    criterion = say.render(Reason.of(f"criterion_{each.criterion.id}"))
    message = f"{outcome}: {criterion} {say.render(each.reason)}"
    rows = "\n".join(_evidence(row, say) for row in each.evidence)
    if each.blocks:
        rules = ", ".join(dict.fromkeys(row.rule for row in each.evidence if row.rule)) or each.criterion.id
        yield f"{head}>"
        yield f"      <failure message={_quoted(message)} type={_quoted(rules)}>{_escaped(rows)}</failure>"
    elif each.outcome in _SKIPPED:
        yield f"{head}>"
        yield f"      <skipped message={_quoted(message)}/>"
    elif not rows:
        yield f"{head}/>"
        return
    else:
        yield f"{head}>"
        force = say.label("gate_force", each.force.value)
        yield f"      <system-out>{_escaped(f'{message} ({force})' + chr(10) + rows)}</system-out>"
    yield "    </testcase>"


def _evidence(row: Evidence, say: Translator) -> str:
    rule = f"{row.rule} ({say.clause(row.clause)}): " if row.rule else ""
    shown = ", ".join(row.targets[:_MOST_TARGETS]) + (", ..." if len(row.targets) > _MOST_TARGETS else "")
    standing = say.label("gate_standing", row.standing.value)
    return f"[{standing}] {rule}{say.render(row.reason)}" + (f" [{shown}]" if shown else "")


def _escaped(text: str) -> str:
    return escape("\n".join(visible(line) for line in text.split("\n")))


def _quoted(text: str) -> str:
    return quoteattr(visible(text))
