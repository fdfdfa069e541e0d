"""Signed and encrypted documents, tokens and keyrings."""

from __future__ import annotations

import base64
import json
import struct
from collections.abc import Iterator

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7

from tests.corpus.archives import zipped
from tests.corpus.material import KINDS, certificate, key, public_der
from tests.corpus.truth import Asset, Sample

_XML = "http://www.w3.org/2000/09/xmldsig#"
_METHODS = {
    "rsa-sha256": ("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "sha256WithRSAEncryption"),
    "rsa-sha1": (f"{_XML}rsa-sha1", "sha1WithRSAEncryption"),
    "ecdsa-sha384": ("http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", "ecdsa-with-SHA384"),
    "dsa-sha1": (f"{_XML}dsa-sha1", "dsa-with-sha1"),
}


def samples() -> Iterator[Sample]:
    yield from _cms()
    yield from _encrypted()
    yield from _idsig()
    yield from _xml()
    yield from _tokens()
    yield from _cose()
    yield from _openpgp()


def _signed(name: str, *, is_detached: bool = True) -> bytes:
    options = [pkcs7.PKCS7Options.Binary, *([pkcs7.PKCS7Options.DetachedSignature] if is_detached else [])]
    builder = pkcs7.PKCS7SignatureBuilder().set_data(b"noi dung cong van")
    return builder.add_signer(certificate(name), key(name), hashes.SHA256()).sign(Encoding.DER, options)


def _of_signer(name: str) -> tuple[Asset, ...]:
    """A signature, and the signer's certificate that lies in it."""
    return (Asset("document_signature", KINDS[name].signature or "?"), *KINDS[name].certificate_assets())


def _cms() -> Iterator[Sample]:
    for name in ("rsa2048", "rsa4096", "p256", "p384"):
        signed = _signed(name)
        yield Sample(f"documents/{name}.p7s", signed, _of_signer(name))
        yield Sample(f"documents/{name}.p7m", _signed(name, is_detached=False), _of_signer(name))
        yield Sample(f"documents/{name}.pdf", _pdf(signed), _of_signer(name))
        jar = zipped({"META-INF/MANIFEST.MF": b"Manifest-Version: 1.0\n", "META-INF/WEB.RSA": signed, "a.txt": b"a"})
        yield Sample(f"documents/{name}.jar", jar, _of_signer(name))
    for name in ("rsa2048", "rsa3072"):
        envelope = pkcs7.PKCS7EnvelopeBuilder().set_data(b"noi dung").add_recipient(certificate(name))
        sealed = (Asset("document_encryption", "RSA"), Asset("algorithm", "AES-128"))
        yield Sample(f"documents/{name}-sealed.p7m", envelope.encrypt(Encoding.DER, [pkcs7.PKCS7Options.Binary]), sealed)
        mail = envelope.encrypt(Encoding.SMIME, [pkcs7.PKCS7Options.Binary])
        yield Sample(f"documents/{name}-sealed.eml", b"From: an@example.vn\nSubject: x\n" + mail, sealed)


def _encrypted() -> Iterator[Sample]:
    """EncryptedData (RFC 5652, section 8) with AES-256 in CBC, octet by octet."""
    number, cipher = bytes.fromhex("06092a864886f70d0107"), bytes.fromhex("301d060960864801650304012a0410") + bytes(16)
    info = number + b"\x01" + cipher + b"\x80\x10" + bytes(16)
    data = b"\x02\x01\x00\x30" + bytes((len(info),)) + info
    inside = b"\x30" + bytes((len(data),)) + data
    whole = number + b"\x06\xa0" + bytes((len(inside),)) + inside
    der = b"\x30" + bytes((len(whole),)) + whole
    assets = (Asset("document_encryption", "aes256-cbc"), Asset("algorithm", "AES-256"))
    yield Sample("documents/shared-key.cms", der, assets)
    yield Sample("documents/shared-key.pem", b"-----BEGIN CMS-----\n" + base64.encodebytes(der) + b"-----END CMS-----\n", assets)


def _idsig() -> Iterator[Sample]:
    """APK signature scheme v4: version, hash tree, signer."""
    for name, number, algorithm in (("p256", 0x0201, "ECDSA"), ("rsa4096", 0x0104, "RSA-PKCS1-1.5")):
        hashing = struct.pack("<IBII", 1, 12, 0, 32) + bytes(32)
        parts = (bytes(32), b"", b"", public_der(name))
        signer = b"".join(struct.pack("<I", len(part)) + part for part in parts) + struct.pack("<II", number, 64) + bytes(64)
        data = struct.pack("<II", 2, len(hashing)) + hashing + struct.pack("<I", len(signer)) + signer
        size = KINDS[name].size
        yield Sample(f"documents/{name}.apk.idsig", data, (Asset("document_signature", algorithm, size),))


def _pdf(signature: bytes) -> bytes:
    contents = signature.hex().encode() + b"00" * 200
    return (
        b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n5 0 obj\n<< /Type /Sig /Filter /Adobe.PPKLite "
        b"/SubFilter /adbe.pkcs7.detached /Name (Nguyen Van An) /ByteRange [0 840 9000 400] /Contents <"
        + contents
        + b"> >>\nendobj\ntrailer\n<< /Root 1 0 R >>\n%%EOF\n"
    )


def _xml() -> Iterator[Sample]:
    for name, (method, told) in _METHODS.items():
        body = (
            f'<ds:Signature xmlns:ds="{_XML}"><ds:SignedInfo><ds:CanonicalizationMethod '
            f'Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/><ds:SignatureMethod Algorithm="{method}"/><ds:Reference URI="">'
            '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/><ds:DigestValue>AAAA</ds:DigestValue>'
            "</ds:Reference></ds:SignedInfo><ds:SignatureValue>AAAA</ds:SignatureValue></ds:Signature>"
        )
        signed = (Asset("document_signature", told),)
        yield Sample(f"documents/{name}.xml", f"<hoSo><ten>An</ten>{body}</hoSo>".encode(), signed)
        message = f'<p:Response xmlns:p="urn:oasis:names:tc:SAML:2.0:protocol">{body}</p:Response>'.encode()
        yield Sample(f"documents/{name}.form", b"SAMLResponse=" + base64.b64encode(message), signed)
        office = zipped(
            {"[Content_Types].xml": b"<Types/>", "word/document.xml": b"<w/>", "_xmlsignatures/sig1.xml": body.encode()}
        )
        yield Sample(f"documents/{name}.docx", office, signed)


def _b64(value: object) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _tokens() -> Iterator[Sample]:
    for name, asset in (
        ("RS256", Asset("document_signature", "sha256WithRSAEncryption")),
        ("ES384", Asset("document_signature", "ecdsa-with-SHA384")),
        ("EdDSA", Asset("document_signature", "EdDSA")),
        ("ML-DSA-65", Asset("document_signature", "ML-DSA-65", None, True)),
        ("ML-DSA-65-ES256", Asset("document_signature", "ML-DSA-65-ES256", None, True)),
    ):
        token = f"{_b64({'alg': name, 'typ': 'JWT'})}.{_b64({'sub': 'an'})}.{'A' * 86}"
        yield Sample(f"tokens/{name}.jwt", token.encode(), (asset,))
        yield Sample(f"tokens/{name}.log", f"GET /a Authorization: Bearer {token} 200\n".encode(), (asset,))
    beside = {"payload": _b64({}), "header": {"alg": "ES256"}, "signature": "A" * 86}
    yield Sample("tokens/beside.json", json.dumps(beside).encode(), (Asset("document_signature", "ecdsa-with-SHA256"),))
    octets = base64.urlsafe_b64encode(bytes(range(1, 33))).decode().rstrip("=")
    modulus = base64.urlsafe_b64encode(b"\xc3" + bytes(254) + b"\x01").decode().rstrip("=")
    composite = Asset("public_key", "MLDSA44-Ed25519-SHA512", 8 * 1344, is_post_quantum=True)
    for name, jwk, asset in (
        ("ed25519", {"kty": "OKP", "crv": "Ed25519", "x": octets}, Asset("public_key", "Ed25519")),
        ("rsa", {"kty": "RSA", "n": modulus, "e": "AQAB"}, Asset("public_key", "RSA", 2048)),
        (
            "composite",
            {"kty": "AKP", "alg": "ML-DSA-44-Ed25519", "pub": base64.urlsafe_b64encode(bytes(range(1, 33)) * 42).decode()},
            composite,
        ),
    ):
        yield Sample(f"tokens/{name}.jwks", json.dumps({"keys": [jwk | {"kid": "1", "use": "sig"}]}).encode(), (asset,))


def _cose() -> Iterator[Sample]:
    """RFC 9052: COSE_Sign1, COSE_Encrypt0 and keys, written out octet by octet."""
    rest = b"\xa0\x43abc\x58\x40" + bytes(64)
    for name, protected, asset in (
        ("es256", b"\xa1\x01\x26", Asset("document_signature", "ECDSA")),
        ("rs256", b"\xa1\x01\x39\x01\x00", Asset("document_signature", "RSA-PKCS1-1.5")),
        ("ml-dsa-65", b"\xa1\x01\x38\x30", Asset("document_signature", "ML-DSA-65", None, True)),
    ):
        yield Sample(f"cose/{name}.cbor", b"\xd2\x84" + bytes((0x40 | len(protected),)) + protected + rest, (asset,))
    yield Sample("cose/sealed.cose", b"\xd0\x83\x43\xa1\x01\x03\xa1\x05\x41\x00\x41\x00", (Asset("algorithm", "AES-256"),))
    coordinate = b"\x58\x20" + bytes(range(32))
    for name, octets, asset in (
        ("p256", b"\xa4\x01\x02\x20\x01\x21" + coordinate + b"\x22" + coordinate, Asset("public_key", "EC", 256)),
        ("ed25519", b"\xa3\x01\x01\x20\x06\x21" + coordinate, Asset("public_key", "Ed25519", 256)),
        (
            "ml-dsa-44",
            b"\xa3\x01\x07\x03\x38\x2f\x20\x59\x05\x20" + bytes(1312),
            Asset("public_key", "ML-DSA-44", 8 * 1312, is_post_quantum=True),
        ),
    ):
        yield Sample(f"cose/{name}.key", octets, (asset,))


def _openpgp() -> Iterator[Sample]:
    """Version 4 (RFC 9580, sections 4.2, 5.5.2): a public key, and an armoured one."""
    modulus = b"\xc3" + bytes(254) + b"\x01"
    for name, body, asset in (
        ("rsa", b"\x01" + _mpi(modulus) + _mpi(b"\x01\x00\x01"), Asset("public_key", "RSA", 2048)),
        (
            "ed25519-legacy",
            b"\x16\x09" + bytes.fromhex("2b06010401da470f01") + _mpi(b"\x40" + bytes(range(1, 33))),
            Asset("public_key", "Ed25519"),
        ),
        ("ed25519", b"\x1b" + bytes(range(1, 33)), Asset("public_key", "Ed25519")),
    ):
        packet = b"\x04" + struct.pack(">I", 0x60000000) + body
        framed = b"\xc6" + (bytes((len(packet),)) if len(packet) < 192 else b"\xff" + struct.pack(">I", len(packet))) + packet
        user = b"\xcd\x0eAn <an@a.b.vn>"
        yield Sample(f"openpgp/{name}.gpg", framed + user, (asset,))
        text = base64.b64encode(framed + user).decode()
        armoured = "-----BEGIN PGP PUBLIC KEY BLOCK-----\n\n" + "\n".join(text[i : i + 64] for i in range(0, len(text), 64))
        yield Sample(f"openpgp/{name}.asc", f"{armoured}\n-----END PGP PUBLIC KEY BLOCK-----\n".encode(), (asset,))


def _mpi(octets: bytes) -> bytes:
    number = int.from_bytes(octets)
    return struct.pack(">H", number.bit_length()) + number.to_bytes((number.bit_length() + 7) // 8)
