"""The state of authentication: the leaf's key, every signature of the chain below the trust anchor, and the signature in
the handshake. The same words and the same order of rows as for key establishment.
"""

from __future__ import annotations

from pqscan.model.observation import Profile, Subject, Support
from pqscan.model.reason import Reason
from pqscan.policy.answers import QUANTUM_RESISTANT, Answers, code_point_value, reason_code, scheme_class, suite_row
from pqscan.policy.chains import ChainReading, NamedChains, read_chains
from pqscan.policy.floor import below_floor, value_below
from pqscan.policy.key_establishment import modern_versions_told, older_versions_open, rest_open, unanswered
from pqscan.policy.keys_at_rest import is_locked, shows_key, why_incomplete
from pqscan.policy.plain_text import without_tls
from pqscan.policy.proof import proof_lists
from pqscan.policy.rule import Purpose, Rule
from pqscan.policy.state import Assessment, State
from pqscan.policy.use import AlgorithmUse
from pqscan.policy.uses import uses_of
from pqscan.registry import tls
from pqscan.registry.quantum import QuantumClass

_BARE = frozenset({Subject.PUBLIC_KEY, Subject.PRIVATE_KEY})
_SERVED, _IN_FILE = "traditional_certificate_served", "traditional_in_file"
_ONE_CERTIFICATE = "quick_asks_for_one_certificate"
_WITHOUT_CERTIFICATE = frozenset({"PSK", "SRP", "KRB5", "ECCPWD"})


def authentication(profile: Profile, chains: NamedChains) -> Assessment:
    """Which of the seven states the answers and the certificates show, the deciding reason first.

    `chains` are (context, certificates leaf first); contexts as in `pqscan.model.outcome.Chain`."""
    answers = Answers(profile)
    if answers.is_file:
        return file_authentication(profile, chains)
    readings = read_chains(chains)
    open_text = without_tls(answers)
    if open_text is not None:
        return Assessment(State.BROKEN, (Reason.of("nothing_authenticates_the_service"), open_text))
    learned = _learned(answers, readings)
    open_question = unanswered(answers)
    if open_question is not None:
        return Assessment(State.UNKNOWN, (open_question, *learned))
    client = next((reading for reading in readings if reading.context == "current_client"), None)
    broken = _broken(answers, readings, client)
    if broken is not None:
        return Assessment(State.BROKEN, (broken, *learned))
    if not readings:
        return _without_certificate(answers)
    resistant = [reading for reading in readings if reading.is_resistant]
    if resistant:
        name = _name(resistant[0].uses[0])
        missing = _why_not_exclusive(answers, readings)
        if missing is None:
            return Assessment(State.EXCLUSIVE, (Reason.of("only_resistant_certificates", key=name),))
        if client is not None and client.is_resistant and _handshake_is_resistant(answers):
            return Assessment(State.DEFAULT, (Reason.of("current_client_gets_resistant_certificate", key=name), missing))
        if answers.selected_version is not None or answers.client_failure is not None:
            return Assessment(State.CAPABLE, (Reason.of("other_certificate_resistant", key=name), *learned))
        return Assessment(State.UNKNOWN, (Reason.of("current_client_not_seen"), *learned))
    missing = _why_not_vulnerable(answers, readings)
    if missing is not None:
        says_all = missing.code == _ONE_CERTIFICATE  # what the current client gets, too
        return Assessment(State.UNKNOWN, (missing,) if says_all else (missing, *learned))
    deciding = client or readings[0]
    return Assessment(State.VULNERABLE, (_vulnerable_reason(answers, deciding), *learned))


def file_authentication(profile: Profile, chains: NamedChains) -> Assessment:
    """The same by the certificates and keys that lie in a file, each standing for itself."""
    answers = Answers(profile)
    judged = _of_file(answers, read_chains(chains, of_file=True), _bare_keys(answers))
    if profile.complete or judged.state is State.CAPABLE:
        return judged  # Every other state speaks of all of it.
    return Assessment(State.UNKNOWN, (Reason.of(why_incomplete(profile)),))


