"""The state of key establishment, computed from one profile alone: the first row of the table that fits.

A universal row ("no traditional one is", "none is accepted") needs every question answered; an unanswered one gives
`unknown` with its reason. Draft Kyber groups protect a recording made today as ML-KEM does, so they count as hybrids for
the state; the reason and a finding say that they are obsolete.
"""

from __future__ import annotations

from pqscan.model.observation import Profile, Subject, Support
from pqscan.model.reason import Reason
from pqscan.policy.answers import QUANTUM_RESISTANT, VERSIONS, Answers, code_point_value, group_class, reason_code, suite_row
from pqscan.policy.chains import NamedChains
from pqscan.policy.floor import below_floor, value_below
from pqscan.policy.keys_at_rest import key_establishment_at_rest
from pqscan.policy.plain_text import without_tls
from pqscan.policy.proof import proof_lists
from pqscan.policy.state import Assessment, State
from pqscan.policy.uses import key_use
from pqscan.registry import tls
from pqscan.registry.dtls import DTLS, DTLS_OF_TLS
from pqscan.registry.quantum import QuantumClass

QUIC = "quic"
"""The probe of TLS inside QUIC."""
_NEEDS_GROUP = {"ECDHE": "EC", "DHE": "FF"}


def key_establishment(profile: Profile, chains: NamedChains = ()) -> Assessment:
    """Which of the seven states the answers show, the deciding reason first.

    `chains` are (context, certificates leaf first): with static RSA the certificate's key establishes the keys."""
    answers = Answers(profile)
    if answers.is_file:
        return key_establishment_at_rest(profile)
    open_text = without_tls(answers)
    if open_text is not None:
        return Assessment(State.BROKEN, (open_text,))
    learned = _learned(answers)
    open_question = unanswered(answers)
    if open_question is not None:
        return Assessment(State.UNKNOWN, (open_question, *learned))
    broken = _broken(answers) or _below_by_certificate(answers, chains)
    if broken is not None:
        return Assessment(State.BROKEN, (broken, *learned))
    resistant = resistant_groups(answers)
    if resistant:
        kinds = _obsolete_only(resistant)
        missing = _why_not_exclusive(answers)
        if missing is None:
            return Assessment(State.EXCLUSIVE, (_group_reason("only_resistant_accepted", resistant[0]), *kinds))
        if answers.selected_version is not None:
            selected = answers.selected_group
            if selected is not None and group_class(selected, answers.selected_version) in QUANTUM_RESISTANT:
                return Assessment(State.DEFAULT, (_group_reason("current_client_gets_resistant", selected), *kinds, missing))
            return Assessment(State.CAPABLE, (_group_reason("resistant_accepted_not_by_default", resistant[0]), *kinds, *learned))
        if answers.client_failure is not None:
            return Assessment(State.CAPABLE, (_group_reason("resistant_accepted_not_by_default", resistant[0]), *kinds, *learned))
        return Assessment(State.UNKNOWN, (Reason.of("current_client_not_seen"), *learned))
    hybrid_suite = _hybrid_suite(answers)
    if hybrid_suite is not None:
        return _by_suite(answers, hybrid_suite, learned)
    missing = _why_not_vulnerable(answers)
    if missing is not None:
        return Assessment(State.UNKNOWN, (missing, *learned))
    return Assessment(State.VULNERABLE, (_vulnerable_reason(answers), *learned))


def _hybrid_suite(answers: Answers) -> tls.CipherSuite | None:
    """An accepted suite that agrees on keys as a hybrid by itself: CECPQ1, an experiment of 2016 in TLS 1.2."""
    rows = (suite_row(value) for version in answers.accepted_versions for value in answers.suites(version))
    return next((row for row in rows if row is not None and row.quantum_class in QUANTUM_RESISTANT), None)


