"""One policy file as an edition: its head, `[[rule]]` rows that judge, `[[milestone]]` rows of what is due besides."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from pqscan.errors import DataError, UsageError
from pqscan.policy.milestone import Milestone, Precision, Recurrence, end_of_month
from pqscan.policy.rows import Document, PolicyRow, Problem
from pqscan.policy.rule import PolicyEdition, PolicyStatus, Purpose, Rule, RuleState, Source
from pqscan.policy.system import is_predicate
from pqscan.registry.digest import content_digest
from pqscan.registry.foreign_text import is_latin, shown

CONSTRUCTIONS = ("any", "classical", "hybrid", "pure")
FIRST_YEAR, LAST_YEAR = 2000, 2199
_MONTH = re.compile(r"(2[01][0-9]{2})-(0[1-9]|1[0-2])", re.ASCII)


def read_policy(data: bytes, name: str) -> PolicyEdition:
    """A policy file that a user gives (the format of the shipped ones). Raises UsageError naming file, row and line of its first
    fault."""
    edition, problems = check_policy(data, name)
    if edition is None or problems:
        raise UsageError(f"{problems[0].text}.")
    return edition


def check_policy(data: bytes, name: str) -> tuple[PolicyEdition | None, tuple[Problem, ...]]:
    """The edition in a user's file, and every fault of the file in the order of its rows; None where there is no reading it."""
    problems: list[Problem] = []
    try:
        edition = read_edition(Document.parse(data, name, problems))
    except DataError as error:
        return None, (*problems, Problem(str(error)))
    if problems:
        return None, tuple(sorted(problems, key=lambda problem: problem.line or 0))
    return replace(edition, is_own=True), ()


def read_edition(document: Document) -> PolicyEdition:
    """One edition from one file. Raises DataError naming file and row."""
    head = document.head(("rule", "milestone"))
    status = head.choice("status", PolicyStatus)
    verified_on = head.day("verified_on")
    via = head.text("via", default="")
    milestones = tuple(_milestone(row, verified_on, via) for row in document.rows("milestone", least=0))
    edition = PolicyEdition(
        id=head.text("id"),
        jurisdiction=head.text("jurisdiction"),
        edition=head.text("edition"),
        title=head.text("title"),
        status=status,
        rules=tuple(_rule(row, verified_on, via) for row in document.rows("rule", least=0 if milestones else 1)),
        reading=head.optional_text("reading"),
        milestones=milestones,
        digest=content_digest(document.content),
    )
    head.done()
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,63}", edition.id):
        head.refuse("id must be 1 to 64 small letters, digits, points and hyphens, such as vietnam-2027", "id")
    if status is PolicyStatus.AWAITING_GUIDANCE:
        _refuse_dates(head, edition)
    return edition


def _refuse_dates(head: PolicyRow, edition: PolicyEdition) -> None:
    """While guidance is awaited, no date, no algorithm and no other state may be read out of a policy."""
    named = ("families", "parameter_sets", "min_strength", "max_strength")
    for rule in edition.rules:
        if rule.state is not RuleState.AWAITING_GUIDANCE or rule.date:
            head.refuse(f"it awaits guidance, so the rule {rule.id} can have neither a date nor another state")
        elif any(getattr(rule, field) not in ((), None) for field in named):
            head.refuse(f"it awaits guidance, so the rule {rule.id} can name no algorithm")


def _source(row: PolicyRow, verified_on: date, via: str) -> Source:
    return Source(
        title="; ".join(row.references()),
        section=row.text("section"),
        verified_on=row.optional_day("verified_on") or verified_on,
        via=row.text("via", default=via),
    )


def _status(row: PolicyRow) -> PolicyStatus | None:
    return row.choice("status", PolicyStatus) if row.has("status") else None


def _rule(row: PolicyRow, verified_on: date, via: str) -> Rule:
    if row.has("date") and row.has("year"):
        row.refuse("it has a date and a year; give one of them", "date")
    year = row.optional_whole("year", least=FIRST_YEAR, most=LAST_YEAR)
    rule = Rule(
        id=row.text("id"),
        purpose=row.choice("purpose", Purpose),
        state=row.choice("state", RuleState),
        source=_source(row, verified_on, via),
        date=row.optional_day("date") if year is None else date(year, 12, 31),
        date_precision="day" if year is None else "year",
        families=row.texts("families"),
        parameter_sets=row.texts("parameter_sets"),
        min_strength=row.optional_whole("min_strength", most=512),
        max_strength=row.optional_whole("max_strength", most=512),
        construction=row.text("construction", among=CONSTRUCTIONS, default="any"),
        scope=row.texts("scope"),
        status=_status(row),
        summary=row.text("summary"),
    )
    row.done()
    for field in ("families", "parameter_sets"):
        for name in getattr(rule, field):
            if not is_latin(name):
                row.refuse(f"{field} names {shown(name)}, which holds a letter that is not of the Latin alphabet", field)
    for predicate in rule.scope:
        if not is_predicate(predicate):
            row.refuse(f"its scope asks for {shown(predicate)}, which no system can state", "scope")
    if rule.min_strength is not None and rule.max_strength is not None and rule.min_strength > rule.max_strength:
        row.refuse("min_strength is above max_strength", "min_strength")
    return rule


def _milestone(row: PolicyRow, verified_on: date, via: str) -> Milestone:
    due, precision = _due(row)
    milestone = Milestone(
        id=row.text("id"),
        summary=row.text("summary"),
        who=row.text("who"),
        source=_source(row, verified_on, via),
        due=due,
        precision=precision,
        recurrence=row.choice("recurrence", Recurrence) if row.has("recurrence") else Recurrence.ONCE,
        until=row.optional_whole("until", least=FIRST_YEAR, most=LAST_YEAR),
        status=_status(row),
    )
    row.done()
    if milestone.recurrence is Recurrence.YEARLY and due is None:
        row.refuse("what is due every year needs the date on which it is first due", "recurrence")
    if milestone.until is not None and (milestone.recurrence is not Recurrence.YEARLY or (due and due.year > milestone.until)):
        row.refuse("until is the last year of what is due every year", "until")
    return milestone


def _due(row: PolicyRow) -> tuple[date | None, Precision]:
    """The last day of what the row names. `about = true`: the day was reckoned from the document."""
    if sum(map(row.has, ("date", "month", "year"))) > 1:
        row.refuse("it has more than one of date, month and year; give one of them", "date")
    about = row.flag("about")
    if row.has("month"):
        text = row.text("month")
        found = _MONTH.fullmatch(text)
        if found is None:
            row.refuse(f"month is {shown(text)}; write it as 2026-04", "month")
            return None, Precision.MONTH
        return end_of_month(int(found[1]), int(found[2])), Precision.MONTH
    year = row.optional_whole("year", least=FIRST_YEAR, most=LAST_YEAR)
    if year is not None:
        return date(year, 12, 31), Precision.YEAR
    return row.optional_day("date"), Precision.ABOUT if about else Precision.DAY
