"""Every finding of one profile under several policies; equal facts are judged once, whoever shows them.

Thousands of profiles are put together of the same few facts, and thousands of certificates of the same few algorithms: `Judgements`
keeps what was made of each for as long as its caller asks about the same policies, day and kind of system."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date

from pqscan.model.observation import Observation, Profile, Subject
from pqscan.policy.evaluate import UNKNOWN_SYSTEM, Judged, in_order, judged, required_version, with_floor
from pqscan.policy.finding import Finding
from pqscan.policy.rule import PolicyEdition, Purpose, RuleState
from pqscan.policy.system import SystemContext
from pqscan.policy.use import AlgorithmUse
from pqscan.policy.uses import uses_of

_MOST_KNOWN = 50_000
_SELECTED_OF = {
    Subject.SELECTED_GROUP: Subject.NAMED_GROUP,
    Subject.SELECTED_SIGNATURE_SCHEME: Subject.SIGNATURE_SCHEME,
    Subject.SELECTED_KEX_METHOD: Subject.KEX_METHOD,
    Subject.SELECTED_HOST_KEY: Subject.HOST_KEY,
    Subject.SELECTED_ENCRYPTION: Subject.ENCRYPTION,
    Subject.SELECTED_MAC: Subject.MAC,
    Subject.SELECTED_CIPHER_SUITE: Subject.CIPHER_SUITE,
    Subject.SELECTED_VERSION: Subject.PROTOCOL_VERSION,
}


class Judgements:
    """What policies, and today's floor behind them, make of uses on one day in one kind of system. Uses are given without whose
    they are: findings are told of the profile or certificate that is named beside them."""

    def __init__(self, policies: Iterable[PolicyEdition], as_of: date, system: SystemContext = UNKNOWN_SYSTEM) -> None:
        self.editions = with_floor(policies)
        self.as_of = as_of
        self.system = system
        self._known: dict[AlgorithmUse, tuple[Judged, ...]] = {}
        self._uses: dict[Observation, tuple[AlgorithmUse, ...]] = {}

    def findings(
        self, uses: Sequence[AlgorithmUse], *, profile: bytes | None = None, certificate: bytes | None = None
    ) -> Iterator[tuple[PolicyEdition, Iterator[Finding]]]:
        """Edition by edition, each with its findings in the order of its rules."""
        found = [(use, self._judged(use)) for use in uses]
        for place, edition in enumerate(self.editions):
            told = in_order((use, those[place]) for use, those in found)
            yield edition, (replace(finding, profile=profile, certificate=certificate) for finding in told)

    def uses_of(self, observation: Observation) -> tuple[AlgorithmUse, ...]:
        """As `uses.uses_of` tells them."""
        known = self._uses.get(observation)
        if known is None:
            if len(self._uses) >= _MOST_KNOWN:
                self._uses.clear()
            known = self._uses[observation] = uses_of(observation)
        return known

    def _judged(self, use: AlgorithmUse) -> tuple[Judged, ...]:
        known = self._known.get(use)
        if known is None:
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            known = self._known[use] = tuple(judged(use, edition, self.as_of, self.system) for edition in self.editions)
        return known


def assess_profile(
    profile: Profile, policies: Iterable[PolicyEdition], as_of: date, system: SystemContext = UNKNOWN_SYSTEM
) -> tuple[Finding, ...]:
    """Every finding of one profile, policy by policy in the order given, then today's floor.

    An accepted group, scheme, suite or version gives one finding a rule; a policy that awaits guidance one for key
    establishment and one for signatures."""
    return profile_findings(profile, Judgements(policies, as_of, system))


def profile_findings(profile: Profile, judgements: Judgements) -> tuple[Finding, ...]:
    """The same, where more than one profile is asked for."""
    system = judgements.system
    if system.is_outside_assessment:
        return ()
    uses = [use for observation in _told_once(profile) for use in judgements.uses_of(observation)]
    uses.sort(key=lambda use: use.subject.endswith(Subject.CIPHER_SUITE.value))  # Groups say more than suites do.
    found: list[Finding] = []
    for edition, findings in judgements.findings(uses, profile=profile.digest or None):
        found += findings
        for rule in edition.rules:
            if rule.purpose is Purpose.PROTOCOL and rule.state is RuleState.REQUIRED and system.is_in_scope(rule):
                found += required_version(profile, rule, edition.id, judgements.as_of)
    return tuple(found)


def _told_once(profile: Profile) -> Iterator[Observation]:
    """Observations in canonical order; what the pinned client got is left out where the same value is listed as accepted."""
    accepted = {(o.subject, o.context, o.value) for o in profile.observations if o.support.shows_use}
    for observation in profile.observations:
        listed = _SELECTED_OF.get(observation.subject)
        if listed is None or (listed, observation.context, observation.value) not in accepted:
            yield observation
