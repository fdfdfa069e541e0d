"""What the HTML page shows, as plain rows in the reader's language: made from a tally, printed by the template."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

from markupsafe import Markup, escape

from pqscan.locale import Translator
from pqscan.model.certificate import Certificate
from pqscan.model.inventory import Proven, Run
from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.outcome import OutcomeStatus
from pqscan.policy.advice import certificate_advice
from pqscan.policy.finding import Verdict
from pqscan.policy.rule import PolicyStatus, RuleState
from pqscan.policy.state import State
from pqscan.registry.clients import clients
from pqscan.registry.quantum import QuantumClass
from pqscan.report import AdviceLine, AssessedInventory
from pqscan_reports.escape import visible
from pqscan_reports.folders import Folder
from pqscan_reports.html.svg import Segment, share_bar, stacked_bar
from pqscan_reports.naming import key_text, observation_text, origin_text, target_text
from pqscan_reports.tally import SHOWN_ORDER, FindingIndex, Group, Tally

_VERSION = re.compile(r"[0-9(,]")
_CODE = re.compile(r"`([^`]+)`")
MOST_ROWS = 60  # of any table but the details; what is folded is counted and said
_OF_IKE = (Subject.IKE_KEY_EXCHANGE, Subject.IKE_ADDITIONAL_KEY_EXCHANGE)
CLIENT_OUTCOMES = ("post_quantum", "classical", "fails", "unknown")


@dataclass(frozen=True, slots=True)
class Chip:
    """A coloured word: its text and the CSS class that colours it."""

    text: str
    css: str


@dataclass(frozen=True, slots=True)
class BarRow:
    """A name, a stacked bar, and its segments for those who do not see it."""

    name: str
    note: str
    bar: Markup
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class GroupRow:
    """Targets that answer alike and stand alike; `status` is empty where they answered in full, `folder` for what is no file."""

    count: int
    status: str
    examples: tuple[str, ...]
    key_establishment: Chip
    authentication: Chip
    overdue: bool
    weak: bool
    sentences: tuple[str, ...]
    advice: tuple[AdviceLine, ...]
    folder: str = ""


@dataclass(frozen=True, slots=True)
class FolderRow:
    """The files of one folder."""

    name: str
    files: int
    bar: Markup
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class AlgorithmRow:
    """One algorithm and size, with how many certificates and targets use it."""

    name: str
    size: str
    quantum: Chip
    certificates: int
    targets: int
    selected: int
    bar: Markup
    proven: int = 0


@dataclass(frozen=True, slots=True)
class OutliveRow:
    """A certificate still valid after the date that a policy names for its algorithm; `what` holds from then on."""

    subject: str
    key: str
    not_after: date
    policy: str
    due: date
    what: str
    years: str
    targets: int
    upstream: bool


@dataclass(frozen=True, slots=True)
class ContradictionRow:
    name: str
    subject: str
    verdicts: tuple[tuple[str, Chip], ...]
    sentence: str


def client_text(runs: Iterable[Run], say: Translator) -> str:
    """The client that the newest run played: `OpenSSL 3.5.9, 29 September 2026`; its name in the store where the registry does
    not have it any more."""
    name = next((run.client for run in sorted(runs, key=lambda run: (run.started_at, run.id), reverse=True) if run.client), "")
    row = next((each for each in clients() if each.name == name), None)
    if row is None:
        return visible(name) or "–"
    product = _VERSION.split(row.title, maxsplit=1)[0].strip()
    return f"{product} {row.version}, {say.date(row.released)}"


def state_chip(state: State, say: Translator, family: str = "key_establishment") -> Chip:
    return Chip(say.state(family, state.value), f"chip-{state.value}")


def verdict_chip(verdict: Verdict, say: Translator) -> Chip:
    return Chip(say.label("verdict", verdict.value), f"chip-v-{verdict.value}")


def quantum_chip(quantum: QuantumClass, say: Translator) -> Chip:
    return Chip(say.label("quantum_class", quantum.value), f"chip-q-{quantum.value}")


def state_segments(counts: Mapping[State, int], say: Translator, family: str) -> tuple[Segment, ...]:
    """The states in their fixed order, those that do not occur left out."""
    return tuple(
        Segment(say.state(family, state.value), counts[state], say.number(counts[state]), f"seg-{state.value}")
        for state in SHOWN_ORDER
        if counts.get(state)
    )


def group_rows(groups: Iterable[Group], inventory: AssessedInventory, say: Translator) -> tuple[GroupRow, ...]:
    rows: list[GroupRow] = []
    for group in groups:
        replace_it = certificate_advice(group.key_establishment, group.authentication)
        reasons = (*group.reasons(2), *((replace_it,) if replace_it else ()))
        advice = inventory.advice.get(group.profile, ()) if group.profile is not None else ()
        rows.append(
            GroupRow(
                group.count,
                "" if group.status is OutcomeStatus.COMPLETED else say.label("outcome_status", group.status.value),
                tuple(visible(target_text(target)) for target in group.examples),
                state_chip(group.key_establishment.state, say),
                state_chip(group.authentication.state, say, "authentication"),
                group.overdue,
                group.weak,
                tuple(dict.fromkeys(visible(say.render(reason)) for reason in reasons)),
                tuple(advice),
                visible(group.folder),
            )
        )
    return tuple(rows)


def folder_rows(folders: Iterable[Folder], say: Translator) -> tuple[FolderRow, ...]:
    rows = []
    for folder in folders:
        segments = state_segments(folder.states, say, "authentication")
        bar = stacked_bar(segments, width=480, height=22, name=visible(folder.name))
        rows.append(FolderRow(visible(folder.name), folder.files, bar, segments))
    return tuple(rows)


def advice_rows(groups: Iterable[Group], inventory: AssessedInventory) -> tuple[tuple[AdviceLine, int], ...]:
    """Every product's lines once, with the number of targets that they would change, in the order of the advice."""
    counts: dict[AdviceLine, int] = {}
    for group in groups:
        for line in inventory.advice.get(group.profile, ()) if group.profile is not None else ():
            counts[line] = counts.get(line, 0) + group.count
    return tuple(sorted(counts.items(), key=lambda item: (item[0].product, item[0].lines)))


