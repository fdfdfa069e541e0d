"""What the commands of the harness share: files that are written whole or not at all, and one line of progress on a terminal."""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from pqscan.app.age import encrypting
from pqscan.app.place import owner_only
from pqscan.cli import out, words
from pqscan.cli.settings import settings
from pqscan.errors import WorkError

if TYPE_CHECKING:
    from pqscan.model.trial import TrialReport


def write_junit_file(path: Path, report: TrialReport, *, quiet: bool) -> None:
    """Raises WorkError where the file cannot be written."""
    from pqscan_reports.trials.junit import write_junit

    with whole_file(path) as file:
        write_junit(report, words.language(), file)
    if not quiet:
        out.note(words.filled("Written: {path}", path=path.resolve()))


def require_places(*names: str | None) -> None:
    """Raises WorkError where a file could not be written: better before the work than after it."""
    for name in names:
        if name is not None:
            _require_place(Path(name))


def _require_place(path: Path) -> None:
    try:
        if not path.name or (path.exists() and not path.is_file()) or leads_to_a_stream(path):
            raise WorkError(f"{path} cannot be written: it is no file")
        path.parent.stat()
    except OSError as error:
        raise WorkError(f"{path} cannot be written: {error.strerror}") from None
    if not os.access(path.parent, os.W_OK | os.X_OK):
        raise WorkError(f"{path} cannot be written: {os.strerror(errno.EACCES)}")


def leads_to_a_stream(path: Path) -> bool:
    """/dev/stdout and its like, which a new file would take the place of, were they taken for the file that they lead to."""
    return path.is_symlink() and os.readlink(path).startswith("/proc/")


@contextlib.contextmanager
def whole_file(path: Path, *, owner_alone: bool = False) -> Iterator[BinaryIO]:
    """A file that takes its name when everything is in it; `owner_alone`: that nobody else can read. Raises WorkError."""
    _require_place(path)
    partial = path.with_name(f".pqscan-{secrets.token_hex(8)}")
    try:
        try:
            opener = owner_only if owner_alone else None
            with open(partial, "xb", opener=opener) as file, encrypting(file, settings().recipients) as target:
                yield target
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise WorkError(f"{path} cannot be written: {error.strerror}") from None


@contextlib.contextmanager
def progress_line(*, quiet: bool) -> Iterator[Callable[[str], None] | None]:
    """A line on the terminal that says what is done now and goes at the end; None where standard error is no terminal."""
    if quiet or not sys.stderr.isatty():
        yield None
        return

    def tell(what: str) -> None:
        sys.stderr.write(f"\r{what[: out.COLUMNS - 1]}\x1b[K")
        sys.stderr.flush()

    try:
        yield tell
    finally:
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
