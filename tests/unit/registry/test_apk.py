"""What numbers in APK Signing Blocks mean."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.registry.apk import read_signatures, scheme_of, signature_of


def test_schemes_and_algorithms_are_told_by_their_numbers() -> None:
    scheme, signature = scheme_of(0xF05368C0), signature_of(0x0102)
    assert scheme is not None
    assert (scheme.name, scheme.has_versions) == ("v3", True)
    assert signature is not None
    assert (signature.algorithm.name, signature.hash) == ("RSA-PSS", "sha512")
    assert (scheme_of(0x42726577), signature_of(0x0999)) == (None, None)


def test_a_row_that_cannot_be_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.toml"
    path.write_text('[[signature]]\nvalue = 1\nalgorithm = "none"\nhash = "sha256"\nreference = "a"\n')
    with pytest.raises(DataError, match="none"):
        read_signatures(path)
