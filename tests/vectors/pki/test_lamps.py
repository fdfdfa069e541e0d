"""The example certificates of RFC 9881, RFC 9935 and the composite drafts, read where they are at hand (see SOURCE.md)."""

from __future__ import annotations

import base64
import gzip
import json
import os
from pathlib import Path

import pytest

from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.certificate import read_certificate
from pqscan.wire.pki.chain import issued_by
from pqscan.wire.pki.pem import scan_pem

PLACE = os.environ.get("PQSCAN_EXTRA_VECTORS")
FOLDER = Path(PLACE or "no such folder") / "lamps"
if not FOLDER.is_dir():
    pytest.skip("PQSCAN_EXTRA_VECTORS names no folder with lamps/ in it (see tests/vectors/pki/SOURCE.md)", allow_module_level=True)


def from_pem(name: str) -> bytes:
    (block,) = scan_pem((FOLDER / name).read_bytes())
    return block.der


def vectors(name: str) -> list[dict[str, str]]:
    document = json.loads(gzip.decompress((FOLDER / name).read_bytes()))
    tests = document["tests"]
    assert isinstance(tests, list)
    return tests


@pytest.mark.parametrize(("level", "octets"), [("44", 1312), ("65", 1952), ("87", 2592)])
def test_the_examples_of_rfc_9881_are_self_signed_with_ml_dsa(level: str, octets: int) -> None:
    certificate = read_certificate(from_pem(f"ml-dsa-{level}-cert.pem"))
    name = f"ML-DSA-{level}"
    assert (certificate.public_key.algorithm, certificate.public_key.parameter) == (name, name)
    assert certificate.public_key.size_bits == octets * 8
    assert (certificate.signature.algorithm, certificate.signature.hash) == (name, None)
    assert (certificate.self_signed, certificate.malformed) == (True, ())
    assert "LAMPS" in certificate.subject


@pytest.mark.parametrize(("size", "signer"), [("512", "44"), ("768", "65"), ("1024", "87")])
def test_the_examples_of_rfc_9935_have_an_ml_kem_key_under_an_ml_dsa_signature(size: str, signer: str) -> None:
    certificate = read_certificate(from_pem(f"ml-kem-{size}-cert.pem"))
    assert certificate.public_key.algorithm == f"ML-KEM-{size}"
    assert certificate.public_key.quantum_class is QuantumClass.POST_QUANTUM
    assert certificate.signature.algorithm == f"ML-DSA-{signer}"
    assert certificate.key_usage == ("keyEncipherment",)
    assert (certificate.self_signed, certificate.malformed) == (False, ())
    assert issued_by(certificate, read_certificate(from_pem(f"ml-dsa-{signer}-cert.pem")))


def test_every_composite_signature_certificate_is_hybrid_and_named_as_published() -> None:
    seen = set()
    for vector in vectors("composite-sigs.json.gz"):
        certificate = read_certificate(base64.b64decode(vector["x5c"]))
        name = certificate.public_key.algorithm
        assert certificate.malformed == (), vector["tcId"]
        assert certificate.self_signed, vector["tcId"]
        assert certificate.public_key.size_bits == len(base64.b64decode(vector["pk"])) * 8
        assert certificate.signature.algorithm == name
        if vector["tcId"].startswith("id-ML-DSA"):
            assert f"id-{name}" == vector["tcId"]
            assert certificate.public_key.quantum_class is QuantumClass.POST_QUANTUM
            continue
        seen.add(name)
        assert f"id-{name}" == vector["tcId"]
        assert certificate.public_key.quantum_class is certificate.signature.quantum_class is QuantumClass.PQT_HYBRID
        assert len(certificate.public_key.components) == 2
        assert certificate.public_key.components[0].replace("-", "") == name.split("-")[0]
    assert len(seen) == 18


def test_every_composite_kem_certificate_is_hybrid_and_named_as_published() -> None:
    seen = set()
    for vector in vectors("composite-kem.json.gz"):
        certificate = read_certificate(base64.b64decode(vector["x5c"]))
        name = certificate.public_key.algorithm
        assert certificate.malformed == (), vector["tcId"]
        assert certificate.public_key.size_bits == len(base64.b64decode(vector["ek"])) * 8
        assert certificate.signature.quantum_class is QuantumClass.POST_QUANTUM
        if vector["tcId"].startswith("id-alg-ml-kem"):
            assert name == vector["tcId"].removeprefix("id-alg-").upper()
            continue
        seen.add(name)
        assert f"id-{name}" == vector["tcId"]
        assert certificate.public_key.quantum_class is QuantumClass.PQT_HYBRID
        assert len(certificate.public_key.components) == 2
    assert len(seen) == 12
