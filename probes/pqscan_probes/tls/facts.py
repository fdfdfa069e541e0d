"""Turns a finished TLS survey into facts: observations, chains, certificates. Names and classes come from the registry."""

from __future__ import annotations

from pqscan.model.observation import Observation, Preference, RankBasis, Subject, Support
from pqscan.model.outcome import Chain, Evidence, Facts, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.registry import universe
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.tls.elimination import AxisName
from pqscan.wire.tls.survey import Survey
from pqscan.wire.tls.version_survey import VersionSurvey, chosen_group, suite_traits
from pqscan.wire.tls.words import Version
from pqscan_probes.tls.told import code_point, custom_prime, kept, plain

_SUBJECTS = {
    AxisName.SUITES: Subject.CIPHER_SUITE,
    AxisName.GROUPS: Subject.NAMED_GROUP,
    AxisName.SCHEMES: Subject.SIGNATURE_SCHEME,
}
_SELECTED = {
    Subject.CIPHER_SUITE: Subject.SELECTED_CIPHER_SUITE,
    Subject.NAMED_GROUP: Subject.SELECTED_GROUP,
    Subject.SIGNATURE_SCHEME: Subject.SELECTED_SIGNATURE_SCHEME,
}
_STATUSES = {
    "": OutcomeStatus.COMPLETED,
    "throttled": OutcomeStatus.THROTTLED,
    "malformed": OutcomeStatus.MALFORMED,
}


def facts_of(survey: Survey, evidence: Evidence | None) -> Facts:
    """Everything that the survey learned, in the words of the model."""
    observations = [*_of_target(survey)]
    preference: list[tuple[str, Preference]] = []
    for version, entry in sorted(survey.versions.items(), reverse=True):
        observations += _of_version(entry, survey.depth)
        for name, whose in entry.preferences.items():
            key = version.label if name is AxisName.SUITES else f"{version.label} {_SUBJECTS[name].value}"
            preference.append((key, Preference(whose)))
    chains, certificates = _chains(survey)
    unsure = any(entry.reason == "throttled" or "throttled" in entry.unproven.values() for entry in survey.versions.values())
    trouble = survey.trouble or ("throttled" if unsure else "")
    return Facts(
        observations=tuple(dict.fromkeys(observations)),
        chains=chains,
        certificates=certificates,
        preference=tuple(preference),
        depth=survey.depth,
        asked=asked_of(survey),
        complete=not trouble,
        status=_STATUSES[trouble],
        detail=Reason.of(f"tls_{trouble}") if trouble else None,
        evidence=evidence,
        further_names=tuple(survey.other_names),
    )


def asked_of(survey: Survey) -> str:
    """The edition of what is asked at that depth, and the client that is played."""
    return f"{universe.edition_asked(survey.depth)}/{survey.client}"


def _of_target(survey: Survey) -> list[Observation]:
    found: list[Observation] = []
    current = survey.current
    if current is None or current.version is None:
        found.append(plain(Subject.BEHAVIOUR, "current_client_fails", Support.OFFERED, reason=survey.current_problem))
    else:
        label = current.version.label
        found.append(plain(Subject.SELECTED_VERSION, label, Support.SELECTED))
        for subject, value in (
            (Subject.CIPHER_SUITE, current.chosen_suite),
            (Subject.NAMED_GROUP, chosen_group(current)),
            (Subject.SIGNATURE_SCHEME, current.scheme),
        ):
            if value is not None:
                sure = current.finished_verified
                found.append(code_point(subject, value, Support.SELECTED, label, confirmed=sure, subject_out=_SELECTED[subject]))
        if chosen_group(current) is None and current.prime_bits:
            found.append(custom_prime(current.prime_bits, label, Subject.SELECTED_GROUP, Support.SELECTED))
        if survey.alpn:
            found.append(plain(Subject.ALPN_PROTOCOL, survey.alpn, Support.ACCEPTED))
    if survey.default_site:
        found.append(plain(Subject.DEFAULT_SITE, survey.default_site, Support.OFFERED))
    found += [plain(Subject.BEHAVIOUR, behaviour, Support.OFFERED) for behaviour in survey.behaviours]
    return found