def _by_suite(answers: Answers, row: tls.CipherSuite, learned: tuple[Reason, ...]) -> Assessment:
    """No client of today lists such a suite, so that it is never what the pinned one gets by default."""
    if answers.selected_version is None and answers.client_failure is None:
        return Assessment(State.UNKNOWN, (Reason.of("current_client_not_seen"), *learned))
    accepted = Reason.of("resistant_accepted_not_by_default", group=row.name)
    return Assessment(State.CAPABLE, (accepted, Reason.of("obsolete_resistant_group", group=row.name), *learned))


def unanswered(answers: Answers) -> Reason | None:
    """Why there is no complete answer at all: nothing came, the attempt ended early, or answers deny each other."""
    contradiction = answers.contradiction()
    if contradiction is not None:
        return Reason.of(
            "answers_contradict",
            subject=contradiction.subject.value,
            value=contradiction.name or contradiction.value,
            version=contradiction.context or "-",
        )
    if answers.profile.is_imported:
        return Reason.of("only_imported")
    if not answers.profile.complete:
        return Reason.of("answer_incomplete")
    if not answers.accepted_versions:
        left_open = answers.left_open(Subject.PROTOCOL_VERSION, None)
        if left_open is not None:
            return Reason.of("version_not_proven", version=left_open.value, reason=reason_code(left_open))
        return Reason.of("nothing_accepted")
    return None


def resistant_groups(answers: Answers) -> tuple[str, ...]:
    """Accepted hybrid and post-quantum groups, standard ones before drafts and obsolete ones."""
    found = [value for value in answers.groups("TLS1.3") if group_class(value, "TLS1.3") in QUANTUM_RESISTANT]
    return tuple(sorted(found, key=_is_obsolete))


def _is_obsolete(value: str) -> bool:
    number = code_point_value(value)
    row = None if number is None else tls.named_group(number).row
    return row is not None and row.status == "obsolete"


def _obsolete_only(resistant: tuple[str, ...]) -> tuple[Reason, ...]:
    if not all(map(_is_obsolete, resistant)):
        return ()
    name = group_name(resistant[0])
    return (_group_reason("kyber_draft" if "kyber" in name.lower() else "obsolete_resistant_group", resistant[0]),)


def group_name(value: str) -> str:
    """The registry's spelling, else the value."""
    number = code_point_value(value)
    return value if number is None else tls.named_group(number).name or value


def _group_reason(code: str, value: str) -> Reason:
    return Reason.of(code, group=group_name(value))


def _learned(answers: Answers) -> tuple[Reason, ...]:
    """What the answers do tell, whatever the state: what the pinned client gets, and hybrids that were accepted."""
    found: list[Reason] = []
    version, group = answers.selected_version, answers.selected_group
    if group is not None and version is not None:
        resistant = group_class(group, version) in QUANTUM_RESISTANT
        code = "current_client_gets_resistant" if resistant else "current_client_gets_traditional"
        found.append(Reason.of(code, group=group_name(group), **({} if resistant else {"version": version})))
    elif version is not None:
        found.append(Reason.of("current_client_gets_version", version=version))
    elif answers.client_failure is not None:
        found.append(Reason.of("current_client_fails", reason=reason_code(answers.client_failure)))
    accepted = resistant_groups(answers)
    if accepted and accepted[0] != group:
        found.append(_group_reason("resistant_accepted", accepted[0]))
    return tuple(found)


def _broken(answers: Answers) -> Reason | None:
    """Below the floor: what the pinned client gets, or everything that is accepted."""
    version = answers.selected_version
    if version is not None:
        for subject, value in (
            (Subject.SELECTED_VERSION, version),
            (Subject.SELECTED_GROUP, answers.selected_group),
            (Subject.SELECTED_CIPHER_SUITE, answers.selected_suite),
        ):
            rule = None if value is None else _key_rule(subject, value, version)
            if rule is not None and value is not None:
                return Reason.of("current_client_gets_below_floor", value=_spelled(subject, value), rule=rule)
        return None  # What the client gets is good enough, so not everything is below the floor.
    if modern_versions_told(answers) and all(_below_throughout(answers, accepted) for accepted in answers.accepted_versions):
        return Reason.of("everything_below_floor", version=answers.accepted_versions[-1])
    return None


