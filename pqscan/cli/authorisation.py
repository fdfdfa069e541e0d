"""`pqscan authorisation check`: what a written permission allows; `pqscan audit verify`: that the audit log is whole."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.entry import DONE, WRONG_USAGE
from pqscan.cli.group import Group, command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid

if TYPE_CHECKING:
    from pqscan.model.authorisation import Authorisation
    from pqscan.scan.authorisation import Refusal

_MOST_SHOWN = 20


@click.group("authorisation", cls=Group, places={"check": "authorisation:check"}, help=msgid("The written permission to scan."))
def authorisation() -> None:
    pass


@command(
    "check",
    short_help=msgid("What an authorisation permits today."),
    help=msgid(
        "Reads an authorisation and says what it permits today and, with targets, which of them it covers. Nothing is sent. "
        "Exit code 2 where it is wrong, out of its dates, or does not cover every target."
    ),
)
@click.argument("file", metavar="FILE")
@click.argument("targets", metavar="[TARGET]...", nargs=-1)
@option(
    "--ports", metavar="LIST", help=msgid("Ports such as 443,8000-8010,587/smtp; default: the usual ones of TLS, STARTTLS and SSH.")
)
def check(file: str, targets: tuple[str, ...], ports: str | None) -> int:
    from pqscan.scan.authorisation import Permission, screen
    from pqscan.scan.authorisation_file import read_authorisation
    from pqscan.scan.ports import parse_ports
    from pqscan.scan.targets import expand
    from pqscan.scan.work import local_today

    given = read_authorisation(Path(file))
    today = local_today()
    valid = given.valid_from <= today <= given.valid_to
    refusals: tuple[Refusal, ...] = ()
    permitted = 0
    if targets:
        screened = screen(expand(targets, None if ports is None else parse_ports(ports)), Permission(given), today)
        refusals, permitted = screened.refusals, screened.permitted.count
    code = DONE if valid and not refusals else WRONG_USAGE
    say = words.say()
    if settings().wants_json:
        left_out: list[out.Json] = [
            {"what": refusal.what, "ports": refusal.ports, "count": refusal.count, "reason": refusal.reason.code}
            for refusal in refusals
        ]
        known: dict[str, out.Json] = {"unit": given.unit, "number": given.number, "approver": given.approver}
        known |= {"from": given.valid_from.isoformat(), "to": given.valid_to.isoformat(), "valid_today": valid}
        out.document({**known, "sha256": given.digest.hex(), "permitted": permitted if targets else None, "refusals": left_out})
        return code
    for name, value in _told(given):
        out.wrapped(f"{name}: {value}", "", "    ")
    if targets:
        out.line(words.counted("{count} target is covered.", "{count} targets are covered.", permitted))
    for refusal in refusals[:_MOST_SHOWN]:
        out.wrapped(f"{refusal.what} ({refusal.ports}): {say.render(refusal.reason)}", "  ", "    ")
    if not valid:
        out.error(words.filled("it does not hold today, {today}", today=say.date(today)))
    return code


def _told(given: Authorisation) -> list[tuple[str, str]]:
    say = words.say()
    rows = [
        (words.gettext("Unit"), given.unit),
        (words.gettext("Document number"), given.number),
        (words.gettext("Approver"), given.approver),
        (
            words.gettext("Holds"),
            words.filled("{first} to {last}", first=say.date(given.valid_from), last=say.date(given.valid_to)),
        ),
        (words.gettext("Ranges"), ", ".join(map(str, given.ranges)) or "–"),
        (words.gettext("Names"), ", ".join(given.names) or "–"),
        (words.gettext("Machines"), ", ".join(given.machines) or "–"),
        (words.gettext("Paths"), ", ".join(given.paths) or "–"),
        (
            words.gettext("Exclusions"),
            ", ".join((*map(str, given.exclusions), *given.excluded_names, *given.excluded_paths)) or "–",
        ),
    ]
    ports = [str(first) if first == last else f"{first}-{last}" for first, last in given.ports]
    ports += [f"{first}/udp" if first == last else f"{first}-{last}/udp" for first, last in given.udp_ports]
    if ports:
        rows.append((words.gettext("Ports"), ", ".join(ports)))
    return rows


@click.group("audit", cls=Group, places={"verify": "authorisation:verify"}, help=msgid("The log of what was asked and refused."))
def audit() -> None:
    pass


@command(
    "verify",
    short_help=msgid("Checks that the audit log is whole."),
    help=msgid("Walks the audit log's chain of hashes and checks that it still holds what the newest run noted of it."),
)
@click.argument("file", metavar="[FILE]", required=False)
def verify(file: str | None) -> None:
    from pqscan.app.auditing import verify_audit

    chosen = settings()
    found = verify_audit(None if file is None else Path(file), chosen.store_url)
    if chosen.wants_json:
        out.document({"log": str(found.path), "entries": found.head.entries, "head": found.head.hash, "run": found.run})
        return
    out.line(words.counted("{count} entry, unbroken.", "{count} entries, unbroken.", found.head.entries))
    out.line(words.filled("Head: {hash}", hash=found.head.hash))
    if found.run is not None:
        out.line(words.filled("It holds what the run {run} noted.", run=found.run))
