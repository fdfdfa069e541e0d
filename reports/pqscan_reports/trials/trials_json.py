"""Trials as JSON, format `pqscan-trials/1`. Codes stay codes; `text` beside a reason's code is its sentence."""

from __future__ import annotations

from pqscan.locale import translator
from pqscan.model.trial import Trial, TrialReport, TrialVerdict
from pqscan_reports.trials.words import reason_text

FORMAT = "pqscan-trials/1"

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


def trials_json(report: TrialReport, language: str) -> dict[str, Json]:
    """The whole report; `seconds` are wall time, `counts` has every verdict."""
    say = translator(language)
    counts: dict[str, Json] = {verdict.value: report.counts[verdict] for verdict in TrialVerdict}
    trials: list[Json] = [_row(trial, reason_text(trial, say)) for trial in report.trials]
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


def _row(trial: Trial, told: str) -> dict[str, Json]:
    reason: dict[str, Json] | None = None
    if trial.reason is not None:
        parameters: dict[str, Json] = dict(trial.reason.parameters)
        reason = {"code": trial.reason.code, "parameters": parameters, "text": told}
    return {
        "suite": trial.suite,
        "name": trial.name,
        "subject": trial.subject,
        "verdict": trial.verdict.value,
        "algorithm": trial.algorithm,
        "rests_on": trial.rests_on,
        "reason": reason,
        "detail": trial.detail,
        "seconds": round(trial.seconds, 6),
    }
