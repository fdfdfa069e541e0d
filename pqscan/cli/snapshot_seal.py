"""`pqscan snapshot seal`: what the store holds, judged, as the sealed figures of one unit and period."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pqscan.cli import out, words
from pqscan.cli.age import carried, recipient_option
from pqscan.cli.assess import AS_OF_HELP, POLICY_HELP, read_day
from pqscan.cli.group import command, option
from pqscan.cli.key import KEYS_HELP, PASSPHRASE_FILE_HELP, UNIT_HELP, keys_folder, opened_key
from pqscan.cli.report import CLASSIFICATION_HELP
from pqscan.cli.settings import settings
from pqscan.cli.snapshot import SEAL_NOTE, shelf
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

if TYPE_CHECKING:
    from pqscan.app.answerable import Entries
    from pqscan.readiness.snapshot import ActsHead, Period
    from pqscan.readiness.unit import Head

MOST_ATTACHED_BYTES = 64 << 20


@command(
    "seal",
    short_help=msgid("Seals a period's figures."),
    help=msgid(
        "Judges the store, counts, and seals the figures of a period with the facts and the rendered files, by the unit's keys. "
        "Later scans do not change it. Refused without a named head: from the register, or by --head and --title."
    ),
)
@option("--period", metavar="PERIOD", required=True, help=msgid("2026, 2026-H1 or 2025-12-15..2026-12-14."))
@option("--output", "-o", metavar="FILE", required=True, help=msgid("The unit file that is written, such as unit.pqsnap."))
@option("--unit", metavar="CODE", help=UNIT_HELP)
@option("--unit-name", metavar="NAME", help=msgid("The unit's name, where the register does not say it."))
@option("--head", metavar="NAME", help=msgid("Who answers for the unit, where the register does not say it."))
@option("--title", metavar="TITLE", help=msgid("The head's title."))
@option(
    "--report",
    metavar="FORMAT",
    multiple=True,
    help=msgid("A rendered file to seal: csv, html, text, xlsx, docx-section, redacted; may be repeated."),
)
@option("--attach", metavar="FILE", multiple=True, help=msgid("A file of yours to seal with it; may be repeated."))
@option("--figures", metavar="FILE", help=msgid("Figures that no scan can tell (budget, training), as TOML."))
@option("--classification", metavar="CODE", help=CLASSIFICATION_HELP)
@option("--correct", is_flag=True, help=msgid("Seals a correction beside the snapshot of the same period."))
@option("--policy", metavar="NAME", multiple=True, help=POLICY_HELP)
@option("--as-of", metavar="DATE", help=AS_OF_HELP)
@recipient_option()
@option("--keys", metavar="FOLDER", help=KEYS_HELP)
@option("--passphrase-file", metavar="FILE", help=PASSPHRASE_FILE_HELP)
def seal(
    period: str,
    output: str,
    unit: str | None,
    unit_name: str | None,
    head: str | None,
    title: str | None,
    report: tuple[str, ...],
    attach: tuple[str, ...],
    figures: str | None,
    classification: str | None,
    correct: bool,
    policy: tuple[str, ...],
    as_of: str | None,
    keys: str | None,
    passphrase_file: str | None,
) -> None:
    from pqscan.app.answerable import counted_systems, register_of, systems_of, unit_of
    from pqscan.app.assessment import assess, choose_policies
    from pqscan.app.figures import read_figures
    from pqscan.app.sealing import SEALED_REPORTS, SealRequest, keep_sealed, seal_snapshot
    from pqscan.cli.trial_files import require_places, whole_file
    from pqscan.readiness.register import Register
    from pqscan.readiness.snapshot import Period
    from pqscan.readiness.unit import Unit

    wrong = sorted(set(report) - SEALED_REPORTS.keys())
    if wrong:
        raise UsageError(f"{wrong[0]!a} is no report that can be sealed; choose among {', '.join(SEALED_REPORTS)}")
    chosen, wanted, day, policies = settings(), Period.read(period), read_day(as_of), choose_policies(policy)
    output = carried(output)
    require_places(output)
    stated = None if figures is None else read_figures(Path(figures))
    attached = {Path(name).name: _attached(Path(name)) for name in attach}
    key, _ = opened_key(keys_folder(keys), unit, passphrase_file)
    with chosen.open_store() as store:
        entries = register_of(store)
        code = key.card.unit
        own = counted_systems(entries, code)
        inventory = assess(store, policies=policies, as_of=day, within=own)
        known = unit_of(entries, code) or Unit(code, unit_name or code)
        request = SealRequest(
            unit=known,
            head=_head(entries, code, head, title, wanted, inventory.as_of),
            period=wanted,
            reports=tuple(dict.fromkeys(report)),
            stated=stated,
            systems=systems_of(entries, code),
            register=Register.of(entries),
            classification=classification,
            attached=attached,
            corrects=correct,
            language=words.language(),
        )
        now = datetime.now(UTC)
        made = seal_snapshot(inventory, request, key, shelf(), now, _acts_head(store))
    with whole_file(Path(output), owner_alone=True) as target:
        target.write(made.encode())
        target.flush()  # Where the disk is full, nothing is kept either.
        keep_sealed(made, shelf(), now)
    if chosen.wants_json:
        out.document({"digest": made.seal.digest, "unit": code, "period": wanted.text, "file": str(Path(output).resolve())})
        return
    out.line(words.filled("Sealed: {digest}", digest=made.seal.digest))
    if not chosen.is_quiet:
        out.note(words.filled("Written: {path}", path=Path(output).resolve()))
        if own is not None:
            told = msgid(
                "Counted is what belongs to the systems of {unit} alone: the register gives this store's other systems to others."
            )
            out.note(words.filled(told, unit=code))
        out.note(words.gettext(SEAL_NOTE))


def _head(entries: Entries, unit: str, name: str | None, title: str | None, period: Period, today: date) -> Head | None:
    """As given, else who headed the unit at the end of the period, or today where that lies ahead (R15)."""
    from pqscan.app.answerable import head_on
    from pqscan.readiness.unit import Head

    if name is not None or title is not None:
        return Head(unit, name or "", title or "", period.start)
    return head_on(entries, unit, min(period.end, today))


def _acts_head(store: object) -> ActsHead | None:
    from pqscan.readiness.snapshot import ActsHead

    read = getattr(store, "acts_head", None)
    if read is None:
        return None
    found = read()
    return ActsHead(found.entries, found.hash)


def _attached(path: Path) -> bytes:
    from pqscan.registry.foreign_file import open_regular

    try:
        with open_regular(path) as file:
            data = file.read(MOST_ATTACHED_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the file {path} cannot be read: {error.strerror}") from None
    if len(data) > MOST_ATTACHED_BYTES:
        raise UsageError(f"the file {path} is larger than {MOST_ATTACHED_BYTES} bytes")
    return data
