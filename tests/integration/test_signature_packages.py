"""Signatures of packages and programs: APK, RPM of rpmbuild and rpmsign, Authenticode of osslsigncode, time stamps of OpenSSL."""

from __future__ import annotations

import io
import shutil
import zipfile
from importlib.util import find_spec
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from pqscan_probes.certificate_file import CertificateFileProbe
from pqscan_probes.signature_file import SignatureFileProbe

from pqscan.model.observation import Subject, Where
from pqscan.model.outcome import OutcomeStatus
from pqscan.registry.quantum import QuantumClass
from tests.integration.signing import (
    EC_CERTIFICATE,
    EC_KEY,
    RSA_CERTIFICATE,
    needs,
    observations_in,
    outcomes_of,
    run,
    told,
    with_keys,
)  # fmt: skip
from tests.unit.scan.files.making import facts_of
from tests.unit.scan.files.test_examine import examiner
from tests.unit.wire.pki.cms_making import signed as signed_message
from tests.unit.wire.pki.cms_making import signer as signer_info
from tests.unit.wire.pki.making import signed as certificate
from tests.unit.wire.test_apk import V2, V3, V32, block, idsig, prefixed, signer, signing


def an_apk(block_octets: bytes) -> bytes:
    """A zip with a block in front of its table, and the place of the table set right."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("classes.dex", b"program")
    data = file.getvalue()
    table = int.from_bytes(data[-6:-2], "little")
    end = bytearray(data[table:])
    end[-6:-2] = (table + len(block_octets)).to_bytes(4, "little")
    return data[:table] + block_octets + bytes(end)


def spki(one: object) -> bytes:
    octets: bytes = one.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)  # type: ignore[attr-defined]
    return octets


def test_the_signers_of_an_apk_are_told_each_with_its_key(tmp_path: Path) -> None:
    from cryptography.hazmat.primitives.asymmetric import mldsa

    post_quantum = mldsa.MLDSA65PrivateKey.generate()
    (tmp_path / "a.apk").write_bytes(
        an_apk(
            block(
                (V2, prefixed(signer(0x0103, key=spki(RSA_CERTIFICATE)))),
                (V3, prefixed(signer(0x0201, has_versions=True, key=spki(EC_CERTIFICATE)))),
                (V32, prefixed(signer(0x0501, has_versions=True, key=spki(post_quantum)))),
            )
        )
    )
    found = told(tmp_path / "a.apk")
    assert sorted(found, key=lambda one: str(one[3]["scheme"])) == [
        (
            "RSA-PKCS1-1.5", "apk", "RSA-PKCS1-1.5",
            {"hash": "sha256", "size_bits": 3072, "scheme": "v2", "number": "0x0103"},
        ),
        (
            "ECDSA", "apk", "ECDSA",
            {"hash": "sha256", "size_bits": 384, "parameter": "secp384r1", "scheme": "v3", "number": "0x0201"},
        ),
        (
            "ML-DSA-65", "apk", "ML-DSA-65",
            {"size_bits": 15616, "parameter": "ML-DSA-65", "scheme": "v3.2", "number": "0x0501"},
        ),
    ]  # fmt: skip
    classes = {one.name: one.quantum_class for one in observations_in(tmp_path / "a.apk")}
    assert classes["ML-DSA-65"] is QuantumClass.POST_QUANTUM
    assert {outcome.target.members for outcome in outcomes_of(tmp_path / "a.apk")} == {("APK Signing Block",)}  # type: ignore[union-attr]


def test_what_apksigner_writes_is_told_scheme_by_scheme(tmp_path: Path) -> None:
    needs("apksigner")
    (tmp_path / "a.zip").write_bytes(an_apk(b""))
    (tmp_path / "key").write_bytes(EC_KEY.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    (tmp_path / "certificate").write_bytes(EC_CERTIFICATE.public_bytes(Encoding.PEM))
    options = ("--min-sdk-version", "26", "--v4-signing-enabled", "true", "--out", "a.apk", "a.zip")
    run(tmp_path, "apksigner", "sign", "--key", "key", "--cert", "certificate", *options)
    stated = {"size_bits": 384, "parameter": "secp384r1", "hash": "sha512", "number": "0x0202"}
    for name, schemes in (("a.apk", ["v2", "v3"]), ("a.apk.idsig", ["v4"])):
        found = [one for one in told(tmp_path / name) if one[1] == "apk"]
        assert found == [("ECDSA", "apk", "ECDSA", stated | {"scheme": scheme}) for scheme in schemes]


@pytest.mark.parametrize("cut", [30, 150])
def test_a_file_of_scheme_v4_that_is_cut_off_is_told(tmp_path: Path, cut: int) -> None:
    (tmp_path / "a.idsig").write_bytes(idsig(signing(0x0201))[:cut])
    (outcome,) = outcomes_of(tmp_path / "a.idsig")
    assert outcome.status is OutcomeStatus.MALFORMED


def test_certificates_in_an_apk_are_found_by_their_own_probe(tmp_path: Path) -> None:
    der = certificate("a.example")
    (tmp_path / "a.apk").write_bytes(an_apk(block((V2, prefixed(prefixed(der))))))
    from pqscan.model.target import FileTarget

    (outcome,) = examiner(CertificateFileProbe()).examine(FileTarget("m", str(tmp_path / "a.apk"))).outcomes
    assert outcome.certificates == (der,)


@pytest.mark.parametrize("damage", [lambda octets: octets[:-1] + b"x", lambda octets: b"\xff" * 8 + octets[8:]])
def test_what_stands_where_a_block_would_is_left_alone_or_told(tmp_path: Path, damage: object) -> None:
    (tmp_path / "a.apk").write_bytes(an_apk(damage(block((V2, prefixed(signer(0x0103)))))))  # type: ignore[operator]
    assert told(tmp_path / "a.apk") == []


SPEC = """Name: plain
Version: 1
Release: 1
Summary: Nothing
License: None
BuildArch: noarch
%description
Nothing.
%files
"""


def an_rpm(folder: Path, *gpg_key: str) -> Path:
    """A package that rpmsign signed with a key of GnuPG's."""
    for program in ("rpmbuild", "rpmsign", "gpg"):
        needs(program)
    home = folder / "gnupg"
    home.mkdir(mode=0o700)
    (folder / "plain.spec").write_text(SPEC)
    run(folder, "rpmbuild", "-bb", "--quiet", "--define", f"_topdir {folder}", "plain.spec")
    (path,) = (folder / "RPMS").rglob("*.rpm")
    if gpg_key:
        gpg = ("gpg", "--homedir", str(home), "--batch", "--passphrase", "", "--pinentry-mode", "loopback")
        run(folder, *gpg, "--quick-generate-key", "nobody@a.example", *gpg_key)
        try:
            named = (f"__gpg {shutil.which('gpg')}", f"_gpg_path {home}", "_gpg_name nobody@a.example")
            run(folder, "rpmsign", *[word for one in named for word in ("--define", one)], "--addsign", str(path))
        finally:
            run(folder, "gpgconf", "--homedir", str(home), "--kill", "all")
    return path


