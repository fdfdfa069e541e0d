"""`pqscan key`: a unit's keys that seal its snapshots, and the keys that a superior takes for those of its units."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.assess import read_day
from pqscan.cli.entry import WRONG_USAGE
from pqscan.cli.group import Group, command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid

if TYPE_CHECKING:
    from pqscan.app.keys import UnitKey
    from pqscan.readiness.act import Act
    from pqscan.readiness.unit_key import EnrolledKey, KeyCard

KEYS_HELP = msgid("The folder of keys; default: PQSCAN_KEYS, else one in the user's configuration.")
UNIT_HELP = msgid("The unit's code; needed where the folder holds keys of several.")
PASSPHRASE_FILE_HELP = msgid("A file whose first line is the passphrase of the private keys.")
PASSPHRASE_HELP = msgid("Asks for the passphrase of the private keys.")
_GROUP = 8  # digits of a fingerprint that are read out together


@click.group(
    "key",
    cls=Group,
    places={
        "make": "key:make",
        "show": "key:show",
        "rotate": "key:rotate",
        "enrol": "key:enrol",
        "revoke": "key:revoke",
        "list": "key:list_keys",
        "pseudonyms": "pseudonym:make",
    },
    help=msgid("Keys that seal snapshots. It is the tool's seal and no official signature."),
)
def key() -> None:
    pass


@command(
    "make",
    short_help=msgid("Makes a unit's keys."),
    help=msgid(
        "Makes a pair of keys for a unit, Ed25519 and ML-DSA-65, in a file that its owner alone can read, outside the store; and a "
        "key card with the public half, to be carried to the superior. Its fingerprint is compared on another way."
    ),
)
@click.argument("unit", metavar="UNIT")
@option("--keys", metavar="FOLDER", help=KEYS_HELP)
@option("--passphrase-file", metavar="FILE", help=PASSPHRASE_FILE_HELP)
@option("--passphrase", is_flag=True, help=PASSPHRASE_HELP)
def make(unit: str, keys: str | None, passphrase_file: str | None, passphrase: bool) -> None:
    from pqscan.app.keys import make_key
    from pqscan.readiness.act import ActKind

    folder, now = keys_folder(keys), datetime.now(UTC)
    _permit(unit)
    made = make_key(folder, unit, now, new_passphrase(passphrase_file, passphrase))
    _note(_act(ActKind.KEY, unit, now, event="made", fingerprint=made.public.fingerprint))
    _tell_card(made.card, folder)


@command(
    "rotate",
    short_help=msgid("Makes new keys, signed by the old ones."),
    help=msgid(
        "Makes new keys in place of a unit's present ones, which sign the new key card: the superior enrols it without comparing "
        "fingerprints again. The old keys stay to check what they sealed."
    ),
)
@option("--unit", metavar="CODE", help=UNIT_HELP)
@option("--keys", metavar="FOLDER", help=KEYS_HELP)
@option("--passphrase-file", metavar="FILE", help=PASSPHRASE_FILE_HELP)
def rotate(unit: str | None, keys: str | None, passphrase_file: str | None) -> None:
    from pqscan.app.keys import make_key
    from pqscan.readiness.act import ActKind

    folder, now = keys_folder(keys), datetime.now(UTC)
    _permit(unit)
    old, passphrase = opened_key(folder, unit, passphrase_file)
    new = make_key(folder, old.card.unit, now, passphrase, old=old)
    detail = {"event": "rotated", "fingerprint": new.public.fingerprint, "predecessor": old.public.fingerprint}
    _note(_act(ActKind.KEY, old.card.unit, now, **detail))
    _tell_card(new.card, folder)


@command(
    "show",
    short_help=msgid("Shows a key card."),
    help=msgid("Shows the keys of this folder, or a key card from a file: unit and fingerprint."),
)
@click.argument("card", metavar="[CARD]", required=False)
@option("--keys", metavar="FOLDER", help=KEYS_HELP)
def show(card: str | None, keys: str | None) -> None:
    from pqscan.app.keys import own_cards, read_card

    folder = keys_folder(keys)
    cards = own_cards(folder) if card is None else (read_card(Path(card)),)
    if settings().wants_json:
        out.document([_card_json(one) for one in cards])
        return
    if not cards:
        out.line(words.gettext("There are no keys here: `pqscan key make` makes them."))
    for one in cards:
        _tell_card(one, None)


@command(
    "enrol",
    short_help=msgid("Takes a key card for that of its unit."),
    help=msgid(
        "Takes the keys of a card for those of its unit, from today on. The first card needs --fingerprint, which the unit told by "
        "voice or on paper; a card that enrolled keys signed needs none."
    ),
)
@click.argument("card", metavar="CARD")
@option("--fingerprint", metavar="HEX", help=msgid("The fingerprint as the unit told it on another way."))
@option("--until", metavar="DATE", help=msgid("The last day on which these keys may seal; default: open."))
@option("--keys", metavar="FOLDER", help=KEYS_HELP)
def enrol(card: str, fingerprint: str | None, until: str | None, keys: str | None) -> int | None:
    from pqscan.app.enrolment import EnrolmentFile, Refusal
    from pqscan.app.enrolment import enrol as take
    from pqscan.app.keys import read_card
    from pqscan.readiness.act import ActKind

    now = datetime.now(UTC)
    given = read_card(Path(card))
    _permit(given.unit)
    try:
        taken = take(EnrolmentFile(keys_folder(keys)), given, now, compared=fingerprint, valid_to=read_day(until))
    except Refusal as refusal:
        out.error(words.say().render(refusal.reason))
        return WRONG_USAGE
    _note(_act(ActKind.KEY, taken.unit, now, event="enrolled", fingerprint=taken.fingerprint, compared=fingerprint is not None))
    _tell_enrolled(taken)
    return None


@command(
    "revoke",
    short_help=msgid("Takes no more files of some keys."),
    help=msgid("Marks enrolled keys as revoked: nothing that they seal is taken any more. What was taken before stays."),
)
@click.argument("fingerprint", metavar="FINGERPRINT")
@option("--reason", metavar="TEXT", required=True, help=msgid("Why: lost, replaced, the unit was merged."))
@option("--keys", metavar="FOLDER", help=KEYS_HELP)
def revoke(fingerprint: str, reason: str, keys: str | None) -> None:
    from pqscan.app.enrolment import EnrolmentFile
    from pqscan.readiness.act import ActKind

    now = datetime.now(UTC)
    revoked = EnrolmentFile(keys_folder(keys)).revoke(fingerprint, now.date(), reason)
    _note(_act(ActKind.KEY, revoked.unit, now, reason, event="revoked", fingerprint=revoked.fingerprint))
    _tell_enrolled(revoked)


@command("list", help=msgid("Lists the keys that are enrolled here, with unit, dates and state."))
@option("--keys", metavar="FOLDER", help=KEYS_HELP)
def list_keys(keys: str | None) -> None:
    from pqscan.app.enrolment import EnrolmentFile

    found = EnrolmentFile(keys_folder(keys)).enrolled()
    today = datetime.now(UTC).date()
    if settings().wants_json:
        out.document([{**_enrolled_json(one), "state": _state(one, today)} for one in found])
        return
    header = [
        out.Column(words.gettext("Unit"), 16, grows=True),
        out.Column(words.gettext("From"), 10),
        out.Column(words.gettext("To"), 10),
        out.Column(words.gettext("State"), 12),
        out.Column(words.gettext("Fingerprint"), 16),
    ]
    say = words.say()
    rows = (
        (
            one.unit,
            say.date(one.valid_from),
            "–" if one.valid_to is None else say.date(one.valid_to),
            words.label("key_state", _state(one, today)),
            one.fingerprint[:16],
        )
        for one in found
    )
    out.table(header, rows)


def keys_folder(given: str | None) -> Path:
    from pqscan.app.keys import default_folder

    return default_folder() if given is None else Path(given)


def opened_key(folder: Path, unit: str | None, passphrase_file: str | None) -> tuple[UnitKey, bytes | None]:
    """A unit's present private keys, and the passphrase that opened them: from the file, else asked for where one is needed."""
    from pqscan.app.keys import active_card, load_key, needs_passphrase, read_passphrase

    card = active_card(folder, unit)
    passphrase: bytes | None = None
    if passphrase_file is not None:
        passphrase = read_passphrase(Path(passphrase_file))
    elif needs_passphrase(folder, card):
        passphrase = click.prompt(words.gettext("Passphrase"), hide_input=True, err=True).encode()
    return load_key(folder, card, passphrase), passphrase


