"""Pseudonyms in place of the names of files and of holders of certificates: the options for it, and the key."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pqscan.cli import out, words
from pqscan.cli.group import command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError

if TYPE_CHECKING:
    from pqscan.readiness.pseudonyms import Pseudonyms

PSEUDONYMISE_HELP = msgid("Machines, paths and the names in certificates by pseudonyms, which the same key finds again.")
PSEUDONYM_KEY_HELP = msgid("The key of pseudonyms; default: the one that `pqscan key pseudonyms` made.")


def pseudonym_options(function: Callable[..., Any]) -> Callable[..., Any]:  # Any: as click calls it.
    """`--pseudonymise` and `--key`, as arguments `pseudonymise` and `key`."""
    with_key = option("--key", metavar="FILE", help=PSEUDONYM_KEY_HELP)(function)
    return option("--pseudonymise", is_flag=True, help=PSEUDONYMISE_HELP)(with_key)


def pseudonyms(wanted: bool, key: str | None) -> Pseudonyms | None:
    """None where nobody asked for them. Raises UsageError, WorkError."""
    from pqscan.app.pseudonym_key import read_pseudonym_key

    if not wanted:
        if key is not None:
            raise UsageError("--key is the key of pseudonyms: give it with --pseudonymise or --find")
        return None
    return read_pseudonym_key(None if key is None else Path(key))


@command(
    "pseudonyms",
    short_help=msgid("Makes the key of pseudonyms."),
    help=msgid(
        "Makes the key by which reports replace machines, paths and the names in certificates (--pseudonymise), in a file that its "
        "owner alone can read, outside the store. Whoever has it finds the names again: pqscan show targets --find."
    ),
)
@option("--output", "-o", metavar="FILE", help=msgid("Where it goes; default: the folder of keys."))
def make(output: str | None) -> None:
    from pqscan.app.pseudonym_key import make_pseudonym_key

    place = make_pseudonym_key(None if output is None else Path(output))
    if settings().wants_json:
        out.document({"path": str(place.resolve())})
        return
    out.line(words.filled("Written: {path}", path=place.resolve()))
