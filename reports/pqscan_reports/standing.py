"""What every report says of readiness beside the scanned facts, as plain rows and sentences in the reader's language: coverage
against the register, the quality of the data, money and training, the mark, the head of the acts, what comes first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from pqscan.locale import Translator, fill, msgid
from pqscan.policy.rule import Purpose
from pqscan.readiness.budget import LEAST_SHARE
from pqscan.readiness.classification import Mark
from pqscan.readiness.exposure import ExposureKind
from pqscan.readiness.figure_names import QUALITY, Figures
from pqscan.readiness.regimes import authorities
from pqscan.readiness.system import Regime
from pqscan.readiness.words import choices, spoken
from pqscan.report import FirstPlace, FirstPlaces, ReadinessView
from pqscan_reports.naming import target_text

Cell = str | int

NO_FIGURE = msgid("no figures yet")
MOST_NAMES = 20  # of systems or ranges in a cell; the rest is counted
QUALITY_TITLES: Mapping[str, Mapping[str, str]] = {
    "quality": {
        "verified": msgid("Correct: an answer came"),
        "complete": msgid("Complete: all of it was read"),
        "clean": msgid("Clean: listed once, and in one system at most"),
        "live": msgid("Live: seen within half a year"),
    },
    "register": {
        "verified": msgid("Correct: reviewed, owner and operator known"),
        "complete": msgid("Complete: everything that is needed is stated"),
        "clean": msgid("Clean: no other of that name, no scope that ties"),
        "live": msgid("Live: reviewed within a year"),
    },
}
_BUDGET_STATES: Mapping[str, str] = {
    "met": msgid("The share that is asked for is met."),
    "not_met": msgid("The share that is asked for is not met."),
}
KINDS: Mapping[ExposureKind, str] = {
    ExposureKind.EXPOSED: msgid("exposed"),
    ExposureKind.NOT_YET: msgid("with time in hand"),
    ExposureKind.NONE: msgid("without exposure"),
    ExposureKind.UNKNOWN: msgid("unknown"),
    ExposureKind.OUTSIDE: msgid("not within the scope of the assessment"),
}


@dataclass(frozen=True, slots=True)
class Table:
    """Title, headings and rows, in the reader's language."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Entry:
    """One place of the exposure list: its number, whose it is and for what, the targets, the sentences."""

    number: str
    title: str
    targets: str
    sentences: tuple[str, ...]


def mark_line(view: ReadinessView, say: Translator) -> str:
    """By whose decision the report bears a mark, or that none is recorded."""
    marking = view.marking
    if marking is None:
        return say.gettext("No decision on a handling mark is recorded for this report: it bears none.")
    told = msgid("By the decision {number} of {day}, {decider}.")
    if marking.mark is Mark.NONE:
        told = msgid("By the decision {number} of {day}, {decider}: no mark.")
    values = {"number": marking.number, "day": say.date(marking.decided_on), "decider": marking.decided_by}
    return fill(say.gettext(told), values)


def mark_text(view: ReadinessView, say: Translator) -> str:
    """The mark as it is printed; empty where none was decided."""
    if view.marking is None or view.marking.mark is Mark.NONE:
        return ""
    return spoken(choices("Mark")[view.marking.mark.value], say.language).upper()


def acts_line(view: ReadinessView, say: Translator) -> str:
    """The end of the chain of acts, so that a tail that is cut off later shows; empty where there are no acts."""
    if view.acts is None or not view.acts.entries:
        return ""
    told = msgid("Head of the chain of acts: {count}, {hash}")
    return fill(say.gettext(told), {"count": say.number(view.acts.entries), "hash": view.acts.hash})


def system_coverage(view: ReadinessView, say: Translator) -> Table | None:
    """Systems that run and may be looked at, by kind: seen, never seen and by name (R22)."""
    if view.coverage is None or not view.coverage.kinds:
        return None
    titles = (msgid("Kind of system"), msgid("Seen"), msgid("Of"), msgid("Share"), msgid("Never seen"))
    header = tuple(map(say.gettext, titles))
    rows = tuple(
        (say.label("figure", row.kind.value), row.seen, row.total, say.percent(row.seen, row.total), named(row.never_seen, say))
        for row in view.coverage.kinds
    )
    return Table(say.gettext("Systems of the register"), header, rows)


def place_coverage(view: ReadinessView, say: Translator) -> Table | None:
    """Domains and ranges of the units: asked whole, in part, by nobody, and which."""
    if view.coverage is None or not view.coverage.units:
        return None
    header = (
        say.gettext("Unit"),
        say.gettext("Asked"),
        say.gettext("In part"),
        say.gettext("Unknown: nobody asked"),
        say.gettext("Of"),
        say.gettext("Which nobody asked"),
    )
    rows = tuple(
        (view.unit_names.get(row.unit, row.unit), row.asked, row.in_part, len(row.unknown), row.total, named(row.unknown, say))
        for row in view.coverage.units
    )
    return Table(say.gettext("Domains and ranges of the units"), header, rows)


