"""The quick strategy: one to three connections, controls included, for a readiness verdict over many targets.

Where the current client gets a hybrid group, its own hello was all. Else one hello that offers nothing but post-quantum
and hybrid groups asks whether the server could, and a control of the same size stands behind a refusal.
"""

from __future__ import annotations

from pqscan.registry import universe
from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.client_hello import Offer
from pqscan.wire.tls.elimination import AxisName
from pqscan.wire.tls.inquiry import Ask, Inquirer, Inquiry, Throttled, reason_of
from pqscan.wire.tls.survey import Survey
from pqscan.wire.tls.version_survey import Terms, certificate_schemes, chosen_group, flat, is_post_quantum
from pqscan.wire.tls.words import Version

_ALL_VERSIONS = (Version.TLS13, Version.TLS12, Version.TLS11, Version.TLS10)


def quick(survey: Survey, terms: Terms, inquirer: Inquirer) -> Inquiry[Survey]:
    """After stage 1. Never raises: what could not be settled stays unknown with its reason."""
    try:
        yield from _settle(survey, terms, inquirer)
    except Throttled:
        survey.trouble = "throttled"
    return survey


def _settle(survey: Survey, terms: Terms, inquirer: Inquirer) -> Inquiry[None]:
    if survey.current is not None:
        _accept(survey, survey.current)
    else:
        wide = yield from inquirer.ask(Ask(_wide(terms), most_hello_bytes=terms.most_hello_bytes))
        survey.last = wide
        if not wide.said_yes:
            return
        _accept(survey, wide)
    modern = survey.version(Version.TLS13)
    if any(is_post_quantum(group) for group in modern.found.get(AxisName.GROUPS, ())):
        return
    answer = yield from inquirer.ask(Ask(_post_quantum_only(terms), most_hello_bytes=terms.most_hello_bytes))
    if answer.said_yes and answer.version == Version.TLS13:
        _accept(survey, answer)
        return
    reason = "" if answer.said_yes or answer.ending is Ending.ALERT else reason_of(answer)
    if not reason and not answer.said_yes:
        pushed_back = inquirer.throttled
        yield from inquirer.control(answer.hello_bytes)
        if inquirer.throttled != pushed_back:
            reason = "throttled"
    asked = universe.groups_asked("quick", Version.TLS13.label)
    if reason:
        modern.unproven[AxisName.GROUPS] = reason
    elif modern.support == "accepted":
        modern.refused[AxisName.GROUPS] = flat(asked)
    else:
        modern.support, modern.reason = "refused", ""


def _accept(survey: Survey, answer: Answer) -> None:
    if answer.version is None:
        return
    entry = survey.version(answer.version)
    entry.support, entry.reason = "accepted", ""
    entry.see(answer)
    for name, value in (
        (AxisName.SUITES, answer.chosen_suite),
        (AxisName.GROUPS, chosen_group(answer)),
        (AxisName.SCHEMES, answer.scheme),
    ):
        known = entry.found.get(name, ())
        if value is not None and value not in known:
            entry.found[name] = (*known, value)


def _wide(terms: Terms) -> Offer:
    suites = flat(universe.cipher_suites_asked("quick", "TLS1.3")) + universe.cipher_suites_asked("quick", "TLS1.2")[0]
    schemes = certificate_schemes(Version.TLS13)
    return Offer(
        versions=_ALL_VERSIONS,
        cipher_suites=suites,
        groups=flat(universe.groups_asked("inventory", "TLS1.3")),
        schemes=schemes,
        certificate_schemes=schemes,
        grease_share=True,
        server_name=terms.server_name,
    )


def _post_quantum_only(terms: Terms) -> Offer:
    schemes = certificate_schemes(Version.TLS13)
    return Offer(
        versions=(Version.TLS13,),
        cipher_suites=flat(universe.cipher_suites_asked("quick", "TLS1.3")),
        groups=flat(universe.groups_asked("quick", "TLS1.3")),
        schemes=schemes,
        certificate_schemes=schemes,
        grease_share=True,
        server_name=terms.server_name,
    )