def with_code(text: str) -> Markup:
    """Escaped text in which what stands between backticks is set as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped in the same line


def key_rows(inventory: AssessedInventory, counted: Tally, say: Translator) -> tuple[AlgorithmRow, ...]:
    """Certificate keys by algorithm and size: distinct certificates, and targets whose chains hold one or more."""
    rows: dict[bytes, tuple[str, str, QuantumClass]] = {}
    for digest in counted.certificate_targets:
        certificate = inventory.certificates.get(digest)
        if certificate is None:
            continue
        key = certificate.public_key
        size = key.parameter or ("" if key.size_bits is None else str(key.size_bits))
        rows[digest] = (visible(say.algorithm(key.algorithm)), "" if size == key.algorithm else visible(size), key.quantum_class)
    certificates = Counter(rows.values())
    targets: Counter[tuple[str, str, QuantumClass]] = Counter()
    for together, uses in counted.served.items():
        for row in {rows[digest] for digest in together if digest in rows}:
            targets[row] += uses
    most = max(certificates.values(), default=0)
    return tuple(
        AlgorithmRow(
            name,
            size,
            quantum_chip(quantum, say),
            certificates[name, size, quantum],
            targets[name, size, quantum],
            0,
            share_bar(certificates[name, size, quantum], most, f"seg-q-{quantum.value}"),
        )
        for name, size, quantum in sorted(certificates, key=lambda row: (row[0], len(row[1]), row[1]))
    )


def group_method_rows(inventory: AssessedInventory, counted: Tally, say: Translator) -> tuple[AlgorithmRow, ...]:
    """Key-agreement groups: targets that accept one in any version, targets whose current client gets it, and targets with which a
    handshake in it was carried through."""
    accepted: Counter[tuple[str, QuantumClass]] = Counter()
    chosen: Counter[tuple[str, QuantumClass]] = Counter()
    for digest, uses in counted.profile_targets.items():
        profile = inventory.profiles.get(digest)
        if profile is None:
            continue
        here = {
            (counter, visible(observation_text(observation)), observation.quantum_class)
            for observation in profile.observations
            if observation.support.shows_use
            for counter in _counters(observation)
        }
        for counter, name, quantum in here:
            (accepted if counter == "accepted" else chosen)[name, quantum] += uses
    proven = {(visible(name), quantum): count for (name, quantum), count in counted.proven.items()}
    names = sorted(accepted.keys() | chosen.keys() | proven.keys(), key=lambda row: (-accepted[row], -chosen[row], row[0]))
    return tuple(
        AlgorithmRow(
            name,
            "",
            quantum_chip(quantum, say),
            0,
            accepted[name, quantum],
            chosen[name, quantum],
            share_bar(accepted[name, quantum], counted.targets, f"seg-q-{quantum.value}"),
            proven.get((name, quantum), 0),
        )
        for name, quantum in names
    )


def _counters(observation: Observation) -> tuple[str, ...]:
    """As what a method counts: `accepted`, `chosen` for the current client. Of IKE one observation says both."""
    if observation.subject in _OF_IKE:
        return ("accepted", "chosen") if observation.support is Support.SELECTED else ("accepted",)
    if observation.subject in (Subject.NAMED_GROUP, Subject.KEX_METHOD):
        return ("accepted",)
    return ("chosen",) if observation.subject in (Subject.SELECTED_GROUP, Subject.SELECTED_KEX_METHOD) else ()


def outlive_rows(inventory: AssessedInventory, counted: Tally, index: FindingIndex, say: Translator) -> tuple[OutliveRow, ...]:
    """One row a certificate and policy: the earliest date of the policy that the certificate outlives. A gate for acquisitions
    is left out: it ends nothing that is in use."""
    states = {(policy.id, rule.id): rule.state for policy in inventory.policies for rule in policy.rules}
    rows: dict[tuple[bytes, str], OutliveRow] = {}
    for digest, uses in counted.certificate_targets.items():
        certificate = inventory.certificates.get(digest)
        if certificate is None or certificate.not_after is None:
            continue
        until = certificate.not_after.date()
        for finding in index.certificates.get(digest, ()):
            state = states.get((finding.policy, finding.rule))
            if finding.due is None or finding.due >= until or finding.verdict is Verdict.MEETS:
                continue
            if state is RuleState.ACQUISITION_GATE:
                continue
            known = rows.get((digest, finding.policy))
            if known is None or finding.due < known.due:
                rows[digest, finding.policy] = _outlive_row(certificate, finding.policy, finding.due, state, until, uses, say)
    return tuple(sorted(rows.values(), key=lambda r: (r.due, -r.targets, r.subject, r.policy)))


def _outlive_row(
    certificate: Certificate, policy: str, due: date, state: RuleState | None, until: date, uses: int, say: Translator
) -> OutliveRow:
    what = "" if state is None else say.label("rule_state", state.value)
    tenths = (until - due).days * 10 // 365
    years = f"{tenths // 10}{',' if say.language == 'vi' else '.'}{tenths % 10}"
    key = visible(say.algorithm(key_text(certificate)))
    return OutliveRow(visible(certificate.subject), key, until, policy, due, what, years, uses, certificate.is_ca)


def client_rows(inventory: AssessedInventory, counted: Tally, say: Translator) -> tuple[BarRow, ...]:
    """For each client profile, how many targets give it what. Targets of which nothing is known count as `unknown`."""
    outcomes: dict[str, Counter[str]] = {}
    for digest, uses in counted.profile_targets.items():
        for view in inventory.client_views.get(digest, ()):
            outcomes.setdefault(view.client, Counter())[view.outcome] += uses
    rows: list[BarRow] = []
    for client, counts in sorted(outcomes.items(), key=lambda item: (-item[1]["post_quantum"], item[0])):
        segments = tuple(
            Segment(say.label("client_outcome", outcome), counts[outcome], say.number(counts[outcome]), f"seg-c-{outcome}")
            for outcome in CLIENT_OUTCOMES
            if counts[outcome]
        )
        rows.append(BarRow(client, "", stacked_bar(segments, width=480, height=22, name=client), segments))
    return tuple(rows)


def policy_rows(inventory: AssessedInventory, counted: Tally, say: Translator) -> tuple[BarRow, ...]:
    """For each policy edition, targets by the worst verdict it gives them; those of which it says nothing are left blank."""
    rows: list[BarRow] = []
    for policy in sorted(inventory.policies, key=lambda p: (p.status is not PolicyStatus.AWAITING_GUIDANCE, p.id)):
        counts = Counter(counted.policy_verdicts.get(policy.id, Counter()))
        rest = counted.targets - counts.total()
        if policy.status is PolicyStatus.AWAITING_GUIDANCE:
            counts[Verdict.AWAITING] += rest
            rest = 0
        segments = [
            Segment(say.label("verdict", verdict.value), counts[verdict], say.number(counts[verdict]), f"seg-v-{verdict.value}")
            for verdict in Verdict
            if counts[verdict]
        ]
        if rest > 0:
            segments.append(Segment(say.gettext("not spoken of"), rest, say.number(rest), "seg-none"))
        status = say.label("policy_status", policy.status.value)
        parts = [visible(say.gettext(policy.edition)), status, origin_text(policy, say), policy.digest[:16]]
        note = " · ".join(part for part in parts if part)
        title = visible(say.gettext(policy.title))
        rows.append(BarRow(title, note, stacked_bar(segments, width=480, height=22, name=title), tuple(segments)))
    return tuple(rows)


def contradiction_rows(inventory: AssessedInventory, say: Translator) -> tuple[ContradictionRow, ...]:
    return tuple(
        ContradictionRow(
            visible(row.name),
            say.label("subject", row.subject),
            tuple((visible(policy), verdict_chip(verdict, say)) for policy, verdict in row.verdicts),
            "" if row.reason is None else visible(say.render(row.reason)),
        )
        for row in inventory.contradictions
    )


@dataclass(frozen=True, slots=True)
class FactRow:
    """One line of a target's facts: what, in which context, and the values in order."""

    label: str
    values: tuple[str, ...]


