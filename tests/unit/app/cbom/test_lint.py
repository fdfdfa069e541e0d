"""`pqscan cbom lint`: each kind of problem is found where it is, and a document without any passes."""

from __future__ import annotations

import copy
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pqscan.app.cbom.document import read_cbom
from pqscan.app.cbom.lint import Linted, lint, lint_file
from pqscan.app.cbom.meaning import asset_of_name
from pqscan.app.cbom.problem import Severity
from pqscan.errors import MalformedMessage, UsageError
from pqscan.locale import translator
from pqscan.locale.templates import reason_templates

Document = Any  # What JSON holds.


def algorithm(ref: str, name: str, primitive: str, level: int | None = None, *, oid: str = "", **properties: Any) -> Document:
    told = {"primitive": primitive, **properties}
    if level is not None:
        told["nistQuantumSecurityLevel"] = level
    crypto = {"assetType": "algorithm", "algorithmProperties": told, **({"oid": oid} if oid else {})}
    return {"type": "cryptographic-asset", "bom-ref": ref, "name": name, "cryptoProperties": crypto}


def material(ref: str, name: str, **properties: Any) -> Document:
    crypto = {"assetType": "related-crypto-material", "relatedCryptoMaterialProperties": properties}
    return {"type": "cryptographic-asset", "bom-ref": ref, "name": name, "cryptoProperties": crypto}


def good() -> Document:
    """Nothing is wrong with it."""
    certificate = {
        "subjectName": "CN=a.example",
        "notValidBefore": "2026-01-01T00:00:00Z",
        "notValidAfter": "2027-01-01T00:00:00Z",
        "signatureAlgorithmRef": "signature",
        "subjectPublicKeyRef": "key",
    }
    protocol = {
        "type": "tls",
        "version": "1.3",
        "cipherSuites": [{"name": "TLS_AES_128_GCM_SHA256", "algorithms": ["aes"], "identifiers": ["0x13", "0x01"]}],
        "cryptoRefArray": ["hybrid"],
    }
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {"timestamp": "2026-11-01T00:00:00Z"},
        "components": [
            algorithm("rsa", "RSA-2048", "other", 0, classicalSecurityLevel=112, parameterSetIdentifier="2048"),
            algorithm("signature", "RSA-PKCS1-1.5-SHA-256", "signature", 0, oid="1.2.840.113549.1.1.11"),
            algorithm("ecdh", "x25519", "key-agree", 0),
            algorithm("kem", "ML-KEM-768", "kem", 3, oid="2.16.840.1.101.3.4.4.2", parameterSetIdentifier="768"),
            algorithm("hybrid", "X25519MLKEM768", "combiner", 3),
            algorithm("aes", "AES-128-GCM", "ae", 1, mode="gcm", cryptoFunctions=["encrypt", "decrypt"]),
            algorithm("curve", "ECDSA-P-256", "signature", 0, curve="P-256", oid="1.2.840.10045.3.1.7"),
            material("key", "RSA 2048", type="public-key", size=2048, algorithmRef="rsa"),
            {
                "type": "cryptographic-asset",
                "bom-ref": "certificate",
                "name": "a.example",
                "cryptoProperties": {"assetType": "certificate", "certificateProperties": certificate},
            },
            {
                "type": "cryptographic-asset",
                "bom-ref": "tls",
                "name": "TLS 1.3",
                "cryptoProperties": {"assetType": "protocol", "protocolProperties": protocol},
            },
        ],
        "dependencies": [{"ref": "hybrid", "dependsOn": ["kem", "ecdh"]}, {"ref": "tls", "dependsOn": ["aes", "certificate"]}],
        "compositions": [{"aggregate": "incomplete", "assemblies": ["tls"]}],
    }


def linted(document: Document) -> Linted:
    return lint(read_cbom(json.dumps(document).encode()))


def found(document: Document) -> list[tuple[str, str]]:
    return [(each.code, each.pointer) for each in linted(document).problems]


def test_a_document_in_which_all_goes_together_has_no_problem() -> None:
    assert found(good()) == []


def part(document: Document, name: str, kind: str = "algorithmProperties") -> Any:
    return next(each for each in document["components"] if each["name"] == name)["cryptoProperties"][kind]


def change(name: str, kind: str = "algorithmProperties", **values: Any) -> Callable[[Document], None]:
    return lambda document: part(document, name, kind).update(values)


def without(name: str, kind: str, key: str) -> Callable[[Document], None]:
    def apply(document: Document) -> None:
        del part(document, name, kind)[key]

    return apply


def set_oid(name: str, oid: str) -> Callable[[Document], None]:
    def apply(document: Document) -> None:
        next(each for each in document["components"] if each["name"] == name)["cryptoProperties"]["oid"] = oid

    return apply


