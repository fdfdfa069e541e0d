"""The two states of a responder of IKE.

Initiators offer ML-KEM where they are set up to: what the current client gets is told by one that offers the same with ML-KEM and,
after it, without (RFC 9370). How the two ends prove who they are stands in IKE_AUTH, which is not asked; only IKEv1 tells it
beforehand."""

from __future__ import annotations

from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.model.passive import PASSIVE
from pqscan.model.reason import Reason
from pqscan.policy.answers import QUANTUM_RESISTANT, reason_code
from pqscan.policy.floor import below_floor, value_below
from pqscan.policy.ike_uses import IKE_V1, IKE_V2, WITH_ADDITIONAL, exchange_class, ike_uses, row_of
from pqscan.policy.state import Assessment, State
from pqscan.registry.quantum import QuantumClass

_SUITE = (Subject.IKE_ENCRYPTION, Subject.IKE_PRF, Subject.IKE_INTEGRITY)
_METHODS = (Subject.IKE_ADDITIONAL_KEY_EXCHANGE, Subject.IKE_KEY_EXCHANGE)
_ML_KEM = frozenset({"35", "36", "37"})  # draft-ietf-ipsecme-ikev2-mlkem


def ike_key_establishment(profile: Profile) -> Assessment:
    """Which of the seven states the answers show, the deciding reason first."""
    found = _Answers(profile)
    if profile.depth == PASSIVE:
        return _seen(found)
    version = found.version(IKE_V2)
    if version is not Support.ACCEPTED:
        return _without_v2(found)
    broken = found.broken()
    if broken is not None:
        return Assessment(State.BROKEN, (broken,))
    noted = found.noted()
    resistant = found.resistant
    if resistant:
        method = _name(resistant[0])
        open_end = found.why_not_exclusive()
        if open_end is None:
            return Assessment(State.EXCLUSIVE, (Reason.of("ike_demands_ml_kem", method=method), *noted))
        if any(one.support is Support.SELECTED for one in resistant):
            chosen = next(one for one in resistant if one.support is Support.SELECTED)
            return Assessment(State.DEFAULT, (Reason.of("ike_chooses_ml_kem", method=_name(chosen)), open_end, *noted))
        if found.selected(Subject.IKE_KEY_EXCHANGE) is None:
            return Assessment(State.UNKNOWN, (Reason.of("ike_choice_not_seen", method=method), *noted))
        return Assessment(State.CAPABLE, (Reason.of("ike_takes_ml_kem_not_by_default", method=method), *noted))
    left_open = found.left_open(Subject.IKE_ADDITIONAL_KEY_EXCHANGE)
    if left_open is not None:
        return Assessment(State.UNKNOWN, (Reason.of("ike_ml_kem_not_proven", reason=reason_code(left_open)), *noted))
    unlisted = found.unlisted()
    if unlisted is not None:
        return Assessment(State.UNKNOWN, (Reason.of("unlisted_accepted", value=_name(unlisted), version=IKE_V2), *noted))
    if not found.refuses_ml_kem():
        return Assessment(State.UNKNOWN, (Reason.of("answer_incomplete"), *noted))
    return Assessment(State.VULNERABLE, (Reason.of("ike_refuses_ml_kem"), *noted))


def ike_authentication(profile: Profile) -> Assessment:
    """What IKEv1 tells of it where that is all that is spoken; IKEv2 tells nothing of it to strangers."""
    found = _Answers(profile)
    method = next((one for one in found.of(Subject.IKE_AUTHENTICATION, IKE_V1) if one.support.shows_use), None)
    if found.version(IKE_V2) is Support.ACCEPTED or method is None or profile.depth == PASSIVE:
        return Assessment(State.UNKNOWN, (Reason.of("ike_authentication_not_seen"),))
    use = next(iter(ike_uses(method, None)))
    rule = below_floor(use)
    if rule is not None:
        return Assessment(State.BROKEN, (Reason.of("ike_below_floor", value=_name(method), rule=rule.id),))
    if use.quantum_class is QuantumClass.TRADITIONAL:
        return Assessment(State.VULNERABLE, (Reason.of("ike_v1_signs_traditionally", method=_name(method)),))
    return Assessment(State.NONE, (Reason.of("ike_v1_shared_secret", method=_name(method)),))


def _seen(found: _Answers) -> Assessment:
    """Of who was only seen in captures: it chose among what one peer offered, and nobody asked it for the rest."""
    if found.resistant:
        return Assessment(State.CAPABLE, (Reason.of("seen_choosing_resistant", group=_name(found.resistant[0])),))
    chosen = next((one for one in found.of(Subject.IKE_KEY_EXCHANGE) if one.support.shows_use), None)
    if chosen is not None:
        return Assessment(State.UNKNOWN, (Reason.of("seen_choosing_traditional", group=_name(chosen)),))
    return Assessment(State.UNKNOWN, (Reason.of("seen_passively"),))


