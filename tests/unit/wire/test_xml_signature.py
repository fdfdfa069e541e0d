"""Signatures and encryption in XML, and what is no XML that anybody should read."""

from __future__ import annotations

import base64

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.xml_signature import XmlCipher, read_xml_security
from tests.unit.wire.pki.making import signed

DS = "http://www.w3.org/2000/09/xmldsig#"
ENC = "http://www.w3.org/2001/04/xmlenc#"
RSA_SHA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"


def a_signature(method: str = RSA_SHA256, key: str = "", more: str = "", parameters: str = "") -> str:
    return (
        f'<ds:Signature xmlns:ds="{DS}"><ds:SignedInfo>'
        '<ds:CanonicalizationMethod Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'
        f'<ds:SignatureMethod Algorithm="{method}">{parameters}</ds:SignatureMethod>'
        f'<ds:Reference URI=""><ds:DigestMethod Algorithm="{SHA256}"/><ds:DigestValue>AA==</ds:DigestValue></ds:Reference>'
        f"</ds:SignedInfo><ds:SignatureValue>AA==</ds:SignatureValue><ds:KeyInfo>{key}</ds:KeyInfo>{more}</ds:Signature>"
    )


def test_a_signature_is_told_by_its_uris_and_its_line() -> None:
    (found,) = read_xml_security(f"<a>\n<b>secret</b>\n{a_signature()}</a>".encode()).signatures
    assert (found.method, found.digests, found.line, found.offset) == (RSA_SHA256, [SHA256], 3, 18)
    assert (found.form, found.profile) == ("xml", None)


def test_a_bare_key_tells_its_size_and_its_curve() -> None:
    modulus = base64.b64encode(bytes([0x80]) + bytes(255)).decode()
    key = f"<ds:KeyValue><ds:RSAKeyValue><ds:Modulus>\n{modulus}\n</ds:Modulus></ds:RSAKeyValue></ds:KeyValue>"
    assert read_xml_security(a_signature(key=key).encode()).signatures[0].key_bits == 2048
    curve = '<e:ECKeyValue xmlns:e="http://www.w3.org/2009/xmldsig11#"><e:NamedCurve URI="urn:oid:1.3.132.0.34"/></e:ECKeyValue>'
    assert read_xml_security(a_signature(key=curve).encode()).signatures[0].curve == "urn:oid:1.3.132.0.34"


def test_certificates_of_the_signer_are_given() -> None:
    der = signed("a.example")
    key = f"<ds:X509Data><ds:X509Certificate>{base64.encodebytes(der).decode()}</ds:X509Certificate></ds:X509Data>"
    assert read_xml_security(a_signature(key=key).encode()).signatures[0].certificates == [der]


@pytest.mark.parametrize(
    ("opens", "closes", "more", "form", "profile"),
    [
        ('<r xmlns="urn:oasis:names:tc:opendocument:xmlns:digitalsignature:1.0">', "</r>", "", "odf", None),
        ('<r xmlns:e="http://www.mic.gov.vn/TBT/QCVN_102_2016"><e:edXMLHeader/>', "</r>", "", "edxml", None),
        ('<edXML xmlns="http://www.e-doc.vn/Schema/">', "</edXML>", "", "edxml", None),
        ('<s:Assertion xmlns:s="urn:oasis:names:tc:SAML:2.0:assertion">', "</s:Assertion>", "", "xml", "saml"),
        (
            "", "", '<ds:Object><m:SignatureTime xmlns:m="http://schemas.openxmlformats.org/package/2006/digital-signature"/></ds:Object>',
            "ooxml", None,
        ),
        (
            "", "", '<ds:Object><x:QualifyingProperties xmlns:x="http://uri.etsi.org/01903/v1.3.2#"/></ds:Object>', "xml", "xades",
        ),
    ],
)  # fmt: skip
def test_what_is_signed_is_told_by_its_names(opens: str, closes: str, more: str, form: str, profile: str | None) -> None:
    (found,) = read_xml_security(f"{opens}{a_signature(more=more)}{closes}".encode()).signatures
    assert (found.form, found.profile) == (form, profile)


def test_a_signature_in_a_signature_is_one_of_its_own() -> None:
    inner = a_signature("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384")
    found = read_xml_security(a_signature(more=f"<ds:Object>{inner}</ds:Object>").encode()).signatures
    assert [one.method.rpartition("#")[2] for one in found] == ["ecdsa-sha384", "rsa-sha256"]


def test_the_hash_of_pss_stands_among_its_parameters() -> None:
    pss = (
        '<p:RSAPSSParams xmlns:p="http://www.w3.org/2007/05/xmldsig-more#">'
        f'<ds:DigestMethod Algorithm="{SHA256}"/></p:RSAPSSParams>'
    )
    (found,) = read_xml_security(a_signature("http://www.w3.org/2007/05/xmldsig-more#rsa-pss", parameters=pss).encode()).signatures
    assert (found.hash, found.digests) == (SHA256, [SHA256])


