"""What policies see of a described system: the predicates of their rules' scopes."""

from __future__ import annotations

from pqscan.policy.system import CATEGORY, DEFAULT_CATEGORY, OUTSIDE_REGIME, STATE_SECRETS, TAG, SystemContext
from pqscan.readiness.folding import fold
from pqscan.readiness.system import DataClass, Regime, System

_CATEGORIES = {
    "web": "servers",
    "server": "servers",
    "os": "operating_system",
    "operating system": "operating_system",
    "software signing": "software_signing",
    "firmware": "software_signing",
    "networking": "network",
}
"""Words that owners use for the categories of CNSA 2.0 (advisory chart), folded."""

_NEVER_STATED = frozenset({"cii", "covered_contractor", "federal", "government", "security_visa", "very_high_protection"})
"""Predicates of national schemes for which the register has no field: rules that ask for them are judged as the reader chose."""


def context_of(system: System) -> SystemContext:
    """A critical system counts as high risk (EU roadmap) and high priority (NCSC), another one as medium risk. What the row leaves
    open is `unstated`: a rule that asks for it is judged as if it held."""
    attributes = {CATEGORY + _category(word) for word in system.categories} or {DEFAULT_CATEGORY}
    attributes |= {TAG + tag for tag in system.tags}
    unstated = set(_NEVER_STATED)
    attributes |= {"critical", "high_risk", "high_priority"} if system.is_critical else {"medium_risk"}
    if system.secrecy is not None:
        attributes.add(f"secrecy:{system.secrecy.value}")
    if system.fips_199:
        attributes.add(f"fips_199:{system.fips_199}")
    if system.hva_id:
        attributes.add("hva")
    if system.hva_id or system.fips_199 == "high":
        attributes.add("hva_or_high_impact")
    elif not system.fips_199:
        unstated.add("hva_or_high_impact")
    if system.is_nss is None:
        unstated.add("nss")
    elif system.is_nss:
        attributes.add("nss")
    if system.carries_state_secrets:
        attributes |= {"classified", STATE_SECRETS}
    elif not system.data_classes:  # Not classified yet is not the same as public.
        unstated.add("classified")
    if system.regime is Regime.MILITARY:
        attributes.add(OUTSIDE_REGIME)
    if DataClass.SENSITIVE_PERSONAL in system.data_classes:
        attributes.add("sensitive_personal")
    return SystemContext(frozenset(attributes), known=True, acquired_on=system.acquired_on, unstated=frozenset(unstated))


def _category(word: str) -> str:
    folded = fold(word)
    return _CATEGORIES.get(folded, folded.replace(" ", "_"))