def _bare_keys(answers: Answers) -> tuple[AlgorithmUse, ...]:
    """Keys of a file that stand there without a certificate and can sign."""
    keys = (use for one in answers.profile.observations if one.subject in _BARE for use in uses_of(one))
    return tuple(use for use in keys if use.purpose is Purpose.SIGNATURE)


def _holds_keys(answers: Answers) -> bool:
    """Whether keys were found at all, each for another use than to sign."""
    return any(
        one.subject in (Subject.PUBLIC_KEY, Subject.CERTIFICATE_KEY) or shows_key(one) for one in answers.profile.observations
    )


def _of_file(answers: Answers, readings: tuple[ChainReading, ...], keys: tuple[AlgorithmUse, ...]) -> Assessment:
    """A file of certificates and keys: each stands for itself, nothing is negotiated, so nothing has to be refused."""
    locked = any(map(is_locked, answers.profile.observations))
    if not readings and not keys:
        if locked:
            return Assessment(State.UNKNOWN, (Reason.of("private_key_locked"),))
        code = "file_without_signing_key" if _holds_keys(answers) else "file_without_certificate"
        return Assessment(State.NONE, (Reason.of(code),))
    below = [found for reading in readings if (found := reading.below_floor) is not None]
    below += [(use, rule) for use in keys if (rule := below_floor(use)) is not None]
    count = len(readings) + len(keys)
    if below and len(below) == count and not locked:
        return Assessment(State.BROKEN, (_below_reason(*below[0]),))
    resistant = [reading.uses[0] for reading in readings if reading.is_resistant]
    resistant += [use for use in keys if use.quantum_class in QUANTUM_RESISTANT]
    if len(resistant) == count and not locked:
        code = "only_resistant_keys" if keys else "only_resistant_certificates"
        return Assessment(State.EXCLUSIVE, (Reason.of(code, key=_name(resistant[0])),))
    if resistant:
        code = "other_key_resistant" if keys else "other_certificate_resistant"
        return Assessment(State.CAPABLE, (Reason.of(code, key=_name(resistant[0])),))
    unlisted = _unlisted(readings)
    if unlisted is None and locked:
        unlisted = Reason.of("private_key_locked")
    if unlisted is not None:
        return Assessment(State.UNKNOWN, (unlisted,))
    unknown = next((use for use in keys if use.quantum_class is QuantumClass.UNKNOWN), None)
    if unknown is not None:
        return Assessment(State.UNKNOWN, (Reason.of("unlisted_certificate_algorithm", part=unknown.subject, value=unknown.value),))
    if readings:
        reason = _traditional_reason(readings[0])
        return Assessment(State.VULNERABLE, (Reason(_IN_FILE, reason.parameters) if reason.code == _SERVED else reason,))
    return Assessment(State.VULNERABLE, (Reason.of(_IN_FILE, part=keys[0].subject, value=_name(keys[0])),))


def _without_certificate(answers: Answers) -> Assessment:
    """No certificate was seen: the target may authenticate by shared keys alone, else it is not known how."""
    accepted = [value for version in answers.accepted_versions for value in answers.suites(version)]
    if any(answers.left_open(Subject.CIPHER_SUITE, version) for version in answers.accepted_versions):
        accepted = []
    rows = [suite_row(value) for value in ([answers.selected_suite] if answers.selected_suite else accepted)]
    first = rows[0] if rows else None
    if first is not None and all(row is not None and row.authentication in _WITHOUT_CERTIFICATE for row in rows):
        return Assessment(State.NONE, (Reason.of("authenticates_by_shared_key", suite=first.name),))
    return Assessment(State.UNKNOWN, (Reason.of("certificate_not_seen"),))


