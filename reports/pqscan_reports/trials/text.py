"""Trials for a terminal of 80 columns: counts by source and subject, each failure with what was expected, skips by their reason."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from textwrap import TextWrapper

from pqscan.locale import Translator, fill
from pqscan.model.trial import Trial, TrialReport, TrialVerdict
from pqscan_reports.escape import display_width, padded, visible
from pqscan_reports.trials.words import detail_text, reason_text, verdict_text

COLUMNS = 80
MOST_FAILURES = 20
_MOST_SOURCE, _MOST_SUBJECT, _MOST_COUNT = 28, 40, 10
_COUNTED = (TrialVerdict.PASSED, TrialVerdict.FAILED, TrialVerdict.SKIPPED)
_QUIET = (TrialVerdict.TOLERATED, TrialVerdict.NOT_APPLICABLE, TrialVerdict.UNKNOWN)  # A column only where there is one.


def trial_lines(report: TrialReport, say: Translator) -> Iterator[str]:
    """The lines of the summary, without line ends."""
    if report.versions:
        yield from _wrapped(" · ".join(f"{name} {version}" for name, version in report.versions))
        yield ""
    yield from _table(report, say)
    failures = [trial for trial in report.trials if trial.verdict is TrialVerdict.FAILED]
    if failures:
        yield ""
        yield say.gettext("Failed")
        yield from _failures(failures, say)
    for verdict, title in (
        (TrialVerdict.TOLERATED, say.gettext("Tolerated")),
        (TrialVerdict.UNKNOWN, say.gettext("Unknown")),
        (TrialVerdict.NOT_APPLICABLE, say.gettext("Not applicable")),
        (TrialVerdict.SKIPPED, say.gettext("Skipped")),
    ):
        yield from _by_reason([trial for trial in report.trials if trial.verdict is verdict], title, say)
    yield ""
    counts = report.counts
    parts = [f"{say.number(counts[v])} {verdict_text(v, say)}" for v in (*_COUNTED, *_QUIET) if counts[v] or v in _COUNTED]
    yield ", ".join(parts)


def _table(report: TrialReport, say: Translator) -> Iterator[str]:
    rows: dict[tuple[str, str], Counter[TrialVerdict]] = {}
    for trial in report.trials:
        rows.setdefault((trial.suite, trial.subject), Counter())[trial.verdict] += 1
    shown = [*_COUNTED, *(verdict for verdict in _QUIET if report.counts[verdict])]
    source, subject = say.gettext("Source"), say.gettext("Tried")
    first = min(max(map(display_width, (source, *(suite for suite, _ in rows)))), _MOST_SOURCE)
    second = min(max(map(display_width, (subject, *(name for _, name in rows)))), _MOST_SUBJECT)
    width = max(4, min(_MOST_COUNT, (COLUMNS - first - second - 1) // len(shown) - 1))
    head = [padded(verdict_text(verdict, say), width, right=True) for verdict in shown]
    yield " ".join([padded(source, first), padded(subject, second), *head]).rstrip()
    for (suite, name), counts in rows.items():
        cells = [padded(say.number(counts[verdict]) if counts[verdict] else "·", width, right=True) for verdict in shown]
        yield " ".join([padded(visible(suite), first), padded(visible(name), second), *cells])


def _failures(failures: list[Trial], say: Translator) -> Iterator[str]:
    """Those of one reason together, the first few of each in full."""
    groups: dict[tuple[str, str, str], list[Trial]] = {}
    for trial in failures:
        groups.setdefault((trial.suite, trial.subject, reason_text(trial, say)), []).append(trial)
    each = max(1, MOST_FAILURES // len(groups))
    for (suite, subject, reason), trials in groups.items():
        yield from _wrapped(f"{subject}, {suite}: {reason}", "  ", "    ")
        for trial in trials[:each]:
            yield from _wrapped(f"{trial.name}: {detail_text(trial, say)}", "    · ", "      ")
        if len(trials) > each:
            more = say.counted("and {count} more", "and {count} more", len(trials) - each)
            yield "    " + more


def _by_reason(trials: list[Trial], title: str, say: Translator) -> Iterator[str]:
    if not trials:
        return
    yield ""
    yield title
    counts = Counter(reason_text(trial, say) for trial in trials)
    for reason, count in sorted(counts.items(), key=lambda item: (-item[1], item[0])):
        yield from _wrapped(
            fill("{count}  {reason}", {"count": padded(say.number(count), 6, right=True), "reason": reason}), "", " " * 8
        )


def _wrapped(text: str, first: str = "", later: str = "") -> list[str]:
    wrapper = TextWrapper(COLUMNS, initial_indent=first, subsequent_indent=later, break_on_hyphens=False, drop_whitespace=True)
    return wrapper.wrap(visible(text)) if not text.startswith(" ") else _kept(wrapper, text, later)


def _kept(wrapper: TextWrapper, text: str, later: str) -> list[str]:
    """TextWrapper takes blanks at the start of a line away: here they are the column of counts."""
    blanks = len(text) - len(text.lstrip())
    wrapper.initial_indent, wrapper.subsequent_indent = " " * blanks, later
    return wrapper.wrap(visible(text.lstrip()))