def modern_versions_told(answers: Answers) -> bool:
    """Whether TLS 1.2 and 1.3 are accepted or refused with proof: one that nobody asked for may be good enough."""
    versions = ("TLS1.3",) if answers.profile.probe == QUIC else ("TLS1.2", "TLS1.3")
    return all(answers.version(version) in (Support.ACCEPTED, Support.REFUSED) for version in versions)


def _below_by_certificate(answers: Answers, chains: NamedChains) -> Reason | None:
    """Static RSA or DH: what the pinned client gets is as strong as the key in the certificate."""
    row = None if answers.selected_suite is None else suite_row(answers.selected_suite)
    if row is None or not {"rsa_kex", "static_dh"} & set(row.weak):
        return None
    leaf = next((certificates[0] for context, certificates in chains if context == "current_client" and certificates), None)
    use = None if leaf is None else key_use(leaf, establishes_keys=True)
    rule = None if use is None else below_floor(use)
    if use is None or rule is None:
        return None
    return Reason.of("certificate_below_floor", part=use.subject, value=use.name or use.value, rule=rule.id)


def _key_rule(subject: Subject, value: str, version: str) -> str | None:
    """The id of the floor rule; anonymous suites are a matter of authentication."""
    rule = value_below(subject, value, None if subject is Subject.SELECTED_VERSION else version)
    return None if rule is None or rule.id == "floor-state-anonymous" else rule.id


def _spelled(subject: Subject, value: str) -> str:
    if subject is Subject.SELECTED_CIPHER_SUITE:
        row = suite_row(value)
        return value if row is None else row.name
    return group_name(value)


def _below_throughout(answers: Answers, version: str) -> bool:
    """Whether nothing good enough is accepted in a version, as far as its answers are complete."""
    if _key_rule(Subject.SELECTED_VERSION, version, version) is not None:
        return True
    if answers.profile.depth == "quick":  # One answer of many; the rest was not asked for.
        return False
    axes = (Subject.CIPHER_SUITE, Subject.NAMED_GROUP)
    if any(answers.left_open(axis, version) is not None for axis in axes):
        return False
    groups = answers.groups(version)
    good_groups = [value for value in groups if _key_rule(Subject.SELECTED_GROUP, value, version) is None]
    if version == "TLS1.3":
        suites = answers.suites(version)
        all_weak = bool(suites) and all(_key_rule(Subject.SELECTED_CIPHER_SUITE, suite, version) for suite in suites)
        return all_weak or (bool(groups) and not good_groups)
    suites = answers.suites(version)
    return bool(suites) and not any(_suite_is_good(suite, version, groups, good_groups) for suite in suites)


def _suite_is_good(suite: str, version: str, groups: tuple[str, ...], good_groups: list[str]) -> bool:
    if _key_rule(Subject.SELECTED_CIPHER_SUITE, suite, version) is not None:
        return False
    row = suite_row(suite)
    kind = None if row is None else _NEEDS_GROUP.get(row.key_exchange)
    if kind is None:
        return True
    fitting = [value for value in groups if _is_finite_field(value) == (kind == "FF")]
    return not fitting or any(value in good_groups for value in fitting)


def _is_finite_field(value: str) -> bool:
    number = code_point_value(value)
    row = None if number is None else tls.named_group(number).row
    return value.startswith("dh:") or (row is not None and row.kind == "ffdh")


def _why_not_exclusive(answers: Answers) -> Reason | None:
    """What stands against "no traditional method is accepted in any version": one that is, or one that may be."""
    for version in VERSIONS:
        if answers.version(version) is not Support.ACCEPTED:
            continue
        for value in answers.groups(version):
            found = group_class(value, version)
            if found not in QUANTUM_RESISTANT:
                code = "traditional_accepted" if found is QuantumClass.TRADITIONAL else "unlisted_accepted"
                return Reason.of(code, value=group_name(value), version=version)
        for value in answers.suites(version):
            row = suite_row(value)
            if row is None or row.quantum_class is QuantumClass.TRADITIONAL:
                name = value if row is None else row.name
                return Reason.of("unlisted_accepted" if row is None else "traditional_accepted", value=name, version=version)
    left_open = rest_open(answers, Subject.NAMED_GROUP)
    if left_open is not None:
        return left_open
    unrefused = [value for value in proof_lists().traditional_groups if value not in answers.refused(Subject.NAMED_GROUP, "TLS1.3")]
    if unrefused:
        return Reason.of("value_not_asked", value=group_name(unrefused[0]), version="TLS1.3")
    return older_versions_open(answers)


