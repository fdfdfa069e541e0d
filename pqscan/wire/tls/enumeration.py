"""Runs an elimination over one protocol version through an inquirer: questions become hellos, answers become replies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from pqscan.registry import universe
from pqscan.registry.finite_field import group_of_prime
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.tls import cipher_suite, named_group
from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.client_hello import Offer
from pqscan.wire.tls.elimination import AxisName, Elimination, Question, Reply, SuiteTraits, Verdict
from pqscan.wire.tls.inquiry import Ask, Inquirer, Inquiry, reason_of
from pqscan.wire.tls.order import Chosen, Found, fits, ranks
from pqscan.wire.tls.words import AlertDescription, Version

_SIGNING = frozenset({"RSA", "ECDSA", "DSS"})
_X25519 = 0x001D
_MOST_CONNECTIONS_FOR_ORDER = 29
_MOST_REFUSALS_IN_A_ROW = 3  # then a control, whatever is still to be asked


@dataclass(frozen=True, slots=True)
class Terms:
    """What stays the same over all hellos to one target.

    `leaf_curve` tells of a leaf certificate (DER) the named group of its elliptic-curve key, None for any other key.
    `most_hello_bytes`: second hellos larger than this are not sent. `share_by_share`: the peer wants a real share."""

    depth: str
    server_name: str | None
    leaf_curve: Callable[[bytes], int | None]
    most_hello_bytes: int | None = None
    share_by_share: bool = False


@dataclass(slots=True)
class Beside:
    """Another server name (None: none at all) to ask for at the same address. Where it shows the site's own certificate it
    is the same site, and one of the site's controls can carry the question at no cost. `answer` is None until asked."""

    server_name: str | None
    answer: Answer | None = None


@dataclass(slots=True)
class VersionSurvey:
    """Everything learned about one version. `support`: accepted, refused or unknown (then `reason` says why).

    `found` is in the order of discovery; `preferences` hold "server", "client" or "unknown" for suites and groups.
    `ranks` hold the places in the server's own order that are certain. `custom_primes` are bit lengths of finite-field
    parameters that are no registered group. `chains` are distinct."""

    version: Version
    support: str = "unknown"
    reason: str = "not_asked"
    found: dict[AxisName, tuple[int, ...]] = field(default_factory=dict)
    refused: dict[AxisName, tuple[int, ...]] = field(default_factory=dict)
    unproven: dict[AxisName, str] = field(default_factory=dict)
    preferences: dict[AxisName, str] = field(default_factory=dict)
    ranks: dict[AxisName, dict[int, int]] = field(default_factory=dict)
    confirmed_groups: set[int] = field(default_factory=set)
    custom_primes: set[int] = field(default_factory=set)
    explicit_curves: set[int] = field(default_factory=set)
    chains: list[tuple[bytes, ...]] = field(default_factory=list)
    client_certificate: bool | None = None
    group_selection: str = ""

    def see(self, answer: Answer) -> None:
        """Keep what every answer may bring along."""
        if answer.certificates and answer.certificates not in self.chains:
            self.chains.append(answer.certificates)
        if answer.client_certificate_requested is not None:
            self.client_certificate = bool(self.client_certificate) or answer.client_certificate_requested
        if answer.finished_verified and answer.group is not None:
            self.confirmed_groups.add(answer.group)
        if answer.explicit_curve_bits:
            self.explicit_curves.add(answer.explicit_curve_bits)
        if answer.prime_bits and group_of_prime(answer.prime_sha256 or b"") is None:
            self.custom_primes.add(answer.prime_bits)


