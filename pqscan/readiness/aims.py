"""What is to be brought about where something was found or a state is not good enough: from findings to aims.

A finding says which rule bites on what; the aim says what would end it, in no product's words yet."""

from __future__ import annotations

from enum import StrEnum

from pqscan.model.observation import Profile, Subject, Support
from pqscan.policy.answers import Answers
from pqscan.policy.certificates import CERTIFICATE
from pqscan.policy.configuration_states import CONFIGURATION
from pqscan.policy.editions import FLOOR
from pqscan.policy.finding import Finding, Verdict
from pqscan.policy.plain_text import without_tls
from pqscan.policy.rule import Purpose, Rule, RuleState
from pqscan.policy.state import State
from pqscan.registry.quantum import QuantumClass


class Aim(StrEnum):
    """What a change brings about, the most urgent first."""

    TLS = "tls"  # there is none
    LOGIN_UNDER_TLS = "login_under_tls"
    OLD_VERSIONS = "old_versions"
    WEAK_SUITES = "weak_suites"
    SHORT_EXCHANGE = "short_exchange"
    SIGNATURES = "signatures"
    CERTIFICATE = "certificate"
    TLS13 = "tls13"
    HYBRID = "hybrid"
    LARGE_HELLO = "large_hello"  # no line helps: whatever drops large first messages has to be found
    RESISTANT_CERTIFICATE = "resistant_certificate"


class Protocol(StrEnum):
    """In whose configuration the lines stand; certificates are replaced alike whatever serves them."""

    TLS = "tls"
    SSH = "ssh"
    IKEV2 = "ikev2"
    CERTIFICATE = "certificate"


ABOUT_CERTIFICATES = frozenset({Aim.CERTIFICATE, Aim.RESISTANT_CERTIFICATE})
_NOTHING_TO_DO = frozenset({Verdict.MEETS, Verdict.UNDETERMINED})
_ALREADY_HYBRID = frozenset({State.DEFAULT, State.EXCLUSIVE})
_VERSIONS = frozenset({Subject.PROTOCOL_VERSION.value, Subject.SELECTED_VERSION.value})
_SUITES = frozenset({Subject.CIPHER_SUITE.value, Subject.SELECTED_CIPHER_SUITE.value})
_SCHEMES = frozenset({Subject.SIGNATURE_SCHEME.value, Subject.SELECTED_SIGNATURE_SCHEME.value})
_OF_CERTIFICATES = frozenset({CERTIFICATE, Subject.CERTIFICATE_KEY.value, Subject.CERTIFICATE_SIGNATURE.value})
_OF_BEHAVIOURS = {
    "large_hello_intolerant": (Aim.LARGE_HELLO,),
    "starttls_not_offered": (Aim.TLS,),
    "http_without_tls": (Aim.TLS,),
    "rdp_standard_security": (Aim.TLS,),
    "login_before_tls": (Aim.LOGIN_UNDER_TLS,),
}


def aims_of(finding: Finding, rule: Rule | None, state: State | None = None) -> tuple[Aim, ...]:
    """What would end a finding; empty where there is nothing to do or no change is known. `state` is that of the target's key
    establishment: where a current client gets a hybrid already, traditional groups beside it ask for no change."""
    if finding.verdict in _NOTHING_TO_DO:
        return ()
    below_floor = finding.policy == FLOOR
    subject = finding.subject
    if subject in _VERSIONS:
        return (Aim.TLS13,) if rule is not None and rule.state is RuleState.REQUIRED else (Aim.OLD_VERSIONS,)
    if subject in _SUITES:
        return (Aim.WEAK_SUITES,) if below_floor else ()  # Other policies ask for longer keys, which no line here brings.
    if subject == Subject.BEHAVIOUR.value:
        return _OF_BEHAVIOURS.get(finding.value, ())
    if subject in _OF_CERTIFICATES:
        return _of_certificate(finding, below_floor)
    if subject in _SCHEMES:
        return (Aim.SIGNATURES,) if below_floor else _if_traditional(finding, Aim.RESISTANT_CERTIFICATE)
    if rule is not None and rule.purpose not in (Purpose.KEY_ESTABLISHMENT, Purpose.ANY):
        return ()
    return _of_key_establishment(finding, rule, state, below_floor=below_floor)


def _of_certificate(finding: Finding, below_floor: bool) -> tuple[Aim, ...]:
    return (Aim.CERTIFICATE,) if below_floor else _if_traditional(finding, Aim.RESISTANT_CERTIFICATE)


def _of_key_establishment(finding: Finding, rule: Rule | None, state: State | None, *, below_floor: bool) -> tuple[Aim, ...]:
    if below_floor and rule is not None and rule.max_strength is not None:
        return (Aim.SHORT_EXCHANGE,)
    if state in _ALREADY_HYBRID:
        return ()
    return (Aim.HYBRID,) if below_floor else _if_traditional(finding, Aim.HYBRID)


def _if_traditional(finding: Finding, aim: Aim) -> tuple[Aim, ...]:
    """Policies that object to hybrids or to a parameter set contradict others: no line is given for them."""
    return (aim,) if finding.quantum_class is QuantumClass.TRADITIONAL else ()


def aims_of_state(state: State, profile: Profile | None = None) -> tuple[Aim, ...]:
    """What would change a state of key establishment; nothing where a current client gets a hybrid already, or where the
    state is not known. TLS 1.3 is asked for only where the profile shows that it is refused: hybrids exist there alone. Where there
    is no TLS at all, it comes before everything else."""
    if state is State.UNKNOWN and profile is not None and profile.probe == CONFIGURATION:
        return (Aim.HYBRID,)  # The installed version decides, unless a line does.
    if state not in (State.VULNERABLE, State.CAPABLE, State.BROKEN):
        return ()
    if profile is not None and without_tls(Answers(profile)) is not None:
        return (Aim.TLS,)
    wants_tls13 = profile is not None and Answers(profile).version("TLS1.3") is Support.REFUSED
    return (Aim.TLS13, Aim.HYBRID) if wants_tls13 else (Aim.HYBRID,)
