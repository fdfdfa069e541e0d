"""Whether the cryptographic products of a system stand under the right regime (R05): what protects state secrets is the cipher
sector's, and civil products are licensed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from pqscan.model.reason import Reason
from pqscan.policy.finding import Verdict
from pqscan.readiness.criteria import Severity
from pqscan.readiness.gate import Evidence, RegimeProduct
from pqscan.readiness.system import Regime, System

STATE_SECRET_RULE = "regime-state-secrets"  # noqa: S105  # A rule's name.
LICENCE_RULE = "regime-licence"
_STATE_SECRET_CLAUSE = "Cipher Law 05/2011/QH13, State monopoly on products that protect state secrets"  # noqa: S105
_LICENCE_CLAUSE = "Decree on civil cryptography (211/2025, 341/2026), licences"


def regime_evidence(system: System | None, products: Sequence[RegimeProduct], day: date) -> Iterator[Evidence]:
    """What speaks against the regime of a system's products, and what nobody stated."""
    if system is None:
        yield _gap("gate_no_system")
        return
    if system.carries_state_secrets and system.regime is Regime.CIVIL:
        yield _wrong("regime_civil_system")
    elif system.regime is None:
        yield _gap("regime_not_stated")
    if not products:
        yield _gap("regime_no_product")
    for product in products:
        if product.regime is None:
            yield _gap("regime_of_product_not_stated", product=product.name)
        elif system.carries_state_secrets and product.regime is Regime.CIVIL:
            yield _wrong("regime_civil_product", product=product.name)
        elif product.licence_until is not None and product.licence_until < day:
            reason = Reason.of("regime_licence_ended", product=product.name, date=product.licence_until.isoformat())
            yield Evidence(reason, LICENCE_RULE, clause=_LICENCE_CLAUSE, verdict=Verdict.NOT_RECOMMENDED, severity=Severity.SOFT)


def _wrong(code: str, **parameters: str) -> Evidence:
    return Evidence(Reason.of(code, **parameters), STATE_SECRET_RULE, clause=_STATE_SECRET_CLAUSE, verdict=Verdict.NOT_MET)


def _gap(code: str, **parameters: str) -> Evidence:
    return Evidence(Reason.of(code, **parameters), severity=Severity.UNKNOWN)
