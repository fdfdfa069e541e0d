"""What click itself says, in our catalogue: its modules look texts up through a name of their own, which is set to ours."""

from __future__ import annotations

import importlib

from pqscan.cli import words
from pqscan.locale import msgid

MODULES = ("core", "decorators", "exceptions", "formatting", "parser", "types")

TEXTS = (
    msgid("Usage:"),
    msgid("Options"),
    msgid("Positional arguments"),
    msgid("Commands"),
    msgid("Show this message and exit."),
    msgid("Show the version and exit."),
    msgid("%(prog)s, version %(version)s"),
    msgid("env var: {var}"),
    msgid("required"),
    msgid("default: {default}"),
    msgid("Missing command."),
    msgid("Missing argument"),
    msgid("Missing option"),
    msgid("Choose from:\n\t{choices}"),
    msgid("Missing parameter"),
    msgid("Missing parameter: {param_name}"),
    msgid("Missing {param_type}"),
    msgid("No such option {name!r}."),
    msgid("No such command {name!r}."),
    msgid("Invalid value: {message}"),
    msgid("Invalid value for {param_hint}: {message}"),
    msgid("Option {name!r} does not take a value."),
    msgid("Argument {name!r} takes {nargs} values."),
    msgid("{value!r} is not a valid {number_type}."),
    msgid("{value} is not in the range {range}."),
    msgid("{name} {filename!r} does not exist."),
    msgid("{name} {filename!r} is a file."),
    msgid("{name} {filename!r} is a directory."),
    msgid("{name} {filename!r} is not readable."),
    msgid("{name} {filename!r} is not writable."),
    msgid("Could not open file {filename!r}: {message}"),
    msgid("unknown error"),
    msgid("file"),
    msgid("directory"),
    msgid("path"),
)


def ngettext(singular: str, plural: str) -> tuple[str, str]:
    """Marks a pair for the catalogue."""
    return singular, plural


PLURALS = (
    ngettext("Got unexpected extra argument ({args})", "Got unexpected extra arguments ({args})"),
    ngettext("Option {name!r} requires an argument.", "Option {name!r} requires {nargs} arguments."),
    ngettext("{value!r} is not {choice}.", "{value!r} is not one of {choices}."),
    ngettext("Did you mean {possibility}?", "(Did you mean one of: {possibilities}?)"),
)


def translate_click() -> None:
    """From now on click speaks the language of this run."""
    for name in MODULES:
        module = importlib.import_module(f"click.{name}")
        for ours, theirs in ((words.gettext, "_"), (_ngettext, "ngettext")):
            if hasattr(module, theirs):
                setattr(module, theirs, ours)


def _ngettext(singular: str, plural: str, count: int) -> str:
    return words.say().ngettext(singular, plural, count)
