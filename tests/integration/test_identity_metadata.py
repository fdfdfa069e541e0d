"""Keys of identity services: SAML metadata and JSON Web Key sets, with keys made by `cryptography`."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from pqscan_probes.identity_metadata import MOST_BYTES, IdentityMetadataProbe

from pqscan.app import assess, open_store, scan_files, show_algorithms, show_certificates, show_targets
from pqscan.errors import BeyondBounds, MalformedMessage, WrongProtocol
from pqscan.model.observation import Observation, Subject
from pqscan.model.outcome import Facts
from pqscan.policy.editions import policy
from pqscan.policy.state import State
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.bare_key import read_bare_key
from pqscan.wire.pki.certificate import read_certificate
from tests.unit.scan.files.making import facts_of
from tests.unit.wire.pki.making import signed
from tests.unit.wire.test_xml_signature import a_signature

MODULUS = rsa.generate_private_key(65537, 2048).public_key().public_numbers().n
SIGNING, ENCRYPTING = signed("sso.example"), signed("enc.example")
RSA_KEY = {"kty": "RSA", "use": "sig", "e": "AQAB", "n": base64.urlsafe_b64encode(MODULUS.to_bytes(256)).rstrip(b"=").decode()}
EC_KEY = {"kty": "EC", "use": "sig", "crv": "P-256", "x": "AA", "y": "AA"}
PQ_KEY = {"kty": "AKP", "use": "sig", "alg": "ML-DSA-65", "pub": "AA"}


def descriptor(der: bytes, use: str = ' use="signing"') -> str:
    text = base64.encodebytes(der).decode()
    inside = f"<ds:X509Data><ds:X509Certificate>{text}</ds:X509Certificate></ds:X509Data>"
    return f"<md:KeyDescriptor{use}><ds:KeyInfo>{inside}</ds:KeyInfo></md:KeyDescriptor>"


def metadata(*descriptors: str, before: str = "") -> bytes:
    names = 'xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#"'
    inside = f"<md:IDPSSODescriptor>{''.join(descriptors)}</md:IDPSSODescriptor>"
    return f'{before}<md:EntityDescriptor {names} entityID="x">{inside}</md:EntityDescriptor>'.encode()


def key_set(*keys: object) -> bytes:
    return json.dumps({"keys": list(keys)}).encode()


def probe(data: bytes) -> Facts:
    return facts_of(IdentityMetadataProbe(), data, "some.xml")


def about(facts: Facts, subject: Subject) -> list[Observation]:
    return [observation for observation in facts.observations if observation.subject is subject]


def test_keys_that_lie_in_a_document_of_another_kind_are_found_in_their_order() -> None:
    settings = {
        "client": {"jwks": {"keys": [RSA_KEY]}},
        "schema": {"kty": {"type": "string"}},
        "more": [[PQ_KEY], {"kty": "a word"}],
    }
    for document in (settings, [settings]):
        facts = probe(json.dumps(document).encode())
        assert [one.name for one in about(facts, Subject.PUBLIC_KEY)] == ["RSA", "ML-DSA-65"]
        assert facts.complete
    with pytest.raises(WrongProtocol):
        probe(json.dumps({"properties": {"kty": {"type": "string"}}}).encode())


@pytest.mark.parametrize(
    "document",
    [
        {"kty": "thing", "k": "AAAA"},
        {"kty": "thing", "d": "c2VjcmV0"},
        {"kty": "a kind of duty", "alg": "x", "k": "AAAA"},
        {"keys": [{"kty": "string", "p": 5}, {"kty": 7}]},
        {"kty": ["RSA"], "d": "AAAA"},
    ],
    ids=["k", "d", "no name", "a list", "no text"],
)
def test_a_document_of_another_kind_with_a_member_of_that_name_holds_no_key(document: dict[str, object]) -> None:
    with pytest.raises(WrongProtocol):
        probe(json.dumps(document).encode())


def test_a_key_of_a_type_that_is_not_known_is_one_and_private_by_what_it_holds() -> None:
    long = base64.urlsafe_b64encode(bytes(32)).decode().rstrip("=")
    for private, subjects in (({"k": "AAAA", "p": long}, 1), ({"d": "AAAA"}, 1), ({"d": long}, 2)):
        facts = probe(json.dumps({"kty": "LWE", "alg": "CRYDI3", "x": long, **private}).encode())
        assert len(facts.observations) == subjects
        assert {one.quantum_class for one in facts.observations} == {QuantumClass.UNKNOWN}


def test_private_members_that_are_null_or_empty_are_none() -> None:
    facts = probe(json.dumps({**RSA_KEY, "d": None, "p": "", "k": None}).encode())
    assert {one.subject for one in facts.observations} == {Subject.PUBLIC_KEY}


def test_r37_saml_and_oidc_signing_keys_appear_as_assets(tmp_path: Path) -> None:
    (tmp_path / "idp.xml").write_bytes(metadata(descriptor(SIGNING)))
    (tmp_path / "jwks.json").write_bytes(key_set(RSA_KEY))
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        scan_files([tmp_path / "idp.xml", tmp_path / "jwks.json"], store, machine="sso")
        kept = {row.certificate.kind: row.certificate for row in show_certificates(store)}
        assert kept["x509"].sha256 == read_certificate(SIGNING).sha256
        assert (len(kept), kept["public_key"].public_key.name, kept["public_key"].public_key.size_bits) == (2, "RSA", 2048)
        rows = {(row.subject, row.name): row.quantum_class for row in show_algorithms(store)}
        assert rows[Subject.PUBLIC_KEY, "RSA 2048"] is QuantumClass.TRADITIONAL
        assert (Subject.CERTIFICATE_KEY, "EC secp256r1") in rows
        states = [target.authentication.state for target in assess(store).targets()]
        assert states == [State.VULNERABLE, State.VULNERABLE]
        assert len(list(show_targets(store))) == 2


def test_saml_in_base64_is_read_as_it_stands_there(tmp_path: Path) -> None:
    """Metadata in a Secret of Kubernetes, and a signed response as a browser posts it."""
    text = base64.b64encode(metadata(descriptor(SIGNING))).decode()
    (tmp_path / "a.yaml").write_text(f"kind: Secret\ndata:\n  idp.xml: {text}\n")
    response = f'<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol">{a_signature()}</p:Response>'
    (tmp_path / "b.log").write_text(f"POST /acs SAMLResponse={quote(base64.b64encode(response.encode()), safe='')}&RelayState=1\n")
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        scan_files([tmp_path / "a.yaml", tmp_path / "b.log"], store, machine="sso")
        assert [row.certificate.sha256 for row in show_certificates(store)] == [read_certificate(SIGNING).sha256]
        found = {(row.subject, row.name) for row in show_algorithms(store)}
    assert (Subject.DOCUMENT_SIGNATURE, "RSA-PKCS1-1.5") in found


def test_each_certificate_of_saml_metadata_is_judged_by_what_it_is_there_for(tmp_path: Path) -> None:
    (tmp_path / "idp.xml").write_bytes(metadata(descriptor(SIGNING), descriptor(ENCRYPTING, ' use="encryption"')))
    signing, encrypting = (read_certificate(der).sha256 for der in (SIGNING, ENCRYPTING))
    nist = (policy("nist-ir-8547"),)
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        scan_files([tmp_path / "idp.xml"], store, machine="sso")
        findings = [one for one in assess(store, policies=nist).findings if one.subject == Subject.CERTIFICATE_KEY]
    by_key = {digest: {one.rule for one in findings if one.certificate == digest} for digest in (signing, encrypting)}
    assert by_key == {signing: {"nist-8547-signature"}, encrypting: {"nist-8547-key-establishment"}}


def test_saml_metadata_tells_each_key_with_its_use_and_its_line() -> None:
    facts = probe(metadata("\n", descriptor(SIGNING), "\n", descriptor(ENCRYPTING, ' use="encryption"'), descriptor(SIGNING, "")))
    keys = about(facts, Subject.CERTIFICATE_KEY)
    assert keys[0].where is not None
    assert keys[0].where.line == 2
    assert [one.context for one in keys] == ["signing", "encryption", "any_use"]
    assert [(chain.context, chain.certificates[0]) for chain in facts.chains] == [
        ("signing", read_certificate(SIGNING).sha256),
        ("encryption", read_certificate(ENCRYPTING).sha256),
        ("any_use", read_certificate(SIGNING).sha256),
    ]
    assert facts.complete


def test_a_key_set_tells_type_curve_size_and_class_of_each_key() -> None:
    facts = probe(key_set(RSA_KEY, EC_KEY, PQ_KEY, {"kty": "NEW", "crv": "X"}))
    keys = about(facts, Subject.PUBLIC_KEY)
    assert [(one.name, dict(one.parameters), one.quantum_class) for one in keys] == [
        ("RSA", {"size_bits": 2048}, QuantumClass.TRADITIONAL),
        ("EC", {"parameter": "P-256", "size_bits": 256}, QuantumClass.TRADITIONAL),
        ("ML-DSA-65", {"parameter": "ML-DSA-65", "size_bits": 15616}, QuantumClass.POST_QUANTUM),
        (None, {"parameter": "X"}, QuantumClass.UNKNOWN),
    ]
    assert keys[3].value == "NEW"
    assert [one.where.symbol for one in keys if one.where] == ["keys[0]", "keys[1]", "keys[2]", "keys[3]"]


@pytest.mark.parametrize("others", [[{"id": 1}, "a word"], ["a", "b"], [], 3], ids=["objects", "words", "nothing", "a number"])
def test_keys_beside_a_list_of_keys_of_another_kind_are_found(others: object) -> None:
    facts = probe(json.dumps({"keys": others, "jwks": {"keys": [RSA_KEY]}}).encode())
    assert [one.name for one in about(facts, Subject.PUBLIC_KEY)] == ["RSA"]
    assert facts.complete


def test_keys_beside_a_set_are_found_too() -> None:
    facts = probe(json.dumps({"keys": [RSA_KEY], "other": {"jwk": PQ_KEY}}).encode())
    assert [one.name for one in about(facts, Subject.PUBLIC_KEY)] == ["RSA", "ML-DSA-65"]


def test_a_document_with_more_parts_than_are_looked_at_is_told_as_cut() -> None:
    facts = probe(b'[{"kty": "RSA", "n": "AQAB", "e": "AQAB"}' + b",[]" * 1_000_001 + b"]")
    assert (len(about(facts, Subject.PUBLIC_KEY)), facts.complete) == (1, False)


def test_a_text_that_is_no_name_of_a_type_or_curve_is_not_told() -> None:
    facts = probe(key_set({"kty": "Nguyen Van Ten", "crv": "ten@example.vn"}, {"kty": "EC", "crv": "<b>1"}))
    assert [(one.value, dict(one.parameters)) for one in about(facts, Subject.PUBLIC_KEY)] == [
        ("unlisted", {"parameter": "unlisted"}),
        ("EC", {"parameter": "unlisted"}),
    ]


def test_a_certificate_beside_a_key_is_read_too() -> None:
    facts = probe(key_set({**EC_KEY, "x5c": [base64.b64encode(SIGNING).decode()]}))
    assert facts.certificates == (SIGNING,)


def test_private_and_symmetric_keys_are_told_of_and_nothing_of_them_is_kept() -> None:
    secret = "c2VjcmV0LXNlY3JldC1zZWNyZXQ"
    facts = probe(key_set({**RSA_KEY, "d": secret}, {"kty": "oct", "k": secret}))
    assert [(one.value, one.name) for one in about(facts, Subject.PRIVATE_KEY)] == [("1.2.840.113549.1.1.1", "RSA"), ("oct", None)]
    assert len(about(facts, Subject.PUBLIC_KEY)) == 1
    assert secret not in repr(facts)


@pytest.mark.parametrize(
    "data",
    [
        metadata(descriptor(b"no certificate")),
        metadata("<md:KeyDescriptor><ds:KeyInfo><ds:KeyName>x</ds:KeyName></ds:KeyInfo></md:KeyDescriptor>"),
        key_set(EC_KEY, {**RSA_KEY, "n": "*"}),
        key_set(EC_KEY, 3),
    ],
)
def test_what_cannot_be_read_is_counted_and_the_answer_is_not_complete(data: bytes) -> None:
    facts = probe(data)
    assert not facts.complete
    assert facts.detail is not None
    assert dict(facts.detail.parameters) == {"count": 1}


@pytest.mark.parametrize(
    "data",
    [
        metadata(descriptor(SIGNING), before='<!DOCTYPE x [<!ENTITY a "b">]>'),
        metadata(descriptor(SIGNING), "<a>" * 100, "</a>" * 100),
        b'{"keys": [{"kty": "RSA", "x": ' + b"[" * 100_000 + b"]" * 100_000 + b"}]}",
    ],
    ids=["entities", "deep XML", "deep JSON"],
)
def test_what_is_one_of_both_and_could_grow_is_told_as_not_read(data: bytes) -> None:
    with pytest.raises(BeyondBounds):
        facts_of(IdentityMetadataProbe(), data)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"{}",
        b"[]",
        b'{"keys": 3}',
        b"<html/>",
        b"<",
        b"\xff\xfe",
        b'<!DOCTYPE html><html>"urn:oasis:names:tc:SAML:2.0:metadata"</html>',
        metadata(),
        key_set(),
        b"[" * 100_000,
        (b"<a>" * 100_000),
        b'<?xml version="1.0" encoding="nothing"?><a/>',
    ],
)
def test_what_is_neither_is_another_protocol(data: bytes) -> None:
    with pytest.raises(WrongProtocol, match="neither SAML metadata nor a set of JSON Web Keys"):
        probe(data)


def test_a_file_that_is_larger_than_metadata_can_be_is_not_read() -> None:
    with pytest.raises(MalformedMessage, match="is larger than"):
        probe(b"<" + b" " * MOST_BYTES)


@pytest.mark.parametrize("alg", ["ML-DSA-44", "ML-KEM-768", "ML-KEM-1024+A256KW", "SLH-DSA-SHAKE-256f"])
def test_a_private_key_of_what_is_resistant_is_named_as_its_public_half(alg: str) -> None:
    facts = probe(key_set({"kty": "AKP", "alg": alg, "pub": "AA", "priv": "AA"}))
    (public,), (private,) = about(facts, Subject.PUBLIC_KEY), about(facts, Subject.PRIVATE_KEY)
    assert (private.value, private.name, private.quantum_class, private.parameters) == (
        public.value, alg.partition("+")[0], QuantumClass.POST_QUANTUM, public.parameters,
    )  # fmt: skip


def composite_key(alg: str, size: int) -> dict[str, str]:
    return {"kty": "AKP", "alg": alg, "pub": base64.urlsafe_b64encode(bytes(range(1, 256)) * 12)[: (size * 4 + 2) // 3].decode()}


@pytest.mark.parametrize(
    ("alg", "oid", "size", "halves"),
    [
        ("ML-DSA-44-ES256", "1.3.6.1.5.5.7.6.40", 1377, ("ML-DSA-44", "ECDSA-P256")),
        ("ML-DSA-65-ES256", "1.3.6.1.5.5.7.6.45", 2017, ("ML-DSA-65", "ECDSA-P256")),
        ("ML-DSA-87-ES384", "1.3.6.1.5.5.7.6.49", 2689, ("ML-DSA-87", "ECDSA-P384")),
        ("ML-DSA-44-Ed25519", "1.3.6.1.5.5.7.6.39", 1344, ("ML-DSA-44", "Ed25519")),
        ("ML-DSA-65-Ed25519", "1.3.6.1.5.5.7.6.48", 1984, ("ML-DSA-65", "Ed25519")),
        ("ML-DSA-87-Ed448", "1.3.6.1.5.5.7.6.51", 2649, ("ML-DSA-87", "Ed448")),
    ],
)
def test_a_composite_key_is_told_with_its_halves_and_kept_as_x509_has_it(
    alg: str, oid: str, size: int, halves: tuple[str, str]
) -> None:
    facts = probe(key_set({**composite_key(alg, size), "priv": "AA"}))
    for one in facts.observations:
        assert (one.value, one.quantum_class, one.components) == (oid, QuantumClass.PQT_HYBRID, halves)
        assert dict(one.parameters) == {"parameter": alg, "size_bits": 8 * size}
    assert [one.subject for one in facts.observations] == [Subject.PUBLIC_KEY, Subject.PRIVATE_KEY]
    (kept,) = facts.certificates
    assert (read_bare_key(kept).public_key.oid, read_bare_key(kept).malformed) == (oid, ())


@pytest.mark.parametrize(
    ("alg", "size", "at"), [("ML-DSA-44-ES256", 1377, 1312), ("ML-DSA-65-ES256", 2017, 1952), ("ML-DSA-87-ES384", 2689, 2592)]
)
def test_the_point_of_a_composite_key_may_stand_without_its_form(alg: str, size: int, at: int) -> None:
    """Drafts write the two coordinates alone, as JOSE does elsewhere; it is the same key."""
    (kept,) = probe(key_set(composite_key(alg, size - 1))).certificates
    assert read_bare_key(kept).public_key.size_bits == 8 * size
    assert kept[-(size - at)] == 4
    assert kept[-size:] == (bytes(range(1, 256)) * 12)[:at] + b"\x04" + (bytes(range(1, 256)) * 12)[at : size - 1]
