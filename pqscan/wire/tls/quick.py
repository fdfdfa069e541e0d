"""The quick strategy: one to three connections, controls included, for a readiness verdict over many targets.

Where the current client gets a hybrid group, its own hello was all. Else one hello that offers nothing but post-quantum
and hybrid groups asks whether the server could, and a control of the same size stands behind a refusal. Where only that
hello is answered, the current client's is asked once more.
"""

from __future__ import annotations

from dataclasses import replace

from pqscan.registry import universe
from pqscan.registry.clients import Client
from pqscan.wire.tls.answer import Answer
from pqscan.wire.tls.client_hello import Offer
from pqscan.wire.tls.elimination import AxisName
from pqscan.wire.tls.inquiry import Ask, Inquirer, Inquiry, Throttled, reason_of
from pqscan.wire.tls.survey import Survey, greet_again
from pqscan.wire.tls.version_survey import (
    Terms,
    VersionSurvey,
    certificate_schemes,
    chosen_group,
    every_curve,
    flat,
    is_post_quantum,
)
from pqscan.wire.tls.words import Version

_ALL_VERSIONS = (Version.TLS13, Version.TLS12, Version.TLS11, Version.TLS10)


def quick(survey: Survey, client: Client, terms: Terms, inquirer: Inquirer) -> Inquiry[Survey]:
    """After stage 1. Never raises: what could not be settled stays unknown with its reason."""
    try:
        yield from _settle(survey, client, terms, inquirer)
    except Throttled:
        survey.trouble = "throttled"
    return survey


def _settle(survey: Survey, client: Client, terms: Terms, inquirer: Inquirer) -> Inquiry[None]:
    modern = survey.version(Version.TLS13)
    if survey.current is not None:
        _accept(survey, survey.current)
        if _has_post_quantum(modern):
            return
    answer = yield from inquirer.ask(Ask(_post_quantum_only(terms), most_hello_bytes=terms.most_hello_bytes))
    survey.last = answer
    if answer.said_yes and answer.version == Version.TLS13:
        _accept(survey, answer)
        if survey.current is None and "large_hello_intolerant" not in survey.behaviours:
            yield from greet_again(inquirer, survey, client)
            if survey.current is not None:
                _accept(survey, survey.current)
        return
    pushed_back = inquirer.throttled
    if survey.current is None:
        control = yield from inquirer.ask(Ask(_wide(terms), most_hello_bytes=terms.most_hello_bytes))
        survey.last = control
        if not control.said_yes:
            return
        _accept(survey, control)
        for newer in (version for version in _ALL_VERSIONS if control.version is not None and version > control.version):
            entry = survey.version(newer)  # Offered in that very hello, and an older one was chosen.
            if entry.support == "unknown":
                entry.support, entry.reason = "refused", ""
    elif not answer.said_yes:
        control = yield from inquirer.control(answer.hello_bytes, _control(inquirer, modern))
        if control.version == Version.TLS13:
            _accept(survey, control)
    if _has_post_quantum(modern):
        return  # What refused was not for the groups.
    reason = "" if answer.said_yes else reason_of(answer)
    if inquirer.throttled != pushed_back:
        reason = "throttled"
    if modern.support == "accepted":
        modern.refused[AxisName.GROUPS] = () if reason else flat(universe.groups_asked("quick", Version.TLS13.label))
        modern.unproven[AxisName.GROUPS] = reason
    else:
        modern.support, modern.reason = ("unknown", reason) if reason else ("refused", "")


def _has_post_quantum(modern: VersionSurvey) -> bool:
    return any(is_post_quantum(group) for group in modern.found.get(AxisName.GROUPS, ()))


def _control(inquirer: Inquirer, modern: VersionSurvey) -> Ask | None:
    """What was answered before, with the post-quantum groups listed first: a control that asks for them once more."""
    known = inquirer.control_offer
    if known is None or modern.support != "accepted":
        return None
    asked = flat(universe.groups_asked("quick", Version.TLS13.label))
    return Ask(replace(known, groups=(*asked, *(group for group in known.groups if group not in asked))))


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


def _curves() -> tuple[int, ...]:
    """Those of old versions too: a server's only certificate may stand on one (RFC 8422, section 5.1)."""
    return every_curve("inventory", Version.TLS12)


def _wide(terms: Terms) -> Offer:
    suites = flat(universe.cipher_suites_asked("quick", "TLS1.3")) + universe.cipher_suites_asked("quick", "TLS1.2")[0]
    schemes = certificate_schemes(Version.TLS13)
    return Offer(
        versions=_ALL_VERSIONS,
        cipher_suites=suites,
        groups=tuple(dict.fromkeys((*flat(universe.groups_asked("inventory", "TLS1.3")), *_curves()))),
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
