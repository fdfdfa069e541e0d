"""`pqscan acts`: who did what, when and why."""

from __future__ import annotations

from datetime import UTC, datetime, time

from pqscan.cli import out, words
from pqscan.cli.assess import read_day
from pqscan.cli.group import command, option
from pqscan.cli.pseudonym import pseudonym_options, pseudonyms
from pqscan.cli.settings import settings
from pqscan.cli.show import print_array
from pqscan.cli.words import msgid
from pqscan.errors import UsageError
from pqscan.readiness.act import ActKind
from pqscan.readiness.chain import ChainedAct


@command(
    "acts",
    short_help=msgid("Who did what, when and why."),
    help=msgid(
        "Lists the acts that changed a judgement or let data out, in their order. Times are UTC. With --json also what exactly was "
        "done, and the chain's hashes; `pqscan db verify` checks them."
    ),
)
@option("--kind", metavar="KIND", help=msgid("Only one kind: register, decision, seal, export, import, key, purge or setting."))
@option("--since", metavar="DATE", help=msgid("Only from that day on, as 2026-11-29."))
@pseudonym_options
def acts(kind: str | None, since: str | None, pseudonymise: bool, key: str | None) -> None:
    from pqscan.app.pseudonymous import of_act

    wanted, names = _kind(kind), pseudonyms(pseudonymise, key)
    day = read_day(since)
    from_time = None if day is None else datetime.combine(day, time(), UTC)
    chosen = settings()
    with chosen.open_store() as store:
        kept = store.acts(wanted, from_time)
        found = kept if names is None else (of_act(one, names) for one in kept)
        if chosen.wants_json:
            print_array(map(_document, found))
        else:
            out.table(_header(), map(_row, found))


def _kind(text: str | None) -> ActKind | None:
    try:
        return None if text is None else ActKind(text)
    except ValueError:
        raise UsageError(f"{text!r} is no kind of act; there are {', '.join(ActKind)}") from None


def _header() -> tuple[out.Column, ...]:
    return (
        out.Column(words.gettext("No."), 5, right=True),
        out.Column(words.gettext("Time"), 16),
        out.Column(words.gettext("Who"), 14),
        out.Column(words.gettext("Kind"), 12),
        out.Column(words.gettext("What"), 25, grows=True),
    )


def _row(chained: ChainedAct) -> tuple[str, ...]:
    act = chained.act
    who = f"{act.actor} ({act.role})" if act.role else act.actor
    about = words.label("sheet", act.subject)
    what = f"{about}: {act.reason}" if act.reason else about
    return str(chained.number), act.at.strftime("%Y-%m-%d %H:%M"), who, words.label("act_kind", act.kind.value), what


def _document(chained: ChainedAct) -> out.Json:
    act = chained.act
    detail: dict[str, out.Json] = {name: list(value) if isinstance(value, list) else value for name, value in act.detail.items()}
    return {
        "number": chained.number,
        "at": act.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
        "actor": act.actor,
        "role": act.role,
        "kind": act.kind.value,
        "subject": act.subject,
        "detail": detail,
        "reason": act.reason,
        "previous_hash": chained.previous_hash,
        "hash": chained.hash,
    }
