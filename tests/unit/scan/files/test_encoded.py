"""Keys and key stores in Base64 of texts, given as members."""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)
from pqscan_probes.certificate_file import CertificateFileProbe
from pqscan_probes.keystore_file import KeystoreFileProbe
from pqscan_probes.private_key_file import PrivateKeyFileProbe
from pqscan_probes.public_key_file import PublicKeyFileProbe

from pqscan.model.target import FileTarget
from pqscan.probe import FileProbe
from pqscan.scan.files.bounds import Bounds
from pqscan.scan.files.examine import Examined, Examiner
from tests.unit.wire.pki.making import signed

PEM = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(signed("a.example")) + b"-----END CERTIFICATE-----\n"
NOW = datetime(2026, 11, 29, tzinfo=UTC)


def examine(path: Path, data: bytes, *probes: FileProbe) -> Examined:
    path.write_bytes(data)
    return Examiner(probes, Bounds(), lambda: NOW, lambda: 0.0).examine(FileTarget("m", str(path)))


def found(examined: Examined) -> list[tuple[str, ...]]:
    """The members in which something was found."""
    return [outcome.target.members for outcome in examined.outcomes if outcome.profile is not None]  # type: ignore[union-attr]


def key(made: object, form: PrivateFormat = PrivateFormat.PKCS8, password: bytes | None = None) -> bytes:
    lock = BestAvailableEncryption(password) if password else NoEncryption()
    return made.private_bytes(Encoding.DER, form, lock)  # type: ignore[attr-defined, no-any-return]


def public(made: object) -> bytes:
    return made.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined, no-any-return]


RSA, EC = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
SMALL, LATTICE = ed25519.Ed25519PrivateKey.generate(), mldsa.MLDSA65PrivateKey.generate()
STORE = pkcs12.serialize_key_and_certificates(b"a", RSA, None, None, BestAvailableEncryption(b"word"))


OLD = PrivateFormat.TraditionalOpenSSL
CASES = {
    "rsa": key(RSA),
    "curve": key(EC),
    "ed25519": key(SMALL),
    "mldsa": key(LATTICE),
    "pkcs1": key(RSA, OLD),
    "sec1": key(EC, OLD),
    "locked": key(RSA, password=b"word"),
    "locked-curve": key(EC, password=b"word"),
    "public-rsa": public(RSA),
    "public-curve": public(EC),
    "public-ed25519": public(SMALL),
    "public-mldsa": public(LATTICE),
    "pkcs12": STORE,
}


@pytest.mark.parametrize("der", CASES.values(), ids=CASES)
def test_a_key_or_store_in_base64_is_found_as_a_value_of_any_text(der: bytes, tmp_path: Path) -> None:
    value = base64.b64encode(der).decode()
    lines = base64.encodebytes(der).decode()
    plus = value.replace("+", "\\u002B").replace("/", "\\/")
    probes = (PrivateKeyFileProbe(), PublicKeyFileProbe(), KeystoreFileProbe())
    texts = [
        f"kind: Secret\ndata:\n  one: {value}\n",
        f'{{"one": "{plus}"}}',
        f"one={value}",
        f'String one = "{value}";',
        f'one: "{value}\\n"',
    ]
    for text in texts:
        assert found(examine(tmp_path / "a", text.encode(), *probes)) == [("one",)]
    assert found(examine(tmp_path / "a", f"<dict><data>\n{lines}</data></dict>".encode(), *probes)) == [("base64@13",)]
    mail = f"Content-Transfer-Encoding: base64\n\n{lines}\n--x".encode()
    assert found(examine(tmp_path / "a", mail, *probes)) == [("base64@35",)]


@pytest.mark.parametrize(
    "text",
    [
        "x: A" + base64.b64encode(key(RSA)).decode(),
        "one: " + base64.b64encode(key(RSA)).decode()[:-100],
        "one: MIIEvQIBADAN and words",
        "one: MIIEvQIB",
        "one: M///IBAD",
        "-----BEGIN NOTHING KNOWN-----\nHeader: x\n\n" + base64.b64encode(key(RSA)).decode(),
        "see " + base64.b64encode(key(RSA)).decode(),
    ],
)
def test_base64_that_is_no_value_or_is_cut_off_is_none(text: str, tmp_path: Path) -> None:
    assert found(examine(tmp_path / "a", text.encode(), PrivateKeyFileProbe())) == []