def _broken(answers: Answers, readings: tuple[ChainReading, ...], client: ChainReading | None) -> Reason | None:
    """Below the floor: what the pinned client gets, or, where it gets nothing, everything that is served."""
    version = answers.selected_version
    if version is not None:
        for subject, value in (
            (Subject.SELECTED_SIGNATURE_SCHEME, answers.selected_scheme),
            (Subject.SELECTED_CIPHER_SUITE, answers.selected_suite),
        ):
            rule = None if value is None else value_below(subject, value, version)
            if value is not None and rule is not None and rule.id in ("floor-state-hash", "floor-state-anonymous"):
                return Reason.of("current_client_gets_below_floor", value=_spelled(subject, value), rule=rule.id)
        if client is not None:
            return None if client.below_floor is None else _below_reason(*client.below_floor)
    found = [reading.below_floor for reading in readings]
    first = found[0] if found else None
    if first is not None and all(found) and _every_certificate_seen(answers):
        return _below_reason(*first)
    if not readings and version is None and _authenticates_nobody(answers):
        return Reason.of("everything_below_floor", version=answers.accepted_versions[-1])
    return None


def _every_certificate_seen(answers: Answers) -> bool:
    """Every suite and every scheme of every version was answered for, so no certificate can lie behind one."""
    axes = (Subject.CIPHER_SUITE, Subject.SIGNATURE_SCHEME)
    open_axes = (answers.left_open(axis, version) for version in answers.accepted_versions for axis in axes)
    return answers.profile.depth != "quick" and modern_versions_told(answers) and not any(open_axes)


def _authenticates_nobody(answers: Answers) -> bool:
    """Every suite that is accepted is anonymous, and every modern version and every suite was answered for."""
    if answers.profile.depth == "quick" or not modern_versions_told(answers):
        return False
    if any(answers.left_open(Subject.CIPHER_SUITE, version) for version in answers.accepted_versions):
        return False
    suites = [suite_row(value) for version in answers.accepted_versions for value in answers.suites(version)]
    return bool(suites) and all(row is not None and "anonymous" in row.weak for row in suites)


def _below_reason(use: AlgorithmUse, rule: Rule) -> Reason:
    return Reason.of("certificate_below_floor", part=use.subject, value=_name(use), rule=rule.id)


def _spelled(subject: Subject, value: str) -> str:
    if subject is Subject.SELECTED_CIPHER_SUITE:
        row = suite_row(value)
        return value if row is None else row.name
    return scheme_name(value)


def scheme_name(value: str) -> str:
    """The registry's spelling, else the value."""
    number = code_point_value(value)
    return value if number is None else tls.signature_scheme(number).name or value


def _name(use: AlgorithmUse) -> str:
    return use.name or use.value


def _learned(answers: Answers, readings: tuple[ChainReading, ...]) -> tuple[Reason, ...]:
    found: list[Reason] = []
    client = next((reading for reading in readings if reading.context == "current_client"), None)
    if client is not None:
        other = client.first_not_resistant
        if other is not None:
            known = other.quantum_class is QuantumClass.TRADITIONAL
            code = "current_client_gets_traditional_certificate" if known else "unlisted_certificate_algorithm"
            found.append(Reason.of(code, part=other.subject, value=_name(other)))
        else:
            found.append(Reason.of("current_client_gets_resistant_certificate", key=_name(client.uses[0])))
    elif answers.client_failure is not None:
        found.append(Reason.of("current_client_fails", reason=reason_code(answers.client_failure)))
    return tuple(found)


def _handshake_is_resistant(answers: Answers) -> bool:
    """A post-quantum key in TLS 1.3 signs the handshake; another scheme than the key's would contradict it."""
    scheme = answers.selected_scheme
    return answers.selected_version == "TLS1.3" and (scheme is None or scheme_class(scheme) in QUANTUM_RESISTANT)


def _why_not_exclusive(answers: Answers, readings: tuple[ChainReading, ...]) -> Reason | None:
    """What stands against "every chain and every scheme is hybrid or post-quantum": below TLS 1.3 none can be."""
    for reading in readings:
        other = reading.first_not_resistant or reading.first_not_resistant_beside
        if other is not None:
            known = other.quantum_class is QuantumClass.TRADITIONAL
            code = _SERVED if known else "unlisted_certificate_algorithm"
            return Reason.of(code, part=other.subject, value=_name(other))
    for value in answers.schemes("TLS1.3"):
        if scheme_class(value) not in QUANTUM_RESISTANT:
            return Reason.of("traditional_accepted", value=scheme_name(value), version="TLS1.3")
    left_open = rest_open(answers, Subject.SIGNATURE_SCHEME)
    if left_open is not None:
        return left_open
    refused = answers.refused(Subject.SIGNATURE_SCHEME, "TLS1.3")
    unrefused = [value for value in proof_lists().traditional_schemes if value not in refused]
    if unrefused:
        return _not_asked(answers, readings, unrefused[0])
    accepted = [version for version in proof_lists().versions if answers.version(version) is Support.ACCEPTED]
    if accepted:
        return Reason.of("older_version_open", version=accepted[-1])
    return older_versions_open(answers)


