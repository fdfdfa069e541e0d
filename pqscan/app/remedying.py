"""What to change on one target, product by product: for each finding that asks for a change, and for its state."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from pqscan.app.explanation import Explanation, RuledFinding, explain
from pqscan.errors import UsageError
from pqscan.model.observation import Profile, Subject
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget, NetworkTarget, Target
from pqscan.model.timing import Timing
from pqscan.policy.configuration_states import CONFIGURATION
from pqscan.policy.explain import quoted, s_client
from pqscan.policy.rule import PolicyEdition
from pqscan.policy.state import State
from pqscan.readiness.aims import Aim, Protocol, aims_of, aims_of_state
from pqscan.readiness.cost import Cost, cost
from pqscan.readiness.remedies import Remedy, all_remedies, check_of, is_named, known_products, remedies, service_of, spelled

if TYPE_CHECKING:
    from pqscan.store.repository import Store

_PROTOCOLS = {"ssh": Protocol.SSH, "ike": Protocol.IKEV2}


@dataclass(frozen=True, slots=True)
class RemedyRow:
    """One product's lines for one target. `check` is a command for this very target, None where none reaches it."""

    remedy: Remedy
    check: str | None
    check_reason: Reason | None
    cost: Cost | None


@dataclass(frozen=True, slots=True)
class Change:
    """One aim, the findings that ask for it (none where the state alone does), and what each product needs for it."""

    aim: Aim
    findings: tuple[RuledFinding, ...]
    rows: tuple[RemedyRow, ...]

    @property
    def reason(self) -> Reason:
        return Reason.of(f"aim_{self.aim.value}")


@dataclass(frozen=True, slots=True)
class TargetRemedies:
    explanation: Explanation
    changes: tuple[Change, ...]


def remedy(
    store: Store,
    target: str,
    *,
    products: Collection[str] = (),
    timings: Sequence[Timing] = (),
    policies: Sequence[PolicyEdition] | None = None,
    as_of: date | None = None,
    run: str | None = None,
) -> tuple[TargetRemedies, ...]:
    """What to change on each sighting of a target. Without `products`, every product of its protocol is given.

    Raises UsageError where the store knows no such target, or where no row is of a product that was named."""
    for name in products:
        if not any(is_named(row, [name]) for row in all_remedies()):
            raise UsageError(f"there are no lines for {name[:60]!r}; choose among {', '.join(known_products())}")
    found = []
    for one in explain(store, target, policies=policies, as_of=as_of, run=run):
        sighting = one.assessed.sighting
        changes = remedies_for(
            one.findings,
            sighting.target,
            probe=sighting.probe,
            state=one.assessed.key_establishment.state,
            profile=one.profile,
            products=products,
            timings=timings,
        )
        found.append(TargetRemedies(one, changes))
    return tuple(found)


def remedies_for(
    findings: Iterable[RuledFinding],
    target: Target,
    *,
    probe: str = "tls",
    state: State | None = None,
    profile: Profile | None = None,
    products: Iterable[str] = (),
    timings: Sequence[Timing] = (),
) -> tuple[Change, ...]:
    """The most urgent aim first; within each the rows of the named products, else all of the target's protocol, those of its
    service first. `products` are texts that name what runs there: from a register, a banner, or the user."""
    if probe == "dns":
        return ()  # There are no lines of servers of the DNS.
    named = tuple(products)
    if probe == CONFIGURATION:
        named = named or tuple(_configured(profile))
    asked: dict[Aim, list[RuledFinding]] = {aim: [] for aim in (() if state is None else aims_of_state(state, profile))}
    for ruled in findings:
        for aim in aims_of(ruled.finding, ruled.rule, state):
            asked.setdefault(aim, []).append(ruled)
    protocol = _protocol(target, probe, named)
    service = service_of(target)
    found = []
    for aim in sorted(asked, key=tuple(Aim).index):
        rows = remedies(aim, protocol, products=named, service=service)
        found.append(Change(aim, tuple(asked[aim]), tuple(_row(row, aim, protocol, target, timings) for row in rows)))
    return tuple(found)


def _configured(profile: Profile | None) -> Iterator[str]:
    """The product whose configuration a profile is of."""
    for one in () if profile is None else profile.observations:
        if one.subject is Subject.SOFTWARE:
            yield one.value


def _protocol(target: Target, probe: str, products: Collection[str]) -> Protocol:
    """In whose words the lines stand: of a configuration those of its product, of any other file those of certificates."""
    if probe == CONFIGURATION:
        return next((row.protocol for row in all_remedies() if is_named(row, products)), Protocol.TLS)
    return Protocol.CERTIFICATE if isinstance(target, FileTarget) else _PROTOCOLS.get(probe, Protocol.TLS)


def _row(remedy: Remedy, aim: Aim, protocol: Protocol, target: Target, timings: Sequence[Timing]) -> RemedyRow:
    check = check_of(remedy, aim, protocol)
    command = None if check is None else spelled(check, **_values(target))
    costs = None if remedy.group is None else cost(remedy.group, timings)
    return RemedyRow(remedy, command, None if check is None or command is None else check.reason, costs)


def _values(target: Target) -> dict[str, str]:
    """What the places in a command stand for, as shell words."""
    if isinstance(target, FileTarget):
        return {} if target.members else {"path": quoted(target.path)}
    if not isinstance(target, NetworkTarget):
        return {}
    client = s_client(target)
    return {"host": quoted(target.address), "port": str(target.port)} | ({} if client is None else {"s_client": client})
