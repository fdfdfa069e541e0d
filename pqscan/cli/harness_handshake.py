"""`pqscan harness handshake`: handshakes with one server, or between our own two ends, and what became of each."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.entry import DONE, NO_WORK
from pqscan.cli.group import command, option
from pqscan.cli.settings import Settings, settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

if TYPE_CHECKING:
    from pqscan.app.handshake_target import HandshakeRequest, PreparedHandshake
    from pqscan.app.handshaking import HandshakeResult
    from pqscan.harness.handshake import Carried

PROTOCOLS = ("tls", "ssh", "ike")
NOT_PROVEN = 1
"""A handshake failed, or the server answers and none was carried through."""

_VERDICT_COLUMNS = 18


@command(
    "handshake",
    short_help=msgid("Carries hybrid handshakes through with one TLS, SSH or IKEv2 server."),
    help=msgid(
        "Carries full TLS 1.3 handshakes through with one server, each group with its share in the first message and through "
        "HelloRetryRequest: the server's Finished and signature are verified, our Finished is sent, a HEAD request is answered, "
        "both sides end in order. Certificates are not held against any trust anchor.\n\n"
        "Over SSH each key exchange method is carried through alone: the host key's signature is verified, new keys are taken "
        "in use, and one request for a service is answered under them. Nobody logs in, and host keys are not held against any "
        "list.\n\n"
        "Over IKEv2 each ML-KEM is carried through IKE_INTERMEDIATE. That its secret is right shows only in IKE_AUTH, which a "
        "gateway logs as a failed login: it is sent on this machine, and where the authorisation says active_tests = true.\n\n"
        "TARGET is an address or host name with a port (443 where there is none), host:587/smtp for a service that begins in "
        "plain text, or name@address:port; host:22/ssh, port 22 or --protocol ssh mean SSH, host:500/udp or --protocol ike IKEv2. "
        "Outside this machine an authorisation is needed. Without --group the hybrids of RFC 10024 and pure ML-KEM are tried, over "
        "SSH those of RFC 10042 and sntrup761, over IKEv2 ML-KEM-512, -768 and -1024.\n\n"
        "Exit code 0: at least one hybrid group, or one of those named with --group, was carried through, no handshake failed, "
        "and of each group it is known whether the server takes it; 1: a handshake failed, or no such group was carried "
        "through; 3: the work could not be done, or for a group nothing can be told."
    ),
)
@click.argument("target", metavar="[TARGET]", required=False)
@option("--protocol", type=click.Choice(PROTOCOLS), help=msgid("What the target speaks, where its port does not tell."))
@option(
    "--group",
    metavar="NAME",
    multiple=True,
    help=msgid("A group by name or code point (0x11ec), or a key exchange method of SSH or IKEv2. May be repeated."),
)
@option("--all-groups", is_flag=True, help=msgid("Every group that the library can make, private code points included."))
@option(
    "--library",
    type=click.Choice(("liboqs", "cryptography")),
    help=msgid("What computes the post-quantum part of the key agreement; default: liboqs."),
)
@option("--server-name", metavar="NAME", help=msgid("The name to ask for, where it is not the target's."))
@option("--authorisation", metavar="FILE", help=msgid("Who permitted what (TOML); needed outside this machine."))
@option("--timeout", type=float, default=10.0, show_default=True, metavar="SECONDS", help=msgid("For each handshake."))
@option("--no-request", is_flag=True, help=msgid("Sends no HTTP request after the handshake."))
@option("--loopback", is_flag=True, help=msgid("Our own client against our own server: that the two agree, no more."))
@option("--trace", is_flag=True, help=msgid("Shows every message: sizes, order of parts, alerts. Secrets are never shown."))
@option("--junit", metavar="FILE", help=msgid("Writes the results as JUnit XML too."))
@option("--no-store", is_flag=True, help=msgid("Keeps nothing in the store."))
@option("--site", metavar="NAME", default="", help=msgid("Where this is, when the same addresses exist in several places."))
@option("--audit-log", metavar="FILE", help=msgid("Where the audit log lies; default: in the user's data folder."))
def handshake(
    target: str | None,
    protocol: str | None,
    group: tuple[str, ...],
    all_groups: bool,
    library: str | None,
    server_name: str | None,
    authorisation: str | None,
    timeout: float,
    no_request: bool,
    loopback: bool,
    trace: bool,
    junit: str | None,
    no_store: bool,
    site: str,
    audit_log: str | None,
) -> int:
    from pqscan.app.handshake_target import HandshakeRequest
    from pqscan.app.handshaking import loopback as own_pair
    from pqscan.cli.trial_files import require_places, write_junit_file

    chosen = settings()
    require_places(junit)
    told = _Teller(chosen, trace)
    if loopback:
        if target is not None:
            raise UsageError("--loopback tries our own client against our own server: leave out the target")
        result = own_pair(group, library, timeout_seconds=timeout, told=told.tell)
    else:
        if target is None:
            raise UsageError("no target is named: give an address or host name with a port, or --loopback")
        request = HandshakeRequest(
            target=target,
            groups=group,
            all_groups=all_groups,
            library=library,
            server_name=server_name,
            authorisation=authorisation,
            timeout_seconds=timeout,
            sends_request=not no_request,
            site=site,
            protocol=protocol,
        )
        result = _with_target(request, chosen, told, no_store, audit_log)
    told.end(result, is_own_pair=loopback)
    if junit is not None:
        write_junit_file(Path(junit), result.report, quiet=chosen.is_quiet)
    if result.is_good:
        return DONE
    return NO_WORK if result.could_not_work else NOT_PROVEN


def _with_target(
    request: HandshakeRequest, chosen: Settings, told: _Teller, no_store: bool, audit_log: str | None
) -> HandshakeResult:
    from pqscan.app.handshake_target import prepare_handshake
    from pqscan.app.handshaking import handshake as carry_out
    from pqscan.app.kept_out import kept_out_at
    from pqscan.scan.audit import AuditLog

    prepared = prepare_handshake(request, register=kept_out_at(chosen.store_url))
    audit = AuditLog(None if audit_log is None else Path(audit_log))
    if no_store:
        return carry_out(prepared, audit=audit, begun=told.begin, told=told.tell)
    with chosen.open_store(create=True) as store:
        return carry_out(prepared, store, audit=audit, begun=told.begin, told=told.tell)


class _Teller:
    """Prints each handshake when it is over, or all as one JSON document at the end."""

    def __init__(self, chosen: Settings, trace: bool) -> None:
        self._chosen = chosen
        self._trace = trace
        self._said = ("", "")  # the group of the handshake before, and why it came out so

    def begin(self, prepared: PreparedHandshake) -> None:
        if self._chosen.is_quiet:
            return
        out.note(
            words.filled(
                "Handshakes with {target}, key agreement on {library}: at most {connections}",
                target=prepared.item.label,
                library=prepared.maker.label,
                connections=words.counted("{count} connection", "{count} connections", prepared.connections),
            )
        )

    def tell(self, carried: Carried) -> None:
        if self._chosen.wants_json:
            return
        from pqscan_reports.trials.words import detail_text, reason_text, verdict_text

        trial = carried.trial
        verdict = verdict_text(trial.verdict, words.say())
        parts = trial.name.split(", ")  # the group, then the way
        name = ", ".join(words.say().label("handshake_way", part) for part in parts)
        out.line(f"{_padded(verdict, _VERDICT_COLUMNS)}{name}")
        reason = reason_text(trial, words.say())
        if reason and (parts[0], reason) != self._said:
            out.wrapped(reason, "    ")
        self._said = parts[0], reason
        detail = detail_text(trial, words.say())
        if detail and trial.verdict.value != "not_applicable":
            out.wrapped(detail, "    ")
        if self._trace:
            for line in carried.trace:
                out.line(f"  {line}")

    def end(self, result: HandshakeResult, *, is_own_pair: bool) -> None:
        if self._chosen.wants_json:
            out.document(_json(result))
            return
        from pqscan_reports.trials.words import verdict_text

        counts = result.report.counts
        parts = [f"{verdict_text(verdict, words.say())} {words.say().number(counts[verdict])}" for verdict in sorted(counts)]
        out.line()
        out.wrapped(words.filled("{target}: {counts}", target=result.report.scope, counts=", ".join(parts)))
        out.wrapped(", ".join(f"{name} {version}" for name, version in result.report.versions))
        if result.needs_hybrid and not result.has_proof:
            out.wrapped(words.gettext("No handshake with a hybrid group was carried through."))
        if is_own_pair:
            out.wrapped(
                words.gettext("Both ends are ours: this proves that the two agree, and nothing about any other implementation.")
            )
        elif result.run is not None and not self._chosen.is_quiet and any(each.proven for each in result.carried):
            self._tell_stored(result, result.run.id)

    def _tell_stored(self, result: HandshakeResult, run: str) -> None:
        target = result.target
        if result.is_scanned or target is None:
            out.note(words.filled("Run {run} is in the store; reports show the groups that it proved.", run=run))
            return
        site = ("--site", target.site) if target.site else ()
        command = shlex.join(("pqscan", "scan", "net", result.report.scope, *site))
        out.note(
            words.filled(
                "Run {run} is in the store; reports show what it proved once the target is scanned: {command}",
                run=run,
                command=command,
            )
        )


def _padded(text: str, width: int) -> str:
    """The text in at least so many columns."""
    from pqscan_reports.escape import padded

    return padded(text, width)


def _json(result: HandshakeResult) -> out.Json:
    """As `pqscan-trials/1`, with the run in the store and, in each trial, its trace."""
    from pqscan_reports.trials.trials_json import trials_json

    document = trials_json(result.report, words.language())
    document["run"] = None if result.run is None else result.run.id
    rows = document["trials"]
    if isinstance(rows, list):
        for row, carried in zip(rows, result.carried, strict=True):
            if isinstance(row, dict):
                row["trace"] = list(carried.trace)
    return document