def test_encryption_tells_the_wrapping_of_the_key_and_the_cipher() -> None:
    wrapped = base64.b64encode(bytes(256)).decode()
    data = (
        f'<x:EncryptedData xmlns:x="{ENC}"><x:EncryptionMethod Algorithm="{ENC}aes256-cbc"/><d:KeyInfo xmlns:d="{DS}">'
        f'<x:EncryptedKey><x:EncryptionMethod Algorithm="{ENC}rsa-oaep-mgf1p"><d:DigestMethod Algorithm="{DS}sha1"/>'
        "</x:EncryptionMethod>"
        f"<x:CipherData><x:CipherValue>{wrapped}</x:CipherValue></x:CipherData></x:EncryptedKey></d:KeyInfo>"
        "<x:CipherData><x:CipherValue>AAAA</x:CipherValue></x:CipherData></x:EncryptedData>"
    )
    found = read_xml_security(data.encode())
    assert [(one.method, one.wrapped_bits) for one in found.keys] == [(f"{ENC}rsa-oaep-mgf1p", 2048)]
    assert [one.method for one in found.ciphers] == [f"{ENC}aes256-cbc"]
    assert found.signatures == ()


ODF = (
    '<m:manifest xmlns:m="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0">'
    + '<m:file-entry m:full-path="content.xml"><m:encryption-data m:checksum="AA==">'
    '<m:algorithm m:algorithm-name="http://www.w3.org/2001/04/xmlenc#aes256-cbc" m:initialisation-vector="AA=="/>'
    '<m:key-derivation m:key-derivation-name="PBKDF2" m:iteration-count="100000" m:salt="AA=="/>'
    "</m:encryption-data></m:file-entry>" * 3 + "</m:manifest>"
)
AGILE = (
    '<encryption xmlns="http://schemas.microsoft.com/office/2006/encryption" '
    'xmlns:p="http://schemas.microsoft.com/office/2006/keyEncryptor/password">'
    '<keyData saltSize="16" blockSize="16" keyBits="256" cipherAlgorithm="AES" hashAlgorithm="SHA512" saltValue="AA=="/>'
    '<keyEncryptors><keyEncryptor uri="http://schemas.microsoft.com/office/2006/keyEncryptor/password">'
    '<p:encryptedKey spinCount="100000" hashAlgorithm="SHA512" keyBits="256" cipherAlgorithm="AES"/>'
    "</keyEncryptor></keyEncryptors></encryption>"
)


def test_packages_that_are_locked_tell_their_lock_once() -> None:
    (odf,) = read_xml_security(ODF.encode()).ciphers
    assert (odf.method, odf.form, odf.kdf, odf.iterations) == (f"{ENC}aes256-cbc", "odf", "PBKDF2", 100_000)
    (ooxml,) = read_xml_security(AGILE.encode()).ciphers
    assert ooxml == XmlCipher("AES", 1, ooxml.offset, "ooxml", "SHA512", 100_000, 256, "password")


CERTIFICATE_KEY = (
    '<c:encryptedKey xmlns:c="http://schemas.microsoft.com/office/2006/keyEncryptor/certificate" encryptedKeyValue="AA=="/>'
)


@pytest.mark.parametrize(
    ("encryptors", "locks"),
    [
        (CERTIFICATE_KEY, ["certificate"]),
        (f'<p:encryptedKey spinCount="9"/>{CERTIFICATE_KEY}', ["password", "certificate"]),
        (f'{CERTIFICATE_KEY}<p:encryptedKey spinCount="9"/>', ["certificate", "password"]),
        (CERTIFICATE_KEY * 3, ["certificate"]),
        ("", [None]),
    ],
)
def test_an_office_document_is_locked_by_what_its_encryptors_say(encryptors: str, locks: list[str | None]) -> None:
    head, _, rest = AGILE.partition("<p:encryptedKey")
    data = head + encryptors + rest.partition("/>")[2]
    assert [one.lock for one in read_xml_security(data.encode()).ciphers] == locks


ENTITIES = b'<!DOCTYPE a [<!ENTITY x "yyyyyyyyyy"><!ENTITY z "&x;&x;&x;&x;">]><a>&z;</a>'


@pytest.mark.parametrize(
    "data",
    [ENTITIES, b"", b"<a>", b"text", b"<a/><b/>", b'<?xml version="1.0" encoding="no-such"?><a/>', b"<a>" * 300 + b"</a>" * 300],
)
def test_anything_else_is_none(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_xml_security(data)


def test_other_elements_of_the_same_names_are_no_signature() -> None:
    data = f'<a xmlns="urn:other"><Signature><SignatureMethod Algorithm="{RSA_SHA256}"/></Signature></a>'
    assert read_xml_security(data.encode()).signatures == ()


def test_a_thousand_signatures_are_read_and_the_next_is_said_to_be_left_out() -> None:
    found = read_xml_security(f"<a>{a_signature() * 1001}</a>".encode())
    assert (len(found.signatures), found.is_cut) == (1000, True)
