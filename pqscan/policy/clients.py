"""What a client would get from a server, told from stored facts without a packet: version, suite, group.

The pinned client's row is what was seen, unless that client is known to stop there. For any other the negotiation is
thought through (RFC 5246 section 7.4.1, RFC 9846 section 4.1.1): the newest common version, then suites, signature schemes
and groups. Where the facts leave several ends open, the outcome is what they have in common, else unknown.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pqscan.model.observation import Preference, Profile, Subject, Support
from pqscan.model.reason import Reason
from pqscan.policy.answers import QUANTUM_RESISTANT, REST, VERSIONS, Answers, code_point_value, group_class, reason_code, suite_row
from pqscan.policy.client_limits import ends, open_suites, seen_ends
from pqscan.registry import tls
from pqscan.registry.clients import Client, current_client
from pqscan.registry.clients import clients as known_clients
from pqscan.registry.quantum import QuantumClass

POST_QUANTUM, CLASSICAL, FAILS, UNKNOWN = "post_quantum", "classical", "fails", "unknown"
_EPHEMERAL = {"ECDHE": False, "DHE": True}  # whether the key exchange runs over a finite field


@dataclass(frozen=True, slots=True)
class ClientOutcome:
    """`outcome` is "post_quantum", "classical", "fails" or "unknown"; the rest where it can be told. Values as observed."""

    client: str
    outcome: str
    version: str | None = None
    suite: str | None = None
    group: str | None = None
    reason: Reason | None = None


def view(profile: Profile, client: Client, *, pinned: str | None = None) -> ClientOutcome:
    """What the client gets. `pinned` names the client that the probe played; where it is not given, the profile's `asked`
    tells it, else it is the current one."""
    return views(profile, (client,), pinned=pinned)[0]


def pinned_client(profile: Profile) -> str:
    """The name of the client that the probe played: the last word of `asked`, where it names one."""
    last = profile.asked.rpartition("/")[2]
    return last if any(each.name == last for each in known_clients()) else current_client().name


def views(profile: Profile, clients: Iterable[Client], *, pinned: str | None = None) -> tuple[ClientOutcome, ...]:
    """One row a client, in their order."""
    answers = Answers(profile)  # Read once for all of them.
    if answers.contradiction() is not None or not answers.accepted_versions:
        return tuple(ClientOutcome(client.name, UNKNOWN, reason=Reason.of("client_facts_missing")) for client in clients)
    played = pinned or pinned_client(profile)
    return tuple(_seen(answers, client) if client.name == played else foresee(answers, client) for client in clients)


def _seen(answers: Answers, client: Client) -> ClientOutcome:
    version, group = answers.selected_version, answers.selected_group
    if version is not None:
        found = seen_ends(answers, client, version)
        stop = next(iter(found - {None}), None)
        if stop is not None and None not in found:
            return ClientOutcome(client.name, FAILS, version, answers.selected_suite, group, stop)
        resistant = group is not None and group_class(group, version) in QUANTUM_RESISTANT
        unlisted = group is not None and group_class(group, version) is QuantumClass.UNKNOWN
        outcome = POST_QUANTUM if resistant else UNKNOWN if unlisted else CLASSICAL
        return ClientOutcome(client.name, outcome, version, answers.selected_suite, group, Reason.of("client_seen"))
    if answers.client_failure is not None:
        return ClientOutcome(
            client.name, FAILS, reason=Reason.of("current_client_fails", reason=reason_code(answers.client_failure))
        )
    return ClientOutcome(client.name, UNKNOWN, reason=Reason.of("client_facts_missing"))


def foresee(answers: Answers, client: Client) -> ClientOutcome:
    """The outcome by thought alone, whichever client it is."""
    intolerant = any(o.value == "large_hello_intolerant" for o in answers.profile.observations if o.subject is Subject.BEHAVIOUR)
    if intolerant and any(group_class(_text(value), "TLS1.3") in QUANTUM_RESISTANT for value in client.shares):
        return ClientOutcome(client.name, FAILS, reason=Reason.of("large_hello_intolerant"))
    for version in sorted(client.versions, key=VERSIONS.index, reverse=True):
        support = answers.version(version)
        if support is Support.ACCEPTED:
            return _in_version(answers, client, version)
        if support is not Support.REFUSED:
            return ClientOutcome(client.name, UNKNOWN, reason=Reason.of("client_version_open", version=version))
    return ClientOutcome(client.name, FAILS, reason=Reason.of("client_no_common_version"))


def _in_version(answers: Answers, client: Client, version: str) -> ClientOutcome:
    if answers.profile.depth == "quick" or answers.profile.is_imported:
        return ClientOutcome(client.name, UNKNOWN, version, reason=Reason.of("client_facts_missing"))
    schemes = _common(answers, Subject.SIGNATURE_SCHEME, version, client.signature_schemes)
    signs = version not in ("TLS1.2", "TLS1.3") or bool(schemes.accepted)
    if version == "TLS1.3":
        suites = _common(answers, Subject.CIPHER_SUITE, version, client.cipher_suites)
        for axis, code in ((suites, "client_no_common_suite"), (schemes, "client_no_common_scheme")):
            if not axis.accepted:
                outcome, reason = (UNKNOWN, "client_facts_missing") if axis.open else (FAILS, code)
                return ClientOutcome(client.name, outcome, version, reason=Reason.of(reason))
        suite = _one(_preferred(answers, Subject.CIPHER_SUITE, version, suites.accepted))
        return _with_group(answers, client, suite)
    return _before_tls13(answers, client, version, signs, bool(schemes.open))


@dataclass(frozen=True, slots=True)
class _Axis:
    """What client and server share on one axis, in the client's order; `open` are the client's values that nobody settled."""

    accepted: tuple[str, ...]
    open: tuple[str, ...]


def _common(answers: Answers, subject: Subject, version: str, values: Sequence[int]) -> _Axis:
    accepted = {o.value for o in answers.accepted(subject, version)}
    settled = set(answers.refused(subject, version))
    mine = [_text(value) for value in values]
    unknown = {o.value for o in answers.of(subject, version) if o.support is Support.UNKNOWN}
    if subject is Subject.CIPHER_SUITE and REST not in unknown:
        settled.update(set(mine) - unknown)  # What is not listed was refused. The other subjects say so one by one.
    if subject is Subject.SIGNATURE_SCHEME:
        settled.update(_text(value) for value in values if not _scheme_is_of(value, version))
    if subject is Subject.NAMED_GROUP:
        settled.update(_text(value) for value in values if not _group_is_of(value, version))
    return _Axis(
        tuple(value for value in mine if value in accepted),
        tuple(value for value in mine if value not in accepted and value not in settled),
    )


def _scheme_is_of(value: int, version: str) -> bool:
    """Whether a scheme may sign a handshake of this version; clients list those of older versions in the same list."""
    return any(version in row.versions for row in tls.signature_scheme(value).rows)


def _group_is_of(value: int, version: str) -> bool:
    """Whether a group may be taken in this version: hybrids stand in the same list, for TLS 1.3 alone."""
    return any(VERSIONS.index(row.minimum_version) <= VERSIONS.index(version) for row in tls.named_group(value).rows)


def _preferred(answers: Answers, subject: Subject, version: str, candidates: Sequence[str]) -> tuple[str, ...]:
    """Those of the candidates (in the client's order) that the server may take: one, where whose order decides is known."""
    key = f"{version} named_group" if subject is Subject.NAMED_GROUP else version
    decides = dict(answers.profile.preference).get(key, Preference.UNKNOWN)
    if decides is Preference.CLIENT or len(candidates) < 2:
        return tuple(candidates[:1])
    ranks = {o.value: o.rank for o in answers.accepted(subject, version) if o.rank is not None}
    if decides is Preference.SERVER and all(value in ranks for value in candidates):
        return (min(candidates, key=lambda value: ranks[value]),)
    return tuple(candidates)


def _with_group(answers: Answers, client: Client, suite: str | None) -> ClientOutcome:
    """TLS 1.3: the group, with real shares and HelloRetryRequest weighed as the server was seen to."""
    version = "TLS1.3"
    axis = _common(answers, Subject.NAMED_GROUP, version, client.groups)
    if not axis.accepted:
        if axis.open:
            return ClientOutcome(client.name, UNKNOWN, version, suite, reason=Reason.of("client_facts_missing"))
        return ClientOutcome(client.name, FAILS, version, reason=Reason.of("client_no_common_group"))
    sent = [value for value in axis.accepted if value in {_text(share) for share in client.shares}]
    by_list = _preferred(answers, Subject.NAMED_GROUP, version, axis.accepted)
    by_share = _preferred(answers, Subject.NAMED_GROUP, version, sent)
    selection = next((o.value for o in answers.accepted(Subject.GROUP_SELECTION, version)), None)
    upgraded = bool(by_list) and all(group_class(value, version) in QUANTUM_RESISTANT for value in by_list)
    if selection == "takes_offered_share" and by_share:
        ends = set(by_share)
    elif not by_share or (selection == "hello_retry_upgrade" and upgraded):
        ends = set(by_list)
    else:
        ends = {*by_list, *by_share}
    ends |= set(axis.open)
    classes = {group_class(value, version) for value in ends}
    group = next(iter(ends)) if len(ends) == 1 else None
    if classes <= QUANTUM_RESISTANT:
        return ClientOutcome(client.name, POST_QUANTUM, version, suite, group, Reason.of("client_foreseen"))
    if classes == {QuantumClass.TRADITIONAL}:
        return ClientOutcome(client.name, CLASSICAL, version, suite, group, Reason.of("client_foreseen"))
    return ClientOutcome(client.name, UNKNOWN, version, suite, reason=Reason.of("client_preference_open"))


def _before_tls13(answers: Answers, client: Client, version: str, signs: bool, signing_open: bool) -> ClientOutcome:
    """TLS 1.2 and below: key establishment is traditional whatever is taken; what is left is whether anything is, and whether
    the client goes on with it."""
    groups = _common(answers, Subject.NAMED_GROUP, version, client.groups)
    suites = _common(answers, Subject.CIPHER_SUITE, version, client.cipher_suites)
    usable, doubtful = [], bool(suites.open)
    for value in suites.accepted:
        row = suite_row(value)
        finite = None if row is None else _EPHEMERAL.get(row.key_exchange)
        if finite is None:
            usable.append(value)
            continue
        if not signs:
            doubtful = doubtful or signing_open
            continue
        if finite or any(not _is_finite_field(group) for group in groups.accepted):
            usable.append(value)  # Own finite-field parameters need no group that the client lists (RFC 5246).
        elif any(not _is_finite_field(group) for group in groups.open):
            doubtful = True
    if usable:
        unsettled = open_suites(answers, version)
        possible = [value for value in map(_text, client.cipher_suites) if value in usable or value in unsettled]
        taken = _preferred(answers, Subject.CIPHER_SUITE, version, possible)
        return _as_it_ends(answers, client, version, taken, groups)
    if doubtful:
        return ClientOutcome(client.name, UNKNOWN, version, reason=Reason.of("client_facts_missing"))
    return ClientOutcome(client.name, FAILS, version, reason=Reason.of("client_no_common_suite"))


def _as_it_ends(answers: Answers, client: Client, version: str, taken: Sequence[str], groups: _Axis) -> ClientOutcome:
    """The server takes one of these suites; the client goes on with it, or stops."""
    suite = _one(taken)
    found = frozenset[Reason | None]().union(*(ends(answers, client, version, value) for value in taken))
    stops = sorted((reason for reason in found if reason is not None), key=lambda reason: (reason.code, reason.parameters))
    if not stops:
        group = _group_of(answers, version, suite, groups)
        return ClientOutcome(client.name, CLASSICAL, version, suite, group, Reason.of("client_foreseen"))
    if None not in found:
        return ClientOutcome(client.name, FAILS, version, suite, reason=stops[0])
    code = "client_facts_missing" if suite is not None else "client_suite_order_open"
    return ClientOutcome(client.name, UNKNOWN, version, suite, reason=Reason.of(code))


def _group_of(answers: Answers, version: str, suite: str | None, groups: _Axis) -> str | None:
    """The curve of an ECDHE suite where it can be told; finite-field parameters are the server's own."""
    row = None if suite is None else suite_row(suite)
    if row is None or row.key_exchange != "ECDHE" or groups.open:
        return None
    curves = [value for value in groups.accepted if not _is_finite_field(value)]
    return _one(_preferred(answers, Subject.NAMED_GROUP, version, curves))


def _is_finite_field(value: str) -> bool:
    number = code_point_value(value)
    row = None if number is None else tls.named_group(number).row
    return value.startswith("dh:") or (row is not None and row.kind == "ffdh")


def _one(values: Sequence[str]) -> str | None:
    return values[0] if len(values) == 1 else None


def _text(value: int) -> str:
    return f"0x{value:04x}"
