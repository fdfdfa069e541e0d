from __future__ import annotations

import base64

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pqscan.errors import MalformedMessage
from pqscan.wire.dns.dkim import MOST_RECORD, read_dkim

RSA = base64.b64encode(
    rsa.generate_private_key(65537, 1024).public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
).decode()
ED25519 = base64.b64encode(ed25519.Ed25519PrivateKey.generate().public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)).decode()


@pytest.mark.parametrize(
    "text",
    [f"v=DKIM1; k=rsa; p={RSA}", f"p={RSA}", f"v=DKIM1;p={RSA[:20]} {RSA[20:]};", f" v = DKIM1 ; t=s ; k = RSA ; p = {RSA}"],
)
def test_an_rsa_key_is_read_in_every_spelling(text: str) -> None:
    found = read_dkim(text.encode())
    assert found is not None
    assert found.key is not None
    assert (found.kind, found.key.algorithm, found.key.size_bits, found.is_revoked) == ("rsa", "RSA", 1024, False)


def test_an_ed25519_key_is_read() -> None:
    found = read_dkim(f"v=DKIM1; k=ed25519; p={ED25519}".encode())
    assert found is not None
    assert found.key is not None
    assert (found.kind, found.key.algorithm, found.key.size_bits) == ("ed25519", "Ed25519", 256)


def test_a_key_that_was_taken_back_is_told() -> None:
    found = read_dkim(b"v=DKIM1; p=")
    assert found is not None
    assert (found.key, found.is_revoked) == (None, True)


def test_a_kind_that_nobody_knows_has_no_key() -> None:
    found = read_dkim(b"v=DKIM1; k=ml-dsa; p=AAAA")
    assert found is not None
    assert (found.kind, found.key, found.is_revoked) == ("", None, False)


@pytest.mark.parametrize(
    "record", [b"", b"v=spf1 -all", b"v=DKIM2; p=AA==", b"p=AA==; p=AA==", b"nothing", b"\xff\xfe", b"v=DKIM1; k=rsa"]
)
def test_other_texts_are_no_key_records(record: bytes) -> None:
    assert read_dkim(record) is None


@pytest.mark.parametrize(
    "record",
    [b"p=!!!!", b"p=AA", b"p=" + base64.b64encode(b"junk"), b"k=ed25519; p=AAAA", b"p=" + b"A" * MOST_RECORD],
)
def test_a_key_that_cannot_be_read_is_malformed(record: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_dkim(record)
