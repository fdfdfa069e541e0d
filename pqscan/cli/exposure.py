"""`pqscan exposure`: what is exposed for how long, what comes first and why, and who must change it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.assess import AS_OF_HELP, POLICY_HELP, chosen_policies, read_day
from pqscan.cli.group import command, option
from pqscan.cli.pseudonym import pseudonym_options, pseudonyms
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

if TYPE_CHECKING:
    from pqscan.app.exposing import ExposureList, Place
    from pqscan.policy.rule import Purpose
    from pqscan.readiness.exposure import ExposureKind

_KINDS = {
    "exposed": msgid("exposed"),
    "not_yet": msgid("with time in hand"),
    "none": msgid("without exposure"),
    "unknown": msgid("unknown"),
    "outside": msgid("not within the scope of the assessment"),
}
_MOST_TARGETS = 3


@command(
    "exposure",
    short_help=msgid("What comes first, and why."),
    help=msgid(
        "Lists what comes first: what is overdue under a policy, then what is exposed the longest (X years that data must stay "
        "secret + Y years of migration - Z years to the quantum year), then what most others hang on; each place says why. "
        "What nobody classified is unknown, never low. No packet is sent."
    ),
)
@option("--quantum-year", type=int, metavar="YEAR", help=msgid("The year assumed for a quantum computer; default: 2035."))
@option("--migration-years", metavar="CLASS=YEARS", multiple=True, help=msgid("Other years for an asset class: vpn=3."))
@option("--unit", metavar="CODE", help=msgid("Only systems that this unit owns."))
@option("--sensitivity", is_flag=True, help=msgid("How the list changes for 2030, 2035 and 2040."))
@option("--policy", metavar="NAME", multiple=True, help=POLICY_HELP)
@option("--as-of", metavar="DATE", help=AS_OF_HELP)
@option("--most", type=click.IntRange(0, 1_000_000), default=20, help=msgid("How many places are printed; 0: all. Default: 20."))
@pseudonym_options
def exposure(
    quantum_year: int | None,
    migration_years: tuple[str, ...],
    unit: str | None,
    sensitivity: bool,
    policy: tuple[str, ...],
    as_of: str | None,
    most: int,
    pseudonymise: bool,
    key: str | None,
) -> None:
    from pqscan.app.assessment import assess
    from pqscan.app.exposing import chosen_settings, described_by, expose
    from pqscan.app.pseudonymous import of_exposure
    from pqscan.app.registering import register

    names = pseudonyms(pseudonymise, key)
    years = chosen_settings(quantum_year, migration_years)
    day, policies = read_day(as_of), chosen_policies(policy)
    chosen = settings()
    with chosen.open_store() as store:
        inventory = assess(store, policies=policies, as_of=day)
        registered = register(store)
        if unit is not None and unit not in registered.units:
            raise UsageError(f"the register has no unit {unit}: see pqscan unit list")
        units = None if unit is None else frozenset({unit})
        found = expose(inventory, described_by(registered), years, units=units, with_sensitivity=sensitivity)
    if names is not None:
        found = of_exposure(found, names)
    if chosen.wants_json:
        from pqscan.cli.exposure_json import exposure_json

        out.document(exposure_json(found, words.say()))
        return
    _print(found, most)


def _print(found: ExposureList, most: int) -> None:
    say = words.say()
    out.wrapped(
        words.filled(
            "Exposure on {date}; assumed quantum year {year}.", date=say.date(found.as_of), year=found.settings.quantum_year
        )
    )
    out.wrapped(words.gettext("Nobody knows that year: it is an assumption for planning, no forecast."))
    for purpose, kinds in found.counts.items():
        counts = [
            f"{words.gettext(text)} {say.number(number)}" for kind, text in _KINDS.items() if (number := kinds.get(_kind(kind), 0))
        ]
        out.wrapped(f"{_purpose(purpose)}: {', '.join(counts) or '0'}", "", "  ")
    _print_figures(found)
    if found.without_system:
        out.wrapped(
            words.counted("{count} target belongs to no system.", "{count} targets belong to no system.", found.without_system)
        )
    if found.out_of_scope:
        out.wrapped(
            words.counted(
                "{count} military target, reported apart: only counted here.",
                "{count} military targets, reported apart: only counted here.",
                found.out_of_scope,
            )
        )
    if found.outliving:
        text = words.counted(
            "{count} traditional certificate is valid in the quantum year.",
            "{count} traditional certificates are valid in the quantum year.",
            len(found.outliving),
        )
        out.wrapped(text)
        listed = found.outliving if most == 0 else found.outliving[:most]
        for certificate in listed:
            last = "–" if certificate.not_after is None else say.date(certificate.not_after.date())
            told = msgid("{name}, {key}: valid until {date}")
            out.wrapped(words.filled(told, name=certificate.subject, key=certificate.public_key.name, date=last), "  ", "    ")
        if len(found.outliving) > len(listed):
            out.line("  " + words.counted("and {count} more", "and {count} more", len(found.outliving) - len(listed)))
    shown = found.places if most == 0 else found.places[:most]
    for place in shown:
        _print_place(place, found)
    if len(found.places) > len(shown):
        out.line()
        rest = len(found.places) - len(shown)
        out.wrapped(words.counted("… {count} more place; --most 0 shows all", "… {count} more places; --most 0 shows all", rest))
    if found.shift_years:
        _print_shifts(found, most)


def _print_figures(found: ExposureList) -> None:
    """Shares of states, regime by regime; the formula behind them."""
    from pqscan.readiness.figures import FORMULA, Category

    say = words.say()
    for purpose in found.counts:
        for figure in found.estate.split(purpose).regimes:
            if not figure.whole:
                continue
            shares = [
                f"{_category(category.value)} {say.percent(*figure.share(category))} ({say.number(figure.share(category)[0])})"
                for category in Category
                if figure.share(category)[0]
            ]
            out.wrapped(f"{_purpose(purpose)}, {_regime(figure.value)}: {', '.join(shares)}", "", "  ")
    out.wrapped(say.render(FORMULA), "  ")


def _kind(value: str) -> ExposureKind:
    from pqscan.readiness.exposure import ExposureKind

    return ExposureKind(value)


def _category(value: str) -> str:
    is_outside = value == "out_of_assessment"
    return words.gettext("not within the scope of the assessment") if is_outside else words.label("state", value)


def _regime(value: str) -> str:
    names = {
        "cipher": words.gettext("cipher-sector cryptography"),
        "military": words.gettext("military cryptography"),
        "security": words.gettext("security cryptography"),
        "civil": words.gettext("civil cryptography"),
    }
    return names.get(value) or words.gettext("regime not stated")


def _purpose(purpose: Purpose) -> str:
    signs = purpose.value == "signature"
    return words.gettext("Authentication") if signs else words.gettext("Key establishment")


def _print_place(place: Place, found: ExposureList) -> None:
    from pqscan_reports.naming import target_text

    say = words.say()
    item = place.item
    number = str(place.first) if place.first == place.last else f"{place.first}–{place.last}"
    system = found.systems.get(item.system or "")
    name = words.gettext("no system") if system is None else f"{system.code} {system.name}"
    state = "" if item.exposure.state is None else f" ({words.label('state', item.exposure.state.value)})"
    out.line()
    out.wrapped(f"{number}. {name}: {_purpose(item.exposure.purpose)}{state}", "", "   ")
    targets = [target_text(row.item.target) for row in place.rows[:_MOST_TARGETS]]
    if len(place.rows) > _MOST_TARGETS:
        targets.append(words.counted("{count} more", "{count} more", len(place.rows) - _MOST_TARGETS))
    out.wrapped(", ".join(targets), "   ")
    out.wrapped(" ".join(say.render(reason) for reason in item.exposure.reasons), "   ")
    if place.fix is not None:
        out.wrapped(say.render(place.fix.reason), "   ")
    out.wrapped(say.render(place.rows[-1].why), "   ")


def _print_shifts(found: ExposureList, most: int) -> None:
    """Where each thing stands under each year, and what is newly exposed."""
    from pqscan_reports.naming import target_text

    say = words.say()
    out.line()
    for column, year in enumerate(found.shift_years[1:], 1):
        newly = sum(shift.newly_exposed(column) for shift in found.shifts)
        no_longer = sum(shift.no_longer_exposed(column) for shift in found.shifts)
        moved = sum(bool(shift.gained(column)) for shift in found.shifts)
        out.wrapped(
            words.filled(
                "For {year}: newly exposed {newly}, no longer exposed {no_longer}, on another place {moved}.",
                year=year,
                newly=say.number(newly),
                no_longer=say.number(no_longer),
                moved=say.number(moved),
            ),
            "",
            "  ",
        )
    header = [
        out.Column(words.gettext("Target"), 34, grows=True),
        out.Column(words.gettext("Purpose"), 18),
        *(out.Column(str(year), 6, right=True) for year in found.shift_years),
    ]
    rows = found.shifts if most == 0 else found.shifts[:most]
    out.table(
        header,
        ((target_text(row.item.target), _purpose(row.item.exposure.purpose), *map(say.number, row.places)) for row in rows),
    )
