"""Judges what the store holds at one date: each profile and each certificate once, fanned out to the targets.

Memory grows with distinct profiles and certificates; targets are streamed from the store each time they are asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pqscan.app.made import Made
from pqscan.app.membership import registered
from pqscan.errors import UsageError
from pqscan.model.certificate import Certificate
from pqscan.model.inventory import Coverage, Proven, Run, Sighting
from pqscan.model.observation import Profile
from pqscan.model.outcome import Chain, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget, Target
from pqscan.policy import editions
from pqscan.policy.answers import QUANTUM_RESISTANT, Answers
from pqscan.policy.certificates import certificate_findings
from pqscan.policy.chains import STANDING_ALONE
from pqscan.policy.clients import views
from pqscan.policy.configuration_states import CONFIGURATION
from pqscan.policy.disagreements import observed_contradictions
from pqscan.policy.evaluate import UNKNOWN_SYSTEM
from pqscan.policy.finding import Finding
from pqscan.policy.key_establishment import group_name
from pqscan.policy.key_roles import KeyRoles, agrees_with_certificate
from pqscan.policy.plain_text import without_tls
from pqscan.policy.profiles import Judgements, profile_findings
from pqscan.policy.reading import read_policy
from pqscan.policy.rule import PolicyEdition
from pqscan.policy.shelf import Shelf
from pqscan.policy.ssh_clients import ssh_views
from pqscan.policy.state import Assessment, State
from pqscan.policy.states import NamedChains, authentication, key_establishment
from pqscan.policy.system import STATE_SECRETS, SystemContext
from pqscan.readiness.membership import Membership
from pqscan.readiness.remedies import reported
from pqscan.registry.clients import clients
from pqscan.registry.foreign_file import open_regular
from pqscan.registry.local import local_registry
from pqscan.registry.oids import by_oid
from pqscan.report import AdviceLine, AssessedInventory, AssessedTarget, ClientView, Contradiction

if TYPE_CHECKING:
    from pqscan.store.answers import Content, Where
    from pqscan.store.repository import Store

MOST_POLICY_BYTES = 4 << 20

_WITH_CLIENTS = frozenset({"tls", "ssh"})
_SECRET = Assessment(State.OUTSIDE, (Reason.of("outside_assessment"),))
_ELSEWHERE = Assessment(State.OUTSIDE, (Reason.of("outside_regime"),))
_UNDESCRIBED: tuple[SystemContext | None, ...] = (None,)

States = tuple[Assessment, Assessment]
Contexts = Mapping[bytes, Collection[SystemContext | None]]
"""In what kinds of systems a profile or certificate (by digest) is met; None among them: in none that anybody described."""


def assess(
    store: Store,
    *,
    policies: Sequence[PolicyEdition] | None = None,
    as_of: date | None = None,
    run: str | None = None,
    where: Where | None = None,
    generated_at: datetime | None = None,
    membership: Membership | None = None,
    within: Collection[str] | None = None,
) -> AssessedInventory:
    """The inventory, judged as of a date (today) under the policies (Vietnam, with the reading that it names).

    With `run` it is what that run saw, else what every target answers now. `membership` tells the system of a target (default:
    by the store's register): rules with a scope then speak of it, or not, and nothing is judged where state secrets are. `within`
    are codes of systems: only what belongs to them. Raises UsageError for a run that is not there."""
    chosen = editions.default_policies() if policies is None else tuple(policies)
    day = as_of or datetime.now().astimezone().date()
    membership = registered(store) if membership is None else membership
    sightings = _sightings(store, run, where, membership, within)
    judge, seen = _judge(store, run, where, membership, None if within is None else sightings)
    contexts = None if membership is None else contexts_of(sightings(), membership)
    findings = tuple(judge.findings(chosen, day, seen.roles(judge.profiles), contexts))
    found = tuple(
        Contradiction(row.subject, row.name, row.verdicts) for row in observed_contradictions(findings) if len(chosen) > 1
    )
    spoken = {digest: None for digest, profile in judge.profiles.items() if profile.probe in _WITH_CLIENTS}
    return AssessedInventory(
        as_of=day,
        generated_at=generated_at or datetime.now(UTC),
        policies=chosen,
        runs=_runs(store, run),
        profiles=judge.profiles,
        certificates=judge.certificates,
        targets=lambda: map(judge.target, sightings()),
        findings=findings,
        coverage=store.coverage(run) if within is None else _coverage(sightings()),
        client_views=Made(spoken, lambda digest: client_views(judge.profiles[digest])),
        advice=Made(
            [digest for digest in seen.first_chains if digest in spoken and judge.profiles[digest].probe == "tls"],
            lambda digest: advice_lines(judge.states(digest, seen.first_chains[digest])[0].state, judge.profiles[digest]),
        ),
        contradictions=found,
        local_registry=local.digest if (local := local_registry()) is not None else "",
    )


def judged(
    store: Store, *, run: str | None = None, where: Where | None = None, membership: Membership | None = None
) -> tuple[Judge, Callable[[], Iterator[AssessedTarget]]]:
    """The states alone, for tables: no rule is asked, no client thought through. Targets are streamed as in `assess`."""
    membership = registered(store) if membership is None else membership
    judge, _ = _judge(store, run, where, membership)
    return judge, lambda: map(judge.target, store.sightings(run, where=where))


def _sightings(
    store: Store, run: str | None, where: Where | None, membership: Membership | None, within: Collection[str] | None
) -> Callable[[], Iterator[Sighting]]:
    """The sightings in question, anew each time. Without a register nothing is within any system."""
    if within is None:
        return lambda: store.sightings(run, where=where)

    def those() -> Iterator[Sighting]:
        for sighting in store.sightings(run, where=where):
            member = None if membership is None else membership(sighting.target)
            if member is not None and member.system in within:
                yield sighting

    return those


def _coverage(sightings: Iterable[Sighting]) -> Coverage:
    """Of some systems only: what a row knows of. Addresses where nothing answered have none."""
    counts = Counter(sighting.status for sighting in sightings)
    return Coverage(counts.total(), counts)


def _judge(
    store: Store,
    run: str | None,
    where: Where | None,
    membership: Membership | None,
    sightings: Callable[[], Iterable[Content | Sighting]] | None = None,
) -> tuple[Judge, _Seen]:
    """`sightings` where only some are in question; else the store knows what occurs in all of them without walking."""
    seen = _seen(store.contents(run, where=where) if sightings is None else sightings())
    return Judge(store.profiles(seen.profiles), store.certificates(seen.certificates), store.proven(), membership), seen


def named_now(certificate: Certificate) -> Certificate:
    """What had no name when the certificate was read, named as the registry at hand names it: no new scan is needed."""
    key, signature = certificate.public_key, certificate.signature
    row = by_oid(key.oid) if key.algorithm == key.oid else None
    if row is not None:
        whole = row.name if row.quantum_class in QUANTUM_RESISTANT else row.family
        parameter = row.name if whole == row.name and row.name != row.family and not row.components else key.parameter
        key = replace(key, algorithm=whole, parameter=parameter, components=row.components, quantum_class=row.quantum_class)
    row = by_oid(signature.oid) if signature.algorithm == signature.oid else None
    if row is not None:
        signature = replace(
            signature, algorithm=row.name, hash=row.hash, components=row.components, quantum_class=row.quantum_class
        )
    return replace(certificate, public_key=key, signature=signature)


def choose_policies(names: Iterable[str], shelf: Shelf | None = None) -> tuple[PolicyEdition, ...]:
    """Policies by id, `all` of them, or files in the format of those that are shipped; none named: the default ones. `shelf` has
    the packs of the user's folder beside the shipped ones.

    Raises UsageError for a name or file that is none."""
    at_hand = shelf or Shelf.of()
    chosen: dict[str, PolicyEdition] = {}
    for name in names:
        if name == "all":
            found = at_hand.policies()
        elif name.endswith(".toml"):
            found = tuple(Shelf.of([_read(Path(name))]).own.values())
        else:
            found = (at_hand.policy(name),)
        chosen.update((edition.id, edition) for edition in found)
    return tuple(chosen.values()) or at_hand.default_policies()


def _read(path: Path) -> PolicyEdition:
    try:
        with open_regular(path, or_stream=True) as file:
            data = file.read(MOST_POLICY_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the policy {path} cannot be read: {error.strerror}") from None
    if len(data) > MOST_POLICY_BYTES:
        raise UsageError(f"the policy {path} is larger than {MOST_POLICY_BYTES} bytes; is it the right file?")
    return read_policy(data, str(path))


class Judge:
    """States and findings of the profiles and certificates of one inventory; equal answers are judged once."""

    def __init__(
        self,
        profiles: Mapping[bytes, Profile],
        certificates: Mapping[bytes, Certificate],
        proven: Mapping[Target, tuple[Proven, ...]] | None = None,
        membership: Membership | None = None,
    ) -> None:
        """`proven` is what the harness proved of targets, for who shows it: it changes no state."""
        self.profiles = profiles
        self.certificates = certificates
        if local_registry() is not None:
            self.certificates = {digest: named_now(certificate) for digest, certificate in certificates.items()}
        self._proven = proven or {}
        self._membership = membership
        self._known: dict[tuple[bytes, tuple[Chain, ...]], States] = {}
        self._shared: dict[States, States] = {}

    def target(self, sighting: Sighting) -> AssessedTarget:
        member = None if self._membership is None else self._membership(sighting.target)
        if member is None:
            return self._judged(sighting)
        if member.context.is_outside_assessment:
            outside = _SECRET if STATE_SECRETS in member.context.attributes else _ELSEWHERE
            return AssessedTarget(sighting, outside, outside, (), member.system, member.context)
        return replace(self._judged(sighting), system=member.system, context=member.context)

    def _judged(self, sighting: Sighting) -> AssessedTarget:
        if sighting.profile is None or sighting.profile not in self.profiles:
            reason = sighting.detail or Reason(f"status.{sighting.status.value}")
            unknown = Assessment(State.UNKNOWN, (reason,))
            return AssessedTarget(sighting, unknown, unknown, self._proven_of(sighting))
        keys, proof = self.states(sighting.profile, sighting.chains)
        if sighting.status is not OutcomeStatus.COMPLETED and sighting.detail is not None:
            keys, proof = _with_detail(keys, sighting.detail), _with_detail(proof, sighting.detail)
        return AssessedTarget(sighting, keys, proof, self._proven_of(sighting))

    def _proven_of(self, sighting: Sighting) -> tuple[Proven, ...]:
        target = sighting.target
        if not self._proven or not isinstance(target, NetworkTarget):
            return ()
        return self._proven.get(replace(target, host=None), ())

    def states(self, digest: bytes, chains: tuple[Chain, ...]) -> States:
        key = (digest, chains)
        known = self._known.get(key)
        if known is None:
            profile, named = self.profiles[digest], self._named(chains)
            judged = (key_establishment(profile, named), authentication(profile, named))
            known = self._known[key] = self._shared.setdefault(judged, judged)
        return known

    def findings(
        self, policies: tuple[PolicyEdition, ...], as_of: date, roles: KeyRoles, contexts: Contexts | None = None
    ) -> Iterator[Finding]:
        """`roles` tell what certificates' keys are there for; `contexts` say in what kinds of systems each
        profile and certificate is met, None: nobody described any."""
        known: dict[SystemContext | None, Judgements] = {}

        def those(context: SystemContext | None) -> Judgements:
            if context not in known:
                known[context] = Judgements(policies, as_of, context or UNKNOWN_SYSTEM)
            return known[context]

        for digest, profile in self.profiles.items():
            for context in _UNDESCRIBED if contexts is None else contexts.get(digest, ()):
                yield from _in(context, profile_findings(profile, those(context)))
        for digest, certificate in self.certificates.items():
            for context in _UNDESCRIBED if contexts is None else contexts.get(digest, ()):
                found = certificate_findings(
                    certificate, those(context), establishes_keys=roles.agrees(digest), signs=roles.signs(digest)
                )
                yield from _in(context, found)

    def _named(self, chains: tuple[Chain, ...]) -> NamedChains:
        return tuple(
            (chain.context, tuple(self.certificates[digest] for digest in chain.certificates if digest in self.certificates))
            for chain in chains
        )


def contexts_of(sightings: Iterable[Sighting], membership: Membership) -> Contexts:
    """Each profile's and each certificate's kinds of systems, in the order in which they are met."""
    found: dict[bytes, dict[SystemContext | None, None]] = {}
    for sighting in sightings:
        member = membership(sighting.target)
        context = None if member is None else member.context
        if sighting.profile is not None:
            found.setdefault(sighting.profile, {})[context] = None
        for chain in sighting.chains:
            for digest in chain.certificates:
                found.setdefault(digest, {})[context] = None
    return found


def _in(context: SystemContext | None, findings: Iterable[Finding]) -> Iterator[Finding]:
    return iter(findings) if context is None else (replace(finding, system=context) for finding in findings)


def _with_detail(assessment: Assessment, detail: Reason) -> Assessment:
    """How the attempt ended explains an unknown state better than that it did."""
    if assessment.state is not State.UNKNOWN or detail in assessment.reasons:
        return assessment
    return Assessment(assessment.state, (*assessment.reasons, detail))


def client_views(profile: Profile) -> tuple[ClientView, ...]:
    """What every client of the registry would get from one profile; the one that the probe played was seen. Nothing where there is
    no TLS to get."""
    if profile.probe == "ssh":
        return tuple(ClientView(one.client, one.outcome, one.version, one.group, one.reason) for one in ssh_views(profile))
    if profile.probe == CONFIGURATION or without_tls(Answers(profile)) is not None:
        return ()
    return tuple(
        ClientView(view.client, view.outcome, view.version, None if view.group is None else group_name(view.group), view.reason)
        for view in views(profile, clients())
    )


def advice_lines(state: State, profile: Profile, service: str | None = None) -> tuple[AdviceLine, ...]:
    rows = reported(state, profile, service)
    return tuple(AdviceLine(row.product, row.lines, row.since, row.source, row.reason) for row in rows)


@dataclass(slots=True)
class _Seen:
    """What occurs in the sightings in question."""

    profiles: set[bytes] = field(default_factory=set)
    certificates: set[bytes] = field(default_factory=set)
    first_chains: dict[bytes, tuple[Chain, ...]] = field(default_factory=dict)
    leaves: dict[bytes, set[bytes]] = field(default_factory=dict)  # of servers, by profile
    met: KeyRoles = field(default_factory=KeyRoles)

    def roles(self, profiles: Mapping[bytes, Profile]) -> KeyRoles:
        """What the keys of all certificates are met for."""
        for digest, profile in profiles.items():
            if agrees_with_certificate(profile):
                self.met.agreeing.update(self.leaves.get(digest, ()))
        return self.met


def _seen(contents: Iterable[Content | Sighting]) -> _Seen:
    seen = _Seen()
    for content in contents:
        own = (chain for chain in content.chains if chain.context not in STANDING_ALONE)
        leaves = {chain.certificates[0] for chain in own if chain.certificates}
        seen.met.meet(content.chains)
        seen.certificates.update(digest for chain in content.chains for digest in chain.certificates)
        if content.profile is not None:
            seen.profiles.add(content.profile)
            seen.first_chains.setdefault(content.profile, content.chains)
            seen.leaves.setdefault(content.profile, set()).update(leaves)
    return seen


def _runs(store: Store, run: str | None) -> tuple[Run, ...]:
    if run is None:
        return store.runs()
    found = store.run(run)
    return () if found is None else (found,)
