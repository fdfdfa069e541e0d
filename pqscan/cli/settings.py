"""The options that every command takes, before its name or after it: where the store lies, the language, how much is said.

The command line counts before the environment, the environment before the file of `--config`.
"""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import dataclass, field
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from click.core import ParameterSource

from pqscan.cli import words
from pqscan.cli.option import Option
from pqscan.cli.words import msgid
from pqscan.errors import UsageError
from pqscan.locale import LANGUAGES, choose_language

if TYPE_CHECKING:
    from pqscan.policy.shelf import Shelf
    from pqscan.store.repository import Store

MOST_CONFIG_BYTES = 1 << 20
_EVERYWHERE = frozenset(
    {"db", "db_key_file", "config", "lang", "quiet", "json", "verbose", "policy_folder", "registry"}
)  # Of every command: at the top.
_COMMON = {"db": str, "db_key_file": str, "lang": str, "quiet": bool, "json": bool, "policy_folder": str}


@dataclass(slots=True)
class Settings:
    """What the common options of one run say. `defaults` is what the configuration file says for the commands."""

    db: str | None = None
    db_key_file: str | None = None
    json: bool = False
    quiet: bool = False
    verbose: int = 0
    policy_folder: str | None = None
    config: dict[str, Any] = field(default_factory=dict)  # Any: TOML as it was read; checked below.
    recipients: tuple[object, ...] = ()  # of the files that the command writes, where it encrypts them
    _is_unlocked: bool = False

    @property
    def store_url(self) -> str | None:
        """None: the user's own file. An encrypted one can be opened from then on: its passphrase is read, or asked for."""
        url: str | None = self.db or os.environ.get("PQSCAN_DB") or self.config.get("db")
        if not self._is_unlocked:
            self._is_unlocked = True
            self._unlock(url)
        return url

    def _unlock(self, url: str | None) -> None:
        from pqscan.app.place import needs_passphrase, unlock_store

        if self.key_file:
            unlock_store(url, passphrase_in(Path(self.key_file)))
        elif needs_passphrase(url) and sys.stdin.isatty():
            unlock_store(url, asked_passphrase())

    @property
    def key_file(self) -> str | None:
        """The file with the passphrase of the store."""
        return self.db_key_file or os.environ.get("PQSCAN_DB_KEY_FILE") or self.config.get("db_key_file")

    @property
    def is_quiet(self) -> bool:
        return self.quiet or bool(self.config.get("quiet"))

    @property
    def wants_json(self) -> bool:
        return self.json or bool(self.config.get("json"))

    def shelf(self) -> Shelf:
        """The policies at hand. Raises UsageError for a folder or pack that cannot be read."""
        from pqscan.policy.shelf import Shelf

        folder = self.policy_folder or os.environ.get("PQSCAN_POLICIES") or self.config.get("policy_folder")
        if not folder:
            return Shelf.of()
        from pqscan.app.packs import read_folder

        return read_folder(Path(folder))

    def open_store(self, *, create: bool = False, any_revision: bool = False) -> Store:
        from pqscan.app.place import open_store

        return open_store(self.store_url, create=create, any_revision=any_revision)


def passphrase_in(path: Path) -> str:
    """The first line of a file. Raises UsageError where there is none, or where it is no text."""
    from pqscan.app.keys import read_passphrase

    try:
        return read_passphrase(path).decode()
    except UnicodeDecodeError:
        raise UsageError(f"the passphrase file {path} is not UTF-8: write the passphrase as text") from None


def asked_passphrase(*, twice: bool = False) -> str:
    """From the terminal, unseen."""
    answer: str = click.prompt(words.gettext("Passphrase of the store"), hide_input=True, err=True, confirmation_prompt=twice)
    return answer


def settings() -> Settings:
    """Those of the command that runs."""
    return click.get_current_context().ensure_object(Settings)


def _keep(context: click.Context, option: click.Parameter, value: Any) -> Any:  # Any: as click hands it over.
    if option.name is None or context.get_parameter_source(option.name) is not ParameterSource.COMMANDLINE:
        return value
    kept = context.ensure_object(Settings)
    match option.name:
        case "db":
            kept.db = value
        case "db_key_file":
            kept.db_key_file = value
        case "policy_folder":
            kept.policy_folder = value
        case "registry":
            from pqscan.registry import local

            local.use(value)
        case "json":
            kept.json = value
        case "quiet":
            kept.quiet = value
        case "verbose":
            kept.verbose = value
            _log_to_stderr(value)
        case "config":
            kept.config = read_config(Path(value))
            _apply(kept, context)
    return value


