"""How a verdict is called, in the reader's language."""

from __future__ import annotations

from pqscan.locale import Translator, msgid
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
    """The sentence of its reason; empty where there is none."""
    return "" if trial.reason is None else say.render(trial.reason)
