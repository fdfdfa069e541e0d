"""One target from the first hello to the last, without I/O: what a current client gets, then every version's inventory.

Stage 1 is the pinned client's own hello with real shares; where it fails, smaller and older hellos find out why, so that
silence to a large hello is never taken for a missing protocol. Then each version is enumerated, newest first, refusals last.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import lru_cache

from pqscan.registry import universe
from pqscan.registry.clients import Client
from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.client_hello import Offer
from pqscan.wire.tls.elimination import AxisName, Reply, Verdict
from pqscan.wire.tls.enumeration import ask_schemes_apart, enumerate_version
from pqscan.wire.tls.inquiry import Ask, Inquirer, Inquiry, Throttled, reason_of
from pqscan.wire.tls.lures import kinds_of_keys
from pqscan.wire.tls.version_survey import (
    Beside,
    Terms,
    VersionSurvey,
    certificate_schemes,
    chosen_group,
    flat,
    is_ephemeral_finite_field,
    is_post_quantum,
)
from pqscan.wire.tls.words import AlertDescription, Version

_SMALL_HELLO_BYTES = 1300  # Fits one segment with room for options; larger ones were seen to be dropped (P1).
_SMALL_CONTROL_BYTES = 600  # about what hellos without a large share take
_X25519 = 0x001D
_NO_WORD = (Ending.SILENCE, Ending.RESET, Ending.CLOSED)
_LABELS = {version.label: version for version in Version}
_CHOICES = frozenset({Ending.FLIGHT, Ending.HELLO, Ending.RETRY})  # RETRY: for a group that the client has, and we cannot compute
_MOST_REMEMBERED = 64  # hellos of clients: most targets are asked the same
_PERHAPS_FOR_ALPN = (AlertDescription.NO_APPLICATION_PROTOCOL, AlertDescription.INTERNAL_ERROR)  # Botan 3: the latter
OLD_VERSIONS = (Version.TLS11, Version.TLS10, Version.SSL3)
"""Below TLS 1.2, newest first."""


@dataclass(slots=True)
class Survey:
    """What one target showed. `current` is the pinned client's answer, None where that client gets no connection:
    `current_problem` then tells why ("alert_40", "reset", ...). `trouble` is set where the survey ended early."""

    depth: str
    client: str
    server_name: str | None
    behind_prelude: bool = False  # no web: clients offer no application protocol
    only_modern: bool = False  # over QUIC, which carries TLS 1.3 and nothing older (RFC 9001, section 4.2)
    old_versions: tuple[Version, ...] = OLD_VERSIONS  # that there are, newest first; of DTLS there is but one
    current: Answer | None = None
    current_problem: str = ""
    first: Answer | None = None  # the first answer that said anything at all
    last: Answer | None = None
    versions: dict[Version, VersionSurvey] = field(default_factory=dict)
    alpn: str | None = None
    behaviours: list[str] = field(default_factory=list)
    default_site: str = ""
    default_chain: tuple[bytes, ...] = ()
    named_chains: list[tuple[str, tuple[bytes, ...]]] = field(default_factory=list)
    other_names: list[str] = field(default_factory=list)  # answered with another certificate than the default site
    trouble: str = ""

    def note(self, behaviour: str) -> None:
        if behaviour not in self.behaviours:
            self.behaviours.append(behaviour)

    def version(self, version: Version) -> VersionSurvey:
        return self.versions.setdefault(version, VersionSurvey(version))

    @property
    def spoke(self) -> bool:
        """The peer spoke TLS to us: it chose something or sent an alert."""
        return self.first is not None


@lru_cache(maxsize=_MOST_REMEMBERED)
def client_offer(client: Client, server_name: str | None, *, behind_prelude: bool = False) -> Offer:
    """The hello of a client row, its lists in its order. `behind_prelude`: as programs send it that began in plain text, where no
    application protocol is offered, for it is known."""
    return Offer(
        versions=tuple(_LABELS[label] for label in client.versions),
        cipher_suites=client.cipher_suites,
        groups=client.groups,
        schemes=client.signature_schemes,
        server_name=server_name,
        alpn=() if behind_prelude else client.alpn or ("h2", "http/1.1"),
    )


def _current_offer(survey: Survey, client: Client) -> Offer:
    return client_offer(client, survey.server_name, behind_prelude=survey.behind_prelude)


def meet(inquirer: Inquirer, survey: Survey, client: Client) -> Inquiry[Terms | None]:
    """Stage 1 and its fallbacks. None where the peer never spoke TLS: `survey.last` tells how it ended."""
    offer = _current_offer(survey, client)
    answer = yield from _greet(inquirer, survey, Ask(offer, client.shares))
    if answer.alert in _PERHAPS_FOR_ALPN or (answer.said_yes and answer.ending is Ending.ALERT):
        answer = yield from _greet(inquirer, survey, Ask(replace(offer, alpn=()), client.shares))
    terms = Terms(survey.depth, survey.server_name, _no_curve)
    if answer.said_yes and answer.version not in offer.versions:
        survey.current_problem = "stopped"  # An old server's answer to a hello that is too new for it: the client ends it there.
        return terms
    if answer.said_yes and answer.ending in _CHOICES:
        survey.current, survey.alpn = answer, answer.alpn
        return terms
    survey.current_problem = f"alert_{answer.alert}" if answer.ending is Ending.ALERT else reason_of(answer) or "stopped"
    if answer.ending is Ending.WRONG_PROTOCOL:
        return None
    if answer.alert == AlertDescription.UNRECOGNIZED_NAME:
        return None  # Nothing but a name will do here, and we have none, or not the right one.
    if answer.ending is Ending.ALERT:
        return terms
    # No word, or none that makes sense: is it the size, is it TLS 1.3, is anybody there?
    small = replace(offer, alpn=())
    smaller = yield from _greet(inquirer, survey, Ask(small, (_X25519,), most_hello_bytes=_SMALL_HELLO_BYTES))
    if _spoke(smaller):
        again = yield from _greet(inquirer, survey, Ask(offer, client.shares))
        if again.said_yes and again.ending is Ending.FLIGHT:  # It was chance, not size.
            survey.current, survey.alpn, survey.current_problem = again, again.alpn, ""
            return terms
        if again.ending in _NO_WORD and answer.ending in _NO_WORD:
            survey.note("large_hello_intolerant")
            return replace(terms, most_hello_bytes=_SMALL_HELLO_BYTES)
        return terms
    if smaller.ending is Ending.WRONG_PROTOCOL or survey.only_modern:
        return None
    for version in (Version.TLS12, Version.TLS11)[survey.depth == "quick" :]:
        older = yield from _greet(inquirer, survey, Ask(_plain_offer(survey, version, survey.depth)))
        if _spoke(older):
            return terms
    return None


def _spoke(answer: Answer) -> bool:
    return answer.said_yes or answer.said_no


def _greet(
    inquirer: Inquirer, survey: Survey, ask: Ask, *, surely: bool = False, expected_alert: int | None = None
) -> Inquiry[Answer]:
    answer = yield from (inquirer.ask(ask, expected_alert=expected_alert) if surely else inquirer.once(ask))
    survey.last = answer
    if _spoke(answer) and survey.first is None:
        survey.first = answer
    for anomaly in answer.anomalies:
        survey.note(anomaly)
    return answer


def _plain_offer(survey: Survey, version: Version, depth: str, batch: int = 0, *, finite_fields: bool = True) -> Offer:
    """The common suites of one old version (or a later batch of the rest), every group, every scheme."""
    suites = universe.cipher_suites_asked(depth, version.label)[batch]
    return Offer(
        versions=(version,),
        cipher_suites=tuple(suite for suite in suites if finite_fields or not is_ephemeral_finite_field(suite)),
        groups=flat(universe.groups_asked(depth, version.label))[:100],
        schemes=certificate_schemes(Version.TLS12) if version >= Version.TLS12 else (),
        server_name=survey.server_name if version > Version.SSL3 else None,
    )


def _no_curve(_leaf: bytes) -> int | None:
    return None


def inventory(
    survey: Survey, client: Client, terms: Terms, inquirer: Inquirer, names: Callable[[Survey], tuple[str, ...]]
) -> Inquiry[Survey]:
    """Every version that the peer may speak, newest first. Never raises: throttling ends it with `trouble` set.

    `names` gives the host names in the certificates seen so far, which the same address is asked for too."""
    try:
        beside = _beside(survey, names)
        yield from _newer(survey, client, terms, inquirer, Version.TLS13, beside)
        if not survey.only_modern:
            yield from _older(survey, terms, inquirer)
            beside = beside or _beside(survey, names)
            yield from _newer(survey, client, terms, inquirer, Version.TLS12, beside)
        yield from _doubt_schemes(survey, terms, inquirer)
        yield from _sites(survey, client, inquirer, beside, names)
        yield from _prove_versions(survey, client, terms, inquirer)
        yield from _doubt_what_decides(survey, client, terms, inquirer)
        yield from _prove_versions(survey, client, terms, inquirer)
    except Throttled:
        survey.trouble = "throttled"
        for version in (Version.TLS13,) if survey.only_modern else (Version.TLS13, Version.TLS12, *survey.old_versions):
            entry = survey.version(version)
            if entry.support != "accepted":  # No control stands behind a refusal that nothing came after.
                entry.support, entry.reason = "unknown", "throttled"
    return survey


def _doubt_schemes(survey: Survey, terms: Terms, inquirer: Inquirer) -> Inquiry[None]:
    """What TLS 1.3 refused of signatures is asked once more where TLS 1.2 does not show the same keys."""
    modern, older = survey.version(Version.TLS13), survey.versions.get(Version.TLS12)
    if modern.support != "accepted" or terms.share_by_share:
        return
    seen = older.found.get(AxisName.SCHEMES, ()) if older is not None and older.support == "accepted" else ()
    if not seen or kinds_of_keys(seen) - kinds_of_keys(modern.found.get(AxisName.SCHEMES, ())):
        yield from ask_schemes_apart(inquirer, terms, modern)


def _doubt_what_decides(survey: Survey, client: Client, terms: Terms, inquirer: Inquirer) -> Inquiry[None]:
    """What no single alert may decide is asked once more behind a control: that the current client gets nothing, that TLS 1.3
    is refused beside that, that TLS 1.2 is, and, where nothing but post-quantum groups was accepted, that older ones are."""
    if inquirer.control_offer is None:
        return
    modern = survey.version(Version.TLS13)
    if survey.current is None and survey.current_problem != "stopped" and "large_hello_intolerant" not in survey.behaviours:
        yield from _control_refusals(inquirer)
        yield from greet_again(inquirer, survey, client)
        if modern.support == "refused" and (survey.current is None or survey.current.version == Version.TLS13):
            yield from _control_refusals(inquirer)
            survey.versions[Version.TLS13] = VersionSurvey(Version.TLS13)
            yield from _newer(survey, client, terms, inquirer, Version.TLS13)
            modern = survey.version(Version.TLS13)
    if modern.support != "accepted" or survey.only_modern or survey.version(Version.TLS12).support != "refused":
        return
    groups = modern.found.get(AxisName.GROUPS, ())
    only_resistant = bool(groups) and all(map(is_post_quantum, groups))
    yield from _control_refusals(inquirer)
    survey.versions[Version.TLS12] = VersionSurvey(Version.TLS12)
    # Nothing traditional in any version is a large word: with every suite that any source lists.
    wide = replace(terms, depth="exhaustive") if only_resistant else terms
    yield from _newer(survey, client, wide, inquirer, Version.TLS12)
    if only_resistant and all(survey.version(version).support == "refused" for version in (Version.TLS12, *survey.old_versions)):
        yield from _control_refusals(inquirer)
        yield from _older(survey, terms, inquirer, "exhaustive")


def _control_refusals(inquirer: Inquirer) -> Inquiry[None]:
    """A control, where the last answer was no success and so no control in itself."""
    if inquirer.refusals_in_a_row:
        yield from inquirer.control(_SMALL_CONTROL_BYTES)


def greet_again(inquirer: Inquirer, survey: Survey, client: Client) -> Inquiry[None]:
    """Stage 1 once more, where it got no connection and other hellos have since: it may have been chance."""
    answer = yield from _repeat_stage_1(inquirer, survey, client)
    if answer.said_yes and answer.ending in _CHOICES and answer.version in _current_offer(survey, client).versions:
        survey.current, survey.alpn, survey.current_problem = answer, answer.alpn, ""


def _repeat_stage_1(inquirer: Inquirer, survey: Survey, client: Client) -> Inquiry[Answer]:
    return (yield from _greet(inquirer, survey, Ask(_current_offer(survey, client), client.shares)))


def _newer(
    survey: Survey, client: Client, terms: Terms, inquirer: Inquirer, version: Version, beside: Beside | None = None
) -> Inquiry[None]:
    """TLS 1.3 or 1.2. A group that the current client got is known already and need not be asked for again."""
    current = survey.current if survey.current is not None and survey.current.version == version else None
    entry = survey.version(version)
    if version >= Version.TLS13 and inquirer.real_share is not None:
        terms = replace(terms, share_by_share=True)
    known: Reply | None = None
    if current is not None:
        entry.see(current)
        entry.support, entry.reason = "accepted", ""
        if version >= Version.TLS13:
            known = Reply(Verdict.CHOSEN, group=current.group)
    yield from enumerate_version(inquirer, terms, entry, known, beside)
    if current is not None and entry.support != "accepted":
        again = yield from _repeat_stage_1(inquirer, survey, client)
        wants_share = version >= Version.TLS13 and inquirer.real_share is not None
        if again.said_yes and again.version == version and not wants_share:  # Then that was chance, or it is always so.
            yield from enumerate_version(inquirer, terms, entry, known, beside)
    if current is not None and entry.support != "accepted":
        # The current client got through: does the peer take real shares only? Then one group at a time, each with its own (P3).
        if version >= Version.TLS13:
            inquirer.real_share = current.group
            yield from enumerate_version(inquirer, replace(terms, share_by_share=True), entry)
        if entry.support == "accepted":
            survey.note("needs_real_share")
        else:
            entry.support, entry.reason = "accepted", ""
            entry.unproven = dict.fromkeys(AxisName, "contradiction")
            for name, value in (
                (AxisName.SUITES, current.chosen_suite),
                (AxisName.GROUPS, chosen_group(current)),
                (AxisName.SCHEMES, current.scheme),
            ):
                entry.found[name] = () if value is None else (value,)


def _older(survey: Survey, terms: Terms, inquirer: Inquirer, depth: str = "") -> Inquiry[None]:
    """TLS 1.1, 1.0 and SSLv3 with one hello where all are refused: a server answers with the newest that it knows.

    `depth` another than the survey's: with the suites of that one."""
    depth = depth or survey.depth
    there_are = survey.old_versions
    asked = 0
    while asked < len(there_are):
        version = there_are[asked]
        stumbled = False
        for batch in range(len(universe.cipher_suites_asked(depth, version.label))):
            answer = yield from _greet(inquirer, survey, Ask(_plain_offer(survey, version, depth, batch)), surely=True)
            if batch == 0 and answer.alert == AlertDescription.INTERNAL_ERROR and not answer.said_yes:
                # It may have picked a suite over a finite field and have no parameters for it (GnuTLS): then others may do.
                others = Ask(_plain_offer(survey, version, depth, finite_fields=False))
                answer = yield from _greet(inquirer, survey, others, surely=True, expected_alert=answer.alert)
                stumbled = answer.alert != AlertDescription.INTERNAL_ERROR
            if not answer.said_no or answer.said_yes or answer.alert == AlertDescription.PROTOCOL_VERSION:
                break  # Only an alert that does not name the version may be about the suites.
        chosen = answer.version if answer.said_yes else None
        if chosen is not None and chosen in there_are[asked:]:
            for skipped in there_are[asked : there_are.index(chosen)]:
                survey.version(skipped).support, survey.version(skipped).reason = "refused", ""
            entry = survey.version(chosen)
            yield from enumerate_version(inquirer, terms, entry, None)
            asked = there_are.index(chosen) + 1
            continue
        reason = "" if _spoke(answer) else reason_of(answer)
        if stumbled:  # It has another word for no: this one was about those suites alone, and they may be served elsewhere.
            reason = f"alert_{AlertDescription.INTERNAL_ERROR}"
        for closed in there_are[asked:]:
            entry = survey.version(closed)
            entry.support, entry.reason = ("unknown", reason) if reason else ("refused", "")
        return


