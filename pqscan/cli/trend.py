"""`pqscan trend`: how many findings were in which state, month by month."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.assess import POLICY_HELP, read_day
from pqscan.cli.finding import UNIT_HELP, asked_of, belonging_of, keep_of
from pqscan.cli.group import command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.readiness.turns import LifeState

if TYPE_CHECKING:
    from pqscan.app.trending import Trend, TrendLine

STEPS = ("day", "week", "month", "quarter", "year")
_ELSEWHERE = (LifeState.DEPENDS_UPSTREAM, LifeState.DEPENDS_VENDOR, LifeState.DEPENDS_CENTRAL, LifeState.DISPUTED)
_TOLERATED = (LifeState.WAIVED, LifeState.ACCEPTED)


@command(
    "trend",
    short_help=msgid("How many findings were in which state, over time."),
    help=msgid(
        "Tells for each month how many findings were to be done, depended on others, were tolerated, were not seen again, and were "
        "proven fixed: from history alone, per policy and unit, units in the order of their codes."
    ),
)
@option("--policy", metavar="NAME", multiple=True, help=POLICY_HELP)
@option("--unit", metavar="UNIT", help=UNIT_HELP)
@option("--from", "first", metavar="DATE", help=msgid("The first day; default: that of the first run."))
@option("--to", "last", metavar="DATE", help=msgid("The last day; default: today."))
@option("--step", type=click.Choice(STEPS), default="month", show_default=True, help=msgid("How far the days lie apart."))
@option("--where", metavar="KEY=VALUE", multiple=True, help=msgid("Only of targets that fit, as in `pqscan show`."))
def trend(
    policy: tuple[str, ...], unit: str | None, first: str | None, last: str | None, step: str, where: tuple[str, ...]
) -> None:
    from pqscan.app.trending import Step
    from pqscan.app.trending import trend as follow

    begin = read_day(first)
    chosen = settings()
    with chosen.open_store() as store:
        belonging = belonging_of(store)
        asked = asked_of(store, policy, last, where, belonging)
        unit_of = None if belonging is None else belonging.unit_of
        found = follow(store, asked, begin, Step(step), unit_of=unit_of, keep=keep_of(belonging, unit))
    if chosen.wants_json:
        out.document(_json(found))
        return
    for line in found.lines:
        _print(found, line)
    if found.asked[-1]:
        told = words.counted("{count} target was asked until then.", "{count} targets were asked until then.", found.asked[-1])
        silent = words.counted("Nothing was learned of {count}.", "Nothing was learned of {count}.", found.silent[-1])
        out.line(f"{told} {silent}")
    elif not found.lines:
        out.line(words.gettext("Nothing was asked until then."))


def _print(found: Trend, line: TrendLine) -> None:
    unit = words.gettext("without a unit") if line.unit is None else line.unit
    out.line(f"{words.label('policy', line.policy)}, {unit}")
    header = (
        out.Column(words.gettext("Day"), 10),
        out.Column(words.gettext("To do"), 9, right=True),
        out.Column(words.gettext("Elsewhere"), 9, right=True),
        out.Column(words.gettext("Tolerated"), 13, right=True),
        out.Column(words.gettext("Unseen"), 10, right=True),
        out.Column(words.gettext("Fixed"), 8, right=True),
        out.Column(words.gettext("Fixed, %"), 9, right=True),
    )
    out.table(header, _rows(found, line))
    out.line()


def _rows(found: Trend, line: TrendLine) -> Iterator[tuple[str, ...]]:
    say = words.say()
    for day, counts in zip(found.days, line.counts, strict=True):
        to_do = sum(count for state, count in counts.items() if state.is_unsettled)
        elsewhere, tolerated = _sum(counts, _ELSEWHERE), _sum(counts, _TOLERATED)
        unseen, fixed = counts.get(LifeState.NOT_SEEN_AGAIN, 0), counts.get(LifeState.FIXED, 0)
        share = say.percent(fixed, to_do + elsewhere + tolerated + unseen + fixed)
        yield (day.isoformat(), *map(say.number, (to_do, elsewhere, tolerated, unseen, fixed)), share)


def _sum(counts: Mapping[LifeState, int], states: tuple[LifeState, ...]) -> int:
    return sum(counts.get(state, 0) for state in states)


def _json(found: Trend) -> out.Json:
    lines: list[out.Json] = [
        {
            "policy": line.policy,
            "unit": line.unit,
            "days": [
                {"day": day.isoformat(), "states": {state.value: count for state, count in counts.items()}}
                for day, counts in zip(found.days, line.counts, strict=True)
            ],
        }
        for line in found.lines
    ]
    asked: list[out.Json] = [
        {"day": day.isoformat(), "targets": asked, "nothing_learned": silent}
        for day, asked, silent in zip(found.days, found.asked, found.silent, strict=True)
    ]
    return {"asked": asked, "lines": lines}
