"""`pqscan scan net`: options of a scan, its plan, its progress and its end."""

from __future__ import annotations

import contextlib
import signal
import sys
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import click

from pqscan.cli import out, words
from pqscan.cli.entry import DONE, INTERRUPTED, hear_termination
from pqscan.cli.group import Group, command, option, options_of_a_new_run
from pqscan.cli.settings import Settings, settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError, WorkError

if TYPE_CHECKING:
    from pqscan.app.net_scan import NetScan
    from pqscan.app.scanning import Prepared
    from pqscan.app.streaming import OutcomeStream
    from pqscan.model.inventory import Run
    from pqscan.scan.authorisation import Refusal
    from pqscan.scan.plan import Plan
    from pqscan.store.repository import Store

PROFILES = ("quick", "inventory", "exhaustive")
MOST_SHOWN_REFUSALS = 5
_LATER = frozenset({"resume", "authorisation", "jsonl", "audit_log", "print_plan"})
"""Options that may stand beside --resume."""


@click.group(
    "scan",
    cls=Group,
    places={"net": "scan:net", "dns": "scan_dns:dns", "files": "scan_files:files", "pcap": "scan_pcap:pcap"},
    help=msgid("Asks targets which cryptography they use."),
)
def scan() -> None:
    pass


@command(
    "net",
    short_help=msgid("Asks services of the network which cryptography they use."),
    help=msgid(
        "Asks TLS endpoints which versions, groups, cipher suites, signatures and certificates they use, also behind STARTTLS, "
        "SSH servers which key exchange methods, host keys, ciphers and MACs, and VPN gateways (IKE, 500/udp) which key exchanges "
        "and transforms, ML-KEM among them. What answers decides which of them it is.\n\n"
        "TARGET is an address, a network (10.20.0.0/24), a range (10.0.0.1-20), a host name, any of them with ports (host:443,"
        "587/smtp,2222/ssh,500/udp), [v6]:port, name@address:port (dials the address, sends the name), @file or @- (standard "
        "input)."
    ),
)
@click.argument("targets", metavar="TARGET...", nargs=-1)
@option(
    "--ports", metavar="LIST", help=msgid("Ports such as 443,8000-8010,587/smtp; default: the usual ones of TLS, STARTTLS and SSH.")
)
@option("--profile", type=click.Choice(PROFILES), default="inventory", show_default=True, help=msgid("How much is asked."))
@option("--client", metavar="NAME", default="", help=msgid("The client whose first message decides what a current client gets."))
@option("--authorisation", metavar="FILE", help=msgid("Who permitted what (TOML); needed outside this machine."))
@option("--print-plan", is_flag=True, help=msgid("Shows targets, connections, bytes and time, and sends nothing."))
@option(
    "--discover",
    type=click.Choice(("connect", "nmap", "none")),
    help=msgid(
        "Looks for open ports first, by itself or by nmap, or asks every target at once; default: connect, none for few targets "
        "with ports."
    ),
)
@option("--rate", type=click.FloatRange(0, min_open=True), metavar="N", help=msgid("Connections a second in all; default 500."))
@option("--per-host", type=click.IntRange(1), metavar="N", help=msgid("Connections at once to one address; default 4."))
@option(
    "--per-host-rate",
    type=click.FloatRange(0, min_open=True),
    metavar="N",
    help=msgid("Connections a second to one address; default 10."),
)
@option("--per-network", type=click.IntRange(1), metavar="N", help=msgid("Connections at once to one network; default 128."))
@option(
    "--per-network-rate",
    type=click.FloatRange(0, min_open=True),
    metavar="N",
    help=msgid("Connections a second to one network; default 100."),
)
@option("--network-bits", metavar="V4,V6", default="", help=msgid("How large one network is, as prefix lengths; default 24,64."))
@option("--at-once", type=click.IntRange(1), metavar="N", help=msgid("Connections at once in all; default 1500."))
@option(
    "--silent-ports",
    type=click.IntRange(0),
    metavar="N",
    help=msgid("Unanswered ports after which an address's others are left; default 4, 0 leaves none."),
)
@option("--exclude", metavar="TARGET", multiple=True, help=msgid("Leaves out; as TARGET, and *.name. May be repeated."))
@option("--exclude-file", metavar="FILE", multiple=True, help=msgid("Leaves out what a file lists, one a line."))
@option("--names", metavar="FILE", help=msgid("Names to ask for at every address that answers, one a line."))
@option("--ptr", is_flag=True, help=msgid("Asks the DNS for names of addresses that answer; needs --authorisation."))
@option("--sslv2", is_flag=True, help=msgid("Asks for SSLv2 as well."))
@option("--http", is_flag=True, help=msgid("Asks behind TLS with GET: HSTS, the server's name, published keys."))
@option("--http-path", "http_paths", metavar="PATH", multiple=True, help=msgid("With --http: a path of SAML metadata or keys."))
@option("--site", metavar="NAME", default="", help=msgid("Where this is, when the same addresses exist in several places."))
@option("--no-evidence", is_flag=True, help=msgid("Keeps no bytes of the deciding exchange."))
@option("--workers", type=click.IntRange(1, 256), metavar="N", help=msgid("Processes; default: as many as help."))
@option("--plan", metavar="NAME", default="", help=msgid("The plan of `pqscan schedule` that this is a run of."))
@option("--resume", metavar="ID", help=msgid("Goes on with an interrupted run, with its own options."))
@option("--jsonl", metavar="FILE", help=msgid("Writes outcomes as JSON lines while they come; - is standard output."))
@option("--audit-log", metavar="FILE", help=msgid("Where the audit log lies; default: in the user's data folder."))
def net(
    targets: tuple[str, ...],
    ports: str | None,
    profile: str,
    client: str,
    authorisation: str | None,
    print_plan: bool,
    discover: str | None,
    rate: float | None,
    per_host: int | None,
    per_host_rate: float | None,
    per_network: int | None,
    per_network_rate: float | None,
    network_bits: str,
    at_once: int | None,
    silent_ports: int | None,
    exclude: tuple[str, ...],
    exclude_file: tuple[str, ...],
    names: str | None,
    ptr: bool,
    sslv2: bool,
    http: bool,
    http_paths: tuple[str, ...],
    site: str,
    no_evidence: bool,
    workers: int | None,
    plan: str,
    resume: str | None,
    jsonl: str | None,
    audit_log: str | None,
) -> int:
    from pqscan.app.net_scan import NetScan

    if resume is not None and targets:
        raise UsageError("--resume goes on with the targets of its run: give no others")
    if resume is not None and (given := options_of_a_new_run(_LATER)):
        raise UsageError(f"--resume goes on with the options of its run: leave out {', '.join(given)}")
    if resume is None and not targets:
        raise UsageError("no target is named: give an address, a network such as 10.20.0.0/24, a host name or @file")
    request = NetScan(
        targets=targets,
        ports=ports,
        profile=profile,
        client=client,
        authorisation=authorisation,
        discover=discover,
        rate=rate,
        per_host=per_host,
        per_host_rate=per_host_rate,
        per_network=per_network,
        per_network_rate=per_network_rate,
        network_bits=network_bits,
        at_once=at_once,
        silent_ports=silent_ports,
        exclude=(*exclude, *(f"@{name}" for name in exclude_file)),
        names=() if names is None else (f"@{names}",),
        ptr=ptr,
        sslv2=sslv2,
        http=http,
        http_paths=http_paths,
        keep_evidence=not no_evidence,
        site=site,
        workers=workers,
    )
    chosen = settings()
    if print_plan:
        if resume is not None:
            raise UsageError("--print-plan shows what a new scan would do: give targets instead of --resume")
        show_plan(request, chosen)
        return DONE
    return carry_out(request, chosen, plan, resume, jsonl, audit_log)


