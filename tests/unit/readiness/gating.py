"""Facts for tests of the gate: what an app would gather from a store."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from pqscan.model.certificate import Certificate
from pqscan.model.observation import Profile
from pqscan.policy.certificates import assess_certificate
from pqscan.policy.editions import floor, policies, policy
from pqscan.policy.evaluate import with_floor
from pqscan.policy.finding import Finding
from pqscan.policy.profiles import assess_profile
from pqscan.policy.rule import PolicyEdition
from pqscan.policy.state import State
from pqscan.policy.states import key_establishment
from pqscan.readiness.chain_check import ChainCheck
from pqscan.readiness.gate import CriterionResult, GateFacts, GateResult, GateTarget, Placed, Source
from pqscan.readiness.system import Regime, Stage, System
from tests.unit.policy.making import server

NOW = date(2026, 11, 29)
VIETNAM, NIST, BSI = policy("vietnam"), policy("nist-ir-8547"), policy("bsi-tr-02102-1")
RULES = {(edition.id, rule.id): rule for edition in (*policies(), floor()) for rule in edition.rules}

GOOD = server(groups={"TLS1.3": ["0x11ec", "0x001d"], "TLS1.2": ["0x001d"]}, selected=("TLS1.3", "0x11ec"))
PLAIN = server(groups={"TLS1.3": ["0x001d"], "TLS1.2": ["0x001d"]}, selected=("TLS1.3", "0x001d"))
OLD = server(groups={"TLS1.0": ["0x001d"], "TLS1.2": ["0x001d"]}, selected=("TLS1.2", "0x001d"))
STATIC_RSA = server(
    groups={"TLS1.3": ["0x11ec"], "TLS1.2": ["0x001d"]},
    suites={"TLS1.3": ["0x1301"], "TLS1.2": ["0xc02f", "0x009c"]},
    selected=("TLS1.3", "0x11ec"),
)
RC4 = server(groups={"TLS1.2": ["0x001d"]}, suites={"TLS1.2": ["0xc02f", "0x0005"]}, selected=("TLS1.2", "0x001d"))


@dataclass(frozen=True, slots=True)
class Product:
    name: str
    regime: Regime | None
    licence_until: date | None = None
    vendor: str = ""
    origin: str = ""
    licence: str = ""
    conformity: str = ""


def system(**more: object) -> System:
    return System(**({"code": "HT", "name": "Hệ thống", "regime": Regime.CIVIL, "stage": Stage.TRIAL} | more))  # type: ignore[arg-type]


def placed(findings: Iterable[Finding], *targets: str) -> tuple[Placed, ...]:
    return tuple(Placed(finding, RULES.get((finding.policy, finding.rule)), targets) for finding in findings)


def scanned(
    *profiles: Profile,
    day: date = NOW,
    editions: tuple[PolicyEdition, ...] = (),
    certificates: tuple[Certificate, ...] = (),
    chain: ChainCheck | None = None,
    silent: tuple[str, ...] = (),
) -> GateFacts:
    """One target a profile (`t0`, `t1`, ...), and `silent` ones that gave no answer."""
    targets, found = [], []
    for number, profile in enumerate(profiles):
        name = f"t{number}"
        state = key_establishment(profile, ()).state
        targets.append(GateTarget(name, state, True, chain or ChainCheck()))
        found += placed(assess_profile(profile, editions, day), name)
        for certificate in certificates:
            found += placed(assess_certificate(certificate, editions, day), name)
    targets += [GateTarget(name, State.UNKNOWN, False) for name in silent]
    assert with_floor(editions)
    return GateFacts(Source.SCAN, tuple(targets), tuple(found))


def result(gate: GateResult, criterion: str, policy_id: str | None = None) -> CriterionResult:
    (found,) = [
        each
        for each in gate.results
        if each.criterion.id == criterion and policy_id == (None if each.policy is None else each.policy.id)
    ]
    return found
