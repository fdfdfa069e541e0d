"""Why one target is judged as it is: what was asked, what came back, which rules speak of it, how to check it by hand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from pqscan.app.assessment import Judge, advice_lines, client_views
from pqscan.app.selecting import sightings_of
from pqscan.errors import UsageError
from pqscan.model.certificate import Certificate
from pqscan.model.observation import Profile, Subject
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.policy import editions
from pqscan.policy import explain as by_hand
from pqscan.policy.configuration_states import CONFIGURATION
from pqscan.policy.finding import Finding, Verdict
from pqscan.policy.key_roles import KeyRoles
from pqscan.policy.passive import is_passive
from pqscan.policy.rule import PolicyEdition, Rule
from pqscan.readiness.remedies import service_of
from pqscan.registry.software import Software, SoftwareAbility, software_gains, software_in
from pqscan.report import AdviceLine, AssessedTarget, ClientView
from pqscan.scan.names import shown

if TYPE_CHECKING:
    from pqscan.store.repository import Store

_ORDER = {verdict: place for place, verdict in enumerate(Verdict)}


@dataclass(frozen=True, slots=True)
class RuledFinding:
    """A finding with the rule that made it; `policy` is the edition in which it stands."""

    finding: Finding
    policy: PolicyEdition
    rule: Rule | None


@dataclass(frozen=True, slots=True)
class Upgrade:
    """What a later version of the software that a peer says it runs would give."""

    software: Software
    ability: SoftwareAbility


@dataclass(frozen=True, slots=True)
class Explanation:
    """Everything that is known of one target, worst finding first. `commands` check it by hand with the openssl program."""

    as_of: date
    assessed: AssessedTarget
    profile: Profile | None
    chains: tuple[tuple[str, str | None, tuple[Certificate, ...]], ...]  # context, server name, leaf first
    findings: tuple[RuledFinding, ...]
    clients: tuple[ClientView, ...]
    advice: tuple[AdviceLine, ...]
    commands: tuple[str, ...]
    commands_need: Reason
    upgrades: tuple[Upgrade, ...] = ()


def explain(
    store: Store,
    target: str,
    *,
    policies: Sequence[PolicyEdition] | None = None,
    as_of: date | None = None,
    run: str | None = None,
) -> tuple[Explanation, ...]:
    """One explanation for each sighting of a target: `host:port`, an address, `name@address:port`, or a file's path.

    Raises UsageError where the store knows no such target."""
    chosen = editions.default_policies() if policies is None else tuple(policies)
    day = as_of or datetime.now().astimezone().date()
    found = tuple(_explain(assessed, chosen, day) for assessed in _assessed(store, target, run))
    if not found:
        raise UsageError(f"the store knows no target {shown(target)}: `pqscan show targets` lists them")
    return found


def _assessed(store: Store, target: str, run: str | None) -> list[tuple[AssessedTarget, Judge]]:
    found, proven = [], store.proven()
    for sighting in sightings_of(store, target, run):
        digests = () if sighting.profile is None else (sighting.profile,)
        served = {digest for chain in sighting.chains for digest in chain.certificates}
        judge = Judge(store.profiles(digests), store.certificates(served), proven)
        found.append((judge.target(sighting), judge))
    return found


def _explain(of: tuple[AssessedTarget, Judge], policies: tuple[PolicyEdition, ...], day: date) -> Explanation:
    assessed, judge = of
    sighting = assessed.sighting
    profile = judge.profiles.get(sighting.profile or b"")
    chains = tuple(
        (
            chain.context,
            chain.server_name,
            tuple(judge.certificates[digest] for digest in chain.certificates if digest in judge.certificates),
        )
        for chain in sighting.chains
    )
    roles = KeyRoles()
    roles.meet(sighting.chains, profile)
    findings = sorted(judge.findings(policies, day, roles), key=lambda f: (_ORDER[f.verdict], f.policy, f.rule, f.subject))
    ruled = {edition.id: edition for edition in (*policies, editions.floor())}
    is_tls = profile is not None and profile.probe == "tls" and not is_passive(profile)
    is_ssh = profile is not None and profile.probe == "ssh"
    return Explanation(
        as_of=day,
        assessed=assessed,
        profile=profile,
        chains=chains,
        findings=tuple(_ruled(finding, ruled[finding.policy]) for finding in findings),
        clients=client_views(profile) if profile is not None and (is_tls or is_ssh) else (),
        advice=advice_lines(assessed.key_establishment.state, profile, service_of(sighting.target))
        if profile is not None and (is_tls or profile.probe == CONFIGURATION)
        else (),
        commands=by_hand.by_hand(sighting.target, profile)
        if profile is not None and isinstance(sighting.target, NetworkTarget)
        else (),
        commands_need=by_hand.needed(profile),
        upgrades=() if profile is None else tuple(dict.fromkeys(_upgrades(profile))),
    )


def _upgrades(profile: Profile) -> Iterator[Upgrade]:
    """By what the peer says of itself, and so as true as that. What it shows already is none."""
    shown = {(o.name or o.value) for o in profile.observations if o.support.shows_use}
    for observation in profile.observations:
        for software in software_in(observation.value) if observation.subject is Subject.SOFTWARE else ():
            for ability in software_gains(software.product, software.version):
                if ability.is_default or not set(ability.algorithms) <= shown:
                    yield Upgrade(software, ability)


def _ruled(finding: Finding, edition: PolicyEdition) -> RuledFinding:
    return RuledFinding(finding, edition, next((rule for rule in edition.rules if rule.id == finding.rule), None))
