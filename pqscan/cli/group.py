"""Commands and groups whose texts are translated when they are shown, and that are loaded when they are named."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Collection, Iterator, Mapping
from importlib import import_module
from typing import Any

import click
from click.core import ParameterSource

from pqscan.cli import words
from pqscan.cli.option import Option
from pqscan.cli.settings import common_options
from pqscan.cli.words import msgid

COMMON_HINT = msgid(
    "Before or after the command: --db, --db-key-file, --config, --policy-folder, --registry, --lang, --json, --quiet, -v; "
    "see pqscan --help."
)


@contextlib.contextmanager
def _translated(command: click.Command) -> Iterator[None]:
    kept = command.help, command.short_help, command.epilog
    command.help, command.short_help, command.epilog = (None if text is None else words.gettext(text) for text in kept)
    try:
        yield
    finally:
        command.help, command.short_help, command.epilog = kept


class _Translated(click.Command):
    """Help in the language of this run."""

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with _translated(self):
            super().format_help(ctx, formatter)

    def get_short_help_str(self, limit: int = 45) -> str:
        with _translated(self):
            return super().get_short_help_str(limit)


class Command(_Translated):
    """A command that takes the common options as well; they are told in one line."""

    def __init__(self, *arguments: Any, **attributes: Any) -> None:  # Any: as click.Command takes them.
        super().__init__(*arguments, **attributes)
        self._own = len(self.params)
        self.epilog = self.epilog or COMMON_HINT
        self.params = [*self.params, *(_hidden(option) for option in common_options())]


def _hidden(option: click.Parameter) -> click.Parameter:
    if isinstance(option, click.Option):
        option.hidden = True
    return option


class Group(_Translated, click.Group):
    """A group that imports a command's module when the command is named: `places` maps names to `module:attribute`."""

    def __init__(self, *arguments: Any, places: Mapping[str, str], **attributes: Any) -> None:
        super().__init__(*arguments, **attributes)
        self._places = dict(places)

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(self._places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        place = self._places.get(cmd_name)
        if place is None:
            return None
        module, _, attribute = place.partition(":")
        found = getattr(import_module(f"pqscan.cli.{module}"), attribute)
        return found if isinstance(found, click.Command) else None


def command(name: str, **attributes: Any) -> Callable[[Callable[..., Any]], Command]:
    """As `click.command`, with our class."""
    return click.command(name, cls=Command, **attributes)


def option(*declarations: str, **attributes: Any) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    return click.option(*declarations, cls=Option, **attributes)


def options_of_a_new_run(later: Collection[str]) -> list[str]:
    """Options on the command line that belong to a run from its beginning; `later` are those that do not. One of these that was not
    heeded when a run is resumed, such as an exclusion, would be worst."""
    context = click.get_current_context()
    return [
        parameter.opts[0]
        for parameter in context.command.params
        if isinstance(parameter, click.Option)
        and parameter.expose_value
        and parameter.name is not None
        and parameter.name not in later
        and context.get_parameter_source(parameter.name) is ParameterSource.COMMANDLINE
    ]
