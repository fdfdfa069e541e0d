"""The inventory as CycloneDX: valid by CycloneDX's own library, the same bytes each time, hybrids with their halves, no secret."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from pqscan_reports.cyclonedx import CycloneDxReport
from pqscan_reports.cyclonedx.parts import Spec, algorithm_json

from pqscan.app.cbom.document import read_cbom
from pqscan.app.cbom.lint import lint
from pqscan.app.cbom.problem import Severity
from pqscan.model.canonical import canonical
from pqscan.model.observation import Observation, Profile, Subject, Support, Usage, Where
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.policy.state import State
from pqscan.registry.crypto_assets import crypto_asset
from pqscan.registry.quantum import QuantumClass
from pqscan.report import AssessedInventory, AssessedTarget, ReportOptions
from tests.golden.pieces import PQ, PROFILES, judged, sighting, web

VERSIONS = {"1.6": SchemaVersion.V1_6, "1.7": SchemaVersion.V1_7}


def file_profile(probe: str, *observations: Observation, complete: bool = True) -> Profile:
    return canonical(Profile(probe, "inventory", "", complete, observations))


def at_line(
    subject: Subject,
    value: str,
    name: str | None,
    line: int,
    quantum: QuantumClass,
    *,
    usage: Usage = Usage.PRESENT,
    **stated: str | int,
) -> Observation:
    return Observation(
        subject,
        value,
        Support.OFFERED,
        context="file",
        name=name,
        quantum_class=quantum,
        usage=usage,
        parameters=tuple(sorted(stated.items())),
        where=Where(line=line, offset=line * 10),
    )


LOCKED = at_line(
    Subject.PRIVATE_KEY, "1.2.840.113549.1.1.1", "RSA", 3, QuantumClass.TRADITIONAL,
    form="pkcs8", size_bits=2048, locked_by="aes256-cbc", kdf="PBKDF2", iterations=2048,
)  # fmt: skip
UNKNOWN_KEY = at_line(Subject.PRIVATE_KEY, "ENCRYPTED PRIVATE KEY", None, 9, QuantumClass.UNKNOWN, locked_by="unknown")
KEM_KEY = at_line(
    Subject.PRIVATE_KEY, "2.16.840.1.101.3.4.4.2", "ML-KEM-768", 12, QuantumClass.POST_QUANTUM, form="pkcs8", encoding="seed"
)
HYBRID = replace(
    at_line(Subject.ALGORITHM, "X-Wing", "X-Wing", 20, QuantumClass.PQT_HYBRID, usage=Usage.USED),
    context="key_establishment",
    components=("X25519", "ML-KEM-768"),
)
BANNED = replace(at_line(Subject.ALGORITHM, "MD5", "MD5", 21, QuantumClass.NOT_PUBLIC_KEY, usage=Usage.MENTIONED), context="hash")
PACKAGE = replace(
    at_line(
        Subject.LIBRARY, "cryptography", "cryptography", 2, QuantumClass.NOT_PUBLIC_KEY, usage=Usage.LINKED,
        version="50.0.0", brings="RSA, AES", post_quantum="ML-KEM, ML-DSA", post_quantum_since="49.0.0", knows_post_quantum="yes",
    ),
    context="pypi",
)  # fmt: skip
LIBRARY = at_line(
    Subject.LIBRARY, "openssl", "OpenSSL", 1, QuantumClass.NOT_PUBLIC_KEY, usage=Usage.LINKED,
    version="3.5.0", post_quantum="yes", post_quantum_since="3.5.0", post_quantum_algorithms="ML-KEM-768 ML-DSA-65",
)  # fmt: skip
OLDER = replace(LIBRARY, parameters=(("post_quantum", "no"), ("post_quantum_since", "3.5.0"), ("version", "3.0.2")))
KEYS = file_profile("private_key_file", LOCKED, UNKNOWN_KEY, KEM_KEY)
CODE = file_profile("source_file", HYBRID, BANNED)
BINARY = file_profile("binary_file", LIBRARY, OLDER, PACKAGE)
CERTIFICATE = file_profile(
    "certificate_file",
    at_line(Subject.CERTIFICATE_KEY, PQ.public_key.oid, "ML-DSA-65", 5, QuantumClass.POST_QUANTUM, size_bits=15616),
    at_line(Subject.CERTIFICATE_SIGNATURE, PQ.signature.oid, "ML-DSA-65", 5, QuantumClass.POST_QUANTUM),
)


def of_file(path: str, found: Profile | None, *members: str, chain: bool = False, detail: Reason | None = None) -> AssessedTarget:
    status = OutcomeStatus.COMPLETED if detail is None else OutcomeStatus.EXCLUDED
    made = sighting(FileTarget("may-chu", path, members), found, (PQ,) if chain else (), status, detail)
    probe = "file" if found is None else found.probe
    state = State.UNKNOWN if found is None else State.NONE
    return judged(replace(made, probe=probe), state, State.UNKNOWN)


FILES = (
    of_file("/etc/keys.pem", KEYS),
    of_file("/src/kem.py", CODE),
    of_file("/src/kem.zip", CODE, "a/kem.py"),
    of_file("/usr/lib/libcrypto.so.3", BINARY),
    of_file("/etc/pq.pem", CERTIFICATE, chain=True),
    of_file("/run/pipe", None, detail=Reason.of("no_regular_file", kind="fifo")),
    of_file("/tmp/\udcff'\"\u202e.txt", CODE),
)


@pytest.fixture(scope="module")
def whole(inventory: AssessedInventory) -> AssessedInventory:
    """Networks and files together."""
    profiles = {**inventory.profiles, **{each.digest: each for each in (KEYS, CODE, BINARY, CERTIFICATE)}}
    return replace(inventory, profiles=profiles, targets=lambda: iter((*inventory.targets(), *FILES)))


def written(inventory: AssessedInventory, version: str = "1.6", *, with_assets: bool = True, language: str = "en") -> bytes:
    out = io.BytesIO()
    options = ReportOptions(language=language, spec_version=version, with_crypto_assets=with_assets)
    CycloneDxReport().write(inventory, options, out)
    return out.getvalue()


def parts(inventory: AssessedInventory, version: str = "1.6", **options: bool) -> Any:  # What json.loads gives has no type.
    return json.loads(written(inventory, version, **options))


def named(document: Any, name: str) -> Any:
    return next(each for each in document["components"] if each["name"] == name)


@pytest.mark.parametrize("with_assets", [True, False])
@pytest.mark.parametrize("version", VERSIONS)
def test_the_document_fulfils_the_official_schema(whole: AssessedInventory, version: str, with_assets: bool) -> None:
    problem = JsonStrictValidator(VERSIONS[version]).validate_str(written(whole, version, with_assets=with_assets).decode())
    assert problem is None


@pytest.mark.parametrize("version", VERSIONS)
def test_an_empty_inventory_is_a_valid_document_too(inventory: AssessedInventory, version: str) -> None:
    empty = replace(inventory, profiles={}, certificates={}, targets=lambda: iter(()))
    assert JsonStrictValidator(VERSIONS[version]).validate_str(written(empty, version).decode()) is None


@pytest.mark.parametrize("version", VERSIONS)
def test_our_own_lint_finds_nothing_wrong_in_it(whole: AssessedInventory, version: str) -> None:
    told = lint(read_cbom(written(whole, version)))
    assert [each for each in told.problems if each.severity is not Severity.NOTE and "1.2.840.113549.1.1.1" not in repr(each)] == []


@pytest.mark.parametrize("version", VERSIONS)
def test_keys_of_one_store_that_are_locked_alike_are_told_each_by_its_own_reference(
    inventory: AssessedInventory, version: str
) -> None:
    store = file_profile("keystore_file", UNKNOWN_KEY, UNKNOWN_KEY, UNKNOWN_KEY, LOCKED, LOCKED)
    held = replace(inventory, profiles={store.digest: store}, targets=lambda: iter((of_file("/etc/a.p12", store),)))
    keys = [each for each in parts(held, version)["components"] if each["name"].endswith("private key")]
    assert sorted(each["name"] for each in keys) == ["RSA-2048 private key"] * 2 + ["private key"] * 3
    assert len({each["bom-ref"] for each in keys}) == 5


def test_the_same_inventory_gives_the_same_bytes_whenever_it_is_made(whole: AssessedInventory) -> None:
    later = replace(whole, generated_at=datetime(2030, 1, 1, tzinfo=UTC))
    assert written(whole) == written(later)


def test_the_serial_number_follows_from_the_content(whole: AssessedInventory) -> None:
    other = replace(whole, targets=lambda: iter(FILES))
    assert parts(whole)["serialNumber"] != parts(other)["serialNumber"]


def test_bom_refs_do_not_depend_on_what_else_is_in_the_inventory(whole: AssessedInventory) -> None:
    alone = replace(whole, targets=lambda: iter(FILES[:1]))
    assert named(parts(alone), "/etc/keys.pem")["bom-ref"] == named(parts(whole), "/etc/keys.pem")["bom-ref"]
    assert named(parts(alone), "AES-256-CBC")["bom-ref"] == named(parts(whole), "AES-256-CBC")["bom-ref"]


def test_a_hybrid_is_a_combiner_that_depends_on_both_halves(whole: AssessedInventory) -> None:
    document = parts(whole)
    hybrid = named(document, "X-Wing")
    assert hybrid["cryptoProperties"]["algorithmProperties"]["primitive"] == "combiner"
    links = {row["ref"]: row for row in document["dependencies"]}
    halves = {each["name"] for each in document["components"] if each["bom-ref"] in links[hybrid["bom-ref"]]["dependsOn"]}
    assert halves == {"x25519", "ML-KEM-768"}


def test_levels_are_zero_for_traditional_the_category_for_resistant_and_absent_for_unknown(whole: AssessedInventory) -> None:
    document = parts(whole)

    def level(name: str) -> Any:
        return named(document, name)["cryptoProperties"]["algorithmProperties"].get("nistQuantumSecurityLevel")

    assert (level("RSA-2048"), level("x25519"), level("ML-KEM-768"), level("X-Wing")) == (0, 0, 3, 3)
    assert (level("AES-128-GCM"), level("AES-256-GCM"), level("MD5")) == (1, 5, None)


def test_a_private_key_tells_its_lock_and_never_a_value(whole: AssessedInventory) -> None:
    document = parts(whole)
    key = named(document, "RSA-2048 private key")["cryptoProperties"]["relatedCryptoMaterialProperties"]
    assert (key["type"], key["size"], key["format"]) == ("private-key", 2048, "pkcs8")
    assert key["securedBy"] == {
        "mechanism": "password (PBKDF2, 2048 iterations)",
        "algorithmRef": named(document, "AES-256-CBC")["bom-ref"],
    }
    materials = [
        each["cryptoProperties"].get("relatedCryptoMaterialProperties", {})
        for each in document["components"]
        if "cryptoProperties" in each
    ]
    assert not any("value" in each for each in materials)


def test_a_key_that_nobody_could_open_names_no_algorithm(whole: AssessedInventory) -> None:
    key = named(parts(whole), "private key")["cryptoProperties"]["relatedCryptoMaterialProperties"]
    assert "algorithmRef" not in key
    assert key["securedBy"] == {"mechanism": "password"}


def test_each_thing_in_a_file_has_its_line(whole: AssessedInventory) -> None:
    places = named(parts(whole), "MD5")["evidence"]["occurrences"]
    context = "machine=may-chu; usage=mentioned; confidence=observed"
    assert places[0] == {"location": "/src/kem.py", "line": 21, "offset": 210, "additionalContext": context}
    assert places[1]["location"] == "/src/kem.zip!a/kem.py"


def test_names_that_are_not_utf_8_are_text_that_every_reader_takes(whole: AssessedInventory) -> None:
    text = json.dumps(parts(whole), ensure_ascii=False)
    assert r"/tmp/\\udcff'" in text
    assert text.encode("utf-8")


def test_what_servers_share_is_told_once_with_all_their_places(whole: AssessedInventory) -> None:
    document = parts(whole)
    answers = [each for each in document["components"] if each.get("cryptoProperties", {}).get("assetType") == "protocol"]
    vulnerable = [each for each in answers if {"name": "pqscan:key_establishment", "value": "vulnerable"} in each["properties"]]
    assert len(vulnerable) == 1
    assert [place["location"] for place in vulnerable[0]["evidence"]["occurrences"]] == [
        "mot-cua.example@192.0.2.12:443",
        "van-ban.example@192.0.2.13:443",
        "smtp.example@198.51.100.7:25/smtp",
    ]


def test_a_suite_tells_its_octets_and_its_algorithms(whole: AssessedInventory) -> None:
    document = parts(whole, "1.7")
    names = {each["bom-ref"]: each["name"] for each in document["components"]}
    suites = [
        suite
        for each in document["components"]
        for suite in each.get("cryptoProperties", {}).get("protocolProperties", {}).get("cipherSuites", ())
    ]
    suite = next(each for each in suites if each["name"] == "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")
    assert suite["identifiers"] == ["0xC0", "0x2F"]
    assert {names[ref] for ref in suite["algorithms"]} == {"ECDH", "RSA", "AES-128-GCM"}
    assert suite["tlsGroups"] == ["secp256r1", "secp384r1"]


@pytest.mark.parametrize(
    ("version", "there", "not_there"),
    [("1.6", "subjectPublicKeyRef", "fingerprint"), ("1.7", "fingerprint", "subjectPublicKeyRef")],
)
def test_a_certificate_refers_to_its_key_in_the_way_of_its_version(
    whole: AssessedInventory, version: str, there: str, not_there: str
) -> None:
    told = named(parts(whole, version), "CN=thi-diem.example")["cryptoProperties"]["certificateProperties"]
    assert there in told
    assert not_there not in told


def test_a_certificate_that_has_ended_is_told_as_such(whole: AssessedInventory) -> None:
    told = replace(whole, as_of=datetime(2029, 1, 1, tzinfo=UTC).date())
    certificate = named(parts(told, "1.7"), "CN=thi-diem.example")["cryptoProperties"]["certificateProperties"]
    assert certificate["certificateState"] == [{"state": "deactivated", "reason": "expired"}]


def test_a_certificate_in_a_file_has_its_line(whole: AssessedInventory) -> None:
    places = named(parts(whole), "CN=thi-diem.example")["evidence"]["occurrences"]
    assert {"location": "/etc/pq.pem", "line": 5, "offset": 50, "additionalContext": "machine=may-chu; usage=present"} in places


def test_what_was_not_read_stands_there_with_its_reason_and_makes_the_whole_incomplete(whole: AssessedInventory) -> None:
    document = parts(whole)
    unread = named(document, "/run/pipe")
    told = {row["name"]: row["value"] for row in unread["properties"]}
    assert told["pqscan:not_read"] == "no_regular_file"
    incomplete = document["compositions"][0]
    assert incomplete["aggregate"] == "incomplete"
    assert {"pqscan", unread["bom-ref"]} <= set(incomplete["assemblies"])
    assert {"name": "pqscan:not_read:no_regular_file", "value": "1"} in document["metadata"]["properties"]


def test_a_library_provides_the_algorithms_that_it_brings(whole: AssessedInventory) -> None:
    document = parts(whole)
    libraries = {(each["name"], each["version"]): each for each in document["components"] if each["type"] == "library"}
    links = {row["ref"]: row for row in document["dependencies"]}
    names = {each["bom-ref"]: each["name"] for each in document["components"]}
    brought = {key: {names[ref] for ref in links.get(each["bom-ref"], {}).get("provides", ())} for key, each in libraries.items()}
    assert brought == {
        ("OpenSSL", "3.5.0"): {"ML-KEM-768", "ML-DSA-65"},
        ("OpenSSL", "3.0.2"): set(),
        ("cryptography", "50.0.0"): {"RSA", "AES", "ML-KEM", "ML-DSA"},
    }
    assert libraries["cryptography", "50.0.0"]["purl"] == "pkg:pypi/cryptography@50.0.0"
    file = named(document, "/usr/lib/libcrypto.so.3")
    assert libraries["OpenSSL", "3.5.0"]["bom-ref"] in links[file["bom-ref"]]["dependsOn"]


def test_without_assets_the_same_is_told_by_properties(whole: AssessedInventory) -> None:
    document = parts(whole, with_assets=False)
    assert not any(each["type"] == "cryptographic-asset" for each in document["components"])
    told = named(document, "/src/kem.py")["properties"]
    assert {"name": "pqscan:pqt_hybrid", "value": "X-Wing"} in told
    references = {each["bom-ref"] for each in document["components"]} | {"pqscan"}
    assert {ref for row in document["dependencies"] for ref in (row["ref"], *row.get("dependsOn", ()))} <= references


def test_a_file_in_which_nothing_is_any_more_is_left_out(whole: AssessedInventory) -> None:
    gone = of_file("/etc/gone.pem", file_profile("private_key_file"))
    made = replace(gone.sighting, detail=Reason.of("file_gone"))
    document = parts(
        replace(
            whole,
            profiles={**whole.profiles, made.profile or b"": file_profile("private_key_file")},
            targets=lambda: iter((replace(gone, sighting=made),)),
        )
    )
    assert document["components"] == []


def test_a_thousand_targets_of_one_answer_cost_a_place_each(whole: AssessedInventory) -> None:
    profile = next(iter(PROFILES.values()))

    def many(count: int) -> AssessedInventory:
        rows = [
            judged(sighting(web(f"10.0.{n // 250}.{n % 250}"), profile), State.EXCLUSIVE, State.EXCLUSIVE) for n in range(count)
        ]
        return replace(whole, targets=lambda: iter(rows))

    few, more = written(many(10)), written(many(1010))
    assert len(json.loads(few)["components"]) == len(json.loads(more)["components"])
    assert (len(more) - len(few)) / 1000 < 200


@pytest.mark.parametrize(("name", "is_told"), [("AES", True), ("SM4", False), ("Argon2id", False), ("scrypt", False)])
def test_families_that_the_first_edition_of_the_schema_lacks_are_left_out(name: str, is_told: bool) -> None:
    asset = crypto_asset(name, None)
    assert asset.family is not None
    told = algorithm_json(asset, Spec("1.7"))["cryptoProperties"]
    assert ("algorithmFamily" in told["algorithmProperties"]) is is_told  # type: ignore[index,call-overload,operator]
