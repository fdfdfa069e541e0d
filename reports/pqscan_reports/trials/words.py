"""How a verdict is called, in the reader's language."""

from __future__ import annotations

from pqscan.locale import Translator, msgid, spoken
from pqscan.model.reason import Reason
from pqscan.model.trial import Trial, TrialVerdict

_VERDICTS = {
    TrialVerdict.PASSED: msgid("passed"),
    TrialVerdict.FAILED: msgid("failed"),
    TrialVerdict.TOLERATED: msgid("tolerated"),
    TrialVerdict.SKIPPED: msgid("skipped"),
    TrialVerdict.NOT_APPLICABLE: msgid("not applicable"),
    TrialVerdict.UNKNOWN: msgid("unknown"),
}


def verdict_text(verdict: TrialVerdict, say: Translator) -> str:
    return say.gettext(_VERDICTS[verdict])


def reason_text(trial: Trial, say: Translator) -> str:
    """The sentence of its reason; empty where there is none. An error that is told in it is in the same language."""
    return "" if trial.reason is None else _sentence(trial.reason, say)


def detail_text(trial: Trial, say: Translator) -> str:
    """What was seen: the names as they are, then what is told in words."""
    return "; ".join(part for part in (trial.detail, *(_sentence(each, say) for each in trial.seen)) if part)


def _sentence(reason: Reason, say: Translator) -> str:
    return say.render(Reason.of(reason.code, **{name: _told(name, value, say) for name, value in reason.parameters}))


def _told(name: str, value: str | int, say: Translator) -> str | int:
    return spoken.error_text(value, say) if name == "error" and isinstance(value, str) else value