def _beside(survey: Survey, names: Callable[[Survey], tuple[str, ...]]) -> Beside | None:
    if survey.server_name is not None:
        return Beside(None)
    found = names(survey)
    return Beside(found[0]) if found else None


def _sites(
    survey: Survey,
    client: Client,
    inquirer: Inquirer,
    beside: Beside | None,
    names: Callable[[Survey], tuple[str, ...]],
) -> Inquiry[None]:
    """With a name given: what a hello without one gets. Without: which names in the certificates are other sites."""
    wanted: tuple[str | None, ...] = (None,) if survey.server_name is not None else names(survey)
    for name in wanted:
        if beside is not None and beside.answer is not None and beside.server_name == name:
            answer = beside.answer
        else:
            answer = yield from inquirer.ask_doubting(_site_ask(survey, client, inquirer, name))
        _keep_site(survey, name, answer)


def _site_ask(survey: Survey, client: Client, inquirer: Inquirer, name: str | None) -> Ask:
    """The current client's hello where it works here, else what was answered last, for another name."""
    offer = replace(client_offer(client, name), alpn=())
    if survey.current is not None and "large_hello_intolerant" not in survey.behaviours:
        return Ask(offer, client.shares)
    if inquirer.control_offer is None:
        return Ask(offer, (_X25519,), most_hello_bytes=_SMALL_HELLO_BYTES)
    return Ask(replace(inquirer.control_offer, server_name=name), most_hello_bytes=_SMALL_HELLO_BYTES)


