"""`pqscan harness conformance`: cases that a server of TLS 1.3, SSH or IKEv2 must take or refuse, and what it made of them."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.entry import DONE, NO_WORK
from pqscan.cli.group import command, option
from pqscan.cli.settings import Settings, settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError
from pqscan.model.trial import TrialVerdict

if TYPE_CHECKING:
    from collections.abc import Callable

    from pqscan.app.conforming import PreparedConformance
    from pqscan.harness.conformance.case import Case
    from pqscan.harness.conformance.ike.case import Case as IkeCase
    from pqscan.harness.conformance.ssh.case import Case as SshCase
    from pqscan.model.trial import Trial, TrialReport

    AnyCase = Case | SshCase | IkeCase

FAILED = 1
"""A case failed."""

_TOLD_EVERY = 25  # cases

GRADES = {
    "conforms": msgid("The server conforms in everything that was tried."),
    "tolerable": msgid("Nothing failed; some answers are only tolerated."),
    "fails": msgid("The server fails: at least one case went against the standard."),
    "undetermined": msgid("Undetermined: nothing failed, and not everything could be told."),
}
_KINDS = {
    "refuse": msgid("must refuse"),
    "may_refuse": msgid("may refuse"),
    "take": msgid("must take"),
    "look": msgid("is looked at"),
}


@command(
    "conformance",
    short_help=msgid("What a server of TLS 1.3, SSH or IKEv2 must take and what it must refuse."),
    help=msgid(
        "Sends one TLS 1.3 server, one connection after another, what it must take and what it must refuse: wrong hybrid shares, "
        "points off the curve, changed second hellos, forged Finished messages, torn records. Before each case the same without "
        "the fault has to be answered; where it is not, the case is unknown, never failed. An SSH server is sent wrong hybrid "
        "public values, wrong guesses, messages that a strict key exchange forbids, forged packets; nobody logs in. A gateway of "
        "IKEv2 is sent wrong proposals, payloads, encapsulation keys and fragments; most exchanges end with a login that fails, so "
        "that nothing half-open stays behind, and the gateway logs it.\n\n"
        "TARGET is an address or host name with a port (443 where there is none), host:587/smtp for a service that begins in "
        "plain text, or name@address:port; host:22/ssh, port 22 or --protocol ssh mean SSH, host:500/udp or --protocol ike "
        "IKEv2. Many of the messages "
        "are malformed on purpose: outside this machine an authorisation with active_tests = true is needed.\n\n"
        "Exit codes: 0 no case failed, 1 a case failed, 3 the work could not be done or nothing could be told."
    ),
)
@click.argument("target", metavar="[TARGET]", required=False)
@option("--protocol", type=click.Choice(("tls", "ssh", "ike")), help=msgid("What the target speaks, where its port does not tell."))
@option("--authorisation", metavar="FILE", help=msgid("Who permitted what (TOML); needed outside this machine."))
@option("--case", "cases", metavar="ID", multiple=True, help=msgid("Only this case. May be repeated."))
@option("--list", "lists", is_flag=True, help=msgid("Lists the cases and sends nothing."))
@option(
    "--rate",
    type=float,
    metavar="N",
    help=msgid("Connections a second; default 5, over SSH 0.8, over IKE 2 datagrams. This machine has no limit."),
)
@option("--timeout", type=float, default=5.0, show_default=True, metavar="SECONDS", help=msgid("For each connection."))
@option("--server-name", metavar="NAME", help=msgid("The name to ask for, where it is not the target's."))
@option("--junit", metavar="FILE", help=msgid("Writes the results as JUnit XML too."))
@option("--html", metavar="FILE", help=msgid("Writes the results as an HTML page too."))
@option("--site", metavar="NAME", default="", help=msgid("Where this is, when the same addresses exist in several places."))
@option("--audit-log", metavar="FILE", help=msgid("Where the audit log lies; default: in the user's data folder."))
def conformance(
    target: str | None,
    protocol: str | None,
    authorisation: str | None,
    cases: tuple[str, ...],
    lists: bool,
    rate: float | None,
    timeout: float,
    server_name: str | None,
    junit: str | None,
    html: str | None,
    site: str,
    audit_log: str | None,
) -> int:
    from pqscan.app.conforming import ConformanceRequest, could_not_work, prepare_conformance
    from pqscan.app.conforming import conformance as carry_out
    from pqscan.app.kept_out import kept_out_at
    from pqscan.cli.trial_files import require_places
    from pqscan.scan.audit import AuditLog

    chosen = settings()
    require_places(junit, html)
    if lists:
        _list(cases, chosen, protocol)
        return DONE
    if target is None:
        raise UsageError("no target is named: give an address or host name with a port, or --list")
    request = ConformanceRequest(target, cases, authorisation, server_name, rate, timeout, site, protocol)
    prepared = prepare_conformance(request, register=kept_out_at(chosen.store_url))
    audit = AuditLog(None if audit_log is None else Path(audit_log))
    teller = _Teller(chosen)
    try:
        report = carry_out(prepared, audit=audit, begun=teller.begin, told=teller.tell)
    except KeyboardInterrupt:
        teller.tell_so_far()
        raise
    _tell_end(report, chosen)
    _write_files(report, junit, html, chosen)
    if report.failed:
        return FAILED
    return NO_WORK if could_not_work(report) else DONE


class _Teller:
    """What is told on standard error while the cases run: the budget before the first packet, failures at once, and now and
    then how far it is. Nothing where the user wants quiet."""

    def __init__(self, chosen: Settings) -> None:
        self._chosen = chosen
        self._done: list[Trial] = []
        self._cases = 0

    def begin(self, prepared: PreparedConformance) -> None:
        self._cases = len(prepared.cases)
        if prepared.protocol == "ike":
            connections = words.counted("{count} exchange", "{count} exchanges", prepared.connections)
        else:
            connections = words.counted("{count} connection", "{count} connections", prepared.connections)
        cases = words.counted("{count} case", "{count} cases", self._cases)
        known = {"target": prepared.label, "cases": cases, "connections": connections}
        if self._chosen.is_quiet:
            return
        if prepared.is_loopback:
            out.note(words.filled("{target}: {cases}, at most {connections}", **known))
        else:
            known["rate"] = f"{prepared.rate:g}"
            told = msgid("{target}: {cases}, at most {connections}, {rate} a second")
            of_ike = msgid("{target}: {cases}, at most {connections}, {rate} datagrams a second")
            out.note(words.filled(of_ike if prepared.protocol == "ike" else told, **known))

    def tell(self, trial: Trial) -> None:
        self._done.append(trial)
        if self._chosen.is_quiet:
            return
        if trial.verdict is TrialVerdict.FAILED:
            out.note(words.filled("failed: {case}", case=trial.name))
        if len(self._done) % _TOLD_EVERY == 0 and len(self._done) < self._cases:
            self._tell_how_far()

    def tell_so_far(self) -> None:
        """After an interruption: what is known of the cases that are through. A part has no grade and is no JSON document."""
        if not self._chosen.wants_json:
            _tell_trials(tuple(self._done))
        self._tell_how_far()

    def _tell_how_far(self) -> None:
        out.note(words.filled("{done} of {total} cases", done=len(self._done), total=self._cases))


def _tell_end(report: TrialReport, chosen: Settings) -> None:
    if chosen.wants_json:
        from pqscan_reports.trials.trials_json import trials_json

        from pqscan.harness.conformance.grade import grade

        document = trials_json(report, words.language())
        out.document({**document, "grade": grade(report.trials).value})
        return
    _tell_trials(report.trials)
    out.wrapped(_grade_text(report))


def _tell_trials(all_trials: tuple[Trial, ...]) -> None:
    from pqscan_reports.trials.html import ORDER
    from pqscan_reports.trials.words import verdict_text

    for verdict in ORDER:
        trials = [trial for trial in all_trials if trial.verdict is verdict]
        if not trials:
            continue
        out.line(f"{verdict_text(verdict, words.say())} ({len(trials)})")
        if verdict is TrialVerdict.PASSED:
            out.wrapped(", ".join(trial.name for trial in trials), "  ")
        elif verdict is TrialVerdict.FAILED:
            for trial in trials:
                _tell_failure(trial)
        else:
            _tell_by_reason(trials)
        out.line()


def _tell_failure(trial: Trial) -> None:
    from pqscan_reports.trials.words import detail_text

    say = words.say()
    title = "" if trial.title is None else say.render(trial.title)
    out.wrapped(f"{trial.name}: {title}", "  ", "    ")
    if trial.reason is not None:
        out.wrapped(say.render(trial.reason), "    ")
    out.wrapped(" · ".join(part for part in (trial.rests_on, detail_text(trial, say)) if part), "    ")


def _tell_by_reason(trials: list[Trial]) -> None:
    say = words.say()
    by_reason: dict[str, list[str]] = {}
    for trial in trials:
        by_reason.setdefault("" if trial.reason is None else say.render(trial.reason), []).append(trial.name)
    for reason, names in by_reason.items():
        out.wrapped(reason, "  ", "    ")
        out.wrapped(", ".join(names), "    ")


def _grade_text(report: TrialReport) -> str:
    from pqscan.harness.conformance.grade import grade

    return words.gettext(GRADES[grade(report.trials).value])


def _write_files(report: TrialReport, junit: str | None, html: str | None, chosen: Settings) -> None:
    """Raises WorkError where a file cannot be written."""
    from pqscan.cli.trial_files import whole_file, write_junit_file

    if junit is not None:
        write_junit_file(Path(junit), report, quiet=chosen.is_quiet)
    if html is not None:
        from pqscan_reports.trials.html import write_html

        with whole_file(Path(html)) as file:
            write_html(report, words.language(), file, grade=_grade_text(report))
        if not chosen.is_quiet:
            out.note(words.filled("Written: {path}", path=Path(html).resolve()))


def _list(names: tuple[str, ...], chosen: Settings, protocol: str | None) -> None:
    cases, name = _listed(names, protocol)
    if chosen.wants_json:
        out.document({"cases": [_row(case) for case in cases]})
        return
    say = words.say()
    for case in cases:
        asked = words.gettext(_KINDS[case.kind.value])
        required = case.required[:1]
        named = f", {name(required[0])}" if required else ""
        out.wrapped(f"{case.id} ({asked}{named})", "", "    ")
        out.wrapped(say.render(case.title), "    ")
        sentence = f"“{case.sentence}”" if case.is_quoted else case.sentence
        out.wrapped(f"{case.rests_on}: {sentence}", "    ")
    out.line(words.counted("{count} case", "{count} cases", len(cases)))


def _listed(names: tuple[str, ...], protocol: str | None) -> tuple[tuple[AnyCase, ...], Callable[[int], str]]:
    """The cases of a protocol, and what names the way in which a refusal is told."""
    if protocol == "ssh":
        from pqscan.harness.conformance.ssh import catalogue as of_ssh
        from pqscan.harness.conformance.ssh.seen import reason_name

        return of_ssh.cases_named(names), reason_name
    if protocol == "ike":
        from pqscan.harness.conformance.ike import catalogue as of_ike
        from pqscan.wire.ike.words import notify_name

        return of_ike.cases_named(names), notify_name
    from pqscan.harness.conformance import catalogue as of_tls
    from pqscan.harness.conformance.seen import alert_name

    return of_tls.cases_named(names), alert_name


def _row(case: AnyCase) -> out.Json:
    """`alerts` are alerts of TLS, reasons of an SSH DISCONNECT or notify types of IKE; `quoted`: `sentence` is the standard's
    own."""
    alerts: list[out.Json] = list(case.required)
    return {
        "id": case.id,
        "title": words.say().render(case.title),
        "kind": case.kind.value,
        "alerts": alerts,
        "rests_on": case.rests_on,
        "sentence": case.sentence,
        "quoted": case.is_quoted,
    }