@pytest.mark.parametrize("claim", [b"\nk: MIIDAAIBADA", b" one: MIIDAAIBAzA", b'"/u3+7QAAAA" '], ids=["key", "PKCS#12", "JKS"])
def test_base64_that_claims_much_again_and_again_is_given_up_and_told(claim: bytes, tmp_path: Path) -> None:
    examined = examine(tmp_path / "a", claim * 90_000, PrivateKeyFileProbe(), KeystoreFileProbe())
    assert [outcome.detail and outcome.detail.code for outcome in examined.outcomes] == ["file_marks_spent"]
    assert not examined.is_through


def test_thousands_of_secrets_in_one_text_are_all_found(tmp_path: Path) -> None:
    value = base64.b64encode(PEM)
    assert (
        len(found(examine(tmp_path / "a", b"tls.crt: " + value + b"\n" + (b"k: " + value + b"\n") * 2999, CertificateFileProbe())))
        == 3000
    )


def test_a_pkcs12_in_pem_is_found_as_a_member(tmp_path: Path) -> None:
    text = b"x\n-----BEGIN PKCS12-----\n" + base64.encodebytes(STORE) + b"-----END PKCS12-----\n-----BEGIN PKCS12-----\n"
    assert found(examine(tmp_path / "a", text, KeystoreFileProbe())) == [("PKCS12@2",)]


def test_base64_of_base64_of_pem_is_a_member_of_a_member(tmp_path: Path) -> None:
    twice = base64.b64encode(base64.b64encode(PEM)).decode()
    assert found(examine(tmp_path / "a", f"one: {twice}\n".encode(), CertificateFileProbe())) == [("one", "base64@0")]


@pytest.mark.parametrize("quoted", [b'"/u3+7QAAAA"', b'"zs7OzgAAAA", 8', b'"LS0tLS1CRUdJTi"'])
def test_a_beginning_alone_is_no_key_store(tmp_path: Path, quoted: bytes) -> None:
    examined = examine(tmp_path / "a.py", b"MARK = " + quoted + b"\n", KeystoreFileProbe(), PrivateKeyFileProbe())
    assert (examined.outcomes, examined.contents, examined.is_through) == ((), 1, True)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
@pytest.mark.parametrize("front", [b"", b"\x7fELF\1\2\3\4", b"\x7fELF\1\2\3"], ids=["first", "even", "odd"])
def test_pem_in_utf_16_among_other_octets_is_a_member(tmp_path: Path, encoding: str, front: bytes) -> None:
    wide = (PEM.decode() * 2).encode(encoding)
    examined = examine(tmp_path / "a", front + wide + bytes(range(256)), CertificateFileProbe())
    first = len(front) + (encoding == "utf-16-be")
    assert found(examined) == [(f"utf-16@{first}",), (f"utf-16@{first + len(wide) // 2}",)]


def test_words_in_utf_16_without_an_end_and_with_other_octets_are_no_member(tmp_path: Path) -> None:
    begin = "-----BEGIN CERTIFICATE-----\n".encode("utf-16-le")
    end = "-----END CERTIFICATE-----".encode("utf-16-le")
    for data in (b"\1" + begin * 2000, b"\1" + begin + b"abcd" + end, b"\1" + begin + b"a"):
        examined = examine(tmp_path / "a", data, CertificateFileProbe())
        assert (examined.outcomes, examined.contents) == ((), 1)


def test_a_key_in_utf_16_without_a_mark_is_told_with_its_line(tmp_path: Path) -> None:
    text = b"Bag Attributes\r\n" + PEM.replace(b"\n", b"\r\n")
    (outcome,) = examine(tmp_path / "a", text.decode().encode("utf-16-le"), CertificateFileProbe()).outcomes
    assert outcome.profile is not None
    assert {one.where.line for one in outcome.profile.observations if one.where is not None} == {2}
