"""What the gate prints of its evidence."""

from __future__ import annotations

import pytest

from pqscan.cli import gate_output, words
from pqscan.model.reason import Reason
from pqscan.readiness.gate import Evidence


def test_a_finding_is_told_in_words_before_the_code_of_its_rule(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(words, "_language", "en")
    reason = Reason.of("disallowed_now", algorithm="RSA-1024")
    row = Evidence(reason, "floor-state-signature", clause="NIST SP 800-131A revision 2, 3")
    gate_output._print_evidence(row, with_targets=False)
    assert capsys.readouterr().out.splitlines() == [
        "  - Not allowed: RSA-1024.",
        "    Clause: NIST SP 800-131A revision 2, 3 (floor-state-signature)",
    ]