def _without_v2(found: _Answers) -> Assessment:
    if found.version(IKE_V1) is Support.ACCEPTED:
        rule = value_below(Subject.PROTOCOL_VERSION, IKE_V1, None)
        suite = found.below((Subject.IKE_KEY_EXCHANGE, *_SUITE), IKE_V1)
        reasons = (Reason.of("ike_v1_alone"), *((suite,) if suite is not None else ()))
        return Assessment(State.VULNERABLE if rule is None and suite is None else State.BROKEN, reasons)
    left_open = found.left_open(Subject.PROTOCOL_VERSION)
    if left_open is None:
        return Assessment(State.UNKNOWN, (Reason.of("nothing_accepted"),))
    return Assessment(State.UNKNOWN, (Reason.of("version_not_proven", version=left_open.value, reason=reason_code(left_open)),))


class _Answers:
    """A profile of the IKE probe, as questions."""

    def __init__(self, profile: Profile) -> None:
        self.profile = profile
        self._by_subject: dict[Subject, list[Observation]] = {}
        for one in profile.observations:
            self._by_subject.setdefault(one.subject, []).append(one)
        self.resistant = [
            one for subject in _METHODS for one in self.of(subject, IKE_V2) if one.support.shows_use and _resists(one)
        ]

    def of(self, subject: Subject, context: str | None = None) -> list[Observation]:
        return [one for one in self._by_subject.get(subject, []) if context is None or one.context == context]

    def version(self, name: str) -> Support | None:
        return next((one.support for one in self.of(Subject.PROTOCOL_VERSION) if one.value == name), None)

    def selected(self, subject: Subject) -> Observation | None:
        return next((one for one in self.of(subject) if one.support is Support.SELECTED), None)

    def left_open(self, subject: Subject, context: str | None = None) -> Observation | None:
        return next((one for one in self.of(subject, context) if one.support is Support.UNKNOWN), None)

    def unlisted(self) -> Observation | None:
        """A key exchange that is taken and of which no source tells what it is, or only one maker's."""
        taken = (one for subject in _METHODS for one in self.of(subject) if one.support.shows_use and one.context != IKE_V1)
        return next((one for one in taken if exchange_class(one) is QuantumClass.UNKNOWN), None)

    def refuses_ml_kem(self) -> bool:
        """Each of its sizes, as an additional key exchange; the probe says so only where none is taken as the only one either."""
        refused = {one.value for one in self.of(Subject.IKE_ADDITIONAL_KEY_EXCHANGE, IKE_V2) if one.support is Support.REFUSED}
        return refused >= _ML_KEM

    def broken(self) -> Reason | None:
        """The suite that is chosen is below the floor; its group counts where no ML-KEM stands on top of it."""
        return self.below((Subject.IKE_KEY_EXCHANGE, *_SUITE), IKE_V2, Support.SELECTED)

    def below(self, subjects: tuple[Subject, ...], context: str, support: Support = Support.ACCEPTED) -> Reason | None:
        for subject in subjects:
            for one in self.of(subject, context):
                rule = value_below(subject, one.value, context) if one.support is support else None
                if rule is not None:
                    return Reason.of("ike_below_floor", value=_name(one), rule=rule.id)
        return None

    def why_not_exclusive(self) -> Reason | None:
        """What is taken without ML-KEM, or was not proven to be refused; None where nothing is."""
        groups = (one for one in self.of(Subject.IKE_KEY_EXCHANGE, IKE_V2) if one.support.shows_use)
        alone = next((one for one in groups if not _resists(one)), None)
        if alone is not None:
            return Reason.of("traditional_accepted", value=_name(alone), version=IKE_V2)
        left_open = self.left_open(Subject.IKE_KEY_EXCHANGE, IKE_V2)
        if left_open is not None:
            return Reason.of("ike_groups_not_proven", reason=reason_code(left_open))
        if not any(one.support is Support.REFUSED for one in self.of(Subject.IKE_KEY_EXCHANGE, IKE_V2)):
            return Reason.of("ike_groups_not_proven", reason="not_asked")
        if self.version(IKE_V1) is Support.REFUSED:
            return None
        if self.version(IKE_V1) is Support.ACCEPTED:
            return Reason.of("traditional_accepted", value=IKE_V1, version=IKE_V1)
        return Reason.of("version_not_proven", version=IKE_V1, reason=self._why_v1())

    def _why_v1(self) -> str:
        one = next((one for one in self.of(Subject.PROTOCOL_VERSION) if one.value == IKE_V1), None)
        return "not_asked" if one is None else reason_code(one)

    def noted(self) -> tuple[Reason, ...]:
        """What stands beside the state: what is chosen, and that preshared keys may protect it (RFC 8784)."""
        reasons = []
        group = self.selected(Subject.IKE_KEY_EXCHANGE)
        if group is not None and group.context != WITH_ADDITIONAL and not _resists(group):
            reasons.append(Reason.of("ike_chooses_traditional", group=_name(group)))
        if any(one.value == "ppk_supported" for one in self.of(Subject.BEHAVIOUR)):
            reasons.append(Reason.of("ike_ppk_supported"))
        if self.version(IKE_V1) is Support.ACCEPTED:
            reasons.append(Reason.of("ike_v1_beside"))
        return tuple(reasons)


def _resists(one: Observation) -> bool:
    return exchange_class(one) in QUANTUM_RESISTANT


def _name(one: Observation) -> str:
    row = row_of(one.subject, one.value, one.context)
    return one.name or (one.value if row is None else row.name)
