"""One policy, and one known contradiction, as text at the terminal's width and as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from pqscan.cli import out, words
from pqscan.policy.disagreements import Position
from pqscan.policy.editions import Disagreement
from pqscan.policy.evaluate import date_words
from pqscan.policy.finding import Verdict
from pqscan.policy.milestone import Milestone, Precision, Recurrence
from pqscan.policy.milestone import date_words as due_words
from pqscan.policy.rule import PolicyEdition, Purpose, Rule, RuleState, Source
from pqscan.policy.system import TAG, acquisition_day


def print_policy(edition: PolicyEdition, day: date) -> None:
    say = words.say()
    out.wrapped(f"{edition.id}: {say.gettext(edition.title)}", "", "    ")
    about = [say.gettext(edition.edition), words.label("jurisdiction", edition.jurisdiction)]
    out.wrapped("; ".join([*about, words.label("policy_status", edition.status.value)]), "    ")
    if edition.replaces:
        out.wrapped(words.gettext("in place of the one that comes with pqscan"), "    ")
    if edition.reading:
        out.wrapped(words.filled("printed with {name} as a reading aid, without its force", name=edition.reading), "    ")
    out.line(f"    SHA-256 {edition.digest}")
    if edition.rules:
        _heading(words.counted("{count} rule", "{count} rules", len(edition.rules)))
    for rule in edition.rules:
        _print_rule(rule, edition)
    if edition.milestones:
        _heading(words.counted("{count} milestone", "{count} milestones", len(edition.milestones)))
    for milestone in edition.milestones:
        _print_milestone(milestone, edition)
    ahead = _ahead(edition, day)
    if ahead:
        _heading(words.filled("What lies ahead from {date} on", date=say.date(day)))
        for when, identifier, summary in ahead:
            out.wrapped(f"{say.date(when)}  {identifier}: {say.gettext(summary)}", "  ", "    ")


def _heading(text: str) -> None:
    out.line()
    out.line(text)


def _print_rule(rule: Rule, edition: PolicyEdition) -> None:
    say = words.say()
    out.wrapped(f"{rule.id}: {say.gettext(rule.summary)}", "  ", "      ")
    parts = [words.label("purpose", rule.purpose.value) if rule.purpose is not Purpose.ANY else "", _rule_words(rule)]
    if rule.status is not None and rule.status is not edition.status:
        parts.append(words.label("policy_status", rule.status.value))
    if rule.scope:
        parts.append(words.filled("scope: {scope}", scope=", ".join(map(_scope_words, rule.scope))))
    out.wrapped("; ".join(filter(None, parts)), "      ")
    _print_source(rule.source)


def _scope_words(predicate: str) -> str:
    """What a scope asks, in words: `security_visa`, `category:network`, `!nss`, `acquired_after:2027-01-01`."""
    say = words.say()
    if predicate.startswith("!"):
        return words.filled("except {what}", what=_scope_words(predicate[1:]))
    since = acquisition_day(predicate)
    if since is not None:
        return words.filled("acquired on {date} or later", date=say.date(since))
    if predicate.startswith(TAG):
        return words.filled("tag {name}", name=predicate.removeprefix(TAG))
    return words.label("scope", predicate)


def _rule_words(rule: Rule) -> str:
    """`not allowed after 2030`: what the rule says, and when."""
    state = words.label("rule_says", rule.state.value)
    if rule.date is None:
        return state
    told = _date(rule.date, Precision.YEAR if rule.date_precision == "year" else Precision.DAY)
    if rule.state is RuleState.ACQUISITION_GATE:
        return words.filled("{state} from {date} on", state=state, date=told)
    if rule.state is RuleState.REQUIRED:
        return words.filled("{state} by {date}", state=state, date=told)
    return words.filled("{state} after {date}", state=state, date=told)


def _print_milestone(milestone: Milestone, edition: PolicyEdition) -> None:
    say = words.say()
    out.wrapped(f"{milestone.id}: {say.gettext(milestone.summary)}", "  ", "      ")
    parts = [say.gettext(milestone.who), _due_words(milestone)]
    if milestone.status is not None and milestone.status is not edition.status:
        parts.append(words.label("policy_status", milestone.status.value))
    out.wrapped("; ".join(filter(None, parts)), "      ")
    _print_source(milestone.source)


def _due_words(milestone: Milestone) -> str:
    if milestone.due is None:
        return words.gettext("no date")
    told = _date(milestone.due, milestone.precision)
    if milestone.recurrence is Recurrence.STANDING:
        return words.filled("since {date}", date=told)
    if milestone.recurrence is Recurrence.ONCE:
        return words.filled("by {date}", date=told)
    if milestone.until is None:
        return words.filled("every year, first by {date}", date=told)
    return words.filled("every year until {year}, first by {date}", year=milestone.until, date=told)


def _date(day: date, precision: Precision) -> str:
    match precision:
        case Precision.YEAR:
            return str(day.year)
        case Precision.MONTH:
            return f"{day.month:02d}/{day.year}"
        case Precision.ABOUT:
            return words.filled("about {date}", date=words.say().date(day))
    return words.say().date(day)


def _print_source(source: Source) -> None:
    read = words.say().date(source.verified_on)
    where = words.say().clause(f"{source.title}, {source.section}")
    if source.via:
        text = words.filled("{source}; read on {date} {via}", source=where, date=read, via=words.label("via", source.via))
    else:
        text = words.filled("{source}; read on {date}", source=where, date=read)
    out.wrapped(text, "      ")


def _ahead(edition: PolicyEdition, day: date) -> list[tuple[date, str, str]]:
    """Dates from `day` on, in their order: of rules, and of what is due."""
    found = [(rule.date, rule.id, rule.summary) for rule in edition.rules if rule.date is not None and rule.date >= day]
    found += [(due, each.id, each.summary) for each in edition.milestones if (due := each.next_on(day)) is not None]
    return sorted(found)


def as_json(edition: PolicyEdition, day: date) -> dict[str, out.Json]:
    return {
        "as_of": day.isoformat(),
        "rules": [_rule_json(rule, edition) for rule in edition.rules],
        "milestones": [_milestone_json(each, edition, day) for each in edition.milestones],
        "ahead": [{"date": when.isoformat(), "id": identifier} for when, identifier, _ in _ahead(edition, day)],
    }


def _rule_json(rule: Rule, edition: PolicyEdition) -> dict[str, out.Json]:
    return {
        "id": rule.id,
        "purpose": rule.purpose.value,
        "state": rule.state.value,
        "date": date_words(rule) or None,
        "families": list(rule.families),
        "parameter_sets": list(rule.parameter_sets),
        "min_strength": rule.min_strength,
        "max_strength": rule.max_strength,
        "construction": rule.construction,
        "scope": list(rule.scope),
        "status": (rule.status or edition.status).value,
        "summary": words.gettext(rule.summary),
        **_source_json(rule.source),
    }


def _milestone_json(milestone: Milestone, edition: PolicyEdition, day: date) -> dict[str, out.Json]:
    ahead = milestone.next_on(day)
    return {
        "id": milestone.id,
        "who": words.gettext(milestone.who),
        "summary": words.gettext(milestone.summary),
        "date": due_words(milestone, milestone.due) or None,
        "precision": milestone.precision.value,
        "recurrence": milestone.recurrence.value,
        "until": milestone.until,
        "next_date": None if ahead is None else ahead.isoformat(),
        "status": (milestone.status or edition.status).value,
        **_source_json(milestone.source),
    }


def _source_json(source: Source) -> dict[str, out.Json]:
    return {
        "source": source.title,
        "section": source.section,
        "via": source.via or None,
        "verified_on": source.verified_on.isoformat(),
    }


def print_contradiction(disagreement: Disagreement, stands: Sequence[Position]) -> None:
    out.wrapped(f"{disagreement.id}: {words.gettext(disagreement.summary)}", "", "    ")
    for stand in stands:
        out.wrapped(f"{stand.example}, {stand.policy}: {_position_words(stand)}", "  ", "      ")


def _position_words(stand: Position) -> str:
    if stand.finding is None:
        return words.gettext("no rule speaks of it")
    verdict = words.label("verdict", stand.finding.verdict.value)
    due = _due(stand)
    return f"{verdict}{'' if due is None else ', ' + words.say().date(due)} ({stand.finding.rule})"


def _due(stand: Position) -> date | None:
    """The date of what stands against the example; none of a rule that it meets."""
    return None if stand.finding is None or stand.finding.verdict is Verdict.MEETS else stand.finding.due


def contradiction_json(disagreement: Disagreement, stands: Sequence[Position], day: date) -> dict[str, out.Json]:
    return {
        "id": disagreement.id,
        "name": disagreement.name,
        "as_of": day.isoformat(),
        "summary": words.gettext(disagreement.summary),
        "reference": disagreement.reference,
        "positions": [
            {
                "policy": stand.policy,
                "example": stand.example,
                "verdict": None if stand.finding is None else stand.finding.verdict.value,
                "rule": None if stand.finding is None else stand.finding.rule,
                "date": None if (due := _due(stand)) is None else due.isoformat(),
            }
            for stand in stands
        ],
    }
