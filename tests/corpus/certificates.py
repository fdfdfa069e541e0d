"""Certificates, requests and revocation lists in everything that carries them."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, pkcs7
from cryptography.x509.oid import NameOID

from tests.corpus.archives import tarred, zipped
from tests.corpus.material import KINDS, SIGNING, certificate, certificate_der, certificate_pem, key
from tests.corpus.truth import Asset, Sample
from tests.unit.wire.pki.making import integer, oid, seq, tlv

_VECTORS = Path(__file__).parents[1] / "vectors" / "attributes"
RSA, EC, PQ = "rsa2048", "p256", "mldsa65"


def samples() -> Iterator[Sample]:
    for kind in SIGNING:
        assets = kind.certificate_assets()
        yield Sample(f"certificates/{kind.name}.pem", certificate_pem(kind.name), assets)
        yield Sample(f"certificates/{kind.name}-der", certificate_der(kind.name), assets)
        yield Sample(f"certificates/{kind.name}.yaml", _secret(kind.name), assets)
    for name in (RSA, EC, PQ, "ed25519"):
        yield from _inside(name)
    yield from _bundles()
    yield from _attributes()
    for name in (RSA, EC, PQ, "ed448", "dsa2048"):
        yield from _requests(name)


def _secret(name: str) -> bytes:
    """A Secret of Kubernetes: the PEM text once more in Base64."""
    inner = base64.b64encode(certificate_pem(name)).decode()
    return f"apiVersion: v1\nkind: Secret\ntype: kubernetes.io/tls\nmetadata:\n  name: web\ndata:\n  tls.crt: {inner}\n".encode()


def _inside(name: str) -> Iterator[Sample]:
    pem, der, assets = certificate_pem(name), certificate_der(name), KINDS[name].certificate_assets()
    text = pem.decode()
    one_line = base64.b64encode(der).decode()
    yield Sample(f"inside/{name}.json", json.dumps({"name": "web", "certificate": text}).encode(), assets)
    yield Sample(f"inside/{name}.sh", f"#!/bin/sh\ncat > cert.pem <<'END'\n{text}END\n".encode(), assets)
    yield Sample(f"inside/{name}.go", f"package web\n\nconst pem = `{text}`\n".encode(), assets)
    yield Sample(f"inside/{name}.xml", f"<?xml version='1.0'?>\n<web>\n<pem>\n{text}</pem>\n</web>\n".encode(), assets)
    yield Sample(f"inside/{name}.crlf", text.replace("\n", "\r\n").encode(), assets)
    yield Sample(f"inside/{name}.utf16", text.encode("utf-16"), assets)
    wide = text.encode("utf-16-le")  # without the mark
    yield Sample(f"inside/{name}.utf16le", wide, assets)
    yield Sample(f"inside/{name}.utf16be", text.encode("utf-16-be"), assets)
    yield Sample(f"inside/{name}.resource", b"MZ\x90\0\3\0\0\0" + bytes(range(200)) + wide + bytes(range(99)), assets)
    yield Sample(f"inside/{name}.bin", b"\x7fABC" + bytes(5000) + der + bytes(range(256)) * 8, assets)
    yield Sample(f"inside/{name}.zip", zipped({"etc/web.pem": pem, "readme": b"nothing"}), assets)
    yield Sample(f"inside/{name}.tgz", tarred({"etc/web.crt": der}, "w:gz"), assets)
    yield Sample(f"inside/{name}.tar.xz", tarred({"inner.zip": zipped({"web.pem": pem})}, "w:xz"), assets)
    yield Sample(f"inside/{name}.indented", "\n".join("    " + line for line in text.splitlines()).encode(), assets)
    yield Sample(f"inside/{name}.metadata", _saml(one_line), assets)


def _saml(one_line: str) -> bytes:
    return (
        '<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org/2000/09/xmldsig#" '
        'entityID="https://sso.example.vn"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:names:tc:SAML:2.0:protocol">'
        '<md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certificate>'
        f"{one_line}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor>"
        '<md:SingleSignOnService Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://sso.example.vn/"/>'
        "</md:IDPSSODescriptor></md:EntityDescriptor>\n"
    ).encode()


def _bundles() -> Iterator[Sample]:
    names = (RSA, EC, PQ)
    all_of = tuple(asset for name in names for asset in KINDS[name].certificate_assets())
    certificates = [certificate(name) for name in names]
    yield Sample("bundles/chain.pem", b"".join(map(certificate_pem, names)), all_of)
    yield Sample("bundles/chain.p7b", pkcs7.serialize_certificates(certificates, Encoding.DER), all_of)
    yield Sample("bundles/chain-pem.p7b", pkcs7.serialize_certificates(certificates, Encoding.PEM), all_of)
    noise = b"Subject: /CN=web\nIssuer: /CN=web\nSignature Algorithm: sha1WithRSAEncryption\n"
    yield Sample("bundles/with-text.pem", b"".join(noise + certificate_pem(name) for name in names), all_of)


def _attributes() -> Iterator[Sample]:
    """As Bouncy Castle writes them."""
    for kind, algorithm in (("ec", "ecdsa-with-sha256"), ("ml-dsa-65", "ML-DSA-65")):
        assets = (Asset("document_signature", algorithm, None, kind.startswith("ml")),)
        der, bundle = ((_VECTORS / f"attribute-{kind}.{end}").read_bytes() for end in ("der", "p7b"))
        text = b"-----BEGIN ATTRIBUTE CERTIFICATE-----\n" + base64.encodebytes(der) + b"-----END ATTRIBUTE CERTIFICATE-----\n"
        yield Sample(f"attributes/{kind}-der", der, assets)
        yield Sample(f"attributes/{kind}.pem", text, assets)
        yield Sample(f"attributes/{kind}.p7b", bundle, assets)
        yield Sample(f"cut/attribute-{kind}-der", der[:-9])


def _requests(name: str) -> Iterator[Sample]:
    kind = KINDS[name]
    called = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "web.example.vn")])
    hashed = None if name.startswith(("ed", "ml")) else hashes.SHA256()
    request = x509.CertificateSigningRequestBuilder().subject_name(called).sign(key(name), hashed)
    yield Sample(f"requests/{name}.csr", request.public_bytes(Encoding.PEM), (kind.asset("public_key"),))
    day = datetime(2026, 6, 1, tzinfo=UTC)
    crl = x509.CertificateRevocationListBuilder(called, day, datetime(2026, 7, 1, tzinfo=UTC)).sign(key(name), hashed)
    signed = Asset("document_signature", kind.signature or "?", None, kind.is_post_quantum)
    yield Sample(f"requests/{name}.crl", crl.public_bytes(Encoding.PEM), (signed,))
    der = crl.public_bytes(Encoding.DER)
    yield Sample(f"requests/{name}-crl-der", der, (signed,))
    bundle = _bundle(certificate_der(name), der)
    text = b"-----BEGIN PKCS7-----\n" + base64.encodebytes(bundle) + b"-----END PKCS7-----\n"
    yield Sample(f"bundles/{name}-crl.p7b", text, (*kind.certificate_assets(), signed))


def _bundle(certificates: bytes, lists: bytes) -> bytes:
    """A SignedData that nobody has signed (RFC 5652, section 5.1), which carries both."""
    inside = (
        integer(1),
        tlv(0x31),
        seq(oid("1.2.840.113549.1.7.1")),
        tlv(0xA0, certificates),
        tlv(0xA1, lists),
        tlv(0x31),
    )
    return seq(oid("1.2.840.113549.1.7.2"), tlv(0xA0, seq(*inside)))