def older_versions_open(answers: Answers) -> Reason | None:
    """Why older versions, which know traditional methods alone, are not proven to be refused or to be without any."""
    if answers.profile.probe == QUIC:
        return None  # It carries TLS 1.3 and nothing older (RFC 9001, section 4.2).
    if answers.version("SSLv2") in (Support.UNKNOWN, Support.ACCEPTED):
        return Reason.of("older_version_open", version="SSLv2")
    for version in proof_lists().versions:
        if answers.profile.probe == DTLS and version not in DTLS_OF_TLS:
            continue  # There is no DTLS that would be this version.
        support = answers.version(version)
        if (
            support is Support.ACCEPTED
            and answers.suites(version)
            and not any(answers.left_open(axis, version) for axis in (Subject.CIPHER_SUITE, Subject.NAMED_GROUP))
        ):
            continue  # The caller has looked at each suite and group: none of them is traditional.
        if support is not Support.REFUSED:
            return Reason.of("older_version_open", version=version)
    return None


def rest_open(answers: Answers, subject: Subject) -> Reason | None:
    """The first question about TLS 1.3's groups or schemes that was not answered."""
    left_open = answers.left_open(subject, "TLS1.3")
    if left_open is None:
        return None
    return Reason.of("part_not_proven", subject=subject.value, reason=reason_code(left_open), version="TLS1.3")


def _why_not_vulnerable(answers: Answers) -> Reason | None:
    """What stands against "none is accepted": TLS 1.3 or one of its hybrid groups was not refused with proof."""
    for version in answers.accepted_versions:
        outside = [value for value in answers.groups(version) if group_class(value, "TLS1.3") in QUANTUM_RESISTANT]
        if outside:  # Chosen below TLS 1.3, where no document defines it.
            return Reason.of("group_outside_version", value=group_name(outside[0]), version=version)
    support = answers.version("TLS1.3")
    if support is Support.REFUSED:
        return None
    if support is not Support.ACCEPTED:
        return Reason.of(
            "version_not_proven", version="TLS1.3", reason="not_asked" if support is None else _version_reason(answers)
        )
    unlisted = next((value for value in answers.groups("TLS1.3") if group_class(value, "TLS1.3") is QuantumClass.UNKNOWN), None)
    if unlisted is not None:
        return Reason.of("unlisted_accepted", value=unlisted, version="TLS1.3")
    for observation in answers.of(Subject.NAMED_GROUP, "TLS1.3"):
        resistant = observation.value == "*" or group_class(observation.value, "TLS1.3") is not QuantumClass.TRADITIONAL
        if observation.support is Support.UNKNOWN and resistant:
            return Reason.of(
                "part_not_proven", subject=Subject.NAMED_GROUP.value, reason=reason_code(observation), version="TLS1.3"
            )
    refused = answers.refused(Subject.NAMED_GROUP, "TLS1.3")
    unrefused = [value for value in proof_lists().resistant_groups if value not in refused]
    if unrefused:
        return Reason.of("value_not_asked", value=group_name(unrefused[0]), version="TLS1.3")
    return None


def _version_reason(answers: Answers) -> str:
    found = (o for o in answers.of(Subject.PROTOCOL_VERSION, None) if o.value == "TLS1.3" and o.support is Support.UNKNOWN)
    return next((reason_code(observation) for observation in found), "not_proven")


def _vulnerable_reason(answers: Answers) -> Reason:
    if answers.version("TLS1.3") is Support.REFUSED:
        return Reason.of("tls13_refused")
    return Reason.of("every_resistant_group_refused")