def carry_out(request: NetScan, chosen: Settings, plan: str, resume: str | None, jsonl: str | None, audit_log: str | None) -> int:
    from pqscan.app.scanning import NothingPermitted, prepare, resume_net, scan_net
    from pqscan.cli.progress import shower
    from pqscan.cli.scan_end import tell_end
    from pqscan.scan.audit import AuditLog

    audit = AuditLog(None if audit_log is None else Path(audit_log))
    stop_on = (signal.SIGINT, signal.SIGTERM)
    prepared = None
    if plan and _is_held_back(chosen, plan):
        return DONE
    if resume is None:
        prepared = prepare(request)
        prepared.load_ahead()

    def begun(run: Run, prepared: Prepared) -> None:
        if not chosen.is_quiet:
            out.note(words.filled("Run {run}: {targets}", run=run.id, targets=_targets(prepared.screened.permitted.count)))
            _tell_refusals(prepared.screened.refusals)
        if resume is None:
            _tell_clock(store, run)

    with chosen.open_store(create=resume is None) as store, _stream(jsonl) as lines, shower(chosen.is_quiet) as progress:
        stream = None if lines is None else _outcomes(lines)
        try:
            if resume is None:
                asked = prepared or request
                result = scan_net(
                    asked, store, audit=audit, progress=progress, outcomes=stream, begun=begun, stop_on=stop_on, plan=plan
                )
            else:
                result = resume_net(
                    resume,
                    store,
                    authorisation=request.authorisation,
                    audit=audit,
                    progress=progress,
                    outcomes=stream,
                    begun=begun,
                    stop_on=stop_on,
                )
        except NothingPermitted as error:
            if chosen.is_quiet:
                _tell_refusals(error.refusals)
            raise
        progress.close()
        hear_termination()
        tell_end(result, store, chosen, data_is_stream=jsonl == "-")
    return INTERRUPTED if result.summary.interrupted else DONE


