"""Numbers of COSE: those of its RFCs, and rows that are wrong."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.registry.cose import cose_algorithm, cose_number, read_cose_algorithms
from pqscan.registry.jose import JoseUse, jose_algorithm

ROW = '[[algorithm]]\nvalue = "-7"\nname = "ES256"\nuse = "signature"\nalgorithm = "ECDSA"\nreference = "RFC 9053"\n'


@pytest.mark.parametrize(
    ("value", "name", "use"),
    [
        (-7, "ES256", JoseUse.SIGNATURE),
        (-48, "ML-DSA-44", JoseUse.SIGNATURE),
        (-65535, "RS1", JoseUse.SIGNATURE),
        (3, "A256GCM", JoseUse.CONTENT),
        (7, "HMAC 512/512", JoseUse.MAC),
        (-6, "direct", JoseUse.KEY_MANAGEMENT),
    ],
)
def test_a_number_has_its_name(value: int, name: str, use: JoseUse) -> None:
    row = cose_algorithm(value)
    assert row is not None
    assert (row.name, row.use, row.is_keyless) == (name, use, name == "direct")


def test_what_jose_and_cose_name_alike_is_the_same_algorithm() -> None:
    shared = [(row, other) for row in read_cose_algorithms() if (other := jose_algorithm(row.name)) is not None]
    assert len(shared) > 20
    for row, other in shared:
        assert (row.algorithm, row.hash, row.use) == (other.algorithm, other.hash, other.use), row.name


def test_a_number_that_nobody_lists_has_no_row() -> None:
    assert (cose_algorithm(-54), cose_number("curve", 99), cose_number("key_type", 99)) == (None, None, None)


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        (ROW + ROW, "already"),
        (ROW.replace("-7", "seven"), "in quotes"),
        (ROW.replace("ECDSA", "nothing"), "algorithms.toml has no row"),
        (ROW.replace("signature", "magic"), "use"),
    ],
)
def test_a_wrong_row_is_refused(tmp_path: Path, wrong: str, word: str) -> None:
    path = tmp_path / "cose.toml"
    path.write_text(wrong)
    with pytest.raises(DataError, match=word):
        read_cose_algorithms(path)
