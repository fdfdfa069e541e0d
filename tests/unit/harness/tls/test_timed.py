"""Whole handshakes as rows of the benchmark: both sides agree in each, and their bytes are those of the wire."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pqscan.errors import WorkError
from pqscan.harness.benchmark import measure
from pqscan.harness.tls.timed import handshake_candidates
from pqscan.model.timing import Operation, Purpose, Timing

NOW = datetime.now(UTC)


def rows(*libraries: str) -> dict[tuple[str, str], Timing]:
    measured = (measure(candidate, 0.001) for candidate in handshake_candidates(libraries, NOW))
    return {(timing.algorithm, timing.library): timing for timing in measured}


def test_a_hybrid_costs_the_bytes_of_its_shares_more_than_a_classical_one() -> None:
    found = rows("cryptography")
    classical = found["x25519, ECDSA P-256", "cryptography"]
    hybrid = found["X25519MLKEM768, ECDSA P-256", "cryptography"]
    assert hybrid.client_bytes - classical.client_bytes > 900  # Padding of the classical hello covers a part.
    assert abs(hybrid.server_bytes - classical.server_bytes - 1088) < 8  # The length of an ECDSA signature varies.
    assert all(timing.purpose is Purpose.HANDSHAKE and timing.rate(Operation.HANDSHAKE) for timing in found.values())


def test_a_post_quantum_certificate_costs_the_server_kilobytes() -> None:
    found = rows("cryptography")
    both = found["X25519MLKEM768, ML-DSA-65", "cryptography"]
    assert both.server_bytes - found["X25519MLKEM768, ECDSA P-256", "cryptography"].server_bytes > 2 * 3309 + 1952 - 600


def test_a_library_that_is_not_here_has_no_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_library: str) -> None:
        raise WorkError("not here")

    expected = [("x25519, ECDSA P-256", "cryptography")]
    monkeypatch.setattr("pqscan.harness.liboqs.load", lambda: missing("liboqs"))
    assert list(rows("liboqs")) == expected
