"""One self-contained HTML page that a head of unit can read: no script, no link that loads anything, light, dark and print.

The worst targets are shown in full, the others folded into groups that answer alike; how many were folded is said, and
all of them stand in the CSV and JSON editions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from markupsafe import Markup

from pqscan.locale import Translator, fill, translator
from pqscan.model.inventory import RunKind
from pqscan.model.outcome import OutcomeStatus
from pqscan.policy.advice import certificate_advice
from pqscan.policy.rule import PolicyStatus
from pqscan.policy.state import State
from pqscan.registry.quantum import QuantumClass
from pqscan.report import AdviceLine, AssessedInventory, AssessedTarget, ClientView, ReportOptions
from pqscan_reports import standing
from pqscan_reports.described import planned_table, training_table
from pqscan_reports.escape import visible
from pqscan_reports.html import view
from pqscan_reports.html.svg import Segment, donut, hatch_definitions, stacked_bar
from pqscan_reports.naming import Alike, certificate_text, chain_text, gathered, key_text, target_text
from pqscan_reports.tally import SHOWN_ORDER, FindingIndex, Tally, certificates_of, tally

if TYPE_CHECKING:
    from jinja2 import Environment

MOST_DETAILS = 100
MOST_GROUPS = 12
MOST_PLACES = 10
_TEMPLATES = Path(__file__).resolve().parent / "templates"
_GOOD = (State.EXCLUSIVE, State.DEFAULT)


@dataclass(frozen=True, slots=True)
class CertificateRow:
    """One certificate of a chain as the details show it."""

    subject: str
    issuer: str
    key: str
    signature: str
    not_after: datetime | None
    malformed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FindingRow:
    chip: view.Chip
    policy: str
    text: str


@dataclass(frozen=True, slots=True)
class DetailRow:
    """One target in full."""

    name: str
    status: str
    key_establishment: view.Chip
    authentication: view.Chip
    reasons: tuple[str, ...]
    facts: tuple[view.FactRow, ...]
    chains: tuple[tuple[str, tuple[CertificateRow, ...]], ...]
    findings: tuple[FindingRow, ...]
    clients: tuple[tuple[str, view.Chip, str], ...]  # the last: why it fails
    advice: tuple[AdviceLine, ...]
    first_seen: datetime
    last_seen: datetime
    connections: int
    complete: bool | None


@dataclass(frozen=True, slots=True)
class Actor:
    """Someone who must act, what for, and over how many things."""

    who: str
    what: str
    count: int
    number: str


@dataclass(frozen=True, slots=True)
class Readiness:
    """What the register adds to the page. `mark` is empty where none was decided; `decision` says so in a line."""

    coverage: tuple[standing.Table, ...]
    coverage_lines: tuple[str, ...]
    quality: tuple[tuple[str, str, str, str, str], ...]
    resources: tuple[str, ...]
    described: tuple[standing.Table, ...]  # what no scan tells
    first_lines: tuple[str, ...]
    first: tuple[standing.Entry, ...]
    first_folded: str
    mark: str
    decision: str
    acts: str
    unit: str
    head: str


class HtmlReport:
    """`pqscan report html`."""

    name = "html"

    def write(self, inventory: AssessedInventory, options: ReportOptions, out: BinaryIO) -> None:
        say = translator(options.language)
        index = FindingIndex(inventory.findings)
        counted = tally(inventory, index, MOST_DETAILS)
        environment = _environment(say)
        groups = [group for group in counted.groups if not group.settled]
        outlive = view.outlive_rows(inventory, counted, index, say)
        shown = sorted(outlive, key=lambda row: row.upstream)[: view.MOST_ROWS]
        template = environment.get_template("report.html.j2")
        page = template.stream(
            lang=say.language,
            style=Markup((_TEMPLATES / "style.css").read_text("utf-8")),  # noqa: S704 - our own file
            inventory=inventory,
            runs=(runs := sorted(inventory.runs, key=lambda run: (run.started_at, run.id))),
            scans=[run for run in runs if run.kind is not RunKind.HARNESS],
            proven=bool(counted.proven),
            total=counted.targets,
            establishing=counted.targets - counted.key_establishment[State.NONE] - counted.key_establishment[State.OUTSIDE],
            outside=counted.key_establishment[State.OUTSIDE],
            client=view.client_text(inventory.runs, say),
            authorisations=sorted({visible(run.authorisation_number) for run in inventory.runs if run.authorisation_number}),
            counts=counted.key_establishment,
            figures=_figures(counted, say),
            awaiting=any(policy.status is PolicyStatus.AWAITING_GUIDANCE for policy in inventory.policies)
            or not inventory.policies,
            hatch=hatch_definitions(),
            state_bars=_state_bars(counted, say),
            state_legend=[
                (view.state_chip(s, say), say.label("state_explained", s.value))
                for s in SHOWN_ORDER
                if s is not State.OUTSIDE or counted.key_establishment[s]
            ],
            groups=view.group_rows(groups[:MOST_GROUPS], inventory, say),
            groups_folded=len(groups) - min(len(groups), MOST_GROUPS),
            groups_folded_targets=sum(group.count for group in groups[MOST_GROUPS:]),
            folders=view.folder_rows(counted.folders[: view.MOST_ROWS], say),
            folders_all=len(counted.folders),
            advice=view.advice_rows(groups, inventory),
            readiness=_readiness(inventory, say),
            actors=_actors(inventory, counted, outlive, say),
            keys=view.key_rows(inventory, counted, say)[: view.MOST_ROWS],
            methods=view.group_method_rows(inventory, counted, say)[: view.MOST_ROWS],
            outlive=outlive,
            outlive_own=[row for row in shown if not row.upstream],
            outlive_upstream=[row for row in shown if row.upstream],
            outlive_folded=max(0, len(outlive) - view.MOST_ROWS),
            clients=view.client_rows(inventory, counted, say),
            seen_clients=counted.clients,
            client_groups=view.group_rows(counted.client_groups[:MOST_GROUPS], inventory, say),
            client_groups_folded=sum(group.count for group in counted.client_groups[MOST_GROUPS:]),
            client_legend=[view.Chip(say.label("client_outcome", o), f"seg-c-{o}") for o in view.CLIENT_OUTCOMES],
            policies=view.policy_rows(inventory, counted, say),
            local_registry=_local_registry(inventory, say),
            contradictions=view.contradiction_rows(inventory, say),
            coverage=_coverage(inventory, say),
            not_read=sorted(inventory.coverage.not_read, key=lambda item: (item.what, item.reason.code))[: view.MOST_ROWS],
            not_read_folded=max(0, len(inventory.coverage.not_read) - view.MOST_ROWS),
            details=_details(counted.worst, inventory, index, say),
            details_count=len(counted.worst),
            details_folded=counted.targets - len(counted.worst),
        )
        for chunk in page:
            out.write(chunk.encode("utf-8", "backslashreplace"))


def _environment(say: Translator) -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # Only this report pays for it.

    environment = Environment(
        loader=FileSystemLoader(_TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )

    def gettext(message: str, **values: object) -> str:
        return fill(say.gettext(message), values)

    def ngettext(singular: str, plural: str, count: int, **values: object) -> str:
        return fill(say.ngettext(singular, plural, count), {"count": say.number(count), **values})

    environment.globals.update(_=gettext, ngettext=ngettext)
    environment.filters.update(
        date=lambda value: "–" if value is None else say.date(value),
        number=say.number,
        visible=visible,
        code=view.with_code,
        render=lambda reason: visible(say.render(reason)),
        iso=lambda value: value.isoformat() if isinstance(value, date) else "",
    )
    return environment


def _readiness(inventory: AssessedInventory, say: Translator) -> Readiness | None:
    shown = inventory.readiness
    if shown is None:
        return None
    first = shown.first
    return Readiness(
        tuple(table for table in (standing.system_coverage(shown, say), standing.place_coverage(shown, say)) if table is not None),
        tuple(standing.coverage_lines(shown, say)),
        tuple(
            (of, title, "–" if part is None else say.number(part), say.number(whole), _share(part, whole, say))
            for _figure, of, title, part, whole in standing.quality_rows(shown.figures, say)
        ),
        tuple(standing.resource_lines(shown, say)),
        tuple(one for one in (training_table(shown, say), planned_table(shown, say)) if one is not None),
        () if first is None else tuple(standing.first_lines(first, say)),
        () if first is None else tuple(standing.first_entries(first, say, MOST_PLACES)),
        "" if first is None else standing.first_folded(first, say, MOST_PLACES),
        standing.mark_text(shown, say),
        standing.mark_line(shown, say),
        standing.acts_line(shown, say),
        "" if shown.unit is None else shown.unit.name,
        "" if shown.head is None else f"{shown.head.name}, {shown.head.title}",
    )


def _share(part: int | None, whole: int, say: Translator) -> str:
    return say.gettext(standing.NO_FIGURE) if part is None or not whole else say.percent(part, whole)


def _figures(counted: Tally, say: Translator) -> list[tuple[str, str, str, str]]:
    """The four numbers on top: count, share, words, colour. Together they are all targets but those without keys."""
    states = counted.key_establishment
    rows = (
        ("good", sum(states[s] for s in _GOOD), say.gettext("agree on keys quantum-resistantly for a current client")),
        ("capable", states[State.CAPABLE], say.gettext("are capable of it, but not by default")),
        ("bad", states[State.VULNERABLE] + states[State.BROKEN], say.gettext("are vulnerable, or below today's floor")),
        ("unknown", states[State.UNKNOWN], say.gettext("are unknown: no complete answer came")),
    )
    judged = sum(count for _css, count, _words in rows)
    return [(css, say.number(count), say.percent(count, judged), words) for css, count, words in rows]


def _state_bars(counted: Tally, say: Translator) -> list[tuple[str, str, Markup, Markup, tuple[Segment, ...]]]:
    bars = []
    for family, title, explained, counts in (
        (
            "key_establishment",
            say.gettext("Key establishment"),
            say.gettext("Protects what is sent today against being recorded and deciphered later."),
            counted.key_establishment,
        ),
        (
            "authentication",
            say.gettext("Authentication"),
            say.gettext("Proves who answers: the certificate, its chain and the signature of the handshake."),
            counted.authentication,
        ),
    ):
        segments = view.state_segments(counts, say, family)
        ring = donut(segments, middle=say.number(counted.targets), below=say.gettext("targets"), name=title)
        bars.append((title, explained, stacked_bar(segments, name=title), ring, segments))
    return bars


def _coverage(inventory: AssessedInventory, say: Translator) -> view.BarRow:
    colours = {OutcomeStatus.COMPLETED: "seg-default", OutcomeStatus.REFUSED: "seg-none", OutcomeStatus.EXCLUDED: "seg-excluded"}
    segments = tuple(
        Segment(
            say.label("outcome_status", status.value),
            inventory.coverage.by_status[status],
            say.number(inventory.coverage.by_status[status]),
            colours.get(status, "seg-unknown"),
        )
        for status in OutcomeStatus
        if inventory.coverage.by_status.get(status)
    )
    return view.BarRow(say.gettext("Coverage"), "", stacked_bar(segments, name=say.gettext("Coverage")), segments)


def _actors(inventory: AssessedInventory, counted: Tally, outlive: tuple[view.OutliveRow, ...], say: Translator) -> list[Actor]:
    """Who can change what. A certification authority's own certificate is nobody's in a unit to change."""
    to_change = (State.BROKEN, State.VULNERABLE, State.CAPABLE)
    services = sum(group.count for group in counted.groups if group.key_establishment.state in to_change)
    traditional = [
        certificate
        for digest in counted.certificate_targets
        if (certificate := inventory.certificates.get(digest)) is not None
        and certificate.public_key.quantum_class is QuantumClass.TRADITIONAL
    ]
    own = sum(1 for certificate in traditional if not certificate.is_ca)
    upstream = sum(1 for certificate in traditional if certificate.is_ca)
    unknown = counted.key_establishment[State.UNKNOWN]
    rows = [
        Actor(
            say.gettext("System administrators"),
            say.gettext("Change the configuration of these services; the lines stand below and in the details."),
            services,
            say.counted("{count} service", "{count} services", services),
        ),
        Actor(
            say.gettext("Units that use the certificates"),
            say.gettext("Plan the replacement of these certificates, and ask their certification authority for a date."),
            own,
            say.counted("{count} certificate", "{count} certificates", own),
        ),
        Actor(
            say.gettext("Certification authorities above the unit"),
            say.gettext("Depends on upstream: nobody in the unit can change these root and intermediate certificates."),
            upstream,
            say.counted("{count} certificate", "{count} certificates", upstream),
        ),
        Actor(
            say.gettext("The scanning officer"),
            say.gettext("Ask these targets again: what is unknown today is neither safe nor unsafe."),
            unknown,
            say.counted("{count} target", "{count} targets", unknown),
        ),
    ]
    waiting = sum(policy.status is PolicyStatus.AWAITING_GUIDANCE for policy in inventory.policies)
    if waiting:
        rows.append(
            Actor(
                say.gettext("The competent authority"),
                say.gettext("Algorithms and dates are awaiting guidance; plans can be made, no deadline can be missed yet."),
                waiting,
                say.counted("{count} policy", "{count} policies", waiting),
            )
        )
    return [row for row in rows if row.count]


def _details(
    worst: list[AssessedTarget], inventory: AssessedInventory, index: FindingIndex, say: Translator
) -> Iterator[DetailRow]:
    for assessed in worst:
        sighting = assessed.sighting
        profile = None if sighting.profile is None else inventory.profiles.get(sighting.profile)
        views: tuple[ClientView, ...] = () if sighting.profile is None else inventory.client_views.get(sighting.profile, ())
        replace_it = certificate_advice(assessed.key_establishment, assessed.authentication)
        reasons = (*assessed.key_establishment.reasons, *assessed.authentication.reasons, *((replace_it,) if replace_it else ()))
        texts = [say.render(reason) for reason in ((sighting.detail,) if sighting.detail else ()) + reasons]
        yield DetailRow(
            visible(target_text(sighting.target)),
            say.label("outcome_status", sighting.status.value),
            view.state_chip(assessed.key_establishment.state, say),
            view.state_chip(assessed.authentication.state, say, "authentication"),
            tuple(dict.fromkeys(visible(text) for text in texts)),
            (() if profile is None else view.fact_rows(profile.observations, say)) + view.proven_rows(assessed.proven, say),
            tuple(
                (
                    visible(f"{chain.server_name or '–'} · {chain_text(chain.context, say)}"),
                    tuple(_certificate_row(inventory, digest, say) for digest in chain.certificates),
                )
                for chain in sighting.chains
            ),
            tuple(
                _finding_row(row, say) for row in gathered(index.of(sighting.profile, certificates_of(assessed), assessed.context))
            ),
            tuple(_client_chip(v, say) for v in views),
            tuple(inventory.advice.get(sighting.profile, ())) if sighting.profile is not None else (),
            sighting.first_seen,
            sighting.last_seen,
            sighting.connections_used,
            None if profile is None else profile.complete,
        )


def _local_registry(inventory: AssessedInventory, say: Translator) -> str:
    if not inventory.local_registry:
        return ""
    text = say.gettext("Some names come from a registry file of one's own, SHA-256 {digest}.")
    return fill(text, {"digest": inventory.local_registry})


def _client_chip(row: ClientView, say: Translator) -> tuple[str, view.Chip, str]:
    why = visible(say.render(row.reason)) if row.outcome == "fails" and row.reason is not None else ""
    return row.client, view.Chip(say.label("client_outcome", row.outcome), f"chip-c-{row.outcome}"), why


def _certificate_row(inventory: AssessedInventory, digest: bytes, say: Translator) -> CertificateRow:
    certificate = inventory.certificates.get(digest)
    if certificate is None:
        return CertificateRow(digest.hex(), "–", "–", "–", None, ())
    return CertificateRow(
        visible(certificate_text(certificate)),
        visible(certificate.issuer),
        visible(say.algorithm(key_text(certificate))),
        visible(say.algorithm(certificate.signature.algorithm)),
        certificate.not_after,
        tuple(visible(code) for code in certificate.malformed),
    )


def _finding_row(row: Alike, say: Translator) -> FindingRow:
    policy = visible(say.label("policy", row.finding.policy))
    return FindingRow(view.verdict_chip(row.finding.verdict, say), policy, visible(say.render(row.reason)))
