"""What helps where no line of configuration does. The lines themselves stand in `pqscan.readiness.remedies`."""

from __future__ import annotations

from pqscan.model.reason import Reason
from pqscan.policy.state import Assessment


def certificate_advice(*assessments: Assessment) -> Reason | None:
    """Where a certificate is below today's floor, no line of configuration helps: it has to be replaced (NIST SP 800-131A
    revision 2, sections 3 and 9)."""
    weak = any(reason.code == "certificate_below_floor" for assessment in assessments for reason in assessment.reasons)
    return Reason.of("advice_certificate") if weak else None
