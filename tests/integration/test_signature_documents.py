"""Signatures and locks of documents: PDF around messages of OpenSSL, XML, packages of Office and of OpenDocument, edXML."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import time
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from pqscan_probes.signature_file import SignatureFileProbe

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.observation import Subject, Usage, Where
from pqscan.model.target import FileTarget
from tests.integration.signing import EC_CERTIFICATE, EC_KEY, RSA_CERTIFICATE, RSA_KEY, observations_in, outcomes_of, told
from tests.integration.test_signature_packages import a_time_stamp
from tests.unit.scan.files.making import facts_of, piece_for
from tests.unit.scan.files.test_examine import zipped
from tests.unit.wire.pki.cms_making import enveloped, signed, signer, transport
from tests.unit.wire.test_pdf import BEFORE, a_signature, locked
from tests.unit.wire.test_xml_signature import AGILE, DS, ENC, ODF  # fmt: skip
from tests.unit.wire.test_xml_signature import a_signature as an_xml_signature

WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
ECDSA_SHA384 = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384"


def by(key: object, certificate: object, hashed: hashes.HashAlgorithm) -> bytes:
    """A detached message of CMS."""
    builder = pkcs7.PKCS7SignatureBuilder().set_data(b"text").add_signer(certificate, key, hashed)  # type: ignore[arg-type]
    return builder.sign(Encoding.DER, [pkcs7.PKCS7Options.DetachedSignature])


def stamped(folder: Path) -> bytes:
    """The token in a response of a time stamp authority."""
    reply = a_time_stamp(folder)
    return reply[reply.index(bytes.fromhex("06092a864886f70d010702")) - 4 :]


def test_each_revision_of_a_pdf_is_told_with_its_signature(tmp_path: Path) -> None:
    first = a_signature(by(RSA_KEY, RSA_CERTIFICATE, hashes.SHA256()), b"/adbe.pkcs7.detached", wide=500)
    second = a_signature(by(EC_KEY, EC_CERTIFICATE, hashes.SHA512()), before=first)
    stamp = a_signature(stamped(tmp_path), b"/ETSI.RFC3161", before=second)
    (tmp_path / "a.pdf").write_bytes(stamp)
    found = sorted(told(tmp_path / "a.pdf"), key=lambda one: str(one[3]["format"]))
    assert found == [
        (
            "1.2.840.10045.4.3.4", "pdf", "ecdsa-with-sha512",
            {"hash": "sha512", "size_bits": 384, "parameter": "secp384r1", "format": "ETSI.CAdES.detached"},
        ),
        (
            "1.2.840.10045.4.3.4", "timestamp", "ecdsa-with-sha512",
            {"hash": "sha512", "size_bits": 384, "parameter": "secp384r1", "of": "pdf", "format": "ETSI.RFC3161"},
        ),
        ("1.2.840.113549.1.1.1", "pdf", "RSA", {"hash": "sha256", "size_bits": 3072, "format": "adbe.pkcs7.detached"}),
    ]  # fmt: skip
    facts = facts_of(SignatureFileProbe(), stamp)
    assert len(facts.certificates) == 3
    assert facts.complete


def test_a_signature_in_the_middle_of_a_large_pdf_is_found(tmp_path: Path) -> None:
    padding = BEFORE + b"7 0 obj\n<< /Length 40000000 >>\nstream\n" + b"text of a page\n" * 2_000_000 + b"endstream\nendobj\n"
    (tmp_path / "a.pdf").write_bytes(a_signature(by(RSA_KEY, RSA_CERTIFICATE, hashes.SHA256()), before=padding) + b" " * 20_000_000)
    ((_, form, name, _),) = told(tmp_path / "a.pdf")
    assert (form, name) == ("pdf", "RSA")


def test_a_bare_signature_of_an_old_pdf_is_told() -> None:
    facts = facts_of(SignatureFileProbe(), a_signature(b"\x04\x82\x01\x00" + bytes(255) + b"\1", b"/adbe.x509.rsa_sha1"))
    (one,) = facts.observations
    assert (one.name, dict(one.parameters)) == ("RSA", {"hash": "sha1", "size_bits": 2048, "format": "adbe.x509.rsa_sha1"})


def test_a_locked_pdf_tells_its_lock_once(tmp_path: Path) -> None:
    data = locked(b"/Filter /Standard /V 4 /R 4 /CF << /StdCF << /CFM /AESV2 >> >> /O (secret octets)")
    (tmp_path / "a.pdf").write_bytes(data + data[len(BEFORE) :])
    assert told(tmp_path / "a.pdf", Subject.DOCUMENT_ENCRYPTION) == [
        ("password", "pdf", None, {"version": 4, "revision": 4, "cipher": "AES-128", "bits": 128})
    ]
    assert [value for value, *_ in told(tmp_path / "a.pdf", Subject.ALGORITHM)] == ["AES-128"]


def test_a_pdf_locked_by_public_keys_tells_its_recipients(tmp_path: Path) -> None:
    message = enveloped(transport(octets=512)).hex().encode()
    data = locked(b"/Filter /Adobe.PubSec /V 5 /CF << /DefaultCryptFilter << /CFM /AESV3 /Recipients [<" + message + b">] >> >>")
    (tmp_path / "a.pdf").write_bytes(data)
    ((_, form, name, stated),) = told(tmp_path / "a.pdf", Subject.DOCUMENT_ENCRYPTION)
    assert (form, name, stated["size_bits"]) == ("pdf", "RSA", 4096)


def test_words_of_pdf_in_a_program_are_no_signature() -> None:
    with pytest.raises(WrongProtocol):
        facts_of(SignatureFileProbe(), b'int n = write("/ByteRange [0 ", 13); if (key == "/Encrypt") {}')


def in_base64(octets: bytes) -> str:
    return base64.encodebytes(octets).decode()


def xml(method: str = ECDSA_SHA384, more: str = "") -> str:
    der = EC_CERTIFICATE.public_bytes(Encoding.DER)
    key = f"<ds:X509Data><ds:X509Certificate>\n{in_base64(der)}</ds:X509Certificate></ds:X509Data>"
    return f"<a>\n{an_xml_signature(method, key, more)}\n</a>"


def test_a_signature_in_xml_is_told_with_its_key_and_its_certificate() -> None:
    facts = facts_of(SignatureFileProbe(), xml().encode())
    (one,) = [one for one in facts.observations if one.subject is Subject.DOCUMENT_SIGNATURE]
    assert (one.value, one.context, one.where) == ("ECDSA", "xml", Where(2, 4))
    assert dict(one.parameters) == {"hash": "sha384", "size_bits": 384, "parameter": "secp384r1", "digest": "sha256"}
    assert facts.certificates == (EC_CERTIFICATE.public_bytes(Encoding.DER),)


def test_the_certificate_may_stand_beside_the_signature_of_a_message_of_soap() -> None:
    data = f'<a xmlns:w="{WSSE}">{token()}{an_xml_signature()}</a>'
    facts = facts_of(SignatureFileProbe(), data.encode())
    (one,) = [one for one in facts.observations if one.subject is Subject.DOCUMENT_SIGNATURE]
    assert dict(one.parameters)["size_bits"] == 3072


def test_a_time_stamp_in_xades_is_told_as_one(tmp_path: Path) -> None:
    stamp = in_base64(stamped(tmp_path)).replace("\n", "&#13;\n")
    more = (
        '<ds:Object><x:QualifyingProperties xmlns:x="http://uri.etsi.org/01903/v1.3.2#"><x:SignatureTimeStamp>'
        f"<x:EncapsulatedTimeStamp>{stamp}</x:EncapsulatedTimeStamp></x:SignatureTimeStamp></x:QualifyingProperties></ds:Object>"
    )
    (tmp_path / "a.xml").write_text(xml(more=more))
    found = {form: stated for _, form, _, stated in told(tmp_path / "a.xml")}
    assert found["xml"]["profile"] == "xades"
    assert (found["timestamp"]["of"], found["timestamp"]["hash"]) == ("xml", "sha512")


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_xml_is_read_in_other_encodings_too(tmp_path: Path, encoding: str) -> None:
    name = "UTF-16" if encoding == "utf-16" else "UTF-8"
    (tmp_path / "a.xml").write_bytes(f'<?xml version="1.0" encoding="{name}"?>\n{xml()}'.encode(encoding))
    (one,) = [one for one in observations_in(tmp_path / "a.xml") if one.subject is Subject.DOCUMENT_SIGNATURE]
    assert one.where is not None
    assert (one.value, one.where.line) == ("ECDSA", 3)


def test_packages_of_office_and_of_opendocument_are_read_in_their_archives(tmp_path: Path) -> None:
    ooxml = an_xml_signature(
        more='<ds:Object><m:SignatureTime xmlns:m="http://schemas.openxmlformats.org/package/2006/digital-signature"/></ds:Object>'
    )
    odf = (
        '<document-signatures xmlns="urn:oasis:names:tc:opendocument:xmlns:digitalsignature:1.0">'
        f"{an_xml_signature()}</document-signatures>"
    )
    (tmp_path / "a.docx").write_bytes(zipped({"_xmlsignatures/sig1.xml": ooxml.encode(), "word/document.xml": b"<w/>"}))
    (tmp_path / "b.odt").write_bytes(
        zipped({"META-INF/documentsignatures.xml": odf.encode(), "META-INF/manifest.xml": ODF.encode()})
    )
    assert [form for _, form, _, _ in told(tmp_path / "a.docx")] == ["ooxml"]
    assert [form for _, form, _, _ in told(tmp_path / "b.odt")] == ["odf"]
    assert told(tmp_path / "b.odt", Subject.DOCUMENT_ENCRYPTION) == [
        ("password", "odf", None, {"cipher": "AES-256", "kdf": "PBKDF2", "iterations": 100_000})
    ]


PGP_KEY = bytes((0xC1, 15, 3)) + bytes(8) + bytes((18, 0, 8, 255, 0, 0, 0xD2, 6, 1)) + bytes(5)


@pytest.mark.parametrize(
    ("message", "value", "name", "complete"),
    [(PGP_KEY, "18", "ECDH", True), (PGP_KEY[:11] + b"\x4d" + PGP_KEY[12:], "77", None, True), (b"\0", "unlisted", None, False)],
    ids=["ECDH", "a number that nobody lists", "broken"],
)
@pytest.mark.parametrize("names", [("m:encrypted-key", "m:CipherValue"), ("l:EncryptedKey", "l:CipherValue")])
def test_a_document_for_holders_of_keys_of_openpgp_is_locked_by_no_password(
    message: bytes, value: str, name: str | None, complete: bool, names: tuple[str, str]
) -> None:
    loext = 'xmlns:l="urn:org:documentfoundation:names:experimental:office:xmlns:loext:1.0"'
    key = f"<{names[0]} {loext}><{names[1]}>{base64.b64encode(message).decode()}</{names[1]}></{names[0]}>"
    data = ODF.replace('name="PBKDF2" m:iteration-count="100000" m:salt="AA=="', 'name="PGP"').replace(
        "<m:file-entry", key + "<m:file-entry", 1
    )
    facts = facts_of(SignatureFileProbe(), data.encode())
    assert [(one.value, one.name, one.context) for one in facts.observations if one.subject is Subject.DOCUMENT_ENCRYPTION] == [
        (value, name, "odf")
    ]
    assert [one.name for one in facts.observations if one.subject is Subject.ALGORITHM] == ["AES-256"]
    assert facts.complete is complete


def test_encrypted_documents_of_office_are_read_in_their_container() -> None:
    ole = bytes.fromhex("d0cf11e0a1b11ae1") + bytes(504)
    facts = facts_of(SignatureFileProbe(), ole + b"\4\0\4\0\x40\0\0\0" + AGILE.encode() + bytes(300))
    assert [(one.value, one.context) for one in facts.observations] == [("password", "ooxml"), ("AES-256", "encryption")]
    provider = "Microsoft Enhanced RSA and AES Cryptographic Provider\0".encode("utf-16-le")
    header = b"\x24\0\0\0" + bytes(4) + b"\x0e\x66\0\0\x04\x80\0\0\x80\0\0\0\x18\0\0\0" + bytes(8) + provider
    facts = facts_of(SignatureFileProbe(), ole + b"\3\0\2\0\x24\0\0\0\xa4\0\0\0" + header)
    assert [(one.value, one.context) for one in facts.observations] == [("password", "ooxml"), ("AES-128", "encryption")]
    with pytest.raises(WrongProtocol):
        facts_of(SignatureFileProbe(), ole + header.replace(b"M\0i\0c\0", b"x\0y\0z\0"))


EDXML = '<edXML xmlns="http://www.mic.gov.vn/TBT/QCVN_102_2016"><edXMLEnvelope><edXMLHeader><MessageHeader/></edXMLHeader>{}</edXMLEnvelope></edXML>'


def test_a_packet_of_vietnams_document_exchange_is_told_as_one(tmp_path: Path) -> None:
    (tmp_path / "a.edxml").write_text(EDXML.format(an_xml_signature()))
    ((value, form, _, stated),) = told(tmp_path / "a.edxml")
    assert (value, form, stated) == ("RSA-PKCS1-1.5", "edxml", {"hash": "sha256", "digest": "sha256"})


def test_xml_in_a_mail_is_a_signature_and_in_source_code_words(tmp_path: Path) -> None:
    head = "MIME-Version: 1.0\r\nContent-Type: multipart/related; boundary=x\r\n\r\n--x\r\n\r\n"
    (tmp_path / "mail").write_text(f"{head}{xml()}\r\n--x\r\n\r\nattached\r\n--x--\r\n")
    (tmp_path / "code.py").write_text(f"TEMPLATE = '''{xml()}'''\n")
    (tmp_path / "page.html").write_text(f"<!DOCTYPE html>\n<script>sign(`{xml()}`)</script>\n")
    usages = {
        name: [one.usage for one in observations_in(tmp_path / name) if one.subject is Subject.DOCUMENT_SIGNATURE]
        for name in ("mail", "code.py", "page.html")
    }
    assert usages == {"mail": [Usage.PRESENT], "code.py": [Usage.MENTIONED], "page.html": [Usage.MENTIONED]}
    assert all(outcome.profile is not None and outcome.profile.complete for outcome in outcomes_of(tmp_path / "page.html"))


MANAGED = (
    f'<x:EncryptedData xmlns:x="{ENC}" xmlns:d="{DS}"><x:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"/>'
    f'<d:KeyInfo><x:EncryptedKey><x:EncryptionMethod Algorithm="{ENC}rsa-1_5"/></x:EncryptedKey></d:KeyInfo></x:EncryptedData>'
)
METADATA = (
    '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata">'
    f'<md:EncryptionMethod Algorithm="{ENC}rsa-1_5"/></md:EntityDescriptor>'
)


def test_encryption_in_xml_inside_of_something_else_is_told_by_key_and_cipher(tmp_path: Path) -> None:
    (tmp_path / "mail").write_text(f"MIME-Version: 1.0\r\n\r\n{MANAGED}\r\n{METADATA}\r\n")
    (tmp_path / "code.py").write_text(f"TEMPLATE = {MANAGED!r}\n")
    (tmp_path / "large.xml").write_text(f"<a>{MANAGED}{' ' * (17 << 20)}</a>")
    expected = {"mail": Usage.PRESENT, "code.py": Usage.MENTIONED, "large.xml": Usage.PRESENT}
    for name, usage in expected.items():
        assert [(one.value, one.usage) for one in observations_in(tmp_path / name)] == [
            ("AES-256", usage),
            ("RSAES-PKCS1-1.5", usage),
        ]


def test_encryption_in_xml_of_which_the_names_are_not_declared_there_is_told_as_not_read() -> None:
    head = b"MIME-Version: 1.0\r\n\r\n"
    for words in (b'<x:EncryptionMethod Algorithm="' + ENC.encode() + b'rsa-1_5"/>', b"<m:encryption-data m:checksum='A'>"):
        with pytest.raises(MalformedMessage):
            facts_of(SignatureFileProbe(), head + words)
        with pytest.raises(WrongProtocol):
            facts_of(SignatureFileProbe(), words.replace(b"<", b"print '<"))


def test_a_template_of_a_signature_is_words() -> None:
    facts = facts_of(SignatureFileProbe(), xml().replace("<ds:SignatureValue>AA==", "<ds:SignatureValue>\n").encode())
    assert [one.usage for one in facts.observations if one.subject is Subject.DOCUMENT_SIGNATURE] == [Usage.MENTIONED]


def test_encryption_in_xml_is_told_by_key_and_cipher() -> None:
    wrapped = in_base64(bytes(512))
    data = (
        f'<x:EncryptedData xmlns:x="{ENC}" xmlns:d="{DS}"><x:EncryptionMethod Algorithm="http://www.w3.org/2009/xmlenc11#aes256-gcm"/>'
        f'<d:KeyInfo><x:EncryptedKey><x:EncryptionMethod Algorithm="{ENC}rsa-1_5"/><x:CipherData><x:CipherValue>{wrapped}'
        "</x:CipherValue></x:CipherData></x:EncryptedKey></d:KeyInfo></x:EncryptedData>"
    )
    found = facts_of(SignatureFileProbe(), data.encode()).observations
    assert [(one.subject.value, one.value, dict(one.parameters)) for one in found] == [
        ("document_encryption", "RSAES-PKCS1-1.5", {"recipient": "key_transport", "size_bits": 4096}),
        ("algorithm", "AES-256", {}),
    ]


def test_a_uri_that_is_none_is_never_kept() -> None:
    (one,) = facts_of(SignatureFileProbe(), f"<a>{an_xml_signature('the text of a secret')}</a>".encode()).observations
    assert (one.value, one.name) == ("unlisted", None)


def test_entities_are_refused_and_schemas_are_no_signature() -> None:
    with pytest.raises(WrongProtocol):
        facts_of(SignatureFileProbe(), b'<!DOCTYPE x><schema><element name="SignatureMethod"/></schema>')
    bomb = '<!DOCTYPE a [<!ENTITY b "cccccc"><!ENTITY d "&b;&b;&b;">]>' + xml().replace("<a>", "<a>&d;")
    facts = facts_of(SignatureFileProbe(), bomb.encode())
    assert not facts.complete


def token() -> str:
    return f"<w:BinarySecurityToken>{in_base64(RSA_CERTIFICATE.public_bytes(Encoding.DER))}</w:BinarySecurityToken>"


HOSTILE = {
    "many ranges": b"%PDF-1.7\n" + b"/ByteRange [0 10 20 30] " * 40_000,
    "ranges in each other": b"<" + b"0" * 1_000_000 + b"/ByteRange [0 0 9 9]" * 20_000,
    "a range of spaces": b"/ByteRange [" + b" " * 4_000_000 + b"/ByteRange 1 0 R 1 0 obj" + b" " * 4_000_000,
    "many ranges elsewhere": b"".join(b"/ByteRange %d 0 R " % number for number in range(60_000)),
    "many locks": b"".join(b"/Encrypt %d 0 R " % number for number in range(60_000)),
    "types of messages": b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0" * 80_000,
    "messages in messages": b"\x30\x84\x00\xff\xff\xff\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0" * 50_000,
    "messages without end": b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0" * 50_000,
    "base64 in base64": b"MIIBBgkqhkiG9w0BBwKg" * 50_000 + b"MIIxxgYJKoZIhvcNAQcCoIIx" * 50_000,
    "base64 without end": b"MIAGCSqGSIb3DQEHAqCA" * 60_000,
    "many tags": b"<SignatureMethod " * 60_000,
    "many attributes": b"<SignatureMethod " + b"a='b' " * 200_000 + b"/>",
    "deep xml": b"<a><SignatureMethod/>" * 60_000,
    "ssh in ssh": b"U1NIU0lHAAAAAQAAA" * 60_000,
    "empty elements": b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80\x30\x80\x02\x01\x01" + b"\x05\x00" * 1_000_000,
    "agile": b"http://schemas.microsoft.com/office/2006/encryption<encryption" * 20_000,
    "one certificate beside many signatures": f'<a xmlns:w="{WSSE}">{token() * 64}{an_xml_signature() * 900}</a>'.encode(),
    "literal in literal": b"(" * 1_000_000 + b"".join(b"/ByteRange [0 %d 9 9]" % place for place in range(900)),
    "blocks": b"APK Sig Block 42" * 60_000,
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_octets_end_soon(name: str) -> None:
    data, before = HOSTILE[name], time.process_time()
    with contextlib.suppress(MalformedMessage, WrongProtocol):
        assert len(facts_of(SignatureFileProbe(), data).observations) <= 11_000
    assert time.process_time() - before < 10


def test_more_locks_than_are_read_of_one_file_are_said_to_be_left_out() -> None:
    provider = "Microsoft Enhanced RSA and AES Cryptographic Provider\0".encode("utf-16-le")
    header = b"\x0e\x66\0\0\x04\x80\0\0\x80\0\0\0\x18\0\0\0" + bytes(8) + provider
    lock = locked(b"/Filter /Standard /V 4 /R 4 /CF << /StdCF << /CFM /AESV2 >> >>")
    for one, least in ((header, 101), (lock, 1001)):
        assert facts_of(SignatureFileProbe(), b"\0" + one * (least - 1)).complete
        assert not facts_of(SignatureFileProbe(), b"\0" + one * least).complete


def test_digests_of_a_jar_are_read_to_its_end(tmp_path: Path) -> None:
    row = "Name: a\r\nSHA-256-Digest: AA==\r\n\r\n"
    (tmp_path / "A.SF").write_text("Signature-Version: 1.0\r\n\r\n" + row * 40_000 + "Name: b\r\nSHA1-Digest: AA==\r\n")
    assert {one.name for one in observations_in(tmp_path / "A.SF")} == {"SHA-256", "SHA-1"}


def test_a_message_of_which_the_beginning_lies_in_another_piece_is_said_to_be_left_out() -> None:
    probe, data = SignatureFileProbe(), signed(signer())
    piece = piece_for(probe, data[data.index(b"\x06") :] + data)
    piece.offset = 16 << 20
    facts = asyncio.run(probe.run(FileTarget("machine", "a"), piece))
    assert (len(facts.observations), facts.complete) == (1, False)


def test_a_thousand_messages_are_read_and_more_is_said_to_be_left_out() -> None:
    facts = facts_of(SignatureFileProbe(), signed(signer()) * 1001)
    assert not facts.complete
    assert facts.detail is not None
    assert facts.detail.code == "signatures_cut"
