"""What URIs of XML Signature and XML Encryption name."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.registry.algorithms import Function
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.xml_algorithms import by_uri, read_xml_algorithms, xml_algorithms

MORE = "http://www.w3.org/2001/04/xmldsig-more#"


@pytest.mark.parametrize(
    ("uri", "kind", "name", "hashed", "quantum_class"),
    [
        (f"{MORE}rsa-sha256", "signature", "RSA-PKCS1-1.5", "sha256", QuantumClass.TRADITIONAL),
        (f"{MORE}ecdsa-sha384", "signature", "ECDSA", "sha384", QuantumClass.TRADITIONAL),
        ("http://www.w3.org/2007/05/xmldsig-more#sha256-rsa-MGF1", "signature", "RSA-PSS", "sha256", QuantumClass.TRADITIONAL),
        ("http://www.w3.org/2026/08/xmldsig-more#ml-dsa-65", "signature", "ML-DSA-65", None, QuantumClass.POST_QUANTUM),
        ("http://www.w3.org/2000/09/xmldsig#hmac-sha1", "mac", "HMAC-SHA-1", "sha1", QuantumClass.NOT_PUBLIC_KEY),
        ("http://www.w3.org/2001/04/xmlenc#sha256", "digest", "SHA-256", "sha256", QuantumClass.NOT_PUBLIC_KEY),
        ("http://www.w3.org/2009/xmlenc11#ECDH-ES", "key_agreement", "ECDH", None, QuantumClass.TRADITIONAL),
    ],
)
def test_a_uri_names_what_its_standard_says(
    uri: str, kind: str, name: str, hashed: str | None, quantum_class: QuantumClass
) -> None:
    row = by_uri(uri)
    assert row is not None
    assert (row.kind, row.algorithm.name, row.hash, row.algorithm.quantum_class) == (kind, name, hashed, quantum_class)
    assert by_uri(f"{uri}x") is None


FUNCTIONS = {
    "signature": Function.SIGNATURE, "mac": Function.MAC, "digest": Function.HASH, "encryption": Function.ENCRYPTION,
    "key_agreement": Function.KEY_ESTABLISHMENT, "key_wrap": Function.ENCRYPTION, "key_derivation": Function.KEY_DERIVATION,
}  # fmt: skip


def test_every_row_names_an_algorithm_that_can_be_used_so() -> None:
    assert len(xml_algorithms()) > 100
    for row in xml_algorithms():
        if row.kind in FUNCTIONS:
            assert FUNCTIONS[row.kind] in row.algorithm.functions, row.uri
        assert row.bits is None or row.algorithm.bits in (None, row.bits), row.uri
        if row.kind == "digest":
            assert row.hash is not None


@pytest.mark.parametrize(
    "row",
    [
        'uri = "a:b"\nkind = "signature"\nalgorithm = "no such thing"\nreference = "a"',
        'uri = "a:b"\nkind = "other"\nalgorithm = "RSA"\nreference = "a"',
        'uri = "a:b"\nkind = "signature"\nalgorithm = "RSA"',
        'uri = "a:b"\nkind = "signature"\nalgorithm = "RSA"\nreference = "a"\n'
        '[[xml_algorithm]]\nuri = "a:b"\nkind = "signature"\nalgorithm = "RSA"\nreference = "a"',
    ],
)
def test_a_row_that_cannot_be_is_refused(tmp_path: Path, row: str) -> None:
    (tmp_path / "rows.toml").write_text(f"[[xml_algorithm]]\n{row}\n")
    with pytest.raises(DataError):
        read_xml_algorithms(tmp_path / "rows.toml")
