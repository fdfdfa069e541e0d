"""Trials as JUnit XML, in the form that GitLab, GitHub actions and Jenkins read: a suite for each source and subject.

JUnit knows passed, failed and skipped: what is tolerated passes and says so in its output, what does not apply or is not known is
skipped with its verdict in the message. Text from peers and files is escaped, and no character goes out that XML 1.0 does not
allow."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO
from xml.sax.saxutils import escape, quoteattr

from pqscan.locale import Translator, translator
from pqscan.model.trial import Trial, TrialReport, TrialVerdict
from pqscan_reports.escape import visible
from pqscan_reports.trials.words import detail_text, reason_text, verdict_text

_SKIPPED = frozenset({TrialVerdict.SKIPPED, TrialVerdict.NOT_APPLICABLE, TrialVerdict.UNKNOWN})


def write_junit(report: TrialReport, language: str, out: BinaryIO) -> None:
    """The whole report; suites in the order in which they were tried."""
    for line in _lines(report, translator(language)):
        out.write(line.encode("utf-8", "xmlcharrefreplace") + b"\n")


def _lines(report: TrialReport, say: Translator) -> Iterator[str]:
    suites: dict[tuple[str, str], list[Trial]] = {}
    for trial in report.trials:
        suites.setdefault((trial.suite, trial.subject), []).append(trial)
    yield '<?xml version="1.0" encoding="UTF-8"?>'
    yield f"<testsuites name={_quoted(f'pqscan harness {report.kind}')}{_numbers(report.trials)}>"
    for (suite, subject), trials in suites.items():
        name = f"{suite} · {subject}" if subject else suite
        stamp = report.started_at.strftime("%Y-%m-%dT%H:%M:%S")
        yield f'  <testsuite name={_quoted(name)}{_numbers(trials)} errors="0" timestamp="{stamp}">'
        if report.versions:
            yield "    <properties>"
            for what, version in report.versions:
                yield f"      <property name={_quoted(what)} value={_quoted(version)}/>"
            yield "    </properties>"
        for trial in trials:
            yield from _case(trial, f"{suite}.{subject}" if subject else suite, say)
        yield "  </testsuite>"
    yield "</testsuites>"


def _case(trial: Trial, class_name: str, say: Translator) -> Iterator[str]:
    head = f'    <testcase classname={_quoted(class_name)} name={_quoted(trial.name)} time="{trial.seconds:.6f}"'
    if trial.verdict is TrialVerdict.PASSED:
        yield f"{head}/>"
        return
    told = reason_text(trial, say)
    rest = "\n".join(part for part in (trial.algorithm, trial.rests_on, detail_text(trial, say)) if part)
    yield f"{head}>"
    if trial.verdict is TrialVerdict.FAILED:
        code = "" if trial.reason is None else trial.reason.code
        yield f"      <failure message={_quoted(told)} type={_quoted(code)}>{_escaped(rest)}</failure>"
    elif trial.verdict in _SKIPPED:
        message = told if trial.verdict is TrialVerdict.SKIPPED else f"{verdict_text(trial.verdict, say)}: {told}"
        yield f"      <skipped message={_quoted(message)}/>"
    else:
        yield f"      <system-out>{_escaped(f'{verdict_text(trial.verdict, say)}: {told}')}</system-out>"
    yield "    </testcase>"


def _numbers(trials: tuple[Trial, ...] | list[Trial]) -> str:
    failed = sum(trial.verdict is TrialVerdict.FAILED for trial in trials)
    skipped = sum(trial.verdict in _SKIPPED for trial in trials)
    seconds = sum(trial.seconds for trial in trials)
    return f' tests="{len(trials)}" failures="{failed}" skipped="{skipped}" time="{seconds:.6f}"'


def _escaped(text: str) -> str:
    return escape("\n".join(visible(line) for line in text.split("\n")))


def _quoted(text: str) -> str:
    return quoteattr(visible(text))
