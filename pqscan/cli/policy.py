"""`pqscan policy`: the packs that judge: which there are, what they say, where they disagree, whether they are sound."""

from __future__ import annotations

from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.assess import AS_OF_HELP, read_day
from pqscan.cli.group import Group, command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid

if TYPE_CHECKING:
    from pqscan.app.packs import CheckedPack
    from pqscan.policy.rule import PolicyEdition

FAULTS = 2


@click.group(
    "policy",
    cls=Group,
    places={
        "list": "policy:list_policies",
        "show": "policy:show",
        "contradictions": "policy:contradictions",
        "check": "policy:check",
        "sign": "policy:sign",
    },
    help=msgid("The policies that judge."),
)
def policy() -> None:
    pass


def _day(as_of: str | None) -> date:
    return read_day(as_of) or datetime.now().astimezone().date()


@command("list", help=msgid("Lists the policies at hand: edition, status, rules, the next date."))
@option("--as-of", metavar="DATE", help=AS_OF_HELP)
def list_policies(as_of: str | None) -> None:
    day, found = _day(as_of), settings().shelf().policies()
    if settings().wants_json:
        out.document([_list_row(edition, day) for edition in found])
        return
    places: dict[str, int] = {}
    for edition in found:
        places.setdefault(edition.jurisdiction, len(places))
    in_order = sorted(found, key=lambda edition: places[edition.jurisdiction])
    for jurisdiction, group in groupby(in_order, key=lambda edition: edition.jurisdiction):
        out.line(words.label("jurisdiction", jurisdiction))
        for edition in group:
            _print_listed(edition, day)


def _list_row(edition: PolicyEdition, day: date) -> dict[str, out.Json]:
    ahead = edition.next_date(day)
    return {
        "id": edition.id,
        "jurisdiction": edition.jurisdiction,
        "edition": edition.edition,
        "title": edition.title,
        "status": edition.status.value,
        "reading": edition.reading,
        "rules": len(edition.rules),
        "milestones": len(edition.milestones),
        "next_date": None if ahead is None else ahead.isoformat(),
        "digest": edition.digest,
        "own": edition.is_own,
        "replaces_shipped": edition.replaces,
    }


def _print_listed(edition: PolicyEdition, day: date) -> None:
    say = words.say()
    out.wrapped(f"{edition.id}: {say.gettext(edition.title)}", "  ", "      ")
    parts = [say.gettext(edition.edition), words.label("policy_status", edition.status.value)]
    if edition.rules:
        parts.append(words.counted("{count} rule", "{count} rules", len(edition.rules)))
    if edition.milestones:
        parts.append(words.counted("{count} milestone", "{count} milestones", len(edition.milestones)))
    ahead = edition.next_date(day)
    if ahead is not None:
        parts.append(words.filled("next date {date}", date=say.date(ahead)))
    if edition.is_own:
        parts.append(words.gettext("in place of the one that comes with pqscan") if edition.replaces else words.gettext("your own"))
    out.wrapped("; ".join(parts), "      ")


@command("show", help=msgid("Shows one policy: every rule and milestone with its date, scope and source, and what lies ahead."))
@click.argument("name", metavar="NAME")
@option("--as-of", metavar="DATE", help=AS_OF_HELP)
def show(name: str, as_of: str | None) -> None:
    from pqscan.cli import policy_text
    from pqscan.policy.editions import FLOOR, floor

    day = _day(as_of)
    edition = floor() if name == FLOOR else settings().shelf().policy(name)
    if settings().wants_json:
        out.document({**_list_row(edition, day), **policy_text.as_json(edition, day)})
    else:
        policy_text.print_policy(edition, day)


@command(
    "contradictions",
    help=msgid("Lists where policies are known to judge the same thing differently, with what each says on a day."),
)
@option("--as-of", metavar="DATE", help=AS_OF_HELP)
def contradictions(as_of: str | None) -> None:
    from pqscan.cli import policy_text
    from pqscan.policy.disagreements import positions
    from pqscan.policy.editions import contradictions as known

    day, shelf = _day(as_of), settings().shelf()
    rows = [(each, positions(each, shelf.policy, day)) for each in known()]
    if settings().wants_json:
        out.document([policy_text.contradiction_json(each, stands, day) for each, stands in rows])
        return
    for number, (each, stands) in enumerate(rows):
        if number:
            out.line()
        policy_text.print_contradiction(each, stands)


@command(
    "check",
    short_help=msgid("Checks packs of your own: every fault with its line."),
    help=msgid(
        "Checks a pack, or every pack of a folder: all faults, each with its line. With a public key, the signatures beside them "
        "(NAME.toml.sig) are verified. Exit code 2 where a pack has a fault, or with --key no valid signature."
    ),
)
@click.argument("place", metavar="FILE|FOLDER")
@option("--key", metavar="PUBLIC.pem", help=msgid("The Ed25519 public key of whoever signs the packs."))
def check(place: str, key: str | None) -> int:
    from pqscan.app.packs import SignatureState
    from pqscan.app.packs import check as check_packs

    packs = check_packs(Path(place), None if key is None else Path(key))
    if settings().wants_json:
        out.document([_checked_json(pack) for pack in packs])
    else:
        for pack in packs:
            _print_checked(pack)
    is_sound = all(pack.edition is not None for pack in packs)
    is_signed = key is None or all(pack.signature is SignatureState.VALID for pack in packs)
    return 0 if is_sound and is_signed else FAULTS


def _checked_json(pack: CheckedPack) -> dict[str, out.Json]:
    return {
        "file": str(pack.path),
        "id": None if pack.edition is None else pack.edition.id,
        "digest": None if pack.edition is None else pack.edition.digest,
        "signature": pack.signature.value,
        "replaces_shipped": pack.replaces,
        "problems": [{"line": each.line, "text": words.error_text(f"{each.sentence}.")} for each in pack.problems],
    }


def _print_checked(pack: CheckedPack) -> None:
    signature = words.label("signature_state", pack.signature.value)
    if pack.edition is None:
        count = words.counted("{count} fault", "{count} faults", len(pack.problems))
        out.wrapped(f"{pack.path}: {count}; {signature}", "", "    ")
        for each in pack.problems:
            out.wrapped(words.error_text(f"{each.text}."), "  ", "    ")
        return
    out.wrapped(f"{pack.path}: {pack.edition.id}, {words.say().gettext(pack.edition.edition)}; {signature}", "", "    ")
    out.line(f"    SHA-256 {pack.edition.digest}")
    if pack.replaces:
        out.wrapped(words.gettext("in place of the one that comes with pqscan"), "    ")


@command(
    "sign",
    short_help=msgid("Signs a pack (Ed25519, detached)."),
    help=msgid(
        "Writes an Ed25519 signature of the file beside it, as NAME.toml.sig, with a private key in PEM without a passphrase."
    ),
)
@click.argument("file", metavar="FILE")
@option("--key", metavar="PRIVATE.pem", required=True, help=msgid("The Ed25519 private key."))
def sign(file: str, key: str) -> None:
    from pqscan.app.packs import sign as sign_pack

    written = sign_pack(Path(file), Path(key))
    if not settings().is_quiet:
        out.note(words.filled("Written: {path}", path=written.resolve()))
