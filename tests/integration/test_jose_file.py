"""Tokens of JOSE as people's files hold them; those of RFC 7515, RFC 7516 and RFC 7519 among them."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from pqscan_probes.jose_file import MOST_HEADERS, JoseFileProbe

from pqscan.app import assess, open_store, scan_files
from pqscan.errors import BeyondBounds, WrongProtocol
from pqscan.model.observation import Subject
from pqscan.model.outcome import Facts
from pqscan.policy.state import State
from pqscan.registry.quantum import QuantumClass
from tests.unit.scan.files.making import facts_of

SIGNATURE, ENCRYPTION, ALGORITHM = Subject.DOCUMENT_SIGNATURE, Subject.DOCUMENT_ENCRYPTION, Subject.ALGORITHM


def probe(text: str) -> Facts:
    return facts_of(JoseFileProbe(), text.encode())


def b64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).decode().rstrip("=")


def token(parts: int = 3, **header: object) -> str:
    rest = [b64(b'{"sub":"secret person"}'), *("c2ln" for _ in range(parts - 2))]
    return ".".join((b64(json.dumps(header, separators=(",", ":")).encode()), *rest))


@pytest.mark.parametrize(
    ("alg", "name", "hashed"),
    [
        ("RS256", "RSA-PKCS1-1.5", "SHA-256"),
        ("PS384", "RSA-PSS", "SHA-384"),
        ("ES512", "ECDSA", "SHA-512"),
        ("EdDSA", "EdDSA", None),
        ("ML-DSA-65", "ML-DSA-65", None),
        ("SLH-DSA-SHA2-128s", "SLH-DSA-SHA2-128s", None),
        ("XY999", None, None),
    ],
)
def test_a_signed_token_tells_its_algorithm_and_hash(alg: str, name: str | None, hashed: str | None) -> None:
    (one,) = probe(f"line\nAuthorization: Bearer {token(alg=alg, typ='JWT')}\n").observations
    assert (one.subject, one.value, one.name, one.context) == (SIGNATURE, alg, name, "jws")
    assert dict(one.parameters).get("hash") == hashed
    assert one.where is not None
    assert one.where.line == 2
    assert "secret" not in repr(one)


@pytest.mark.parametrize(
    "alg", ["Nguyen Van Ten", "ten@example.vn", "<script>1", "A" * 60 + "1", "=cmd|' /C calc'!A0", "nguyen-1980"]
)
def test_a_text_that_is_no_name_of_an_algorithm_is_not_told(alg: str) -> None:
    for header in (token(alg=alg), token(5, alg=alg, enc="A256GCM"), token(5, alg="RSA-OAEP", enc=alg)):
        facts = probe(header)
        assert alg not in repr(facts)
        assert facts.observations[0].quantum_class in (QuantumClass.UNKNOWN, QuantumClass.TRADITIONAL)
    assert [one.value for one in probe(token(alg=alg) + "\n" + token(alg=alg + "x")).observations] == ["unlisted"]


def test_more_different_headers_than_are_told_of_one_file_are_told_as_cut() -> None:
    facts = probe("\n".join(token(alg=f"XY{number}") for number in range(MOST_HEADERS + 1)))
    assert (len(facts.observations), facts.complete) == (MOST_HEADERS, False)


def test_the_token_of_rfc_7515_is_one_with_a_mac() -> None:
    """Appendix A.1, with its ends of lines in the header."""
    header = b64(b'{"typ":"JWT",\r\n "alg":"HS256"}')
    (one,) = probe(f"{header}.eyJpc3MiOiJqb2UifQ.dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk").observations
    assert (one.subject, one.name, one.context) == (ALGORITHM, "HMAC", "mac")


@pytest.mark.parametrize(
    ("alg", "enc", "name", "cipher"),
    [
        ("RSA-OAEP", "A256GCM", "RSA-OAEP", "AES-256"),
        ("ECDH-ES+A128KW", "A128CBC-HS256", "ECDH", "AES-128"),
        ("ML-KEM-768", "A256GCM", "ML-KEM-768", "AES-256"),
        ("dir", "A192GCM", None, "AES-192"),
    ],
)
def test_an_encrypted_token_tells_how_its_key_is_had_and_its_cipher(alg: str, enc: str, name: str | None, cipher: str) -> None:
    whole, content = probe(token(5, alg=alg, enc=enc)).observations
    assert (whole.subject, whole.value, whole.name, whole.context) == (ENCRYPTION, alg, name, "jwe")
    assert (content.subject, content.name, content.context) == (ALGORITHM, cipher, "encryption")
    assert alg != "dir" or whole.quantum_class is QuantumClass.NOT_PUBLIC_KEY


@pytest.mark.parametrize(
    ("alg", "name", "parameter"),
    [
        ("HPKE-0", "ECDH", "secp256r1"),
        ("HPKE-2", "ECDH", "secp521r1"),
        ("HPKE-4", "X25519", None),
        ("HPKE-5", "X448", None),
        ("HPKE-10", None, None),
    ],
)
def test_a_token_that_hpke_encrypts_by_itself_names_no_cipher(alg: str, name: str | None, parameter: str | None) -> None:
    """Integrated Encryption of draft-ietf-jose-hpke-encrypt: five parts, two of them empty, and no `enc`."""
    header = b64(json.dumps({"alg": alg}).encode())
    in_json = json.dumps({"protected": header, "encrypted_key": "AA", "ciphertext": "AA"})
    for text in (f"{header}.AAAA..AAAA.", in_json):
        (one,) = probe(text).observations
        assert (one.subject, one.context, one.value, one.name) == (ENCRYPTION, "jwe", alg, name)
        assert dict(one.parameters).get("parameter") == parameter
        assert one.quantum_class is (QuantumClass.UNKNOWN if name is None else QuantumClass.TRADITIONAL)


def test_a_key_that_hpke_encrypts_is_told_with_the_cipher() -> None:
    whole, content = probe(token(5, alg="HPKE-3-KE", enc="A256GCM")).observations
    assert (whole.subject, whole.name, content.name) == (ENCRYPTION, "X25519", "AES-256")


def test_the_form_in_json_is_read_by_its_protected_header() -> None:
    protected = b64(b'{"alg":"ES256"}')
    (one,) = probe(json.dumps({"payload": "e30", "signatures": [{"protected": protected, "signature": "c2ln"}]})).observations
    assert (one.name, dict(one.parameters)) == ("ECDSA", {"hash": "SHA-256", "parameter": "secp256r1"})


def encrypted(**members: object) -> str:
    return json.dumps({"protected": b64(b'{"enc":"A128GCM"}'), **members, "iv": "AA", "ciphertext": "AA", "tag": "AA"}, indent=1)


@pytest.mark.parametrize(
    ("message", "algorithms"),
    [
        (encrypted(recipients=[{"header": {"alg": "RSA1_5"}}, {"header": {"alg": "A128KW"}}]), ["A128KW", "RSA1_5"]),
        (encrypted(header={"alg": "ECDH-ES"}), ["ECDH-ES"]),
        (encrypted(unprotected={"alg": "RSA-OAEP"}, recipients=[{"encrypted_key": "AA"}]), ["RSA-OAEP"]),
        (f"[{encrypted(header={'alg': 'ML-KEM-768'})}]", ["ML-KEM-768"]),
        (f"[{encrypted(header={'alg': 'RSA1_5'})},{encrypted(header={'alg': 'A128KW'})}]", ["A128KW", "RSA1_5"]),
        (encrypted(), ["unlisted"]),
        ("line\n" + encrypted(header={"alg": "RSA1_5"}), ["unlisted"]),
    ],
    ids=["general", "flattened", "for all", "in a list", "two", "nowhere", "in something else"],
)
def test_an_encrypted_message_in_json_is_told_by_each_recipient(message: str, algorithms: list[str]) -> None:
    found = [one for one in probe(message).observations if one.subject is ENCRYPTION]
    assert [one.value for one in found] == algorithms
    assert {one.name for one in probe(message).observations if one.subject is ALGORITHM} == {"AES-128"}
    assert algorithms != ["unlisted"] or found[0].quantum_class is QuantumClass.UNKNOWN


@pytest.mark.parametrize(
    ("alg", "halves"),
    [
        ("ML-DSA-44-ES256", ("ML-DSA-44", "ECDSA-P256")),
        ("ML-DSA-65-ES256", ("ML-DSA-65", "ECDSA-P256")),
        ("ML-DSA-87-ES384", ("ML-DSA-87", "ECDSA-P384")),
        ("ML-DSA-44-Ed25519", ("ML-DSA-44", "Ed25519")),
        ("ML-DSA-65-Ed25519", ("ML-DSA-65", "Ed25519")),
        ("ML-DSA-87-Ed448", ("ML-DSA-87", "Ed448")),
    ],
)
def test_a_composite_signature_is_a_hybrid_of_two_halves(alg: str, halves: tuple[str, str]) -> None:
    (one,) = probe(token(alg=alg)).observations
    assert (one.value, one.name, one.quantum_class, one.components) == (alg, alg, QuantumClass.PQT_HYBRID, halves)


def signed(**members: object) -> str:
    return json.dumps({"payload": b64(b"{}"), **members}, indent=1)


@pytest.mark.parametrize(
    ("message", "algorithms"),
    [
        (signed(header={"alg": "RS256", "kid": "1"}, signature="c2ln"), ["RS256"]),
        (signed(protected=b64(b'{"kid":"1"}'), header={"alg": "ES256"}, signature="c2ln"), ["ES256"]),
        (
            signed(signatures=[{"header": {"alg": alg}, "signature": "c2ln"} for alg in ("RS256", "ML-DSA-65")]),
            ["ML-DSA-65", "RS256"],
        ),
        (signed(signatures=[{"protected": b64(b'{"alg":"PS256"}'), "header": {"alg": "RS256"}, "signature": "c2ln"}]), ["PS256"]),
        (f'[{{"message": {signed(header={"alg": "EdDSA"}, signature="c2ln")}}}]', ["EdDSA"]),
        (signed(header={"alg": "Nguyen Van Ten"}, signature="c2ln"), ["unlisted"]),
    ],
    ids=["flattened", "beside a protected one", "general", "what is protected counts", "inside", "no name"],
)
def test_a_signature_whose_algorithm_stands_beside_the_protected_header_is_told(message: str, algorithms: list[str]) -> None:
    """RFC 7515, section 7.2: `alg` may stand in either header."""
    found = probe(message).observations
    assert sorted(one.value for one in found) == algorithms
    assert {(one.subject, one.context) for one in found} == {(SIGNATURE, "jws")}
    assert found[0].where is not None
    assert found[0].where.line is not None


@pytest.mark.parametrize(
    ("message", "algorithms"),
    [
        ({"unprotected": {"alg": "RSA-OAEP", "enc": "A128GCM"}}, ["RSA-OAEP"]),
        (
            {"unprotected": {"enc": "A128GCM"}, "recipients": [{"header": {"alg": "RSA1_5"}}, {"header": {"alg": "A128KW"}}]},
            ["A128KW", "RSA1_5"],
        ),
        ({"header": {"alg": "dir", "enc": "A128GCM"}}, ["dir"]),
        ({"protected": b64(b'{"zip":"DEF"}'), "unprotected": {"alg": "ECDH-ES", "enc": "A128GCM"}}, ["ECDH-ES"]),
    ],
    ids=["for all", "general", "flattened", "beside a protected one"],
)
def test_an_encrypted_message_without_a_protected_header_is_told(message: dict[str, object], algorithms: list[str]) -> None:
    facts = probe(json.dumps({**message, "iv": "AA", "ciphertext": "AA", "tag": "AA"}))
    assert sorted(one.value for one in facts.observations if one.subject is ENCRYPTION) == algorithms
    assert {one.name for one in facts.observations if one.subject is ALGORITHM} == {"AES-128"}


@pytest.mark.parametrize(
    "document",
    [
        {"header": {"alg": "RS256"}, "payload": {"sub": "an"}, "signature": "c2ln"},
        {"header": {"alg": "RS256"}, "payload": "not Base64!", "signature": "c2ln"},
        {"header": {"alg": 5}, "payload": "e30", "signature": "c2ln"},
        {"header": {"alg": "RS256"}, "payload": "e30", "signature": ["c2ln"]},
        {"header": "RS256", "payload": "e30", "signature": "c2ln"},
        {"unprotected": {"alg": "RSA1_5"}, "ciphertext": "AA"},
        {"header": {"alg": "RS256"}, "payload": "e30", "signatures": ["signature"]},
    ],
)
def test_a_document_with_the_words_of_a_signature_is_none(document: dict[str, object]) -> None:
    with pytest.raises(WrongProtocol):
        probe(json.dumps(document))


DEEP = '{"header": {"alg": "RS256"}, "payload": "e30", "signature": "c2ln", "x": ' + "[" * 100_000 + "]" * 100_000 + "}"


def test_a_document_that_is_nested_too_deeply_is_told_as_not_read() -> None:
    with pytest.raises(BeyondBounds):
        probe(DEEP)


def test_tokens_in_a_document_that_is_nested_too_deeply_are_told_and_are_not_all() -> None:
    facts = probe(f'{{"token": "{token(alg="ES256")}", "further": {DEEP}}}')
    assert [one.value for one in facts.observations] == ["ES256"]
    assert (facts.complete, facts.detail and facts.detail.code) == (False, "file_part_malformed")


def test_the_same_algorithm_is_told_once_where_it_stands_first() -> None:
    text = "\n".join([token(alg="RS256"), token(alg="ES256"), *(token(alg="RS256", kid=str(number)) for number in range(50))])
    assert [(one.value, one.where.line if one.where else None) for one in probe(text).observations] == [("RS256", 1), ("ES256", 2)]


@pytest.mark.parametrize(
    "text",
    [
        "eyJhbGciOiJSUzI1NiJ9",
        "eyJhbGciOiJSUzI1NiJ9.e30",
        b64(b'{"alg":5}') + ".e30.x",
        b64(b'{"alg":"RS256"') + ".e30.x",
        b64(b'{"typ":"JWT"}') + ".e30.x",
        "a." + b64(b'{"alg":"RS256"}') + ".e30",
        b64(b'{"alg":"RS256","enc":"A128GCM"}') + ".e30.x",
        '"name": "' + b64(b'{"alg":"RS256"}') + '"',
        b64(b"[" * 5000) + ".e30.x",
        "eyJhbGci" + "A" * 40_000 + ".e30.x",
    ],
)
def test_what_only_begins_like_one_is_none(text: str) -> None:
    with pytest.raises(WrongProtocol):
        probe(text)


def test_tokens_are_judged_by_what_signs_and_encrypts_them(tmp_path: Path) -> None:
    (tmp_path / "a").write_text(token(alg="RS256"))
    (tmp_path / "b").write_text(token(alg="ML-DSA-65"))
    (tmp_path / "c").write_text(token(5, alg="ECDH-ES", enc="A256GCM"))
    (tmp_path / "d").write_text(token(alg="HS256"))
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        scan_files([tmp_path / name for name in "abcd"], store, machine="here")
        told = [(target.key_establishment.state, target.authentication.state) for target in assess(store).targets()]
    assert told == [
        (State.NONE, State.VULNERABLE),
        (State.NONE, State.EXCLUSIVE),
        (State.VULNERABLE, State.NONE),
        (State.NONE, State.NONE),
    ]
    assert b"secret person" not in (tmp_path / "store.sqlite").read_bytes()


def test_a_long_run_of_beginnings_is_no_token() -> None:
    with pytest.raises(WrongProtocol):
        probe("eyJhbGci" * 500_000)