def _keep_site(survey: Survey, name: str | None, answer: Answer) -> None:
    seen = [chain[0] for entry in survey.versions.values() for chain in entry.chains]
    same = bool(answer.certificates) and answer.certificates[0] in seen
    if name is None:
        survey.default_chain = answer.certificates
        if answer.certificates:
            survey.default_site = "same" if same else "other_certificate"
        elif answer.ending is Ending.ALERT:
            survey.default_site = f"alert_{answer.alert}"
    elif answer.certificates:
        survey.named_chains.append((name, answer.certificates))
        if not same:
            survey.other_names.append(name)


def _prove_versions(survey: Survey, client: Client, terms: Terms, inquirer: Inquirer) -> Inquiry[None]:
    """A last control stands behind refusals after which nothing succeeded; where it fails they are asked again."""
    for _ in range(3):
        if not inquirer.refusals_in_a_row or inquirer.control_offer is None:
            return
        pushed_back = inquirer.throttled
        yield from inquirer.control(_SMALL_CONTROL_BYTES)
        if inquirer.throttled == pushed_back:
            return
        if survey.only_modern:
            return
        if survey.version(Version.TLS12).support == "refused":
            survey.versions[Version.TLS12] = VersionSurvey(Version.TLS12)
            yield from _newer(survey, client, terms, inquirer, Version.TLS12)
        yield from _older(survey, terms, inquirer)
    raise Throttled
