"""`--age-recipient` and `--age-identity`: files to be carried, encrypted for those who may read them. For every command alike."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from pqscan.cli.group import option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid
from pqscan.errors import UsageError


def _take_recipients(context: click.Context, _option: click.Parameter, value: tuple[str, ...]) -> None:
    if value:
        from pqscan.app.age import recipients
        from pqscan.cli.settings import Settings

        context.ensure_object(Settings).recipients = recipients(value)


def _take_identity(_context: click.Context, _option: click.Parameter, value: str | None) -> None:
    if value is not None:
        from pqscan.app.age import use_identities

        use_identities(Path(value))


Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]  # Any: as click calls it.


def recipient_option() -> Decorator:
    return option(
        "--age-recipient",
        metavar="age1...|@FILE",
        multiple=True,
        expose_value=False,
        callback=_take_recipients,
        help=msgid("Encrypts the file for this reader (age), whose name gets .age; may be repeated."),
    )


def identity_option() -> Decorator:
    return option(
        "--age-identity",
        metavar="FILE",
        expose_value=False,
        callback=_take_identity,
        help=msgid("The file of age-keygen with your key, for files that were encrypted for you."),
    )


def carried(name: str) -> str:
    """The name of a file that is written: with .age where it is encrypted. Raises UsageError for a stream that would be."""
    from pqscan.app.age import SUFFIX

    if not settings().recipients or name.lower().endswith(SUFFIX):
        return name
    if name == "-":
        raise UsageError("--age-recipient is for files: give --output FILE")
    return name + SUFFIX