def proven_rows(proven: Iterable[Proven], say: Translator) -> tuple[FactRow, ...]:
    """One line with the groups that a handshake proved, each with its day and the library; nothing where none did."""
    values = tuple(
        f"{visible(observation_text(proof.observation))} ({say.date(proof.seen_at)}, "
        f"{visible(str(dict(proof.observation.parameters).get('library', '–')))})"
        for proof in proven
    )
    return (FactRow(say.gettext("Proven by a handshake"), values),) if values else ()


def fact_rows(observations: Sequence[Observation], say: Translator) -> tuple[FactRow, ...]:
    """A profile's observations, gathered by subject, context and support: one readable line each."""
    gathered: dict[tuple[Subject, Support, str], list[str]] = {}
    for item in observations:
        text = visible(observation_text(item))
        reason = next((str(value) for name, value in item.parameters if name == "reason"), None)
        if item.support is Support.UNKNOWN and reason:
            text = f"{say.gettext('the rest') if item.value == '*' else text} ({visible(say.phrase(reason))})"
        elif item.name and item.value.startswith("0x"):
            text = f"{text} ({item.value})"
        elif not item.name:
            text = visible(say.phrase(say.label("fact_value", text)))
        gathered.setdefault((item.subject, item.support, item.context or ""), []).append(text)
    rows: list[FactRow] = []
    for (subject, support, context), values in gathered.items():
        label = say.label("subject", subject.value)
        where = f" · {visible(context)}" if context else ""
        what = "" if support in (Support.SELECTED, Support.OFFERED) else f" · {say.label('support', support.value)}"
        rows.append(FactRow(f"{label}{where}{what}", tuple(dict.fromkeys(values))))
    return tuple(rows)
