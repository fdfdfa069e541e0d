"""What documents say of people is in no output: names and reasons of signers, contents, octets of signatures."""

from __future__ import annotations

import base64
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from tests.end_to_end.conftest import Program
from tests.integration.signing import EC_CERTIFICATE, EC_KEY
from tests.unit.scan.files.test_examine import zipped
from tests.unit.wire.pki.cms_making import enveloped, kem
from tests.unit.wire.test_pdf import a_signature, locked
from tests.unit.wire.test_xml_signature import a_signature as an_xml_signature

WINDOW = 16
CONTENT = b"mat: the text of a decision that nobody may read 7c1"
REASON = b"(a reason for signing that is nobody's business 9f2) /Location (a village by the sea 55) /ContactInfo (tel 0123456789)"
NAME = b"(Tran Thi Somebody of the 4th unit)"
OWNER = b"(owner entry of the lock 0a1b2c3d4e5f)"


def message(content: bytes) -> bytes:
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content).add_signer(EC_CERTIFICATE, EC_KEY, hashes.SHA256())
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.Binary])


def planted(tree: Path) -> bytes:
    """Documents of every kind; gives the message that signs most of them."""
    tree.mkdir()
    signed = message(CONTENT)
    pdf = a_signature(signed).replace(b"(bi mat)", REASON).replace(b"(Nguyen Van A)", NAME)
    (tree / "a.pdf").write_bytes(CONTENT + b"\n" + pdf)
    (tree / "locked.pdf").write_bytes(locked(b"/Filter /Standard /V 4 /R 4 /CF << /CFM /AESV2 >> /O " + OWNER))
    (tree / "a.p7m").write_bytes(signed)
    (tree / "b.p7m").write_bytes(enveloped(kem()).replace(b"identifier of a key", CONTENT[:19]))
    xml = f"<a><name>{NAME.decode()}</name>{an_xml_signature(CONTENT.decode())}</a>"
    (tree / "a.docx").write_bytes(zipped({"_xmlsignatures/sig1.xml": xml.encode()}))
    value = base64.b64encode(b"ED" + bytes(72))
    (tree / "sig").write_bytes(b"untrusted comment: " + NAME + b"\n" + value + b"\ntrusted comment: " + REASON + b"\n")
    return signed


def test_nothing_of_a_document_but_its_algorithms_is_in_any_output(program: Program, tmp_path: Path) -> None:
    signed = planted(tmp_path / "tree")
    outputs = [program.works("-vv", "scan", "files", str(tmp_path / "tree"))]
    outputs += [program.works("-vv", "show", "targets", "--json"), program.works("explain", str(tmp_path / "tree" / "a.pdf"))]
    kept = [part.encode() for done in outputs for part in (done.out, done.err)]
    for name in ("json", "csv", "html"):
        program.works("report", name, "-o", f"report.{name}")
    kept += [p.read_bytes() for p in program.folder.rglob("*") if p.is_file() and tmp_path / "tree" not in p.parents]
    everything = b"\0".join(kept)
    for expected in (b"document_signature", b"document_encryption", b"ML-KEM-768", b"minisign", b"ETSI.CAdES"):
        assert expected in everything, "what may be kept is"
    assert x509.load_der_x509_certificate(EC_CERTIFICATE.public_bytes(Encoding.DER)).fingerprint(hashes.SHA256()) in everything
    for secret in (CONTENT, REASON, NAME, OWNER, signed[-100:]):
        for start in range(len(secret) - WINDOW + 1):
            window = secret[start : start + WINDOW]
            assert window not in everything
            assert window.hex().encode() not in everything
