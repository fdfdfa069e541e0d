"""A page, sheet or slip that goes to a file: whole or not at all, for its owner's eyes; `-` is standard output."""

from __future__ import annotations

import os
import secrets
import sys
from pathlib import Path

from pqscan.cli import out, words
from pqscan.cli.settings import settings
from pqscan.errors import WorkError


def write(name: str, data: bytes) -> None:
    """An older file stays until the new one is complete. Raises WorkError where it cannot be written."""
    from pqscan.app.age import encrypting
    from pqscan.app.place import owner_only
    from pqscan.cli.age import carried
    from pqscan.cli.trial_files import leads_to_a_stream

    name = carried(name)
    if name == "-":
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
        return
    path = Path(name)
    if not path.name or leads_to_a_stream(path):
        raise WorkError(f"nothing can be written to {path}: it is no file")
    partial = path.with_name(f".pqscan-{secrets.token_hex(8)}")
    try:
        try:
            with open(partial, "xb", opener=owner_only) as file, encrypting(file, settings().recipients) as target:
                target.write(data)
            if path.exists() and not path.is_file():
                raise WorkError(f"nothing can be written to {path}: it is no file")
            os.replace(partial, path)
        finally:
            partial.unlink(missing_ok=True)
    except OSError as error:
        raise WorkError(f"nothing can be written to {path}: {error.strerror}") from None
    if not settings().is_quiet:
        out.note(words.filled("Written: {path}", path=path.resolve()))