def coverage_lines(view: ReadinessView, say: Translator) -> Iterator[str]:
    """How the targets lie in the systems, and what is in no denominator."""
    found = view.coverage
    if found is None:
        return
    figures = view.figures
    if "belonging.in_a_system" in figures:
        told = msgid("Targets in a system: {inside}; in none: {outside}; claimed by several systems equally: {tied}.")
        values = {"inside": found.in_systems, "outside": found.outside, "tied": found.tied}
        yield fill(say.gettext(told), {name: say.number(value) for name, value in values.items()})
    if found.outside_units:
        yield say.counted(
            "{count} target lies in no unit's domains or ranges.",
            "{count} targets lie in no unit's domains or ranges.",
            found.outside_units,
        )
    if found.not_running or found.out_of_assessment:
        told = msgid("In no share: {waiting} systems that do not run, {outside} that are not within the scope of the assessment.")
        values = {"waiting": found.not_running, "outside": found.out_of_assessment}
        yield fill(say.gettext(told), {name: say.number(value) for name, value in values.items()})


def coverage_summary(figures: Figures, say: Translator) -> Iterator[str]:
    """Coverage in a line each, for a summary."""
    if "system_seen.seen" in figures:
        seen, never = figures["system_seen.seen"], figures.get("system_seen.never_seen", 0)
        told = msgid("Systems of the register that run and may be looked at: {seen} of {total} seen")
        yield fill(say.gettext(told), {"seen": say.number(seen), "total": say.number(seen + never)})
    if figures.get("places.total"):
        told = msgid("Domains and ranges of the units: {total}; asked {asked}, in part {part}, unknown {unknown}")
        names = {"total": "places.total", "asked": "place.asked", "part": "place.in_part", "unknown": "place.unknown"}
        yield fill(say.gettext(told), {name: say.number(figures.get(figure, 0)) for name, figure in names.items()})


def named(names: tuple[str, ...], say: Translator) -> str:
    """Some names, and how many more there are."""
    shown = "; ".join(names[:MOST_NAMES])
    rest = len(names) - MOST_NAMES
    return f"{shown} {say.counted('and {count} more', 'and {count} more', rest)}" if rest > 0 else shown


def quality_rows(figures: Figures, say: Translator) -> Iterator[tuple[str, str, str, int | None, int]]:
    """«Đúng, đủ, sạch, sống» (R31), of the inventory and of the register: the figure, rows of what, which share, part and whole."""
    of = {"quality": say.gettext("Inventory"), "register": say.gettext("Register")}
    for family, titles in QUALITY_TITLES.items():
        whole = figures.get(f"{family}.rows")
        if family == "register" and not whole:
            continue
        for name in QUALITY:
            figure = f"{family}.{name}"
            yield figure, of[family], say.gettext(titles[name]), figures.get(figure), whole or 0


def money_line(figures: Figures, say: Translator) -> str:
    """The share of security in the budget against the least that is asked for (R28)."""
    whole, part = figures.get("budget.it_total"), figures.get("budget.security")
    share = say.gettext(NO_FIGURE)
    if whole and part is not None:
        share = f"{say.number(part)} / {say.number(whole)} = {say.exact_percent(part, whole)}"
    told = msgid("Security in the IT and digital transformation budget: {share} (at least {least} is asked for).")
    return fill(say.gettext(told), {"share": share, "least": say.percent(LEAST_SHARE.numerator, LEAST_SHARE.denominator)})


def resource_lines(view: ReadinessView, say: Translator) -> Iterator[str]:
    """Money, training and products, each with what nobody stated."""
    figures = view.figures
    if view.year is not None:
        yield fill(say.gettext(msgid("Figures of the year {year}.")), {"year": view.year})
    yield money_line(figures, say)
    if "budget.post_quantum" in figures:
        told = msgid("Of it for the migration of cryptography: {count}.")
        yield fill(say.gettext(told), {"count": say.number(figures["budget.post_quantum"])})
    if figures.get("budgets.total") == 1:
        for name, state in _BUDGET_STATES.items():
            if figures.get(f"budget_state.{name}"):
                yield say.gettext(state)
    if figures.get("budgets.total", 0) > 1:
        told = msgid("Units that reach it: {met}; that do not: {not_met}; without figures: {missing}.")
        names = {"met": "budget_state.met", "not_met": "budget_state.not_met", "missing": "budget_state.no_figures"}
        yield fill(say.gettext(told), {name: say.number(figures.get(figure, 0)) for name, figure in names.items()})
    people, trained = figures.get("training.headcount"), figures.get("training.trained")
    count = say.gettext(NO_FIGURE)
    if people is not None and trained is not None:
        count = f"{say.number(trained)} / {say.number(people)}" + (f" = {say.percent(trained, people)}" if people else "")
    yield fill(say.gettext(msgid("Trained: {count}.")), {"count": count})
    yield from product_lines(figures, say)


