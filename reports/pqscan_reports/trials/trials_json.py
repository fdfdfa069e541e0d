"""Trials as JSON, format `pqscan-trials/1`. Codes stay codes; `text` beside a code is its sentence. `detail` is what was
seen as one text, `seen` the part of it that has codes."""

from __future__ import annotations

from pqscan.locale import Translator, translator
from pqscan.model.reason import Reason
from pqscan.model.trial import Trial, TrialReport, TrialVerdict
from pqscan_reports.trials.words import detail_text, reason_text

FORMAT = "pqscan-trials/1"

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def trials_json(report: TrialReport, language: str) -> dict[str, Json]:
    """The whole report; `seconds` are wall time, `counts` has every verdict."""
    say = translator(language)
    counts: dict[str, Json] = {verdict.value: report.counts[verdict] for verdict in TrialVerdict}
    trials: list[Json] = [_row(trial, say) for trial in report.trials]
    return {
        "format": FORMAT,
        "kind": report.kind,
        "scope": report.scope,
        "started_at": report.started_at.isoformat().replace("+00:00", "Z"),
        "seconds": round(report.seconds, 3),
        "versions": dict(report.versions),
        "counts": counts,
        "trials": trials,
    }


def _row(trial: Trial, say: Translator) -> dict[str, Json]:
    seen: list[Json] = [_reason(each) for each in trial.seen]
    return {
        "suite": trial.suite,
        "name": trial.name,
        "subject": trial.subject,
        "verdict": trial.verdict.value,
        "algorithm": trial.algorithm,
        "rests_on": trial.rests_on,
        "title": None if trial.title is None else _reason(trial.title, say.render(trial.title)),
        "reason": None if trial.reason is None else _reason(trial.reason, reason_text(trial, say)),
        "detail": detail_text(trial, say),
        "seen": seen,
        "seconds": round(trial.seconds, 6),
    }


def _reason(reason: Reason, text: str | None = None) -> dict[str, Json]:
    parameters: dict[str, Json] = dict(reason.parameters)
    row: dict[str, Json] = {"code": reason.code, "parameters": parameters}
    return row if text is None else {**row, "text": text}