def _of_version(entry: VersionSurvey, depth: str) -> list[Observation]:
    label = entry.version.label
    if depth == "quick" and entry.support == "unknown" and entry.reason == "not_asked":
        return []
    reason = entry.reason if entry.support == "unknown" else ""
    found = [plain(Subject.PROTOCOL_VERSION, label, Support(entry.support), reason=reason)]
    if entry.support != "accepted":
        return found
    for name, subject in _SUBJECTS.items():
        found += _of_axis(entry, name, subject)
    found += [custom_prime(bits, label, Subject.NAMED_GROUP, Support.ACCEPTED) for bits in sorted(entry.custom_primes)]
    found += [
        Observation(
            Subject.NAMED_GROUP,
            f"explicit_curve:{bits}",
            Support.ACCEPTED,
            label,
            quantum_class=QuantumClass.TRADITIONAL,
            parameters=(("size_bits", bits),),
        )
        for bits in sorted(entry.explicit_curves)
    ]
    if entry.client_certificate is not None:
        wanted = "requested" if entry.client_certificate else "not_requested"
        found.append(plain(Subject.CLIENT_CERTIFICATE, wanted, Support.OFFERED, label))
    if entry.group_selection:
        found.append(plain(Subject.GROUP_SELECTION, entry.group_selection, Support.ACCEPTED, label))
    return found


def _of_axis(entry: VersionSurvey, name: AxisName, subject: Subject) -> list[Observation]:
    label, values = entry.version.label, entry.found.get(name, ())
    ranked = entry.ranks.get(name, {})
    basis = RankBasis.HELLO_RETRY if entry.version >= Version.TLS13 and name is not AxisName.SCHEMES else None
    found = [
        code_point(
            subject,
            value,
            Support.ACCEPTED,
            label,
            rank=ranked.get(value),
            basis=basis if value in ranked else None,
            confirmed=value in entry.confirmed_groups if name is AxisName.GROUPS else False,
        )
        for value in values
    ]
    refused = entry.refused.get(name, ()) if name is not AxisName.SUITES and _was_asked(entry, name) else ()
    found += [code_point(subject, value, Support.REFUSED, label) for value in refused]
    unsettled = entry.unsettled.get(name, {}).items()
    found += [code_point(subject, value, Support.UNKNOWN, label, reason=reason) for value, reason in unsettled]
    if entry.unproven.get(name):
        found.append(plain(subject, "*", Support.UNKNOWN, label, reason=entry.unproven[name]))
    return found


def _was_asked(entry: VersionSurvey, name: AxisName) -> bool:
    """Before TLS 1.3 a group or scheme can only be refused where some suite would have used it."""
    if entry.version >= Version.TLS13:
        return True
    traits = [suite_traits(suite) for suite in entry.found.get(AxisName.SUITES, ())]
    return any(trait.uses_curve if name is AxisName.GROUPS else trait.is_signed for trait in traits)


def _chains(survey: Survey) -> tuple[tuple[Chain, ...], tuple[bytes, ...]]:
    """Distinct chains with where they were seen, and the certificates they name, each once."""
    certificates: dict[bytes, bytes] = {}

    def chain(server_name: str | None, context: str, ders: tuple[bytes, ...]) -> Chain:
        known = tuple(map(kept, ders))
        certificates.update(known)
        return Chain(server_name, context, tuple(digest for digest, _ in known))

    name = survey.server_name
    found: list[Chain] = []
    if survey.current is not None and survey.current.certificates:
        found.append(chain(name, "current_client", survey.current.certificates))
    for version, entry in sorted(survey.versions.items(), reverse=True):
        found += [chain(name, version.label, ders) for ders in entry.chains]
    if survey.default_chain:
        found.append(chain(None, "no_server_name", survey.default_chain))
    found += [chain(asked, "virtual_host", ders) for asked, ders in survey.named_chains]
    return tuple(dict.fromkeys(found)), tuple(certificates.values())
