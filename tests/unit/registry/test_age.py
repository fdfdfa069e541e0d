"""By what recipients of age are reached."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.registry.age import age_recipient, read_age_recipients
from pqscan.registry.quantum import QuantumClass


@pytest.mark.parametrize(
    ("kind", "name", "quantum_class"),
    [
        ("X25519", "X25519", QuantumClass.TRADITIONAL),
        ("mlkem768x25519", "X-Wing", QuantumClass.PQT_HYBRID),
        ("mlkem768p256tag", "MLKEM768-P256", QuantumClass.PQT_HYBRID),
        ("ssh-ed25519", "X25519", QuantumClass.TRADITIONAL),
        ("scrypt", "scrypt", QuantumClass.NOT_PUBLIC_KEY),
    ],
)
def test_a_recipient_is_reached_by_what_the_specification_says(kind: str, name: str, quantum_class: QuantumClass) -> None:
    row = age_recipient(kind)
    assert row is not None
    assert (row.algorithm.name, row.algorithm.quantum_class) == (name, quantum_class)
    assert age_recipient(f"{kind}x") is None


@pytest.mark.parametrize(
    "row",
    [
        'kind = "a"\nalgorithm = "no such thing"\nway = "kem"\nreference = "a"',
        'kind = "a"\nalgorithm = "RSA"\nway = "other"\nreference = "a"',
        'kind = "a"\nalgorithm = "RSA"\nway = "kem"',
        'kind = "a"\nalgorithm = "RSA"\nway = "kem"\nreference = "a"\n[[recipient]]\n'
        'kind = "a"\nalgorithm = "RSA"\nway = "kem"\nreference = "a"',
    ],
)
def test_a_row_that_cannot_be_is_refused(tmp_path: Path, row: str) -> None:
    (tmp_path / "rows.toml").write_text(f"[[recipient]]\n{row}\n")
    with pytest.raises(DataError):
        read_age_recipients(tmp_path / "rows.toml")
