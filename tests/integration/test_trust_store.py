"""What a system trusts is one thing: bundles of roots, key stores of Java, and files that only look a little like it."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from pqscan_probes.certificate_file import CertificateFileProbe

from pqscan.app import assess, open_store
from pqscan.app.files import FileScan, run_file_scan
from pqscan.model.observation import Subject
from pqscan.model.outcome import Facts
from pqscan.policy.editions import policies
from pqscan.policy.state import State
from tests.unit.scan.files.making import facts_of
from tests.unit.wire.pki.making import signed

RSA = rsa.generate_private_key(65537, 2048)
SMALL = rsa.generate_private_key(65537, 1024)
EC = ec.generate_private_key(ec.SECP384R1())
ROOTS = [signed(f"Root {number}", key=RSA, ca=True) for number in range(12)]
ROOTS += [signed("Root of a curve", key=EC, ca=True), signed("Small root", key=SMALL, ca=True)]
LEAF = signed("a.example")
MACHINE = Path("/etc/ssl/certs/ca-certificates.crt")


def pem(*ders: bytes) -> bytes:
    return b"".join(b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END CERTIFICATE-----\n" for der in ders)


def stores(facts: Facts) -> list[dict[str, str | int]]:
    return [dict(one.parameters) for one in facts.observations if one.value == "trust_store"]


def keys(facts: Facts) -> list[tuple[str | None, str | int | None, str | int]]:
    stated = [(one.name, dict(one.parameters)) for one in facts.observations if one.subject is Subject.PUBLIC_KEY]
    return [(name, one.get("size_bits"), one["count"]) for name, one in stated]


def test_a_bundle_of_roots_is_a_trust_store_and_its_keys_are_told_by_kind_and_number() -> None:
    facts = facts_of(CertificateFileProbe(), pem(*ROOTS, ROOTS[0]))
    assert stores(facts) == [{"anchors": 14}]
    assert keys(facts) == [("RSA", 2048, 12), ("EC", 384, 1), ("RSA", 1024, 1)]
    assert {one.subject for one in facts.observations} == {Subject.BEHAVIOUR, Subject.PUBLIC_KEY}
    assert [(chain.context, len(chain.certificates)) for chain in facts.chains] == [("trust_anchor", 1)] * 14
    assert len(facts.certificates) == 14


def test_roots_between_other_octets_are_a_trust_store_too() -> None:
    assert stores(facts_of(CertificateFileProbe(), bytes(9).join(ROOTS))) == [{"anchors": 14}]


def test_a_certificate_among_the_roots_that_is_none_is_told_by_itself() -> None:
    facts = facts_of(CertificateFileProbe(), pem(*ROOTS, LEAF))
    assert stores(facts) == [{"anchors": 14}]
    assert sum(one.subject is Subject.CERTIFICATE_KEY for one in facts.observations) == 1
    assert [chain.context for chain in facts.chains].count("file") == 1


@pytest.mark.parametrize(
    "ders",
    [
        ROOTS[:9],
        [*ROOTS[:12], LEAF, *(signed(f"{name}.example") for name in "bc")],
        [signed(f"{name}.example") for name in range(12)],
    ],
    ids=["few", "with many others", "no roots"],
)
def test_a_file_of_other_certificates_is_none(ders: list[bytes]) -> None:
    facts = facts_of(CertificateFileProbe(), pem(*ders))
    assert stores(facts) == []
    assert sum(one.subject is Subject.CERTIFICATE_KEY for one in facts.observations) == len(ders)


def test_a_trust_store_has_one_finding_for_each_kind_of_key_and_a_root_that_a_file_shows_alone_is_judged(tmp_path: Path) -> None:
    (tmp_path / "bundle").mkdir()
    (tmp_path / "bundle" / "trust.pem").write_bytes(pem(*ROOTS))
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        run_file_scan(FileScan((tmp_path / "bundle",), "machine"), store)
        inventory = assess(store, policies=policies())
        found = inventory.findings
        assert {finding.subject for finding in found if finding.subject != "behaviour"} == {"public_key"}
        assert {finding.certificate for finding in found} == {None}
        names = {finding.name for finding in found if finding.subject == "public_key"}
        assert names == {"RSA-2048", "RSA-1024", "EC secp384r1"}
        (target,) = inventory.targets()
        assert target.authentication.state is State.VULNERABLE
        (tmp_path / "bundle" / "alone.pem").write_bytes(pem(ROOTS[0]))
        run_file_scan(FileScan((tmp_path / "bundle",), "machine"), store)
        found = assess(store, policies=policies()).findings
        assert len({finding.certificate for finding in found} - {None}) == 1


def test_the_bundle_of_this_machine_is_a_trust_store() -> None:
    if not MACHINE.is_file():
        pytest.skip("this machine has no ca-certificates.crt (package ca-certificates)")
    facts = facts_of(CertificateFileProbe(), MACHINE.read_bytes())
    assert stores(facts) == [{"anchors": len(facts.certificates)}]
    assert len(facts.observations) < 20


def test_key_stores_of_java_that_hold_roots_are_trust_stores(tmp_path: Path) -> None:
    if shutil.which("keytool") is None:
        pytest.skip("keytool is not installed here")
    for number, der in enumerate(ROOTS[:12]):
        (tmp_path / f"{number}.der").write_bytes(der)
        subprocess.run(
            ["keytool", "-importcert", "-noprompt", "-storetype", "JKS", "-keystore", "a.jks", "-storepass", "changeit",
             "-alias", str(number), "-file", f"{number}.der"],
            cwd=tmp_path, check=True, capture_output=True, timeout=60,
        )  # fmt: skip
    assert stores(facts_of(CertificateFileProbe(), (tmp_path / "a.jks").read_bytes())) == [{"anchors": 12}]