def product_lines(figures: Figures, say: Translator) -> Iterator[str]:
    """Products by origin, of all and of public investment, with the share of domestic ones among those whose origin is known (R27);
    and regime by regime, each with the authority that answers for it (R06, R09). Of military ones only the number is told."""
    if not figures.get("products.total"):
        return
    told = msgid("Cryptographic products: {total}; domestic {domestic}, foreign {foreign}, of unknown origin {unknown}.")
    yield _origins(told, "product_origin", figures["products.total"], figures, say)
    if figures.get("products.public"):
        told = msgid("Of them in public investment: {total}; domestic {domestic}, foreign {foreign}, of unknown origin {unknown}.")
        yield _origins(told, "public_origin", figures["products.public"], figures, say)
    for regime in Regime:
        count = figures.get(f"product_regime.{regime.value}")
        if count is not None:
            authority = spoken(authorities()[regime], say.language)
            named = spoken(choices("Regime")[regime.value], say.language)
            told = msgid("Under the regime {regime}: {count}; {authority} answers for it.")
            yield fill(say.gettext(told), {"regime": named, "count": say.number(count), "authority": authority})


def _origins(told: str, family: str, total: int, figures: Figures, say: Translator) -> str:
    counts = {name: figures.get(f"{family}.{name}", 0) for name in ("domestic", "foreign", "unknown")}
    line = fill(say.gettext(told), {"total": say.number(total), **{name: say.number(count) for name, count in counts.items()}})
    known = counts["domestic"] + counts["foreign"]
    if not known:
        return line
    told = msgid("Domestic among those of known origin: {share}.")
    share = f"{say.number(counts['domestic'])} / {say.number(known)} = {say.exact_percent(counts['domestic'], known)}"
    return f"{line} {fill(say.gettext(told), {'share': share})}"


def first_lines(first: FirstPlaces, say: Translator) -> Iterator[str]:
    """What the list is and counts: the assumed year always, each purpose, what is told of no one."""
    told = msgid("Assumed quantum year: {year}. Nobody knows that year: it is an assumption for planning, no forecast.")
    yield fill(say.gettext(told), {"year": first.quantum_year})
    for purpose, kinds in first.counts.items():
        counts = [f"{say.gettext(text)} {say.number(kinds[kind])}" for kind, text in KINDS.items() if kinds.get(kind)]
        yield f"{purpose_text(purpose, say)}: {', '.join(counts) or '0'}"
    if first.without_system:
        yield say.counted("{count} target belongs to no system.", "{count} targets belong to no system.", first.without_system)
    if first.out_of_scope:
        yield say.counted(
            "{count} military target, reported apart: only counted here.",
            "{count} military targets, reported apart: only counted here.",
            first.out_of_scope,
        )


def first_entries(first: FirstPlaces, say: Translator, most: int) -> Iterator[Entry]:
    yield from (_entry(place, say) for place in first.places[:most])


def first_folded(first: FirstPlaces, say: Translator, most: int) -> str:
    """How many places are not shown; empty where none."""
    folded = first.folded + max(0, len(first.places) - most)
    if not folded:
        return ""
    return say.counted(
        "{count} further place: `pqscan exposure` lists it.", "{count} further places: `pqscan exposure` lists them.", folded
    )


def purpose_text(purpose: Purpose, say: Translator) -> str:
    return say.gettext("Authentication") if purpose is Purpose.SIGNATURE else say.gettext("Key establishment")


def _entry(place: FirstPlace, say: Translator) -> Entry:
    number = str(place.first) if place.first == place.last else f"{place.first}–{place.last}"
    whose = say.gettext("no system") if place.system is None else f"{place.system} {place.system_name}"
    state = "" if place.state is None else f" ({say.label('state', place.state.value)})"
    rest = place.count - len(place.examples)
    more = f" {say.counted('and {count} more', 'and {count} more', rest)}" if rest else ""
    sentences = [" ".join(map(say.render, place.reasons))]
    sentences += [say.render(reason) for reason in (place.fixer, place.why) if reason is not None]
    targets = ", ".join(map(target_text, place.examples)) + more
    return Entry(number, f"{whose}: {purpose_text(place.purpose, say)}{state}", targets, tuple(sentences))
