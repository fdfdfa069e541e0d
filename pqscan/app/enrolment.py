"""The keys that a superior takes for those of its units: one file beside its own keys, changed whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Protocol

from pqscan.app.keys import CryptographyCheck
from pqscan.app.place import owner_only
from pqscan.errors import MalformedMessage, UsageError, WorkError
from pqscan.model.reason import Reason
from pqscan.readiness.unit_key import (
    MOST_ENROLMENT_BYTES,
    EnrolledKey,
    KeyCard,
    decode_enrolment,
    encode_enrolment,
    fault_of_card,
)
from pqscan.registry.foreign_file import open_regular

FILE_NAME = "enrolled.json"

try:
    import fcntl
except ImportError:  # Windows: one change at a time is then the user's care.
    fcntl = None  # type: ignore[assignment]


class Refusal(UsageError):
    """Something was not taken; `reason` says why, in the reader's language when it is shown."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.code)
        self.reason = reason


class Enrolment(Protocol):
    """Where enrolled keys are kept."""

    def enrolled(self) -> tuple[EnrolledKey, ...]: ...

    def add(self, key: EnrolledKey) -> None: ...

    def revoke(self, fingerprint: str, day: date, reason: str) -> EnrolledKey: ...


class EnrolmentFile:
    """Enrolled keys in one JSON file of mode 0600. Raises WorkError where it is damaged or cannot be written."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / FILE_NAME

    def enrolled(self) -> tuple[EnrolledKey, ...]:
        try:
            with open_regular(self.path) as file:
                return decode_enrolment(file.read(MOST_ENROLMENT_BYTES + 1))
        except FileNotFoundError:
            return ()
        except OSError as error:
            raise WorkError(f"the enrolment file {self.path} cannot be read: {error.strerror}") from None
        except MalformedMessage as error:
            raise WorkError(f"the enrolment file {self.path} is damaged: {error}; restore it from a backup") from None

    def add(self, key: EnrolledKey) -> None:
        with self._changing():
            self._write((*self.enrolled(), key))

    def revoke(self, fingerprint: str, day: date, reason: str) -> EnrolledKey:
        """`fingerprint` may be its first digits, 8 or more. Raises UsageError where none or several begin so, or it is revoked."""
        with self._changing():
            keys = self.enrolled()
            wanted = "".join(fingerprint.split()).lower()
            found = [key for key in keys if len(wanted) >= 8 and key.fingerprint.startswith(wanted)]
            if len(found) != 1:
                raise UsageError(f"no single enrolled key begins with {wanted[:80]!a}: see `pqscan key list`")
            if found[0].revoked_on is not None:
                raise UsageError(f"that key was revoked on {found[0].revoked_on.isoformat()} already")
            revoked = replace(found[0], revoked_on=day, reason=reason)
            self._write(revoked if key is found[0] else key for key in keys)
            return revoked

    def _write(self, keys: Iterator[EnrolledKey] | tuple[EnrolledKey, ...]) -> None:
        partial = self.path.with_name(f".pqscan-{secrets.token_hex(8)}")
        try:
            try:
                with open(partial, "xb", opener=owner_only) as file:
                    file.write(encode_enrolment(keys))
                    file.flush()
                    os.fsync(file.fileno())
                os.replace(partial, self.path)
            finally:
                partial.unlink(missing_ok=True)
        except OSError as error:
            raise WorkError(f"the enrolment file {self.path} cannot be written: {error.strerror}") from None

    @contextlib.contextmanager
    def _changing(self) -> Iterator[None]:
        """Two that enrol at once wait for each other."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            lock = os.open(self.path.with_name(".enrolled.lock"), os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise WorkError(f"the enrolment file {self.path} cannot be written: {error.strerror}") from None
        try:
            if fcntl is not None:
                fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)


def enrol(
    enrolment: Enrolment, card: KeyCard, now: datetime, *, compared: str | None = None, valid_to: date | None = None
) -> EnrolledKey:
    """Takes the keys of a card for those of its unit from today on. `compared` is the fingerprint as the unit told it on another
    way; it is not needed where keys that are enrolled already signed the card. Raises Refusal."""
    fault = fault_of_card(card, compared, enrolment.enrolled(), now, CryptographyCheck())
    if fault is not None:
        raise Refusal(fault)
    if valid_to is not None and valid_to < now.date():
        raise UsageError("the last day of a key lies before today")
    key = EnrolledKey(card.unit, card.public, now.date(), valid_to)
    enrolment.add(key)
    return key
