"""Trials as one self-contained HTML page: no script, nothing loaded, light, dark and print. Failures come first.

Text from peers and files is escaped, and characters that would turn the text around are made visible."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from typing import BinaryIO

from pqscan.locale import Translator, fill, translator
from pqscan.model.trial import Trial, TrialReport, TrialVerdict
from pqscan_reports.escape import visible
from pqscan_reports.trials.words import detail_text, reason_text, verdict_text

ORDER = (
    TrialVerdict.FAILED,
    TrialVerdict.UNKNOWN,
    TrialVerdict.TOLERATED,
    TrialVerdict.PASSED,
    TrialVerdict.NOT_APPLICABLE,
    TrialVerdict.SKIPPED,
)
"""How verdicts follow each other on the page: what wants to be looked at comes first."""

_STYLE = """
:root { color-scheme: light dark; --paper: #fbfaf7; --ink: #1c2530; --soft: #55606d; --line: #e2dfd7; --wash: #f3f1eb;
  --failed: #a1341f; --unknown: #6b5a12; --tolerated: #8a5a00; --passed: #1f5f8b; --other: #55606d; }
@media (prefers-color-scheme: dark) { :root { --paper: #14181d; --ink: #e6e8ea; --soft: #a3adb8; --line: #2f363e; --wash: #20262d;
  --failed: #ef8a7b; --unknown: #e9bf57; --tolerated: #e9a957; --passed: #7fbbe3; --other: #a3adb8; } }
body { margin: 0 auto; max-width: 60rem; padding: 2.5rem 1.25rem 4rem; background: var(--paper); color: var(--ink);
  font: 16px/1.55 system-ui, "Segoe UI", "Noto Sans", Roboto, "Liberation Sans", "DejaVu Sans", sans-serif; }
h1 { font-size: 1.9rem; line-height: 1.2; margin: 0 0 .35rem; overflow-wrap: anywhere; }
h2 { font-size: 1.25rem; margin: 2.5rem 0 .5rem; }
p { margin: .35rem 0; max-width: 72ch; } .quiet { color: var(--soft); font-size: .9rem; }
code { font-family: ui-monospace, Consolas, "Noto Sans Mono", "DejaVu Sans Mono", monospace; font-size: .88em;
  overflow-wrap: anywhere; }
ul.counts { display: flex; flex-wrap: wrap; gap: .75rem 2rem; list-style: none; margin: 1.25rem 0; padding: 1rem 0;
  border-top: 2px solid var(--ink); border-bottom: 1px solid var(--line); }
ul.counts b { font-size: 1.6rem; display: block; line-height: 1.1; }
table { width: 100%; border-collapse: collapse; } th, td { text-align: left; vertical-align: top; padding: .5rem .75rem .5rem 0;
  border-bottom: 1px solid var(--line); font-weight: 400; } thead th { color: var(--soft); font-size: .85rem; }
.failed { color: var(--failed); } .unknown { color: var(--unknown); } .tolerated { color: var(--tolerated); }
.passed { color: var(--passed); } .not_applicable, .skipped { color: var(--other); }
td.verdict, .counts b { font-weight: 600; } td.verdict { white-space: nowrap; }
@media print { body { max-width: none; padding: 0; } tr { break-inside: avoid; } }
"""


def write_html(report: TrialReport, language: str, out: BinaryIO, *, grade: str = "") -> None:
    """The whole report. `grade` is a sentence on all of it, in the reader's language; empty for none."""
    for line in _lines(report, translator(language), grade):
        out.write(line.encode("utf-8", "xmlcharrefreplace") + b"\n")


def _lines(report: TrialReport, say: Translator, grade: str) -> Iterator[str]:
    title = fill(say.gettext("{kind}: {scope}"), {"kind": say.label("trial_kind", report.kind), "scope": report.scope})
    yield f'<!doctype html>\n<html lang="{say.language}">\n<head>\n<meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width, initial-scale=1">'
    yield f"<title>{_text(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>"
    yield f"<h1>{_text(title)}</h1>"
    if grade:
        yield f"<p><strong>{_text(grade)}</strong></p>"
    versions = " · ".join(f"{name} {version}" for name, version in report.versions)
    stamp = report.started_at.strftime("%Y-%m-%d %H:%M:%S UTC")
    yield f'<p class="quiet">{_text(stamp)} · {_text(versions)}</p>'
    yield '<ul class="counts">'
    for verdict in ORDER:
        if report.counts[verdict]:
            count = say.number(report.counts[verdict])
            yield f'<li><b class="{verdict.value}">{_text(count)}</b>{_text(verdict_text(verdict, say))}</li>'
    yield "</ul>"
    for verdict in ORDER:
        trials = [trial for trial in report.trials if trial.verdict is verdict]
        if trials:
            yield from _table(trials, verdict, say)
    yield "</main>\n</body>\n</html>"


def _table(trials: list[Trial], verdict: TrialVerdict, say: Translator) -> Iterator[str]:
    name = verdict_text(verdict, say)
    yield f'<section>\n<h2 class="{verdict.value}">{_text(name)} ({_text(say.number(len(trials)))})</h2>'
    heads = (say.gettext("What was tried"), say.gettext("What came of it"), say.gettext("Rests on"))
    yield "<table><thead><tr>" + "".join(f'<th scope="col">{_text(head)}</th>' for head in heads) + "</tr></thead><tbody>"
    for trial in trials:
        tried = say.render(trial.title) if trial.title is not None else ""
        first = f"{_text(tried)}<br>" if tried else ""
        told = "".join(f"<p{mark}>{_text(text)}</p>" for text, mark in _told(trial, say) if text)
        yield f'<tr><th scope="row">{first}<code>{_text(trial.name)}</code></th>'
        yield f"<td>{told}</td><td>{_text(trial.rests_on)}</td></tr>"
    yield "</tbody></table>\n</section>"


def _told(trial: Trial, say: Translator) -> tuple[tuple[str, str], ...]:
    return (reason_text(trial, say), ""), (detail_text(trial, say), ' class="quiet"')


def _text(text: str) -> str:
    return escape(visible(text))