def new_passphrase(file: str | None, asks: bool) -> bytes | None:
    from pqscan.app.keys import read_passphrase

    if file is not None:
        return read_passphrase(Path(file))
    if not asks:
        return None
    text: str = click.prompt(words.gettext("Passphrase"), hide_input=True, confirmation_prompt=True, err=True)
    return text.encode()


def spoken_fingerprint(fingerprint: str) -> str:
    return " ".join(fingerprint[place : place + _GROUP] for place in range(0, len(fingerprint), _GROUP))


def _tell_card(card: KeyCard, folder: Path | None) -> None:
    from pqscan.app.keys import card_path

    if settings().wants_json and folder is not None:
        out.document(_card_json(card))
        return
    out.line(words.filled("Unit: {unit}", unit=card.unit))
    out.line(words.filled("Made: {day}", day=words.say().date(card.made_at)))
    out.wrapped(words.filled("Fingerprint: {fingerprint}", fingerprint=spoken_fingerprint(card.public.fingerprint)), "", "    ")
    if card.predecessor is not None:
        out.line(words.filled("In place of: {fingerprint}", fingerprint=card.predecessor[:16]))
    if folder is not None and not settings().is_quiet:
        out.note(words.filled("Key card, to be carried to the superior: {path}", path=card_path(folder, card)))


