"""`pqscan show`: the store as a table or as JSON."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from datetime import date
from functools import partial
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.assess import read_day
from pqscan.cli.group import command, option
from pqscan.cli.pseudonym import PSEUDONYM_KEY_HELP, PSEUDONYMISE_HELP, pseudonyms
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

if TYPE_CHECKING:
    from pqscan.app.selecting import Selection
    from pqscan.model.observation import Profile
    from pqscan.readiness.pseudonyms import Pseudonyms
    from pqscan.report import AssessedTarget
    from pqscan.store.repository import Store

WHAT = ("targets", "certificates", "algorithms", "runs")


@command(
    "show",
    short_help=msgid("The store as a table or as JSON."),
    help=msgid(
        "Shows what is in the store: targets with their states, certificates (the first to expire first), algorithms with "
        "the number of targets, or runs.\n\n"
        "--where restricts by network, port, name, site, probe, status, state, authentication, algorithm, profile or "
        "certificate: --where state=vulnerable,broken --where algorithm=ML-KEM-768."
    ),
)
@click.argument("what", type=click.Choice(WHAT))
@option("--where", metavar="KEY=VALUE", multiple=True, help=msgid("Only what fits; may be repeated."))
@option("--run", metavar="ID", help=msgid("What one run saw; default: what every target answers now."))
@option("--on", "--as-of", "on", metavar="DATE", help=msgid("What every target answered at the end of that day."))
@option("--expires-before", metavar="DATE", help=msgid("Of certificates, those whose last day is earlier."))
@option("--pseudonymise", is_flag=True, help=PSEUDONYMISE_HELP)
@option("--find", metavar="PATH", help=msgid("Of targets: the pseudonym of a path, or the path of a pseudonym."))
@option("--key", metavar="FILE", help=PSEUDONYM_KEY_HELP)
def show(
    what: str,
    where: tuple[str, ...],
    run: str | None,
    on: str | None,
    expires_before: str | None,
    pseudonymise: bool,
    find: str | None,
    key: str | None,
) -> None:
    from pqscan.app.selecting import on_day, read_selection

    day, before = read_day(on), read_day(expires_before)
    if day is not None and run is not None:
        raise UsageError("--on asks for a day and --run for a run: give one of them")
    if day is not None and what == "runs":
        raise UsageError("runs have a time of their own: leave out --on")
    if before is not None and what != "certificates":
        raise UsageError("--expires-before is for certificates: pqscan show certificates --expires-before DATE")
    if find is not None and (what != "targets" or pseudonymise):
        raise UsageError("--find is for targets by themselves: pqscan show targets --find PATH")
    if pseudonymise and what == "algorithms":
        raise UsageError("a table of algorithms names no file: leave out --pseudonymise")
    names = pseudonyms(pseudonymise or find is not None, key)
    selection = on_day(read_selection(where), day)
    chosen = settings()
    with chosen.open_store() as store:
        tables: dict[str, Callable[[Store, Selection, str | None], Table]] = {
            "targets": partial(_targets, names=names) if find is None else partial(_found, names=names, word=find),
            "certificates": partial(_certificates, before=before, names=names),
            "algorithms": _algorithms,
            "runs": partial(_runs, names=names),
        }
        header, rows, documents = tables[what](store, selection, run)
        if chosen.wants_json:
            print_array(documents)
        else:
            out.table(header, rows)


Table = tuple[tuple[out.Column, ...], Iterable[tuple[str, ...]], Iterable[out.Json]]


def print_array(documents: Iterable[out.Json]) -> None:
    """One element a line, written as they come."""
    from pqscan_reports.json_inventory import encoded

    separator = "[\n"
    for element in documents:
        sys.stdout.write(separator + encoded(element).decode("utf-8"))
        separator = ",\n"
    sys.stdout.write("\n]\n" if separator != "[\n" else "[]\n")


def _targets(store: Store, selection: Selection, run: str | None, names: Pseudonyms | None) -> Table:
    from pqscan_reports.json_inventory import assessed_json
    from pqscan_reports.naming import chosen_method, selected, target_text

    from pqscan.app.pseudonymising import in_order, of_target, place_of
    from pqscan.app.showing import show_targets
    from pqscan.model.observation import Subject

    def found() -> Iterator[tuple[AssessedTarget, Profile | None]]:
        if names is None:
            return show_targets(store, selection, run=run)
        given = names

        def told() -> Iterator[tuple[AssessedTarget, Profile | None]]:
            return ((of_target(assessed, given), profile) for assessed, profile in show_targets(store, selection, run=run))

        return in_order(told, lambda row: place_of(row[0]))

    def rows() -> Iterator[tuple[str, ...]]:
        for assessed, profile in found():
            sighting = assessed.sighting
            yield (
                target_text(sighting.target),
                words.label("state_short", assessed.key_establishment.state.value),
                words.label("state_short", assessed.authentication.state.value),
                chosen_method(profile) or selected(profile, Subject.SELECTED_VERSION) or "–",
            )

    header = (
        out.Column(words.gettext("Target"), 25, grows=True, within=True),
        out.Column(words.gettext("Key establishment"), 17),
        out.Column(words.gettext("Authentication"), 14),
        out.Column(words.gettext("Gets"), 18),
    )
    documents = (assessed_json(assessed, words.say()) for assessed, _profile in found())
    return header, rows(), documents


def _found(store: Store, selection: Selection, run: str | None, names: Pseudonyms | None, word: str) -> Table:
    from pqscan_reports.json_inventory import target_json
    from pqscan_reports.naming import target_text

    from pqscan.app.pseudonymising import find

    assert names is not None  # noqa: S101  # It was read for this.
    found = tuple(find((sighting.target for sighting in store.sightings(run, where=selection.where)), word, names))
    header = (
        out.Column(words.gettext("Target"), 25, grows=True, within=True),
        out.Column(words.gettext("Pseudonym"), 25, grows=True, within=True),
    )
    rows = ((target_text(one.target), target_text(one.pseudonym)) for one in found)
    documents: Iterator[out.Json] = ({"target": target_json(one.target), "pseudonym": target_json(one.pseudonym)} for one in found)
    return header, rows, documents


def _certificates(
    store: Store, selection: Selection, run: str | None, before: date | None = None, names: Pseudonyms | None = None
) -> Table:
    from pqscan_reports.json_inventory import certificate_json
    from pqscan_reports.naming import certificate_text, key_text

    from pqscan.app.showing import show_certificates

    found = show_certificates(store, selection, run=run, expires_before=before)
    if names is not None:
        from pqscan.app.pseudonymising import of_certificate

        found = tuple(replace(row, certificate=of_certificate(row.certificate, names)) for row in found)
    rows = (
        (
            certificate_text(row.certificate),
            words.say().algorithm(key_text(row.certificate)),
            words.say().algorithm(row.certificate.signature.algorithm),
            "–" if row.certificate.not_after is None else words.say().date(row.certificate.not_after),
            words.say().number(row.targets),
        )
        for row in found
    )
    header = (
        out.Column(words.gettext("Certificate"), 26, grows=True),
        out.Column(words.gettext("Key"), 10),
        out.Column(words.gettext("Signature"), 12),
        out.Column(words.gettext("Valid until"), 16),
        out.Column(words.gettext("Targets"), 8, right=True),
    )
    documents = (_row(certificate_json(row.certificate), sha256=row.certificate.sha256.hex(), targets=row.targets) for row in found)
    return header, rows, documents


def _row(body: out.Json, **more: out.Json) -> out.Json:
    return {**more, **body} if isinstance(body, dict) else body


def _algorithms(store: Store, selection: Selection, run: str | None) -> Table:
    from pqscan.app.showing import show_algorithms

    found = show_algorithms(store, selection, run=run)
    rows = (
        (
            words.label("subject", row.subject.value),
            words.say().algorithm(row.name),
            words.label("quantum_class", row.quantum_class.value),
            words.say().number(row.targets),
        )
        for row in found
    )
    header = (
        out.Column(words.gettext("What it is"), 22, grows=True),
        out.Column(words.gettext("Algorithm"), 32, grows=True),
        out.Column(words.gettext("Class"), 12),
        out.Column(words.gettext("Targets"), 8, right=True),
    )
    documents: Iterator[out.Json] = (
        {
            "subject": row.subject.value,
            "name": row.name,
            "quantum_class": row.quantum_class.value,
            "targets": row.targets,
        }
        for row in found
    )
    return header, rows, documents


def _runs(store: Store, _selection: Selection, _run: str | None, names: Pseudonyms | None) -> Table:
    from pqscan_reports.json_inventory import run_json

    from pqscan.app.showing import show_runs

    found = show_runs(store)
    if names is not None:
        from pqscan.app.pseudonymising import of_run

        found = tuple(of_run(run, names) for run in found)
    rows = (
        (
            run.id,
            words.label("run_kind", run.kind.value),
            words.label("run_state", run.state.value),
            words.say().number(sum(run.counts.values())),
            run.scope,
        )
        for run in found
    )
    header = (
        out.Column(words.gettext("Run"), 20),
        out.Column(words.gettext("Kind"), 12),
        out.Column(words.gettext("State"), 12),
        out.Column(words.gettext("Targets"), 8, right=True),
        out.Column(words.gettext("Scope"), 21, grows=True),
    )
    documents = (
        _row(
            run_json(run),
            state=run.state.value,
            cursor=run.cursor,
            by_status={status.value: count for status, count in sorted(run.counts.items())},
            authorisation=run.authorisation_number,
        )
        for run in found
    )
    return header, rows, documents