def flat(batches: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    return tuple(value for batch in batches for value in batch)


def chosen_group(answer: Answer) -> int | None:
    """The group of an answer, in TLS 1.2 and older also by the prime of its finite-field parameters."""
    if answer.chosen_group is None and answer.prime_sha256 is not None:
        return group_of_prime(answer.prime_sha256)
    return answer.chosen_group


def enumerate_version(
    inquirer: Inquirer, terms: Terms, survey: VersionSurvey, known: Reply | None = None, beside: Beside | None = None
) -> Inquiry[VersionSurvey]:
    """Every suite, group and scheme of one version, each refusal held against a control. Raises Throttled.

    `survey` is filled as it goes, so that what was learned stands also where the peer throttles for good."""
    version = survey.version
    elimination = _elimination(terms, version, known)
    safe, refusals, refused_bytes = elimination.snapshot(), 0, 0
    last_open: frozenset[AxisName] = frozenset()
    doubted = False
    try:
        while True:
            question = elimination.next_question()
            if question is None and not refusals:
                if doubted or not _is_worth_a_doubt(survey, elimination):
                    break
                # That no post-quantum group is accepted weighs most: it is asked a second time, after the control.
                elimination.doubt(AxisName.GROUPS, is_post_quantum)
                doubted = True
                continue
            pushed_back = inquirer.throttled
            answer: Answer | None = None
            rare = question is not None and question.open_axes == {AxisName.SUITES} and last_open == question.open_axes
            if question is None or (refusals >= _MOST_REFUSALS_IN_A_ROW and not rare):
                control = yield from _control(inquirer, terms, survey, elimination, refused_bytes, beside)
                if inquirer.throttled == pushed_back:
                    refusals, safe = 0, elimination.snapshot()
                    _prefer(survey, elimination, control)
                    continue
            else:
                answer = yield from inquirer.ask(_ask(terms, version, question))
            if (inquirer.throttled != pushed_back and refusals) or answer is None or question is None:
                elimination, refusals = safe.snapshot(), 0  # The refusals were throttling: void.
                continue
            reply = _reply(answer, version)
            nothing_yet = not any(axis.found for axis in elimination.axes.values())
            if nothing_yet and reply.verdict is not Verdict.CHOSEN and _is_final(answer, terms, elimination, question):
                survey.support, survey.reason = ("unknown", reply.reason) if reply.reason else ("refused", "")
                return survey
            last_open = question.open_axes
            survey.see(answer)
            if reply.verdict in (Verdict.CHOSEN, Verdict.SIGNATURE_REFUSED):
                survey.support, survey.reason = "accepted", ""
            elimination.certificate_group = _certificate_group(terms, survey)
            elimination.take(question, reply)
            if reply.verdict is Verdict.CHOSEN:
                refusals, safe = 0, elimination.snapshot()
            else:
                refusals, refused_bytes = refusals + (0 if rare else 1), answer.hello_bytes
    finally:
        _keep(survey, elimination)
    if survey.support == "accepted":
        yield from _settle_preference(inquirer, terms, survey, elimination)
        _rank(terms, survey, elimination)
        yield from _settle_order(inquirer, terms, survey, elimination)
    return survey


def _settle_preference(inquirer: Inquirer, terms: Terms, survey: VersionSurvey, elimination: Elimination) -> Inquiry[None]:
    """One more hello where the controls so far could not tell whose order decides."""
    several = [name for name in (AxisName.SUITES, AxisName.GROUPS) if len(elimination.axes[name].found) > 1]
    for name in several:
        if name not in survey.preferences:
            answer = yield from inquirer.ask(_known_only(terms, survey.version, elimination, ()))
            _prefer(survey, elimination, answer)
        survey.preferences.setdefault(name, "unknown")


def _is_worth_a_doubt(survey: VersionSurvey, elimination: Elimination) -> bool:
    groups = elimination.axes[AxisName.GROUPS]
    if survey.version < Version.TLS13 or survey.support != "accepted" or groups.unproven:
        return False
    return not any(map(is_post_quantum, groups.found))


def _elimination(terms: Terms, version: Version, known: Reply | None) -> Elimination:
    suites = flat(universe.cipher_suites_asked(terms.depth, version.label))
    groups = flat(universe.groups_asked(terms.depth, version.label))
    schemes = flat(universe.signature_schemes_asked(terms.depth, version.label))
    traits: dict[int, SuiteTraits] | None = None
    if version < Version.TLS13:
        traits = {suite: suite_traits(suite) for suite in suites}
    last = tuple(suite for suite in suites if _is_chacha(suite))
    return Elimination(
        suites,
        groups,
        schemes,
        traits=traits,
        last_suites=last,
        most_groups=1 if terms.share_by_share else 100,
        known=known,
    )


def suite_traits(suite: int) -> SuiteTraits:
    row = cipher_suite(suite).row
    if row is None:
        return SuiteTraits(False, False, "")
    ephemeral = row.key_exchange in ("ECDHE", "DHE")
    return SuiteTraits(row.key_exchange == "ECDHE", ephemeral and row.authentication in _SIGNING, row.authentication)


def _is_chacha(suite: int) -> bool:
    row = cipher_suite(suite).row
    return row is not None and row.encryption == "CHACHA20"


def _ask(terms: Terms, version: Version, question: Question) -> Ask:
    modern = version >= Version.TLS13
    by_share = modern and terms.share_by_share
    offer = Offer(
        versions=(version,),
        cipher_suites=question.suites,
        groups=question.groups,
        schemes=question.schemes,
        certificate_schemes=certificate_schemes(terms.depth, version),
        grease_share=modern and not by_share,
        server_name=terms.server_name,
    )
    return Ask(offer, question.groups if by_share else (), most_hello_bytes=terms.most_hello_bytes)


def certificate_schemes(depth: str, version: Version) -> tuple[int, ...]:
    """All schemes of a version: signature_algorithms_cert never shrinks (RFC 9846, section 4.2.3)."""
    return flat(universe.signature_schemes_asked(depth, version.label))[:100]


def _reply(answer: Answer, version: Version) -> Reply:
    """What an answer means for elimination. A choice of another version than the one asked for is a refusal of it."""
    if answer.said_yes and answer.version == version:
        group = chosen_group(answer)
        if answer.ending is Ending.ALERT and answer.retry_suite is not None and answer.cipher_suite is None:
            return Reply(Verdict.SIGNATURE_REFUSED, answer.retry_suite, group)
        return Reply(Verdict.CHOSEN, answer.chosen_suite, group, answer.scheme)
    if answer.said_yes or answer.ending is Ending.ALERT:
        return Reply(Verdict.REFUSED)
    return Reply(Verdict.UNSURE, reason=reason_of(answer))


def _is_final(answer: Answer, terms: Terms, elimination: Elimination, question: Question) -> bool:
    """Nothing was ever accepted: does that close the version, or is there something left that was not offered yet?"""
    if answer.said_yes or answer.alert == AlertDescription.PROTOCOL_VERSION:
        return True
    if terms.share_by_share:
        return len(elimination.axes[AxisName.GROUPS].left) <= len(question.groups)
    return len(elimination.axes[AxisName.SUITES].left) <= len(question.suites)


def _certificate_group(terms: Terms, survey: VersionSurvey) -> int | None:
    curves = [terms.leaf_curve(chain[0]) for chain in survey.chains]
    if not curves or any(curve is None for curve in curves):
        return None
    return curves[0]


def _control(
    inquirer: Inquirer,
    terms: Terms,
    survey: VersionSurvey,
    elimination: Elimination,
    size_bytes: int,
    beside: Beside | None = None,
) -> Inquiry[Answer]:
    """A control that also tells whose order decides: everything known, last discovered first, with an X25519 share.

    Where another name is to be asked for, the control does so; it only counts where the site's own certificate comes."""
    if survey.support != "accepted" or not elimination.axes[AxisName.SUITES].found:
        answer = yield from inquirer.control(size_bytes)
        return answer
    groups = _reversed(elimination, AxisName.GROUPS)
    tells_more = _X25519 in groups and any(map(is_post_quantum, groups)) and not survey.group_selection
    ask = _known_only(terms, survey.version, elimination, (_X25519,) if tells_more else ())
    if beside is not None and beside.answer is None:
        named = replace(ask.offer, server_name=beside.server_name, size_bytes=max(0, size_bytes - 5))
        beside.answer = yield from inquirer.ask(Ask(named, ask.real_shares, most_hello_bytes=terms.most_hello_bytes))
        if beside.answer.certificates and beside.answer.certificates[0] in {chain[0] for chain in survey.chains}:
            return beside.answer
    answer = yield from inquirer.control(size_bytes, ask)
    return answer


def _known_only(terms: Terms, version: Version, elimination: Elimination, share: tuple[int, ...]) -> Ask:
    modern = version >= Version.TLS13
    schemes = certificate_schemes(terms.depth, version)
    groups = _reversed(elimination, AxisName.GROUPS)
    if not modern:  # An EC certificate needs its own curve listed (RFC 8422, section 5.1), whatever was found.
        everything = flat(universe.groups_asked(terms.depth, version.label))
        groups += tuple(group for group in everything if group not in groups)
    offer = Offer(
        versions=(version,),
        cipher_suites=_reversed(elimination, AxisName.SUITES),
        groups=groups[:100],
        schemes=schemes,
        certificate_schemes=schemes,
        grease_share=modern and not share,
        server_name=terms.server_name,
    )
    return Ask(offer, share if modern else ())


def _reversed(elimination: Elimination, name: AxisName) -> tuple[int, ...]:
    """What was found, last first; ChaCha20 stays last where that leaves anything to reverse."""
    found = elimination.axes[name].found[::-1]
    if name is AxisName.SUITES and len(found) > 2:
        found.sort(key=_is_chacha)
    return tuple(found)


def _prefer(survey: VersionSurvey, elimination: Elimination, control: Answer) -> None:
    """Read from a control whose order decided: a choice between the first listed and the first discovered says it."""
    if survey.support != "accepted" or control.version != survey.version or not control.said_yes:
        return
    for name, chosen in ((AxisName.SUITES, control.chosen_suite), (AxisName.GROUPS, chosen_group(control))):
        listed = _reversed(elimination, name)
        if len(listed) < 2 or chosen not in listed:
            continue
        if name is AxisName.GROUPS and survey.version >= Version.TLS13 and not survey.group_selection:
            survey.group_selection = _group_selection(control, listed)
        if name is AxisName.GROUPS and survey.version >= Version.TLS13 and control.retry_group is None:
            continue  # It took our share: that says nothing about its order.
        if chosen == elimination.axes[name].found[0]:
            survey.preferences[name] = "server"
        else:
            survey.preferences[name] = "client" if chosen == listed[0] else "unknown"


def _group_selection(control: Answer, listed: tuple[int, ...]) -> str:
    """What a server makes of an X25519 share beside a listed post-quantum group; empty where it was not asked that."""
    if _X25519 not in listed or not any(is_post_quantum(group) for group in listed):
        return ""
    if control.retry_group is None:
        return "takes_offered_share" if control.group == _X25519 else ""
    return "hello_retry_upgrade" if is_post_quantum(control.retry_group) else ""


def is_post_quantum(group: int) -> bool:
    row = named_group(group).row
    return row is not None and row.quantum_class in (QuantumClass.PQT_HYBRID, QuantumClass.POST_QUANTUM)


def _keep(survey: VersionSurvey, elimination: Elimination) -> None:
    accepted = survey.support == "accepted"
    for name, axis in elimination.axes.items():
        survey.found[name] = tuple(axis.found)
        survey.refused[name] = elimination.refused(name) if accepted else ()
        unfinished = "out_of_time" if accepted and elimination.is_open(name) else ""
        survey.unproven[name] = axis.unproven or unfinished


def _rank(terms: Terms, survey: VersionSurvey, elimination: Elimination, settled: Sequence[Chosen] = ()) -> None:
    """The server's own order, where it has one: from every choice and what was passed over."""
    groups = elimination.axes[AxisName.GROUPS].found
    curves = tuple(group for group in groups if not is_finite_field(group))
    found = Found(
        curves,
        tuple(group for group in groups if group not in curves),
        bool(survey.custom_primes),
        tuple(elimination.axes[AxisName.SCHEMES].found),
        next((curve for chain in survey.chains if (curve := terms.leaf_curve(chain[0])) is not None), None),
    )
    modern = survey.version >= Version.TLS13
    suite_choices: list[Chosen] = list(settled)
    group_choices: list[Chosen] = []
    for question, reply in elimination.history:
        if reply.suite is not None:
            possible = (suite for suite in question.suites if modern or fits(suite, found, question.groups, question.schemes))
            suite_choices.append((reply.suite, tuple(possible)))
        if reply.group is not None:
            group_choices.append((reply.group, question.groups))
    ranked_groups = tuple(groups) if modern else curves
    for name, values, choices in (
        (AxisName.SUITES, tuple(elimination.axes[AxisName.SUITES].found), suite_choices),
        (AxisName.GROUPS, ranked_groups, group_choices),
    ):
        if len(values) == 1 or survey.preferences.get(name) == "server":
            survey.ranks[name] = ranks(values, choices)


def _settle_order(inquirer: Inquirer, terms: Terms, survey: VersionSurvey, elimination: Elimination) -> Inquiry[None]:
    """Ask for the suites whose place is open among themselves; an inventory does so while few connections were needed."""
    most = _MOST_CONNECTIONS_FOR_ORDER if terms.depth == "inventory" else 10 * _MOST_CONNECTIONS_FOR_ORDER
    settled: list[Chosen] = []
    while survey.preferences.get(AxisName.SUITES) == "server" and inquirer.asked < most:
        placed = survey.ranks.get(AxisName.SUITES, {})
        open_suites = tuple(suite for suite in _reversed(elimination, AxisName.SUITES) if suite not in placed)
        beaten = {suite for suite, _ in settled}
        contest = tuple(suite for suite in open_suites if suite not in beaten)
        if len(contest) < 2:
            return
        ask = _known_only(terms, survey.version, elimination, ())
        answer = yield from inquirer.ask(replace(ask, offer=replace(ask.offer, cipher_suites=contest), follow_retry=False))
        if answer.chosen_suite not in contest or answer.version != survey.version:
            return
        settled.append((answer.chosen_suite, contest))
        _rank(terms, survey, elimination, settled)


def is_finite_field(group: int) -> bool:
    row = named_group(group).row
    return row is not None and row.kind == "ffdh"