def common_options() -> list[click.Parameter]:
    def option(*declarations: str, **attributes: Any) -> click.Parameter:
        return Option(list(declarations), callback=_keep, expose_value=False, **attributes)

    return [
        option(
            "--db",
            metavar="URL",
            help=msgid("The store: a file, or postgresql://user@host/name. Else PQSCAN_DB, else a file in the user's data folder."),
        ),
        option(
            "--db-key-file",
            metavar="FILE",
            help=msgid(
                "A file whose first line opens an encrypted store (hygiene, no protection of state secrets). Else "
                "PQSCAN_DB_KEY_FILE, else you are asked."
            ),
        ),
        option("--config", metavar="FILE", is_eager=True, help=msgid('Options from a TOML file: [scan.net] ports = "443".')),
        option(
            "--policy-folder",
            metavar="DIR",
            help=msgid("Policies of one's own beside those that come with pqscan, of one id in their place. Else PQSCAN_POLICIES."),
        ),
        option(
            "--registry",
            metavar="FILE",
            help=msgid(
                "Names of one's own for numbers that pqscan does not know: OIDs, groups, signature schemes. Else PQSCAN_REGISTRY."
            ),
        ),
        option("--lang", type=click.Choice(LANGUAGES), help=msgid("The language; else as LC_MESSAGES says, else Vietnamese.")),
        option("--json", is_flag=True, help=msgid("Prints data as JSON.")),
        option("--quiet", "-q", is_flag=True, help=msgid("Prints no progress and no hints.")),
        option("--verbose", "-v", count=True, help=msgid("Logs to standard error what happens; -vv more.")),
    ]


def _log_to_stderr(level: int) -> None:
    logging.disable(logging.NOTSET)
    logging.basicConfig(
        level=logging.DEBUG if level > 1 else logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True
    )
    if level < 3:
        for noisy in ("asyncio", "sqlalchemy", "alembic"):
            logging.getLogger(noisy).setLevel(logging.WARNING)


def read_config(path: Path) -> dict[str, Any]:
    """Raises UsageError naming the file and what is wrong in it."""
    from pqscan.registry import foreign_toml
    from pqscan.registry.foreign_file import open_regular

    try:
        with open_regular(path, or_stream=True) as file:
            data = file.read(MOST_CONFIG_BYTES + 1)
    except OSError as error:
        raise UsageError(f"the configuration {path} cannot be read: {error.strerror}") from None
    if len(data) > MOST_CONFIG_BYTES:
        raise UsageError(f"the configuration {path} is larger than {MOST_CONFIG_BYTES} bytes; is it the right file?")

    try:
        table = foreign_toml.parse(data)
    except ValueError as error:
        raise UsageError(f"the configuration {path} is not valid TOML: {error}") from None
    if isinstance(table.get("lang"), str) and table["lang"] not in LANGUAGES:
        raise UsageError(f"the configuration {path}: lang must be {' or '.join(LANGUAGES)}")
    for key, kind in _COMMON.items():
        if key in table and not isinstance(table[key], kind):
            raise UsageError(f"the configuration {path}: {key} must be a {'text' if kind is str else 'true or false'}")
    return table


def _apply(kept: Settings, context: click.Context) -> None:
    """Checks every key against the commands there are, and makes them the defaults of this command and those below it."""
    root = context.find_root()
    defaults = {key: value for key, value in kept.config.items() if key not in _COMMON}
    _check(root.command, defaults, "", root)
    for name in context.command_path.split()[1:]:
        defaults = defaults.get(name, {})
    context.default_map = defaults
    if "lang" in kept.config and not isinstance(context.params.get("lang"), str):
        chosen = choose_language(None, {"LANG": kept.config["lang"]})
        if root.params.get("lang") is None:
            words.set_language(chosen)


def _check(command: click.Command, table: dict[str, Any], place: str, context: click.Context) -> None:
    for key, value in table.items():
        where = f"{place}.{key}".lstrip(".")
        if isinstance(command, click.Group):
            below = command.get_command(context, key)
            if below is None or not isinstance(value, dict):
                raise UsageError(f"the configuration has [{where}], which is no command: `pqscan --help` lists them")
            _check(below, value, where, context)
            continue
        options = {parameter.name: parameter for parameter in command.params if isinstance(parameter, click.Option)}
        if key not in options or key in _EVERYWHERE:
            raise UsageError(f"the configuration has {where}, which is no option of that command: see its --help")
        if not _fits(value, options[key]):
            raise UsageError(f"the configuration has {where} with a value that this option does not take: see its --help")


def _fits(value: object, option: click.Option) -> bool:
    """Whether a value of TOML is one that click reads: a text or number, true or false for a switch, a list for what repeats."""
    if option.is_flag:
        return isinstance(value, bool)
    if option.multiple:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    return isinstance(value, str) or (isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value))
