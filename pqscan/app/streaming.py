"""Outcomes as JSON lines while a scan runs, in the words of `pqscan-inventory/1`.

A line is {"profile": ...} or {"certificate": ...} the first time one occurs, and {"outcome": ...} for each target, which names
them by their SHA-256.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import BinaryIO

from pqscan_reports.json_inventory import Json, certificate_json, encoded, profile_json, reason_json, target_json
from pqscan_reports.naming import utc_text

from pqscan.errors import MalformedMessage, WorkError
from pqscan.locale import translator
from pqscan.model.inventory import Batch
from pqscan.model.outcome import Outcome
from pqscan.scan.writer import Ledger
from pqscan.wire.kept import read_kept

_REMEMBERED = 20_000
"""Profiles and certificates that are not written again; beyond that an old one may come a second time."""


class OutcomeStream:
    """Writes to a binary file. Raises WorkError where it cannot be written any more."""

    def __init__(self, out: BinaryIO, language: str = "en") -> None:
        self._out = out
        self._say = translator(language)
        self._written: OrderedDict[bytes, None] = OrderedDict()

    def write(self, batch: Batch) -> None:
        try:
            for outcome in batch.outcomes:
                self._outcome(batch.run, outcome)
            self._out.flush()
        except OSError as error:
            raise WorkError(f"the stream of outcomes cannot be written any more: {error.strerror}") from error

    def _outcome(self, run: str, outcome: Outcome) -> None:
        for der in outcome.certificates:
            try:
                certificate = read_kept(der)
            except MalformedMessage:  # Kept by its bytes in the store; there is nothing to tell of it.
                continue
            if self._is_new(certificate.sha256):
                self._line("certificate", certificate.sha256, certificate_json(certificate))
        profile = outcome.profile
        if profile is not None and self._is_new(profile.digest):
            self._line("profile", profile.digest, profile_json(profile))
        row: dict[str, Json] = {
            "run": run,
            "target": target_json(outcome.target),
            "probe": outcome.probe,
            "status": outcome.status.value,
            "detail": None if outcome.detail is None else reason_json(outcome.detail, self._say),
            "started_at": utc_text(outcome.started_at),
            "elapsed_seconds": round(outcome.elapsed_seconds, 6),
            "connections_used": outcome.connections_used,
            "profile": None if profile is None else profile.digest.hex(),
            "chains": [
                {
                    "server_name": chain.server_name,
                    "context": chain.context,
                    "certificates": [digest.hex() for digest in chain.certificates],
                }
                for chain in outcome.chains
            ],
        }
        self._out.write(encoded({"outcome": row}) + b"\n")

    def _line(self, kind: str, digest: bytes, body: Json) -> None:
        row: dict[str, Json] = {"sha256": digest.hex()}
        if isinstance(body, dict):
            row |= body
        self._out.write(encoded({kind: row}) + b"\n")

    def _is_new(self, digest: bytes) -> bool:
        if digest in self._written:
            self._written.move_to_end(digest)
            return False
        self._written[digest] = None
        if len(self._written) > _REMEMBERED:
            self._written.popitem(last=False)
        return True


class StreamingLedger:
    """Commits to the store first and streams what was committed."""

    def __init__(self, ledger: Ledger, stream: OutcomeStream) -> None:
        self._ledger = ledger
        self._stream = stream

    def commit(self, batch: Batch) -> None:
        """Raises what the ledger raises, WorkError where the stream is closed."""
        self._stream.write(self._ledger.commit(batch) or batch)
