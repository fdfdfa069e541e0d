"""An option whose help is translated when it is shown."""

from __future__ import annotations

import click
from click.types import OptionHelpExtra

from pqscan.cli import words


class Option(click.Option):
    def get_help_extra(self, ctx: click.Context) -> OptionHelpExtra:
        """Without ranges: they stand in the text, where they matter."""
        extra = super().get_help_extra(ctx)
        extra.pop("range", None)
        return extra

    def get_help_record(self, ctx: click.Context) -> tuple[str, str] | None:
        kept, self.help = self.help, None if self.help is None else words.gettext(self.help)
        try:
            return super().get_help_record(ctx)
        finally:
            self.help = kept
