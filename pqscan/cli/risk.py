"""`pqscan risk` scores what the store holds under a pack of risk; `pqscan index` fills in the indicators of an index."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.assess import AS_OF_HELP, POLICY_HELP, UNIT_HELP, chosen_policies, chosen_systems, read_day
from pqscan.cli.group import command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid

if TYPE_CHECKING:
    from pqscan.app.scoring import Risk, Scored
    from pqscan.policy.rule import Purpose
    from pqscan.readiness.index_pack import Filled, IndexPack
    from pqscan.readiness.risk_pack import RiskPack

PACK_HELP = msgid("A pack in a file; default: the national one, as far as it was issued.")
_STATUS = {
    "not_issued": msgid("not issued yet"),
    "trial": msgid("a trial of one's own: nobody issued it"),
    "issued": msgid("issued"),
}


@command(
    "risk",
    short_help=msgid("Risk under a framework that is a pack."),
    help=msgid(
        "Scores what the store holds under a framework of risk: likelihood from exposure and state, impact from the register, with "
        "the owner and what the pack says is done about it. Another pack changes the scores without a scan. What no row of the "
        "pack fits is unknown, never low. No packet is sent."
    ),
)
@option("--pack", metavar="FILE", help=PACK_HELP)
@option("--unit", metavar="CODE", help=UNIT_HELP)
@option("--quantum-year", type=int, metavar="YEAR", help=msgid("The year assumed for a quantum computer; default: 2035."))
@option("--policy", metavar="NAME", multiple=True, help=POLICY_HELP)
@option("--as-of", metavar="DATE", help=AS_OF_HELP)
@option("--most", type=click.IntRange(0, 1_000_000), default=20, help=msgid("How many rows are printed; 0: all. Default: 20."))
def risk(
    pack: str | None, unit: str | None, quantum_year: int | None, policy: tuple[str, ...], as_of: str | None, most: int
) -> None:
    from pqscan.app.assessment import assess
    from pqscan.app.exposing import chosen_settings, described_by, expose
    from pqscan.app.registering import register
    from pqscan.app.scoring import risk_pack, score

    read = risk_pack(None if pack is None else Path(pack))
    years, day, policies = chosen_settings(quantum_year), read_day(as_of), chosen_policies(policy)
    chosen = settings()
    with chosen.open_store() as store:
        registered = register(store)
        inventory = assess(store, policies=policies, as_of=day, within=chosen_systems(store, unit, None))
        scored = score(expose(inventory, described_by(registered), years), read)
    names = {code: system.name for code, system in registered.systems.items()}
    if chosen.wants_json:
        rows: list[out.Json] = [_risk_json(one) for one in scored.risks]
        document: dict[str, out.Json] = {
            **_pack_json(read),
            "as_of": inventory.as_of.isoformat(),
            "quantum_year": years.quantum_year,
        }
        out.document({**document, "risks": rows, "outside": scored.outside})
        return
    _tell_pack(read)
    if read.scale:
        _tell_risks(scored, names, years.quantum_year, inventory.as_of, most)


def _tell_pack(pack: RiskPack | IndexPack) -> None:
    out.wrapped(f"{pack.title}: {words.gettext(_STATUS[pack.status.value])}", "", "    ")
    if pack.status.value == "not_issued":
        told = msgid("No figure is made up in its place. As of {date}; {source}.")
        out.wrapped(words.filled(told, date=words.say().date(pack.verified_on), source=pack.reference), "  ")


def _pack_json(pack: RiskPack | IndexPack) -> dict[str, out.Json]:
    return {
        "pack": pack.id,
        "title": pack.title,
        "status": pack.status.value,
        "verified_on": pack.verified_on.isoformat(),
        "reference": pack.reference,
    }


def _risk_json(one: Risk) -> out.Json:
    return {
        "system": one.system,
        "purpose": one.purpose.value,
        "likelihood": one.likelihood,
        "impact": one.impact,
        "risk": one.risk,
        "owner": one.owner,
        "treatment": one.treatment,
        "targets": one.targets,
    }


def _tell_risks(scored: Scored, names: dict[str, str], quantum_year: int, day: date, most: int) -> None:
    say = words.say()
    told = msgid("Risk on {date}; assumed quantum year {year}. The scale, the least first: {scale}.")
    out.wrapped(words.filled(told, date=say.date(day), year=quantum_year, scale=", ".join(scored.pack.scale)))
    unknown = words.gettext("unknown")
    shown = scored.risks if most == 0 else scored.risks[:most]
    for one in shown:
        out.line()
        whose = words.gettext("no system") if one.system is None else f"{one.system} {names.get(one.system, '')}".rstrip()
        targets = words.counted("{count} target", "{count} targets", one.targets)
        out.wrapped(f"{whose}: {_purpose(one.purpose)} ({targets})", "", "    ")
        told = msgid("Risk {risk}: likelihood {likelihood}, impact {impact}.")
        values = {"risk": one.risk or unknown, "likelihood": one.likelihood or unknown, "impact": one.impact or unknown}
        out.wrapped(words.filled(told, **values), "  ", "    ")
        owner, treatment = one.owner or words.gettext("not stated"), one.treatment or words.gettext("the pack says nothing")
        out.wrapped(words.filled("Owner: {owner}. Treatment: {treatment}", owner=owner, treatment=treatment), "  ", "    ")
    rest = len(scored.risks) - len(shown)
    if rest:
        out.line()
        out.wrapped(words.counted("… {count} more row; --most 0 shows all", "… {count} more rows; --most 0 shows all", rest))
    if scored.outside:
        out.line()
        told_outside = words.counted(
            "{count} row is outside of the assessment and not scored.",
            "{count} rows are outside of the assessment and not scored.",
            scored.outside,
        )
        out.wrapped(told_outside)


def _purpose(purpose: Purpose) -> str:
    from pqscan_reports.standing import purpose_text

    return purpose_text(purpose, words.say())


@command(
    "index",
    short_help=msgid("The indicators of an index that is a pack."),
    help=msgid(
        "Fills in the indicators of an index from the figures of the store, each with part and whole. What was not issued, or not "
        "stated, has no value: none is made up, and nothing is added up or weighed. No packet is sent."
    ),
)
@option("--pack", metavar="FILE", help=PACK_HELP)
@option("--unit", metavar="CODE", help=UNIT_HELP)
@option("--policy", metavar="NAME", multiple=True, help=POLICY_HELP)
@option("--as-of", metavar="DATE", help=AS_OF_HELP)
def index(pack: str | None, unit: str | None, policy: tuple[str, ...], as_of: str | None) -> None:
    from pqscan.app.scoring import figures_of, index_pack
    from pqscan.readiness.index_pack import fill_in

    read = index_pack(None if pack is None else Path(pack))
    day, policies = read_day(as_of), chosen_policies(policy)
    chosen = settings()
    with chosen.open_store() as store:
        figures = figures_of(store, chosen_systems(store, unit, None), day, policies) if read.indicators else {}
    filled = fill_in(read, figures)
    if chosen.wants_json:
        rows: list[out.Json] = [_filled_json(one) for one in filled]
        out.document({**_pack_json(read), "indicators": rows})
        return
    _tell_pack(read)
    for one in filled:
        out.wrapped(f"{one.indicator.id} {one.indicator.title}: {_value(one)}", "", "    ")


def _value(one: Filled) -> str:
    say = words.say()
    if one.filling.value == "not_issued":
        return words.gettext(_STATUS["not_issued"])
    if one.part is None:
        return words.gettext("no figures yet")
    if one.whole is None:
        return say.number(one.part)
    return f"{say.number(one.part)} / {say.number(one.whole)} = {say.percent(one.part, one.whole)}"


def _filled_json(one: Filled) -> out.Json:
    return {
        "id": one.indicator.id,
        "title": one.indicator.title,
        "filling": one.filling.value,
        "part": one.part,
        "whole": one.whole,
        "reference": one.indicator.reference,
    }