def _is_held_back(chosen: Settings, plan: str) -> bool:
    """Tells it: a timer does not know the days on which its plan is held back."""
    from pqscan.app.plans import held_back
    from pqscan.scan.work import local_today

    with chosen.open_store() as store:
        days = held_back(store, plan, local_today())
    if days is not None:
        out.note(words.filled("The plan {plan} is held back until {day}: nothing was sent.", plan=plan, day=days.last))
    return days is not None


def _tell_clock(store: Store, run: Run) -> None:
    from pqscan.app.exclusive import ran_back

    found = ran_back(store, run)
    if found is not None:
        told = msgid(
            "Warning: this machine's clock shows {now} UTC, but run {run} in the store was at work at {then} UTC: see whether the "
            "clock was set back. What is found changed is kept as older than what that run saw."
        )
        now, then = (f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S}" for moment in (run.started_at, found.at))
        out.note(words.filled(told, now=now, run=found.run.id, then=then))


def _outcomes(lines: BinaryIO) -> OutcomeStream:
    from pqscan.app.streaming import OutcomeStream

    return OutcomeStream(lines, words.language())


@contextlib.contextmanager
def _stream(name: str | None) -> Iterator[BinaryIO | None]:
    from pqscan.app.place import owner_only

    if name is None:
        yield None
    elif name == "-":
        yield sys.stdout.buffer
    else:
        try:
            file = open(name, "ab", opener=owner_only)  # noqa: SIM115 - closed below.
        except OSError as error:
            raise WorkError(f"the outcomes cannot be written to {name}: {error.strerror}") from None
        with file:
            yield file


def _targets(count: int) -> str:
    return words.counted("{count} target", "{count} targets", count)


def _tell_refusals(refusals: tuple[Refusal, ...]) -> None:
    if not refusals:
        return
    total = sum(refusal.count for refusal in refusals)
    out.note(words.counted("{count} target is left out, as excluded:", "{count} targets are left out, as excluded:", total))
    for refusal in refusals[:MOST_SHOWN_REFUSALS]:
        out.note(f"  {refusal.what} ({refusal.ports}): {words.say().render(refusal.reason)}")
    if len(refusals) > MOST_SHOWN_REFUSALS:
        out.note("  " + words.gettext("The others stand in the audit log."))


def show_plan(request: NetScan, chosen: Settings) -> None:
    from pqscan.app.kept_out import kept_out_at
    from pqscan.app.scanning import plan_net

    prepared, planned = plan_net(request, kept_out_at(chosen.store_url))
    if chosen.wants_json:
        out.document(_plan_json(prepared, planned))
        return
    number = words.say().number
    between = _between(number(planned.datagrams_least), number(planned.datagrams_most))
    datagrams = ((words.gettext("Datagrams"), between),) if planned.datagrams_most else ()
    rows = (
        (words.gettext("Targets"), number(planned.targets)),
        (words.gettext("Addresses"), number(planned.addresses)),
        (words.gettext("Names to look up"), number(planned.lookups)),
        (words.gettext("Left out"), number(planned.refused)),
        (words.gettext("Connections"), _between(number(planned.connections_least), number(planned.connections_most))),
        *datagrams,
        (words.gettext("Bytes"), _between(number(planned.bytes_least), number(planned.bytes_most))),
        (words.gettext("Time"), _between(_duration(planned.seconds_least), _duration(planned.seconds_most))),
    )
    out.table((out.Column("", 20), out.Column("", 58, grows=True)), rows)
    for refusal in prepared.screened.refusals[:MOST_SHOWN_REFUSALS]:
        out.line(f"  {refusal.what} ({refusal.ports}): {words.say().render(refusal.reason)}")
    out.wrapped(words.gettext("Nothing was sent. Least: nobody answers; most: every target does. Other names found come on top."))


def _between(least: str, most: str) -> str:
    return least if least == most else words.filled("{least} to {most}", least=least, most=most)


def _duration(seconds: float) -> str:
    whole = max(1, round(seconds))
    minutes, rest = divmod(whole, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}"


def _plan_json(prepared: Prepared, planned: Plan) -> out.Json:
    refusals: list[out.Json] = [
        {"what": refusal.what, "ports": refusal.ports, "count": refusal.count, "reason": refusal.reason.code}
        for refusal in prepared.screened.refusals
    ]
    return {
        "targets": planned.targets,
        "addresses": planned.addresses,
        "lookups": planned.lookups,
        "refused": planned.refused,
        "connections": {"least": planned.connections_least, "most": planned.connections_most},
        "datagrams": {"least": planned.datagrams_least, "most": planned.datagrams_most},
        "bytes": {"least": planned.bytes_least, "most": planned.bytes_most},
        "seconds": {"least": round(planned.seconds_least, 3), "most": round(planned.seconds_most, 3)},
        "refusals": refusals,
    }