def test_a_package_that_nobody_signed_tells_nothing(tmp_path: Path) -> None:
    assert told(an_rpm(tmp_path)) == []


@pytest.mark.parametrize(("key", "name"), [("rsa2048", "RSA-PKCS1-1.5"), ("ed25519", "EdDSA")])
def test_a_package_that_rpmsign_signed_tells_by_what(tmp_path: Path, key: str, name: str) -> None:
    found = told(an_rpm(tmp_path, key, "sign", "never"))
    assert found
    assert {(value, form, named) for value, form, named, _ in found} == {(name, "rpm", name)}
    assert all(stated["hash"] in ("sha256", "sha512") for *_, stated in found)
    assert {stated["tag"] for *_, stated in found} <= {"RSAHEADER", "DSAHEADER", "SIGPGP", "SIGGPG"}


def a_program() -> Path:
    """An executable of Windows: a launcher that comes with setuptools."""
    spec = find_spec("setuptools")
    path = None if spec is None or spec.origin is None else Path(spec.origin).parent / "cli-64.exe"
    if path is None or not path.is_file():
        pytest.skip("this Python has no program of Windows to sign (setuptools)")
    return path


def test_authenticode_of_osslsigncode_is_told(tmp_path: Path) -> None:
    needs("osslsigncode")
    folder = with_keys(tmp_path)
    run(
        folder,
        "osslsigncode",
        "sign",
        "-h",
        "sha384",
        "-certs",
        "rsa.crt",
        "-key",
        "rsa.pem",
        "-in",
        str(a_program()),
        "-out",
        "a.exe",
    )
    ((value, form, name, stated),) = told(folder / "a.exe")
    assert (form, name, stated) == ("authenticode", "RSA", {"hash": "sha384", "size_bits": 3072})
    assert value == "1.2.840.113549.1.1.1"
    assert len(facts_of(CertificateFileProbe(), (folder / "a.exe").read_bytes()).certificates) == 1
    run(folder, "osslsigncode", "sign", "-nest", "-certs", "ec.crt", "-key", "ec.pem", "-in", "a.exe", "-out", "b.exe")
    assert sorted((form, name or "") for _, form, name, _ in told(folder / "b.exe")) == [
        ("authenticode", "RSA"),
        ("authenticode", "ecdsa-with-sha256"),
    ]


