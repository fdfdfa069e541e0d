"""What a client makes of a server's public value: points may come compressed (RFC 5656, section 4; RFC 10042, section 2.3)."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, mlkem
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from pqscan.errors import MalformedMessage
from pqscan.wire.cursor import Cursor
from pqscan.wire.ssh.exchange import Preamble, Proof, exchange
from pqscan.wire.ssh.fields import mpint, read_string, string
from pqscan.wire.ssh.words import Message

SAID = Preamble(b"SSH-2.0-a", b"SSH-2.0-b", b"ours", b"theirs")
COMPRESSED, WHOLE = PublicFormat.CompressedPoint, PublicFormat.UncompressedPoint


def answered(method: str, form: PublicFormat, *, cut: int = 0) -> tuple[Proof, bytes, bytes]:
    """The proof that the client sees, the exchange hash as the server makes it, and K as it stands there."""
    asked = exchange(method)
    c_init = read_string(Cursor(asked.start(), 1), "C_INIT")
    curve: ec.EllipticCurve = ec.SECP384R1() if "384" in method else ec.SECP256R1()
    key = ec.generate_private_key(curve)
    share, secret, hash_name = b"", b"", "sha384" if "384" in method else "sha256"
    if method.startswith("mlkem768"):
        secret, share = mlkem.MLKEM768PublicKey.from_public_bytes(c_init[:1184]).encapsulate()
    elif method.startswith("mlkem1024"):
        secret, share = mlkem.MLKEM1024PublicKey.from_public_bytes(c_init[:1568]).encapsulate()
    point = c_init[len(c_init) - 1 - 2 * (curve.key_size // 8) :]
    agreed = key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(curve, point))
    k = string(hashlib.new(hash_name, secret + agreed).digest()) if secret else mpint(int.from_bytes(agreed, "big"))
    share += key.public_key().public_bytes(Encoding.X962, form)
    share = share[: len(share) - cut]
    reply = bytes((Message.KEXDH_REPLY,)) + string(b"K_S") + string(share) + string(b"signature")
    found = asked.take(reply, SAID)
    assert isinstance(found, Proof)
    said = b"".join(map(string, (b"SSH-2.0-a", b"SSH-2.0-b", b"ours", b"theirs", b"K_S", c_init, share)))
    return found, hashlib.new(hash_name, said + k).digest(), k


METHODS = ("ecdh-sha2-nistp256", "ecdh-sha2-nistp384", "mlkem768nistp256-sha256", "mlkem1024nistp384-sha384")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("form", [COMPRESSED, WHOLE])
def test_the_exchange_hash_is_that_of_the_server_whatever_form_its_point_has(method: str, form: PublicFormat) -> None:
    proof, digest, k = answered(method, form)
    assert (proof.exchange_hash, proof.shared_secret) == (digest, k)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("form", [COMPRESSED, WHOLE])
def test_a_value_of_another_length_is_none(method: str, form: PublicFormat) -> None:
    with pytest.raises(MalformedMessage, match="bytes"):
        answered(method, form, cut=1)