def add(component: Document) -> Callable[[Document], None]:
    return lambda document: document["components"].append(component)


CERTIFICATE, MATERIAL, PROTOCOL = "certificateProperties", "relatedCryptoMaterialProperties", "protocolProperties"
C = "/components/{}/cryptoProperties/"
CASES: list[tuple[str, str, Callable[[Document], None]]] = [
    (
        "cbom_ref_dangling",
        "/dependencies/0/dependsOn/1",
        lambda d: d["dependencies"][0].update(dependsOn=["kem", "nothing", "ecdh"]),
    ),
    (
        "cbom_ref_dangling",
        C.format(9) + "protocolProperties/cipherSuites/0/algorithms/0",
        lambda d: part(d, "TLS 1.3", PROTOCOL)["cipherSuites"][0].update(algorithms=["no"]),
    ),
    ("cbom_ref_dangling", "/compositions/0/assemblies/0", lambda d: d["compositions"][0].update(assemblies=["gone"])),
    ("cbom_ref_twice", "/components/10/bom-ref", add(algorithm("rsa", "RSA-2048", "other", 0))),
    ("cbom_no_ref", "/components/10", add({**algorithm("", "RSA-2048", "other", 0), "bom-ref": ""})),
    ("cbom_depends_on_itself", "/dependencies", lambda d: d["dependencies"].append({"ref": "kem", "dependsOn": ["kem"]})),
    (
        "cbom_level_of_traditional",
        C.format(0) + "algorithmProperties/nistQuantumSecurityLevel",
        change("RSA-2048", nistQuantumSecurityLevel=1),
    ),
    (
        "cbom_level_of_resistant",
        C.format(3) + "algorithmProperties/nistQuantumSecurityLevel",
        change("ML-KEM-768", nistQuantumSecurityLevel=0),
    ),
    (
        "cbom_no_level",
        C.format(3) + "algorithmProperties",
        without("ML-KEM-768", "algorithmProperties", "nistQuantumSecurityLevel"),
    ),
    (
        "cbom_classical_level",
        C.format(0) + "algorithmProperties/classicalSecurityLevel",
        change("RSA-2048", classicalSecurityLevel=2048),
    ),
    ("cbom_name_oid", C.format(3) + "oid", set_oid("ML-KEM-768", "2.16.840.1.101.3.4.4.3")),
    ("cbom_name_oid", C.format(3) + "oid", set_oid("ML-KEM-768", "2.16.840.1.101.3.4.3.18")),
    ("cbom_name_oid", C.format(1) + "oid", set_oid("RSA-PKCS1-1.5-SHA-256", "1.2.840.10045.4.3.2")),
    (
        "cbom_parameter_set",
        C.format(3) + "algorithmProperties/parameterSetIdentifier",
        change("ML-KEM-768", parameterSetIdentifier="512"),
    ),
    (
        "cbom_parameter_set",
        C.format(0) + "algorithmProperties/parameterSetIdentifier",
        change("RSA-2048", parameterSetIdentifier="4096"),
    ),
    ("cbom_curve_oid", C.format(6) + "algorithmProperties/curve", set_oid("ECDSA-P-256", "1.3.132.0.34")),
    ("cbom_curve_name", C.format(6) + "algorithmProperties/curve", change("ECDSA-P-256", curve="secp384r1")),
    ("cbom_curve_unknown", C.format(6) + "algorithmProperties/curve", change("ECDSA-P-256", curve="P-255")),
    ("cbom_no_primitive", C.format(0) + "algorithmProperties", without("RSA-2048", "algorithmProperties", "primitive")),
    ("cbom_functions", C.format(3) + "algorithmProperties/cryptoFunctions", change("ML-KEM-768", cryptoFunctions=["sign"])),
    ("cbom_mode", C.format(3) + "algorithmProperties/mode", change("ML-KEM-768", mode="cbc")),
    ("cbom_newer_field", C.format(3) + "algorithmProperties/algorithmFamily", change("ML-KEM-768", algorithmFamily="ML-KEM")),
    ("cbom_hybrid_without_halves", "/components/4", lambda d: d["dependencies"][0].update(dependsOn=["kem"])),
    ("cbom_hybrid_of_traditional", "/components/4", lambda d: d["dependencies"][0].update(dependsOn=["rsa", "ecdh"])),
    ("cbom_certificate_without_key", C.format(8) + CERTIFICATE, without("a.example", CERTIFICATE, "subjectPublicKeyRef")),
    ("cbom_certificate_key_is_none", C.format(8) + CERTIFICATE, change("a.example", CERTIFICATE, subjectPublicKeyRef="rsa")),
    ("cbom_certificate_without_signature", C.format(8) + CERTIFICATE, without("a.example", CERTIFICATE, "signatureAlgorithmRef")),
    (
        "cbom_certificate_signature_is_none",
        C.format(8) + CERTIFICATE,
        change("a.example", CERTIFICATE, signatureAlgorithmRef="kem"),
    ),
    ("cbom_date_unreadable", C.format(8) + CERTIFICATE + "/notValidAfter", change("a.example", CERTIFICATE, notValidAfter="soon")),
    (
        "cbom_dates_in_disorder",
        C.format(8) + CERTIFICATE + "/notValidAfter",
        change("a.example", CERTIFICATE, notValidAfter="2025-01-01T00:00:00Z"),
    ),
    ("cbom_secret_with_value", C.format(7) + MATERIAL + "/value", change("RSA 2048", MATERIAL, type="private-key", value="MIIE")),
    ("cbom_key_without_algorithm", C.format(7) + MATERIAL, without("RSA 2048", MATERIAL, "algorithmRef")),
    ("cbom_size", C.format(7) + MATERIAL + "/size", change("RSA 2048", MATERIAL, size=0)),
    ("cbom_size_of_algorithm", C.format(7) + MATERIAL + "/size", change("RSA 2048", MATERIAL, size=4096)),
    ("cbom_protocol_without_version", C.format(9) + PROTOCOL, without("TLS 1.3", PROTOCOL, "version")),
    (
        "cbom_suite_number",
        C.format(9) + PROTOCOL + "/cipherSuites/0",
        lambda d: part(d, "TLS 1.3", PROTOCOL)["cipherSuites"][0].update(identifiers=["0x13", "0x02"]),
    ),
    (
        "cbom_suite_of_other_version",
        C.format(9) + PROTOCOL + "/cipherSuites/0",
        lambda d: part(d, "TLS 1.3", PROTOCOL)["cipherSuites"][0].update(
            name="TLS_RSA_WITH_AES_128_CBC_SHA", identifiers=["0x00", "0x2F"]
        ),
    ),
    (
        "cbom_no_asset_type",
        C.format(10) + "assetType",
        add({"type": "cryptographic-asset", "bom-ref": "x", "name": "x", "cryptoProperties": {"assetType": "thing"}}),
    ),
    ("cbom_no_compositions", "", lambda d: d.pop("compositions")),
    ("cbom_newer_type", "/specVersion", lambda d: d.update(specVersion="1.5")),
    (
        "cbom_older_type",
        "/components/10",
        add(
            {
                "type": "crypto-asset",
                "bom-ref": "old",
                "name": "RSA",
                "cryptoProperties": {
                    "assetType": "algorithm",
                    "algorithmProperties": {"primitive": "pke", "nistQuantumSecurityLevel": 0},
                },
            }
        ),
    ),
]