TSA = """
[tsa]
default_tsa = one
[one]
serial = ./serial
signer_cert = ./tsa.crt
signer_key = ./ec.pem
signer_digest = sha512
default_policy = 1.2.3.4
digests = sha256
[req]
distinguished_name = dn
[dn]
[ts]
extendedKeyUsage = critical,timeStamping
"""


def a_time_stamp(folder: Path) -> bytes:
    """A response with a token, by `openssl ts`."""
    needs("openssl")
    with_keys(folder)
    (folder / "tsa.cnf").write_text(TSA)
    (folder / "serial").write_text("01\n")
    request = (
        "openssl",
        "req",
        "-x509",
        "-config",
        "tsa.cnf",
        "-extensions",
        "ts",
        "-key",
        "ec.pem",
        "-subj",
        "/CN=tsa",
        "-days",
        "9",
    )
    run(folder, *request, "-out", "tsa.crt")
    run(folder, "openssl", "ts", "-query", "-data", "message", "-sha256", "-cert", "-out", "query")
    run(folder, "openssl", "ts", "-reply", "-config", "tsa.cnf", "-queryfile", "query", "-out", "reply")
    return (folder / "reply").read_bytes()


def test_a_time_stamp_is_told_as_one(tmp_path: Path) -> None:
    a_time_stamp(tmp_path)
    ((value, form, name, stated),) = told(tmp_path / "reply")
    assert (form, stated["hash"], stated["size_bits"], stated["parameter"]) == ("timestamp", "sha512", 384, "secp384r1")
    assert (value, name) == ("1.2.840.10045.4.3.4", "ecdsa-with-sha512")
    assert "of" not in stated
    (one,) = facts_of(SignatureFileProbe(), (tmp_path / "reply").read_bytes()).observations
    assert one.subject is Subject.DOCUMENT_SIGNATURE


def test_a_signature_of_macos_is_told_by_the_blob_around_it() -> None:
    message = signed_message(signer_info())
    blob = b"\xfa\xde\x0b\x01" + (len(message) + 8).to_bytes(4) + message
    (one,) = facts_of(SignatureFileProbe(), b"\xcf\xfa\xed\xfe" + bytes(60) + blob).observations
    assert (one.context, one.where) == ("macho", Where(None, 72))
