"""What looks like cryptography and is none, or is cut off: a cut file holds nothing that can be named."""

from __future__ import annotations

import random
from collections.abc import Iterator

from tests.corpus.archives import zipped
from tests.corpus.material import certificate_der, certificate_pem, private_pem
from tests.corpus.truth import Sample

_TEXTS = {
    "words.txt": "DSA, DES and RSA are letters. The design of the despatch desk: describe, modest, Dresden, parsa.\n",
    "manual.md": "Write `-----BEGIN CERTIFICATE-----` above it and `-----END CERTIFICATE-----` below.\n",
    "help.c": 'char *begin = "-----BEGIN RSA PRIVATE KEY-----";\nchar *end = "-----END RSA PRIVATE KEY-----";\n',
    "bundle.md": "Write `-----BEGIN PKCS7-----` above a bundle of lists and `-----END PKCS7-----` below it.\n",
    "grep.sh": "grep -r 'BEGIN OPENSSH PRIVATE KEY' /etc && echo found\n",
    "hashes.txt": "d41d8cd98f00b204e9800998ecf8427e  empty\nda39a3ee5e6b4b0d3255bfef95601890afd80709  empty\n",
    "ssh.txt": "Use ssh-rsa or ssh-ed25519 AAAA keys; ask An.\n",
    "names.csv": "name,office\nMD5 Nguyen,RSA\nTran DES,ECDSA street\n",
    "cookie.txt": "session=eyJmb28iOiJiYXIifQ; theme=dark\n",
    "empty": "",
    "space": " \n\t\n",
    "oid.txt": "1.2.840.113549.1.1.1 is rsaEncryption, 2.16.840.1.101.3.4.3.18 is ML-DSA-65.\n",
    "key.yaml": "apiVersion: v1\nkind: ConfigMap\ndata:\n  note: bm90aGluZyBoZXJl\n",
    "table.sql": "CREATE TABLE keys (rsa TEXT, dsa TEXT, aes TEXT);\n",
    "page.html": "<p>TLS 1.3 with X25519MLKEM768 is safe; RC4 is not.</p>\n",
}


def samples() -> Iterator[Sample]:
    for name, text in _TEXTS.items():
        yield Sample(f"decoys/{name}", text.encode())
    for name, octets in {"sign1": "d28443a10126a0f6", "map": "a3010203044105", "list": "8483010203a10126"}.items():
        yield Sample(f"decoys/{name}.cbor", bytes.fromhex(octets))
    words = "Write -----BEGIN CERTIFICATE----- above it and -----END CERTIFICATE----- below."
    yield Sample("decoys/manual.utf16", words.encode("utf-16-le"))
    yield Sample("decoys/resource.bin", b"MZ\x90\0" + words.encode("utf-16-le") + bytes(range(99)))
    drawn = random.Random(7)
    for number in range(8):
        yield Sample(f"decoys/noise-{number}", drawn.randbytes(20000))
    yield Sample("decoys/texts.zip", zipped({name: text.encode() for name, text in _TEXTS.items()}))
    for name in ("rsa2048", "p256", "mldsa65"):
        yield Sample(f"cut/{name}.pem", certificate_pem(name)[:300])
        yield Sample(f"cut/{name}-der", certificate_der(name)[:200])
        yield Sample(f"cut/{name}.key", private_pem(name)[:90])
    yield Sample("cut/archive.zip", zipped({"a.pem": certificate_pem("p256")})[:80])
