"""What tags of RPM and numbers of OpenPGP mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.rpm import hash_of, key_of, read_keys, tag_of


def test_tags_keys_and_hashes_are_told_by_their_numbers() -> None:
    tag, hybrid, alone = tag_of(278), key_of(30), key_of(1)
    assert tag is not None
    assert (tag.name, tag.is_text) == ("OPENPGP", True)
    assert hybrid is not None
    assert (hybrid.quantum_class, hybrid.components) == (QuantumClass.PQT_HYBRID, ("ML-DSA-65", "Ed25519"))
    assert alone is not None
    assert (alone.name, alone.quantum_class, alone.components) == ("RSA-PKCS1-1.5", QuantumClass.TRADITIONAL, ())
    assert hash_of(8) == "sha256"
    assert (tag_of(269), key_of(99), hash_of(99)) == (None, None, None)


def test_a_row_that_cannot_be_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.toml"
    path.write_text('[[public_key]]\nvalue = 1\nalgorithm = "none"\nreference = "a"\n')
    with pytest.raises(DataError, match="none"):
        read_keys(path)