def _not_asked(answers: Answers, readings: tuple[ChainReading, ...], scheme: str) -> Reason:
    """Why other certificates cannot be ruled out. The quick profile asks for none, whatever the scheme."""
    if answers.profile.depth != "quick" or not readings:
        return Reason.of("value_not_asked", value=scheme_name(scheme), version="TLS1.3")
    client = next((reading for reading in readings if reading.context == "current_client"), None)
    reading = client or readings[0]
    use = reading.first_not_resistant or reading.uses[0]
    code = "quick_saw_one_certificate" if client is None else _ONE_CERTIFICATE
    return Reason.of(code, part=use.subject, value=_name(use))


def _why_not_vulnerable(answers: Answers, readings: tuple[ChainReading, ...]) -> Reason | None:
    """What stands against "no certificate of the server is hybrid or post-quantum throughout"."""
    unlisted = _unlisted(readings)
    if unlisted is not None:
        return unlisted
    support = answers.version("TLS1.3")
    if support is Support.REFUSED:
        return None
    hanging = next((reading.uses[-1] for reading in readings if reading.hangs_on_last_signature), None)
    if hanging is not None:
        return Reason.of("trust_anchor_not_seen", value=_name(hanging))
    if support is not Support.ACCEPTED:
        return Reason.of("version_not_proven", version="TLS1.3", reason="not_asked" if support is None else "not_proven")
    for observation in answers.of(Subject.SIGNATURE_SCHEME, "TLS1.3"):
        resistant = observation.value == "*" or scheme_class(observation.value) is not QuantumClass.TRADITIONAL
        if observation.support is Support.UNKNOWN and resistant:
            reason = reason_code(observation)
            return Reason.of("part_not_proven", subject=Subject.SIGNATURE_SCHEME.value, reason=reason, version="TLS1.3")
    accepted = set(answers.schemes("TLS1.3"))
    refused = answers.refused(Subject.SIGNATURE_SCHEME, "TLS1.3")
    unasked = [value for value in proof_lists().resistant_schemes if value not in refused | accepted]
    if unasked:
        return _not_asked(answers, readings, unasked[0])
    for value in sorted(accepted):
        found = scheme_class(value)
        if found is QuantumClass.UNKNOWN:
            return Reason.of("unlisted_accepted", value=value, version="TLS1.3")
        if found in QUANTUM_RESISTANT and not any(reading.leaf.public_key.quantum_class is found for reading in readings):
            return Reason.of("certificate_of_scheme_not_seen", value=scheme_name(value))
    return None


def _unlisted(readings: tuple[ChainReading, ...]) -> Reason | None:
    """A key or signature that no source lists, in a chain that nothing traditional decides already."""
    for reading in readings:
        if QuantumClass.TRADITIONAL in reading.classes:
            continue
        for use in reading.uses:
            if use.quantum_class not in QUANTUM_RESISTANT:
                return Reason.of("unlisted_certificate_algorithm", part=use.subject, value=use.value)
    return None


def _vulnerable_reason(answers: Answers, reading: ChainReading) -> Reason:
    if answers.version("TLS1.3") is Support.REFUSED:
        return Reason.of("tls13_refused_signatures")
    return _traditional_reason(reading)


def _traditional_reason(reading: ChainReading) -> Reason:
    traditional = reading.first_not_resistant
    if traditional is None:
        return Reason.of("every_resistant_scheme_refused")
    resistant_leaf = reading.leaf.public_key.quantum_class in QUANTUM_RESISTANT
    code = "resistant_key_in_traditional_chain" if resistant_leaf else _SERVED
    return Reason.of(code, part=traditional.subject, value=_name(traditional))
