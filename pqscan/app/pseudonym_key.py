"""The key of pseudonyms: 32 octets in hexadecimal digits, in a file that its owner alone can read, outside of the store."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

from pqscan.app.keys import default_folder
from pqscan.app.place import owner_only
from pqscan.errors import UsageError, WorkError
from pqscan.readiness.pseudonyms import KEY_OCTETS, Pseudonyms
from pqscan.registry.foreign_file import open_regular

NAME = "pseudonyms.key"


def make_pseudonym_key(path: Path | None = None) -> Path:
    """Makes a key where there is none. Raises WorkError where it cannot be written, or something is there already."""
    place = path or default_folder() / NAME
    try:
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(place, "xb", opener=owner_only) as file:
            file.write(secrets.token_hex(KEY_OCTETS).encode("ascii") + b"\n")
            file.flush()
            os.fsync(file.fileno())
    except FileExistsError:
        raise WorkError(f"{place} is there already: what it made would be found by no other key, so it is left alone") from None
    except OSError as error:
        raise WorkError(f"the key of pseudonyms cannot be written to {place}: {error.strerror}") from None
    return place


def read_pseudonym_key(path: Path | None = None) -> Pseudonyms:
    """Raises UsageError where there is none, WorkError where others can read it. No message holds a part of it."""
    place = path or default_folder() / NAME
    try:
        with open_regular(place) as file:
            if os.name == "posix" and stat.S_IMODE(os.fstat(file.fileno()).st_mode) & 0o077:
                raise WorkError(
                    f"the key of pseudonyms {place} can be read by others: take it as known to them, or run chmod 600 on it"
                )
            data = file.read(2 * KEY_OCTETS + 3)
    except FileNotFoundError:
        raise UsageError(f"there is no key of pseudonyms at {place}: make one with `pqscan key pseudonyms`") from None
    except OSError as error:
        raise UsageError(f"the key of pseudonyms {place} cannot be read: {error.strerror}") from None
    try:
        key = bytes.fromhex(data.decode("ascii").strip())
    except ValueError:
        key = b""
    if len(key) != KEY_OCTETS:
        raise UsageError(f"{place} is no key of pseudonyms: it holds {KEY_OCTETS} octets in hexadecimal digits")
    return Pseudonyms(key)
