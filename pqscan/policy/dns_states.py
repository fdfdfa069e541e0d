"""The two states of a zone. It agrees on no keys, so that nothing of it can be recorded today and read later; it signs.

Whoever validates takes any chain of keys that fits (RFC 6840, section 5.11): the weakest key of the zone decides."""

from __future__ import annotations

from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.model.reason import Reason
from pqscan.policy.answers import QUANTUM_RESISTANT, reason_code
from pqscan.policy.chains import NamedChains
from pqscan.policy.dns_uses import algorithm_of
from pqscan.policy.floor import below_floor, value_below
from pqscan.policy.state import Assessment, State
from pqscan.policy.uses import key_use
from pqscan.registry.dns import limit_of
from pqscan.registry.quantum import QuantumClass

DNSSEC = "DNSSEC"
_KEY_CONTEXT = "dnskey "  # followed by the key's role
_REVOKED = "revoked"  # such a key vouches for nothing but its end (RFC 5011, section 2.1)


def dns_key_establishment() -> Assessment:
    """There is nothing to record today and decrypt later."""
    return Assessment(State.NONE, (Reason.of("dns_establishes_no_keys"),))


def dns_authentication(profile: Profile, chains: NamedChains) -> Assessment:
    """What the zone signs with, the weakest of it first."""
    dnssec = next((o for o in profile.observations if o.subject is Subject.PROTOCOL_VERSION and o.value == DNSSEC), None)
    if dnssec is None:
        return Assessment(State.UNKNOWN, (Reason.of("answer_incomplete"),))
    if dnssec.support is Support.UNKNOWN:
        return Assessment(State.UNKNOWN, (Reason.of("version_not_proven", version=DNSSEC, reason=reason_code(dnssec)),))
    if dnssec.support is Support.REFUSED:
        return Assessment(State.NONE, (Reason.of("zone_not_signed"),))
    keys = [o for o in profile.observations if o.subject is Subject.DNSSEC_ALGORITHM and o.context != _REVOKED]
    beside = _beside(profile)
    broken = _below_floor(keys, chains)
    if broken is not None:
        return Assessment(State.BROKEN, (broken, *beside))
    return _state(keys, beside)


def _state(keys: list[Observation], beside: tuple[Reason, ...]) -> Assessment:
    classes = {o.value: QuantumClass.UNKNOWN if (row := algorithm_of(o.value)) is None else row.quantum_class for o in keys}
    names = {o.value: o.name or o.value for o in keys}
    traditional = [names[value] for value, kind in classes.items() if kind is QuantumClass.TRADITIONAL]
    unlisted = [names[value] for value, kind in classes.items() if kind not in (QuantumClass.TRADITIONAL, *QUANTUM_RESISTANT)]
    if traditional:
        signs = Reason.of("zone_signs_traditionally", value=", ".join(sorted(traditional)))
        return Assessment(State.VULNERABLE, (signs, *_limit(), *beside))
    if unlisted or not keys:
        reasons = tuple(Reason.of("unlisted_accepted", value=name, version=DNSSEC) for name in unlisted)
        return Assessment(State.UNKNOWN, reasons or (Reason.of("nothing_accepted"),))
    return Assessment(State.EXCLUSIVE, (Reason.of("only_resistant_accepted", group=names[keys[0].value]), *beside))


def _below_floor(keys: list[Observation], chains: NamedChains) -> Reason | None:
    for one in keys:
        rule = value_below(Subject.DNSSEC_ALGORITHM, one.value, None)
        if rule is not None:
            return _below(one.name or one.value, rule.id)
    for context, members in chains:
        if not context.startswith(_KEY_CONTEXT) or context == _KEY_CONTEXT + _REVOKED:
            continue
        for key in members:
            use = key_use(key)
            rule = below_floor(use)
            if rule is not None:
                return _below(use.name or use.value, rule.id)
    return None


def _below(value: str, rule: str) -> Reason:
    return Reason.of("zone_key_below_floor", value=value, rule=rule)


def _limit() -> tuple[Reason, ...]:
    """That there is nothing to switch on, however the zone is set: no accusation of who runs it."""
    limit = limit_of(DNSSEC)
    return () if limit is None else (Reason.of("dnssec_has_no_post_quantum", date=limit.read_on.isoformat()),)


def _beside(profile: Profile) -> tuple[Reason, ...]:
    behaviours = {o.value for o in profile.observations if o.subject is Subject.BEHAVIOUR}
    found = []
    if "dnssec_island" in behaviours:
        found.append(Reason.of("zone_is_an_island"))
    if "ds_matches_no_key" in behaviours:
        found.append(Reason.of("zone_is_bogus"))
    return tuple(found)
