"""Who must change it: every vulnerable row has a fixer with a reason; national authorities are known by their key."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.locale import render
from pqscan.locale.templates import reason_templates
from pqscan.model.certificate import Certificate
from pqscan.policy.rule import Purpose
from pqscan.readiness.fixers import Fixer, fixer, national_authorities, same_name
from pqscan.readiness.system import Hosting, Secrecy, System, SystemKind
from tests.golden.pieces import MAIL, OLD, PQ, certificate

KEY, SIGNATURE = Purpose.KEY_ESTABLISHMENT, Purpose.SIGNATURE
VGCA = next(row for row in national_authorities() if row.id == "vgca-agencies-g2")


def issued_by(name: str) -> Certificate:
    return certificate("CN=mot-cua.example", name, ("RSA", 2048, None), datetime(2027, 1, 1, tzinfo=UTC))


def authority(name: str, spki: bytes) -> Certificate:
    made = certificate(name, "CN=root", ("RSA", 4096, None), datetime(2048, 8, 14, tzinfo=UTC), ca=True)
    return replace(made, public_key=replace(made.public_key, spki_sha256=spki))


def test_a_certificate_below_a_national_authority_depends_on_upstream() -> None:
    found = fixer(SIGNATURE, None, (issued_by(VGCA.subject), authority(VGCA.subject, VGCA.spki_sha256)))
    assert (found.fixer, found.who) == (Fixer.UPSTREAM, "Ban Cơ yếu Chính phủ")
    assert "until 14 August 2048" in render(found.reason, "en")


def test_a_national_name_with_another_key_is_an_issuer_like_any_other() -> None:
    found = fixer(SIGNATURE, None, (issued_by(VGCA.subject), authority(VGCA.subject, bytes(32))))
    assert (found.fixer, found.reason.code) == (Fixer.UPSTREAM, "fixer_upstream_issuer")


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_where_the_issuer_was_not_sent_its_name_is_a_hint(form: str) -> None:
    name = unicodedata.normalize(form, VGCA.subject)  # type: ignore[arg-type]
    found = fixer(SIGNATURE, None, (issued_by(name),))
    assert (found.who, found.reason.code) == ("Ban Cơ yếu Chính phủ", "fixer_upstream_national_named")


@pytest.mark.parametrize("other", [VGCA.subject.upper(), VGCA.subject + " ", VGCA.subject.replace("ơ", "o"), "CN=\udcff"])
def test_names_are_compared_byte_for_byte(other: str) -> None:
    assert not same_name(VGCA.subject, other)


def test_a_self_signed_certificate_is_the_units_own() -> None:
    found = fixer(SIGNATURE, System("S1", "x", owner="U1"), (OLD if OLD.self_signed else replace(OLD, self_signed=True),))
    assert (found.fixer, found.who, found.reason.code) == (Fixer.UNIT, "U1", "fixer_unit_own_certificate")


def test_key_establishment_does_not_wait_for_the_issuer() -> None:
    assert fixer(KEY, System("S1", "x", owner="U1", operator="U2"), (MAIL,)).who == "U2"
    assert fixer(SIGNATURE, System("S1", "x", owner="U1"), (MAIL,)).fixer is Fixer.UPSTREAM


def test_a_resistant_signature_does_not_wait_for_its_issuer() -> None:
    assert fixer(SIGNATURE, System("S1", "x", owner="U1"), (replace(PQ, self_signed=False),)).fixer is Fixer.UNIT


@pytest.mark.parametrize(
    ("system", "who", "code"),
    [
        (System("S", "x", vendor="VNPT", is_agile=False), "VNPT", "fixer_vendor_not_agile"),
        (System("S", "x", vendor="VNPT"), "VNPT", "fixer_vendor_unknown_agility"),
        (System("S", "x", owner="U", vendor="VNPT", is_agile=True), "U", "fixer_unit"),
        (System("S", "x", hosting=Hosting.CLOUD), "", "fixer_vendor_cloud_unnamed"),
        (System("S", "x", hosting=Hosting.CLOUD, vendor="V", is_agile=True), "V", "fixer_vendor_cloud"),
        (System("S", "x", kind=SystemKind.NATIONAL_DATABASE, owner="U", operator="U"), "U", "fixer_central_database"),
        (System("S", "x", kind=SystemKind.SHARED, owner="U", operator="C"), "C", "fixer_central_shared"),
        (System("S", "x", kind=SystemKind.SHARED, owner="U", operator="U"), "U", "fixer_unit"),
        (System("S", "x", hosting=Hosting.DATA_CENTRE, owner="U"), "", "fixer_central_hosted"),
        (System("S", "x", hosting=Hosting.DATA_CENTRE, owner="U", operator="U"), "U", "fixer_unit"),
        (System("S", "x"), "", "fixer_unit_unnamed"),
        (None, "", "fixer_unit_unnamed"),
        (System("S", "x", secrecy=Secrecy.SECRET, vendor="V", lead_authority="A"), "A", "fixer_outside"),
    ],
)
@pytest.mark.parametrize("purpose", [KEY, SIGNATURE])
def test_r38_every_vulnerable_row_has_a_fixer_with_its_reason(system: System | None, who: str, code: str, purpose: Purpose) -> None:
    found = fixer(purpose, system)
    assert (found.who, found.reason.code) == (who, code)
    assert found.reason.code in reason_templates()
    assert "?" not in render(found.reason, "en")


def test_the_national_roots_live_until_2039_and_2048() -> None:
    assert {row.id: row.not_after.year for row in national_authorities()} == {
        "vgca-root-g2": 2048,
        "vgca-agencies-g2": 2048,
        "national-root-sha256": 2039,
        "vnpt-ca-sha2": 2029,
    }


def test_a_row_without_a_key_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "national_authorities.toml"
    row = '[[authority]]\nid = "a"\nchain = "public"\nanswers = "a"\nsubject = "CN=a"\nspki_sha256 = "{}"\nnot_after = 2030-01-01\n'
    path.write_text(row.format("ab" * 31) + 'assumption = true\nreference = "x"\n', "utf-8")
    with pytest.raises(DataError, match="64 hexadecimal digits"):
        national_authorities(path)
