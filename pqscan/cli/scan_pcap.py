"""`pqscan scan pcap`: what captured handshakes tell of servers and clients."""

from __future__ import annotations

from pathlib import Path

import click

from pqscan.cli import out, words
from pqscan.cli.group import command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid


@command(
    "pcap",
    short_help=msgid("Reads handshakes from captured packets."),
    help=msgid(
        "Reads captures (pcap, pcapng) that were made elsewhere: from the handshakes of TLS, DTLS, SSH, IKE and QUIC in them it "
        "tells which clients offer what and which servers choose what. No packet is sent. Only what handshakes say in the clear is "
        "kept, and nothing that tells who spoke to whom. Addresses outside this machine need an authorisation."
    ),
)
@click.argument("paths", metavar="FILE...", nargs=-1, required=True)
@option("--authorisation", metavar="FILE", help=msgid("Who permitted what (TOML); needed outside this machine."))
@option("--exclude", metavar="TARGET", multiple=True, help=msgid("Leaves out; as TARGET, and *.name. May be repeated."))
@option("--site", metavar="NAME", default="", help=msgid("Where this is, when the same addresses exist in several places."))
@option("--audit-log", metavar="FILE", help=msgid("Where the audit log lies; default: in the user's data folder."))
def pcap(paths: tuple[str, ...], authorisation: str | None, exclude: tuple[str, ...], site: str, audit_log: str | None) -> None:
    from pqscan.app.capturing import scan_captures
    from pqscan.scan.audit import AuditLog

    chosen = settings()
    audit = AuditLog(Path(audit_log)) if audit_log else None
    with chosen.open_store(create=True) as store:
        found = scan_captures(map(Path, paths), store, authorisation=authorisation, exclude=exclude, site=site, audit=audit)
    if chosen.wants_json:
        out.document(
            {
                "run": found.run.id,
                "packets": found.packets,
                "connections": found.connections,
                "handshakes": found.handshakes,
                "servers": found.servers,
                "clients": found.clients,
                "outside_authorisation": found.outside,
                "beyond_the_bound": found.beyond,
                "packets_not_read": found.not_read,
                "problems": [{"file": file, "problem": problem} for file, problem in found.problems],
            }
        )
        return
    out.line(words.filled("Packets: {number}", number=found.packets))
    out.line(words.filled("Handshakes: {number}", number=found.handshakes))
    out.line(words.filled("Servers: {number}", number=found.servers))
    out.line(words.filled("Clients: {number}", number=found.clients))
    if found.outside:
        out.line(words.filled("Ends outside the authorisation, not kept: {number}", number=found.outside))
    if found.beyond:
        out.line(words.filled("Ends beyond the bound of one run, not kept: {number}", number=found.beyond))
    if chosen.is_quiet:
        return
    if found.not_read:
        out.note(words.filled("Packets that are neither TCP nor UDP, or fragments: {number}", number=found.not_read))
    for file, problem in found.problems:
        out.note(words.filled("{file} was not read to its end: {problem}", file=file, problem=problem))
    out.note(words.filled("Run {run} is in the store; see: pqscan show targets", run=found.run.id))