@pytest.mark.parametrize(("code", "pointer", "break_it"), CASES, ids=[f"{code}-{place}" for code, place, _ in CASES])
def test_what_is_wrong_is_told_with_its_place(code: str, pointer: str, break_it: Callable[[Document], None]) -> None:
    document = good()
    break_it(document)
    assert (code, pointer) in found(document)


@pytest.mark.parametrize(
    ("code", "pointer", "properties"),
    [
        ("cbom_family_unknown", "algorithmFamily", {"algorithmFamily": "Kyber"}),
        ("cbom_name_family", "algorithmFamily", {"algorithmFamily": "ML-DSA"}),
        ("cbom_primitive_family", "primitive", {"algorithmFamily": "ML-KEM", "primitive": "signature"}),
        ("cbom_curve_unknown", "ellipticCurve", {"ellipticCurve": "P-256"}),
        ("cbom_deprecated", "curve", {"curve": "P-256"}),
    ],
)
def test_what_only_1_7_tells_is_checked_there(code: str, pointer: str, properties: dict[str, str]) -> None:
    document = good() | {"specVersion": "1.7"}
    part(document, "ML-KEM-768").update(properties)
    assert (code, C.format(3) + f"algorithmProperties/{pointer}") in found(document)


def test_the_references_of_1_7_are_understood() -> None:
    document = good() | {"specVersion": "1.7"}
    told = part(document, "a.example", CERTIFICATE)
    del told["subjectPublicKeyRef"], told["signatureAlgorithmRef"]
    told["relatedCryptographicAssets"] = [{"type": "publicKey", "ref": "key"}, {"type": "algorithm", "ref": "signature"}]
    assert not {code for code, _ in found(document)} & {"cbom_certificate_without_key", "cbom_certificate_without_signature"}
    told["relatedCryptographicAssets"][0]["ref"] = "gone"
    assert ("cbom_ref_dangling", C.format(8) + CERTIFICATE + "/relatedCryptographicAssets/0/ref") in found(document)


def test_a_key_that_is_locked_need_not_say_what_it_is() -> None:
    document = good()
    add(material("locked", "private key", type="private-key", securedBy={"mechanism": "password"}))(document)
    assert found(document) == []


