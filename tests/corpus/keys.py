"""Private and public keys in every form, and the stores that hold them."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    PrivateFormat,
    PublicFormat,
    pkcs12,
)

from tests.corpus.archives import image, zipped
from tests.corpus.material import KINDS, certificate, key, private_der, private_pem, public_der, public_pem
from tests.corpus.truth import Asset, Sample

PASSWORD = b"khong-ai-biet"
_OLD_FORM = ("rsa2048", "rsa4096", "p256", "p384", "dsa2048")
_OF_SSH = ("rsa2048", "rsa4096", "p256", "p384", "p521", "ed25519")


def samples() -> Iterator[Sample]:
    for name, kind in KINDS.items():
        assets = (kind.asset("private_key"),)
        yield Sample(f"keys/{name}.key", private_pem(name), assets)
        yield Sample(f"keys/{name}-der", private_der(name), assets)
        yield Sample(f"keys/{name}.pub", public_pem(name), (kind.asset("public_key"),))
        locked = private_pem(name, lock=BestAvailableEncryption(PASSWORD))
        yield Sample(f"locked/{name}.key", locked, (Asset("private_key", "locked"),), is_locked=True)
    for name in ("rsa2048", "p384", "ed25519", "mldsa65", "mlkem768"):
        yield Sample(f"keys/{name}-public-der", public_der(name), (KINDS[name].asset("public_key"),))
    for name in _OLD_FORM:
        assets = (KINDS[name].asset("private_key"),)
        yield Sample(f"old-forms/{name}.pem", private_pem(name, PrivateFormat.TraditionalOpenSSL), assets)
        yield Sample(f"old-forms/{name}-der", private_der(name, PrivateFormat.TraditionalOpenSSL), assets)
        locked = private_pem(name, PrivateFormat.TraditionalOpenSSL, BestAvailableEncryption(PASSWORD))
        family = Asset("private_key", KINDS[name].algorithm)
        yield Sample(f"locked/{name}-old.pem", locked, (family,), is_locked=True)
    for number, asset in ((13, Asset("private_key", "EC", 256)), (16, Asset("private_key", "Ed448", 456))):
        text = f"Private-key-format: v1.3\nAlgorithm: {number}\nPrivateKey: {'A' * 43}=\nCreated: 20260101000000\n"
        yield Sample(f"keys/Kexample.vn.+0{number}+12345.private", text.encode(), (asset,))
    zone = b"a.vn. 3600 CLASS1 TYPE48 \\# 36 ( 0101030f" + bytes(range(32)).hex().encode() + b" )\n"
    plain = b"a.vn. 3600 IN DNSKEY 257 3 13 " + base64.b64encode(bytes(range(64))) + b"\n"
    yield Sample("zones/plain", plain, (Asset("dnssec_algorithm", "ECDSAP256SHA256", 256),))
    yield Sample("zones/unknown-types", zone, (Asset("dnssec_algorithm", "ED25519", 256),))
    alone = key("rsa2048").public_key().public_bytes(Encoding.DER, PublicFormat.PKCS1)
    yield Sample("old-forms/rsa2048-public-der", alone, (KINDS["rsa2048"].asset("public_key"),))
    yield from _ssh()
    yield from _stores()
    yield from _in_images()
    yield from _in_base64()


def _ssh() -> Iterator[Sample]:
    for name in _OF_SSH:
        kind, called = KINDS[name], name
        line = key(called).public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        public = kind.asset("public_key")
        yield Sample(f"ssh/id_{name}", private_pem(name, PrivateFormat.OpenSSH), (kind.asset("private_key"),))
        yield Sample(f"ssh/id_{name}.pub", line + b" an@example.vn\n", (public,))
        yield Sample(f"ssh/{name}/authorized_keys", b"# staff\nno-pty " + line + b" an\n", (public,))
        yield Sample(f"ssh/{name}/known_hosts", b"[ssh.example.vn]:2222 " + line + b"\n", (public,))
    for name in ("rsa2048", "ed25519"):
        locked = private_pem(name, PrivateFormat.OpenSSH, BestAvailableEncryption(PASSWORD))
        yield Sample(f"locked/id_{name}", locked, (KINDS[name].asset("private_key"),), is_locked=True)


def _stores() -> Iterator[Sample]:
    lock = (
        PrivateFormat.PKCS12.encryption_builder()
        .kdf_rounds(2048)
        .key_cert_algorithm(pkcs12.PBES.PBESv2SHA256AndAES256CBC)
        .hmac_hash(hashes.SHA256())
        .build(PASSWORD)
    )
    for name in ("rsa2048", "p256", "ed25519"):
        store = pkcs12.serialize_key_and_certificates(b"web", key(name), certificate(name), None, lock)
        held = (Asset("private_key", "locked"), Asset("behaviour", "locked_contents"))
        yield Sample(f"stores/{name}.p12", store, held, is_locked=True)
        yield Sample(f"stores/{name}.p12.zip", zipped({"web.p12": store}), held, is_locked=True)


def _in_images() -> Iterator[Sample]:
    """A key that a later layer deletes is in the image all the same."""
    for name in ("rsa2048", "ed25519"):
        layers = ({"etc/ssl/web.key": private_pem(name)}, {"etc/ssl/.wh.web.key": b""})
        yield Sample(f"images/{name}.tar", image(*layers), (KINDS[name].asset("private_key"),))


def _in_base64() -> Iterator[Sample]:
    """Values of Secrets and of property lists that are no PEM."""
    for name in ("rsa2048", "p256", "ed25519", "mldsa65"):
        private, public = (base64.b64encode(der(name)).decode() for der in (private_der, public_der))
        assets = (KINDS[name].asset("private_key"), KINDS[name].asset("public_key"))
        yield Sample(f"base64/{name}.yaml", f"kind: Secret\ndata:\n  key.der: {private}\n  pub.der: {public}\n".encode(), assets)
        yield Sample(f"base64/{name}.properties", f"jwt.private={private}\njwt.public={public}\n".encode(), assets)
    lock = BestAvailableEncryption(PASSWORD)
    store = base64.b64encode(pkcs12.serialize_key_and_certificates(b"web", key("p384"), certificate("p384"), None, lock))
    held = (Asset("private_key", "locked"), Asset("behaviour", "locked_contents"))
    yield Sample("base64/keystore.yaml", b"kind: Secret\ndata:\n  keystore.p12: " + store + b"\n", held, is_locked=True)
