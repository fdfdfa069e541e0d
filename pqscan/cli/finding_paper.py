"""`pqscan finding sheet` and `slip`: what whoever fixes is given, and what proves it afterwards."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from textwrap import TextWrapper
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.age import recipient_option
from pqscan.cli.finding import KEY_HELP, KEY_POLICY_HELP, asked_by_key, due_day, due_text, is_of, what
from pqscan.cli.group import command, option
from pqscan.cli.paper import write
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

if TYPE_CHECKING:
    from pqscan.app.worksheets import Side, Slip, Work
    from pqscan.model.observation import Observation
    from pqscan.readiness.life import Life

_WIDE = 80  # columns of a sheet; lines that are taken over stay as they are
FORMATS = ("text", "csv", "html")
_FORMAT_HELP = msgid("The format; default: by the file's ending, else text.")


@command(
    "sheet",
    short_help=msgid("A work sheet for one fixer."),
    help=msgid(
        "Writes what a fixer has to change: what, where, the lines to change in the product's own language, and how to check by "
        "hand."
    ),
)
@option("--fixer", metavar="NAME", required=True, help=msgid("Who must change it: a unit, a vendor, a project."))
@option("--output", "-o", metavar="FILE", help=msgid("Where it goes; default: standard output."))
@option("--format", "format_", type=click.Choice(FORMATS), help=_FORMAT_HELP)
@recipient_option()
@option("--policy", metavar="NAME", multiple=True, help=KEY_POLICY_HELP)
def sheet(fixer: str, output: str | None, format_: str | None, policy: tuple[str, ...]) -> None:
    from pqscan.app.deciding import living
    from pqscan.app.permitting import permit
    from pqscan.app.worksheets import work_of
    from pqscan.readiness.access import Right

    with settings().open_store() as store:
        permit(store, Right.DECIDE)  # Whoever gives the work out.
        asked = asked_by_key(store, policy)
        lives = [life for life in living(store, asked) if _is_due(life) and is_of(life, fixer)]
        if not lives:
            raise UsageError("this fixer has nothing to change: give findings a fixer with `pqscan finding plan`")
        works = work_of(store, lives, asked.policies)
    chosen = _format(format_, output)
    render = {"text": _sheet_text, "csv": _sheet_csv, "html": _sheet_html}[chosen]
    write(output or "-", render(fixer, works))


def _is_due(life: Life) -> bool:
    return life.state.is_unsettled or life.state.value.startswith("depends_")


def _format(format_: str | None, output: str | None) -> str:
    if format_ is not None:
        return format_
    ending = "" if output is None else output.rpartition(".")[2].lower()
    return {"csv": "csv", "html": "html", "htm": "html"}.get(ending, "text")


def _title(fixer: str) -> str:
    return words.filled("Work sheet for {fixer}", fixer=fixer)


def _sheet_text(fixer: str, works: tuple[Work, ...]) -> bytes:
    from pqscan_reports.escape import visible

    lines = [_title(fixer), ""]
    for number, work in enumerate(works, 1):
        heading, sentences, config = _work(work)
        lines.append(f"{number}. {heading}")
        for sentence in sentences:
            lines += TextWrapper(_WIDE, initial_indent="   ", subsequent_indent="     ", break_on_hyphens=False).wrap(sentence)
        lines += [f"     {line}" for line in config]
        lines.append("")
    return "".join(visible(line) + "\n" for line in lines).encode("utf-8")


def _sheet_html(fixer: str, works: tuple[Work, ...]) -> bytes:
    from pqscan_reports.plain_page import PageSection, page

    sections = []
    for number, work in enumerate(works, 1):
        heading, sentences, config = _work(work)
        sections.append(PageSection(f"{number}. {heading}", sentences, config))
    return page(_title(fixer), words.language(), sections)


def _work(work: Work) -> tuple[str, tuple[str, ...], tuple[str, ...]]:
    """A heading, sentences, and the lines that are taken over as they are."""
    from pqscan_reports.naming import target_text

    say, life = words.say(), work.life
    due = due_day(life)
    rule = f"{words.label('policy', life.mark.policy)}, {life.mark.rule}"
    sentences = [
        f"{words.label('verdict', life.finding.verdict.value)} ({rule}): {say.render(life.finding.reason)}",
        words.filled("To be done by: {day}", day="–" if due is None else say.date(due)),
        words.filled("Finding: {key}", key=life.key.hex()),
    ]
    if life.decision is not None and life.decision.reason:
        sentences.append(f"{words.gettext('Reason')}: {life.decision.reason}")
    sentences += map(say.render, work.endings)
    return f"{target_text(life.target)}: {what(life)}", tuple(sentences), tuple(_lines(work))


def _lines(work: Work) -> Iterator[str]:
    for row in work.remedies:
        yield f"# {row.product}" + (f" ({words.filled('from {version}', version=row.since)})" if row.since else "")
        yield from TextWrapper(_WIDE - 5, initial_indent="# ", subsequent_indent="# ").wrap(words.say().render(row.where))
        yield from row.lines
    if work.commands:
        yield f"# {words.gettext('Check it by hand')}: {words.say().render(work.commands_need)}"
        yield from work.commands


def _sheet_csv(fixer: str, works: tuple[Work, ...]) -> bytes:
    from pqscan_reports.csv_inventory import cell
    from pqscan_reports.naming import target_text

    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    header = ("key", "state", "target", "what", "policy", "rule", "due", "fixer", "change", "check", "ends")
    writer.writerow(header)
    for work in works:
        life = work.life
        change = "\n".join("\n".join((f"# {row.product} {row.since}".rstrip(), *row.lines)) for row in work.remedies)
        row = (
            life.key.hex(),
            life.state.value,
            target_text(life.target),
            what(life),
            life.mark.policy,
            life.mark.rule,
            due_text(life),
            fixer,
            change,
            "\n".join(work.commands),
            " ".join(map(words.say().render, work.endings)),
        )
        writer.writerow(["\n".join(cell(line) for line in value.split("\n")) for value in row])
    return text.getvalue().encode("utf-8")


@command(
    "slip",
    short_help=msgid("A slip that proves a finding fixed."),
    help=msgid("Writes what was seen before and after, by which runs and when, and by which edition it was judged."),
    epilog=KEY_HELP,
)
@click.argument("key", metavar="KEY")
@option("--output", "-o", metavar="FILE", help=msgid("Where it goes; default: standard output."))
@option(
    "--format", "format_", type=click.Choice(("text", "html")), help=msgid("The format; default: by the file's ending, else text.")
)
@recipient_option()
@option("--policy", metavar="NAME", multiple=True, help=KEY_POLICY_HELP)
def slip(key: str, output: str | None, format_: str | None, policy: tuple[str, ...]) -> None:
    from pqscan_reports.escape import visible
    from pqscan_reports.plain_page import PageSection, page

    from pqscan.app.deciding import named
    from pqscan.app.permitting import permit
    from pqscan.app.worksheets import slip as prove
    from pqscan.readiness.access import Right

    with settings().open_store() as store:
        permit(store, Right.DECIDE)  # As a work sheet, it names the target.
        asked = asked_by_key(store, policy)
        (life,) = named(store, asked, (key,))
        found = prove(life, asked.policies)
    if settings().wants_json:
        out.document(_slip_json(found))
        return
    title = words.filled("Proof that {what} is fixed", what=what(life))
    parts = (
        ("", tuple(_slip_head(found))),
        (words.gettext("Before"), tuple(_side(found, found.before))),
        (words.gettext("After"), tuple(_side(found, found.after))),
    )
    if _format(format_, output) == "html":
        write(output or "-", page(title, words.language(), [PageSection(heading, sentences) for heading, sentences in parts]))
        return
    lines = [title]
    for heading, sentences in parts:
        lines += ["", heading] if heading else [""]
        lines += [f"  {sentence}" for sentence in sentences]
    write(output or "-", "".join(visible(line) + "\n" for line in lines).encode("utf-8"))


def _slip_head(found: Slip) -> Iterator[str]:
    from pqscan_reports.naming import target_text

    life, say = found.life, words.say()
    yield words.filled("Finding: {key}", key=life.key.hex())
    yield words.filled("Target: {target}", target=target_text(life.target))
    if found.policy is not None:
        edition = f"{say.gettext(found.policy.title)} ({say.gettext(found.policy.edition)})"
        yield words.filled("Policy: {edition}, rule {rule}", edition=edition, rule=life.mark.rule)
    yield words.filled("Proven fixed on {day}: {why}", day=say.date(life.since), why=say.render(life.turns[-1].reason))


def _side(found: Slip, side: Side) -> Iterator[str]:
    from pqscan.cli.snapshot import moment_of

    first, last = moment_of(side.first_seen), moment_of(side.last_seen)
    one, other = side.runs
    if (first, one) == (last, other):
        yield words.filled("Seen on {moment}, run {run}", moment=first, run=one)
    else:
        yield words.filled("Seen from {first} to {last}, runs {one} to {other}", first=first, last=last, one=one, other=other)
    for fact in side.facts:
        yield _fact(fact)
    if not side.facts:
        told = msgid("It is among what was served: {what}")
        if side is found.after:
            told = msgid("It was asked for and is not among what was answered: {what}")
        yield words.filled(told, what=what(found.life))


def _fact(o: Observation) -> str:
    from pqscan_reports.naming import observation_text

    place = f"{o.context} " if o.context else ""
    return f"{place}{words.label('subject', o.subject.value)} {observation_text(o)}: {words.label('support', o.support.value)}"


def _slip_json(found: Slip) -> out.Json:
    from pqscan.cli.finding import life_json

    return {
        "finding": life_json(found.life),
        "policy": None if found.policy is None else {"id": found.policy.id, "edition": found.policy.edition},
        "rule": found.life.mark.rule,
        "before": _side_json(found.before),
        "after": _side_json(found.after),
    }


def _side_json(side: Side) -> out.Json:
    from pqscan_reports.json_inventory import observation_json
    from pqscan_reports.naming import utc_text

    return {
        "runs": list(side.runs),
        "first_seen": utc_text(side.first_seen),
        "last_seen": utc_text(side.last_seen),
        "profile": None if side.profile is None else side.profile.hex(),
        "observations": [observation_json(o) for o in side.facts],
    }
