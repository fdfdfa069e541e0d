"""Key stores as people have them, written by `cryptography`, OpenSSL and keytool."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    pkcs12,
)  # fmt: skip
from pqscan_probes.keystore_file import KeystoreFileProbe

from pqscan.app import assess, open_store
from pqscan.app.files import FileScan, read_passwords, run_file_scan
from pqscan.errors import MalformedMessage, UsageError, WrongProtocol
from pqscan.model.observation import Subject
from pqscan.model.outcome import Facts
from pqscan.policy.state import State
from pqscan.wire.pki.der import OCTET_STRING, SEQUENCE, DerReader
from tests.unit.scan.files.making import facts_of
from tests.unit.wire.pki.making import seq, signed, tlv

VECTORS = Path(__file__).parents[1] / "vectors" / "keystore"
RSA, EC = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
LEAF = x509.load_der_x509_certificate(signed("a.example", key=EC))
OTHER = x509.load_der_x509_certificate(signed("b.example"))
PASSWORD = "mật khẩu của kho"


def probe(data: bytes, *passwords: str) -> Facts:
    return facts_of(KeystoreFileProbe(passwords), data)


def a_pkcs12(password: str | None = PASSWORD, rounds: int = 2048) -> bytes:
    lock: object = NoEncryption()
    if password is not None:
        builder = PrivateFormat.PKCS12.encryption_builder().kdf_rounds(rounds).hmac_hash(hashes.SHA256())
        lock = builder.key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC).build(password.encode())
    return pkcs12.serialize_key_and_certificates(b"name", EC, LEAF, [OTHER], lock)  # type: ignore[arg-type]


def stated(facts: Facts, subject: Subject) -> list[tuple[str | None, dict[str, str | int]]]:
    return [(one.name, dict(one.parameters)) for one in facts.observations if one.subject is subject]


LOCK = {"locked_by": "aes256-cbc", "kdf": "PBKDF2", "prf": "hmacWithSHA256", "iterations": 2048}


def test_a_locked_pkcs_12_tells_its_locks_and_is_not_complete() -> None:
    facts = probe(a_pkcs12())
    assert stated(facts, Subject.PRIVATE_KEY) == [(None, {"form": "pkcs12", **LOCK})]
    assert [one.value for one in facts.observations if one.subject is Subject.PRIVATE_KEY] == ["locked_key"], (
        "a form is no algorithm"
    )
    assert stated(facts, Subject.BEHAVIOUR) == [(None, LOCK)]
    assert (facts.complete, facts.certificates) == (False, ())
    assert facts.detail is not None
    assert (facts.detail.code, facts.detail.parameters) == ("keystore_locked", (("count", 1),))


def test_a_password_that_fits_shows_everything() -> None:
    facts = probe(a_pkcs12(), "wrong", PASSWORD, "never tried")
    ((name, told),) = stated(facts, Subject.PRIVATE_KEY)
    assert (name, told) == ("EC", {"form": "pkcs12", "parameter": "secp256r1", "size_bits": 256, **LOCK})
    assert len(facts.certificates) == 2
    assert facts.complete
    assert PASSWORD not in repr(facts)
    assert str(EC.private_numbers().private_value) not in repr(facts)


def test_a_store_with_several_keys_tells_each_and_secret_ones_too() -> None:
    data = (VECTORS / "several.p12").read_bytes()
    lock = {**LOCK, "iterations": 10_000}
    locked, secret = {"form": "pkcs12", **lock}, {"form": "pkcs12-secret", **lock}
    assert stated(probe(data), Subject.PRIVATE_KEY) == [(None, locked), (None, locked), (None, secret)]
    opened = probe(data, "changeit")
    assert stated(opened, Subject.PRIVATE_KEY) == [
        ("EC", {**locked, "parameter": "secp256r1", "size_bits": 256}),
        ("RSA", {**locked, "size_bits": 2048}),
        (None, secret),
    ]
    assert len(opened.certificates) == 2


def test_a_safe_for_the_holder_of_a_key_is_told_as_locked() -> None:
    safe = seq(seq(bytes.fromhex("06092a864886f70d010703a0023000")))
    facts = probe(seq(b"\2\1\3" + seq(bytes.fromhex("06092a864886f70d010701") + tlv(0xA0, tlv(4, safe)))))
    assert stated(facts, Subject.BEHAVIOUR) == [(None, {"locked_by": "unknown"})]
    assert not facts.complete


def by_openssl(folder: Path, password: str, *options: str) -> bytes:
    if shutil.which("openssl") is None:
        pytest.skip("this machine has no openssl")
    pem = EC.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()) + LEAF.public_bytes(Encoding.PEM)
    (folder / "pem").write_bytes(pem)
    command = ["openssl", "pkcs12", "-export", "-passout", f"pass:{password}", "-in", str(folder / "pem"), *options]
    return subprocess.run(command, capture_output=True, check=True).stdout


def test_the_empty_password_is_tried_unasked(tmp_path: Path) -> None:
    with pytest.raises(WrongProtocol):  # In the clear: the probe of private keys finds it.
        probe(pkcs12.serialize_key_and_certificates(b"", RSA, None, None, NoEncryption()))
    assert probe(by_openssl(tmp_path, "")).certificates == (LEAF.public_bytes(Encoding.DER),)


def test_no_password_is_tried_where_the_file_asks_for_too_many_rounds() -> None:
    facts = probe(a_pkcs12(rounds=1_000_001), PASSWORD)
    assert not facts.complete
    assert stated(facts, Subject.PRIVATE_KEY)[0][1]["iterations"] == 1_000_001


@pytest.mark.parametrize("options", [("-certpbe", "PBE-SHA1-3DES", "-keypbe", "PBE-SHA1-3DES", "-macalg", "sha1"), ("-nomac",)])
def test_what_openssl_writes_is_read(tmp_path: Path, options: tuple[str, ...]) -> None:
    ((_, told),) = stated(probe(by_openssl(tmp_path, "x", *options)), Subject.PRIVATE_KEY)
    expected = "pbeWithSHA1And3-KeyTripleDES-CBC" if "-certpbe" in options else "aes256-cbc"
    assert told["locked_by"] == expected


@pytest.mark.parametrize("kind", ["JKS", "JCEKS"])
def test_what_keytool_writes_tells_the_key_by_its_certificate(tmp_path: Path, kind: str) -> None:
    if shutil.which("keytool") is None:
        pytest.skip("this machine has no keytool (a JDK)")
    common = ["-storetype", kind, "-keystore", str(tmp_path / "store"), "-storepass", "changeit", "-keypass", "changeit"]
    made = ["keytool", "-genkeypair", "-alias", "a", "-keyalg", "RSA", "-keysize", "3072", "-dname", "CN=a", *common]
    subprocess.run(made, check=True, capture_output=True)
    facts = probe((tmp_path / "store").read_bytes())
    locked_by = "JKS" if kind == "JKS" else "PBEWithMD5AndTripleDES"
    expected = ("RSA", {"form": kind.lower(), "size_bits": 3072, "locked_by": locked_by})
    assert stated(facts, Subject.PRIVATE_KEY) == [expected]
    assert facts.complete


@pytest.mark.parametrize("data", [b"", b"\x30\x82\x01\x00\x02\x01\x03\x30\x00", b"\xfe\xed\xfe\xed\0\0\0\x09\0\0\0\1"])
def test_anything_else_is_none(data: bytes) -> None:
    with pytest.raises((WrongProtocol, MalformedMessage)):
        probe(data)


def in_pieces(der: bytes) -> bytes:
    """The same in BER: without lengths, its octet string in pieces of 100 octets, as some programs of Windows and Java write it."""
    reader = DerReader(der, set()).enter("PFX", SEQUENCE)
    version, safe = reader.read("version").encoded, reader.enter("ContentInfo", SEQUENCE)
    kind, content = safe.read("contentType").encoded, safe.enter("content", 0xA0).read("data", OCTET_STRING).value
    pieces = b"".join(
        b"\x04" + bytes((len(content[at : at + 100]),)) + content[at : at + 100] for at in range(0, len(content), 100)
    )
    ends = bytes(2)
    whole = b"\x30\x80" + kind + b"\xa0\x80\x24\x80" + pieces + ends * 3
    return b"\x30\x80" + version + whole + reader.data[reader.position : reader.end] + ends


def test_a_store_in_pieces_is_read_as_one() -> None:
    assert probe(in_pieces(a_pkcs12())).observations == probe(a_pkcs12()).observations
    assert probe(in_pieces(a_pkcs12()), PASSWORD).certificates == probe(a_pkcs12(), PASSWORD).certificates


def test_a_store_that_cannot_be_read_is_told_and_not_passed_over() -> None:
    with pytest.raises(MalformedMessage):
        probe(a_pkcs12()[:-50])


def test_a_store_is_judged_by_what_can_be_seen(tmp_path: Path) -> None:
    (tmp_path / "store.p12").write_bytes(a_pkcs12())
    (tmp_path / "words").write_text(f"wrong\n{PASSWORD}\n", encoding="utf-8")
    for name, passwords, expected in (
        ("locked", (), State.UNKNOWN), ("opened", read_passwords(str(tmp_path / "words")), State.VULNERABLE),
    ):  # fmt: skip
        with open_store(str(tmp_path / f"{name}.sqlite"), create=True) as store:
            run_file_scan(FileScan((tmp_path / "store.p12",), "here", passwords=passwords), store)
            (target,) = assess(store).targets()
            assert target.authentication.state is expected
        assert PASSWORD.encode() not in (tmp_path / f"{name}.sqlite").read_bytes()


def test_a_file_of_passwords_that_is_none_is_refused_and_never_shown(tmp_path: Path) -> None:
    (tmp_path / "binary").write_bytes(b"secret\xff")
    (tmp_path / "many").write_text("secret\n" * 101)
    for name in ("binary", "many", "missing"):
        with pytest.raises(UsageError) as told:
            read_passwords(str(tmp_path / name))
        assert "secret" not in str(told.value)