def _tell_enrolled(key: EnrolledKey) -> None:
    state = _state(key, datetime.now(UTC).date())
    if settings().wants_json:
        out.document({**_enrolled_json(key), "state": state})
        return
    out.line(words.filled("Unit {unit}: {state}", unit=key.unit, state=words.label("key_state", state)))
    out.wrapped(words.filled("Fingerprint: {fingerprint}", fingerprint=spoken_fingerprint(key.fingerprint)), "", "    ")


def _state(key: EnrolledKey, today: date) -> str:
    if key.revoked_on is not None:
        return "revoked"
    if today < key.valid_from:
        return "not_yet"
    return "ended" if key.valid_to is not None and today > key.valid_to else "valid"


def _card_json(card: KeyCard) -> dict[str, out.Json]:
    return {
        "unit": card.unit,
        "fingerprint": card.public.fingerprint,
        "made_at": card.made_at.isoformat().replace("+00:00", "Z"),
        "predecessor": card.predecessor,
    }


def _enrolled_json(key: EnrolledKey) -> dict[str, out.Json]:
    return {
        "unit": key.unit,
        "fingerprint": key.fingerprint,
        "valid_from": key.valid_from.isoformat(),
        "valid_to": None if key.valid_to is None else key.valid_to.isoformat(),
        "revoked_on": None if key.revoked_on is None else key.revoked_on.isoformat(),
        "reason": key.reason,
    }


def _act(kind: str, subject: str, now: datetime, reason: str = "", **detail: str | bool) -> Act:
    from pqscan.app.acting import act_of
    from pqscan.readiness.act import ActKind

    return act_of(ActKind(kind), subject, now, reason, **detail)


def _note(act: Act) -> None:
    from pqscan.app.acting import note

    hindered = note(settings().store_url, act)
    if hindered is not None and not settings().is_quiet:
        out.note(words.filled("The act was not noted in a store: {error}", error=words.error_text(hindered)))


def _permit(unit: str | None) -> None:
    """Keys lie outside of the store: who may make and enrol them is asked of the store all the same, where there is one."""
    from pqscan.app.permitting import permit_at
    from pqscan.readiness.access import Right

    permit_at(settings().store_url, Right.SEAL, lambda _: () if unit is None else (unit,))
