"""`pqscan scan dns`: zones, asked of the one server that the user names."""

from __future__ import annotations

import click

from pqscan.cli import scan as scanning
from pqscan.cli.entry import DONE
from pqscan.cli.group import command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid


@command(
    "dns",
    short_help=msgid("Asks which keys zones of the DNS are signed with."),
    help=msgid(
        "Asks about zones: DNSSEC keys with algorithm and size, signatures and how long they hold, what the parent says of them, "
        "NSEC3, mail servers, CAA, certificates and keys that stand in the DNS (TLSA, SSHFP, DKIM, HTTPS and SVCB records).\n\n"
        "ZONE is a domain such as example.vn, @file or @- (standard input). Only the server of --resolver is asked, over TCP, or "
        "over UDP with /udp behind it, and then over TCP what does not fit; on an isolated network that is the zone's own. An "
        "interrupted scan goes on with pqscan scan net --resume."
    ),
)
@click.argument("zones", metavar="ZONE...", nargs=-1, required=True)
@option("--resolver", metavar="ADDRESS[:PORT][/udp]", required=True, help=msgid("The server to ask; there is no default."))
@option("--name", "names", metavar="NAME", multiple=True, help=msgid("A host in a zone, for TLSA, SSHFP, CAA. May be repeated."))
@option("--selector", "selectors", metavar="NAME", multiple=True, help=msgid("A DKIM selector beside usual ones. May be repeated."))
@option("--profile", type=click.Choice(scanning.PROFILES), default="inventory", show_default=True, help=msgid("How much is asked."))
@option("--authorisation", metavar="FILE", help=msgid("Who permitted what (TOML); needed outside this machine."))
@option("--print-plan", is_flag=True, help=msgid("Shows targets, connections, bytes and time, and sends nothing."))
@option("--rate", type=click.FloatRange(0, min_open=True), metavar="N", help=msgid("Connections a second in all; default 500."))
@option("--exclude", metavar="TARGET", multiple=True, help=msgid("Leaves out; as TARGET, and *.name. May be repeated."))
@option("--exclude-file", metavar="FILE", multiple=True, help=msgid("Leaves out what a file lists, one a line."))
@option("--site", metavar="NAME", default="", help=msgid("Where this is, when the same addresses exist in several places."))
@option("--no-evidence", is_flag=True, help=msgid("Keeps no bytes of the deciding exchange."))
@option("--plan", metavar="NAME", default="", help=msgid("The plan of `pqscan schedule` that this is a run of."))
@option("--jsonl", metavar="FILE", help=msgid("Writes outcomes as JSON lines while they come; - is standard output."))
@option("--audit-log", metavar="FILE", help=msgid("Where the audit log lies; default: in the user's data folder."))
def dns(
    zones: tuple[str, ...],
    resolver: str,
    names: tuple[str, ...],
    selectors: tuple[str, ...],
    profile: str,
    authorisation: str | None,
    print_plan: bool,
    rate: float | None,
    exclude: tuple[str, ...],
    exclude_file: tuple[str, ...],
    site: str,
    no_evidence: bool,
    plan: str,
    jsonl: str | None,
    audit_log: str | None,
) -> int:
    from pqscan.app.zone_scan import zone_scan

    request = zone_scan(
        zones,
        resolver,
        names=names,
        selectors=selectors,
        profile=profile,
        authorisation=authorisation,
        rate=rate,
        exclude=(*exclude, *(f"@{name}" for name in exclude_file)),
        site=site,
        keep_evidence=not no_evidence,
    )
    chosen = settings()
    if print_plan:
        scanning.show_plan(request, chosen)
        return DONE
    return scanning.carry_out(request, chosen, plan, None, jsonl, audit_log)