def test_a_name_that_stands_twice_in_an_object_is_told() -> None:
    text = json.dumps(good()).replace('"specVersion"', '"version":2,"specVersion"', 1)
    assert ("cbom_name_twice", "") in [(each.code, each.pointer) for each in lint(read_cbom(text.encode())).problems]


def test_what_lies_in_another_document_is_not_dangling() -> None:
    document = good()
    document["dependencies"].append({"ref": "tls", "dependsOn": ["urn:cdx:f08a6ccd-4dce-4759-bd84-c626675d60a7/1#x"]})
    assert found(document) == []


def test_components_in_components_are_checked() -> None:
    document = good()
    inner = document["components"].pop(0)
    document["components"].append({"type": "application", "bom-ref": "app", "name": "app", "components": [inner]})
    inner["cryptoProperties"]["algorithmProperties"]["nistQuantumSecurityLevel"] = 3
    place = "/components/9/components/0/cryptoProperties/algorithmProperties/nistQuantumSecurityLevel"
    assert ("cbom_level_of_traditional", place) in found(document)


def test_the_worst_decides_what_is_at_least_as_bad() -> None:
    document = good()
    document.pop("compositions")
    told = linted(document)
    assert (told.at_least(Severity.NOTE), told.at_least(Severity.WARNING), told.at_least(Severity.ERROR)) == (True, False, False)


def test_no_value_of_a_secret_is_in_a_problem() -> None:
    document = good()
    change("RSA 2048", MATERIAL, type="private-key", value="MIIEvQIBADANBgkq")(document)
    assert "MIIEvQ" not in repr(linted(document))


def test_every_code_has_its_sentence_and_no_parameter_is_missing() -> None:
    seen = set()
    for _, _, break_it in CASES:
        document = good()
        break_it(document)
        for each in linted(document).problems:
            assert each.code in reason_templates()
            assert "?" not in translator("en").render(each.reason)
            seen.add(each.code)
    assert len(seen) > 30


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b"null",
        b"\xff\xfe{",
        b'{"bomFormat":"CycloneDX","specVersion":"9"}',
        b'{"bomFormat":"SPDX"}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_cyclonedx_document_is_refused_in_one_sentence(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_cbom(data)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        lint_file(str(tmp_path / "gone.json"))


def test_nesting_as_deep_as_json_takes_does_not_recurse() -> None:
    document: Document = good()
    nested: Document = {"type": "application", "name": "x"}
    for _ in range(300):
        nested = {"type": "application", "name": "x", "components": [copy.copy(nested)]}
    document["components"].append(nested)
    assert found(document) == []


def test_every_code_stands_in_the_documentation() -> None:
    text = (Path(__file__).parents[4] / "docs" / "cbom.md").read_text("utf-8")
    codes = {code for code in reason_templates() if code.startswith("cbom_")}
    assert {code for code in codes if f"`{code}`" not in text} == set()


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("ecdh-nistp256-bike-l1-sha512", None),
        ("X25519-ML-KEM-768", "X25519MLKEM768"),
        ("p256_mlkem768", "SecP256r1MLKEM768"),
        ("secp521r1_hqc256", None),
        ("RSA-whatever", None),
        ("PRIVATE KEY", None),
        ("key@ff11be02-d1ac-4887-ae6e-b4e49f2bc41c", None),
        ("ECDSA-P-256-SHA-256", "ECDSA-P-256"),
        ("EC-secp521r1", "EC-P-521"),
        ("AES-128-GCM-128-12", "AES-128"),
        ("RSA-PSS-SHA-256-2048", "RSA-PSS-2048"),
        ("DSA-2048-SHA-256", "DSA-2048"),
        ("SHA512withRSA", "RSA-PKCS1-1.5"),
        ("HMAC-SHA512", "HMAC"),
        ("x25519", "x25519"),
    ],
)
def test_a_name_is_known_only_where_every_part_of_it_is(name: str, known: str | None) -> None:
    found = asset_of_name(name, None)
    assert (None if found is None else found.name) == known


def test_a_document_made_to_take_long_is_checked_in_a_moment() -> None:
    """Many things of one name that depend on very many, and names without end, one in another."""
    document = good()
    document["components"] += [algorithm("many", "mine", "combiner", 3) for _ in range(500)]
    document["components"] += [material("keys", "k", type="private-key") for _ in range(500)]
    document["dependencies"] += [{"ref": ref, "dependsOn": ["kem", "ecdh"] * 20_000} for ref in ("many", "keys")]
    nested: Document = {}
    for _ in range(200):
        nested = {"n" * 20_000: nested}
    document["annex"] = nested
    begun = time.process_time()
    told = linted(document)
    assert time.process_time() - begun < 20
    assert max(len(each.pointer) for each in told.problems) < 100_000
