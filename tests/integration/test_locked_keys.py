"""Passwords on locked private keys: what OpenSSL and `cryptography` lock is opened, and nothing of it is kept."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from pqscan_probes.private_key_file import PrivateKeyFileProbe

from pqscan.model.outcome import Facts
from pqscan.registry.quantum import QuantumClass
from tests.integration.test_stateful_keys import HSS_LMS, ML_DSA_65, pem, pkcs8
from tests.unit.scan.files.making import facts_of
from tests.unit.wire.pki.making import integer, oid, seq, tlv

RSA, EC = rsa.generate_private_key(65537, 2048), ec.generate_private_key(ec.SECP256R1())
ED, ML_DSA = ed25519.Ed25519PrivateKey.generate(), mldsa.MLDSA65PrivateKey.generate()
PASSWORD = "mật khẩu"


def probe(data: bytes, *passwords: str) -> Facts:
    return facts_of(PrivateKeyFileProbe(passwords), data)


def told(facts: Facts) -> tuple[str | None, object, object, object]:
    (one,) = facts.observations
    stated = dict(one.parameters)
    return one.name, stated.get("size_bits"), stated["locked_by"], stated["form"]


def locked(key: object, encoding: Encoding = Encoding.PEM, form: PrivateFormat = PrivateFormat.PKCS8) -> bytes:
    lock = BestAvailableEncryption(PASSWORD.encode())
    return key.private_bytes(encoding, form, lock)  # type: ignore[attr-defined,no-any-return]  # Every private key has it.


@pytest.mark.parametrize("encoding", [Encoding.PEM, Encoding.DER])
@pytest.mark.parametrize(
    ("key", "name", "size"), [(RSA, "RSA", 2048), (EC, "EC", 256), (ED, "Ed25519", 256), (ML_DSA, "ML-DSA-65", 8 * 1952)]
)
def test_a_password_that_fits_shows_what_the_key_is(encoding: Encoding, key: object, name: str, size: int) -> None:
    data = locked(key, encoding)
    assert told(probe(data, "wrong")) == (None, None, "aes256-cbc", "pkcs8")
    facts = probe(data, "wrong", PASSWORD, "never tried")
    assert told(facts) == (name, size, "aes256-cbc", "pkcs8")
    assert dict(facts.observations[0].parameters)["kdf"] == "PBKDF2"
    assert PASSWORD not in repr(facts)


def by_openssl(*options: str, key: object = EC) -> bytes:
    if shutil.which("openssl") is None:
        pytest.skip("this machine has no openssl")
    clear = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())  # type: ignore[attr-defined]
    environment = os.environ | {"WORD": PASSWORD}
    command = ["openssl", *options, "-passout", "env:WORD"]
    return subprocess.run(command, input=clear, env=environment, capture_output=True, check=True).stdout


@pytest.mark.parametrize(
    ("options", "locked_by"),
    [
        (("-v2", "aes-128-cbc"), "aes128-cbc"),
        (("-v2", "aes-192-cbc", "-v2prf", "hmacWithSHA512"), "aes192-cbc"),
        (("-v2", "des3", "-v2prf", "hmacWithSHA1"), "des-ede3-cbc"),
        (("-scrypt",), "aes256-cbc"),
        (("-v1", "PBE-SHA1-3DES"), "pbeWithSHA1And3-KeyTripleDES-CBC"),
    ],
)
def test_the_locks_of_openssl_are_opened(options: tuple[str, ...], locked_by: str) -> None:
    data = by_openssl("pkcs8", "-topk8", *options)
    assert told(probe(data)) == (None, None, locked_by, "pkcs8")
    assert told(probe(data, PASSWORD)) == ("EC", 256, locked_by, "pkcs8")


@pytest.mark.parametrize("cipher", ["aes128", "aes256", "des3"])
@pytest.mark.parametrize(("key", "name", "size", "form"), [(RSA, "RSA", 2048, "pkcs1"), (EC, "EC", 256, "sec1")])
def test_the_old_locks_in_pem_are_opened(cipher: str, key: object, name: str, size: int, form: str) -> None:
    command = ("rsa", "-traditional") if name == "RSA" else ("ec",)
    data = by_openssl(*command, f"-{cipher}", key=key)
    spelled = {"aes128": "AES-128-CBC", "aes256": "AES-256-CBC", "des3": "DES-EDE3-CBC"}[cipher]
    assert told(probe(data)) == (name, None, spelled, form)
    assert told(probe(data, "wrong", PASSWORD)) == (name, size, spelled, form)


def lock_of_ones_own(clear: bytes, rounds: int = 1000) -> bytes:
    """PBES2 with PBKDF2 and AES-128 in CBC around any octets."""
    import hashlib

    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    key = hashlib.pbkdf2_hmac("sha256", PASSWORD.encode(), b"saltsalt", rounds, 16)
    padded = clear + bytes((16 - len(clear) % 16,)) * (16 - len(clear) % 16)
    encryptor = Cipher(algorithms.AES(key), modes.CBC(bytes(16))).encryptor()
    prf = seq(oid("1.2.840.113549.2.9"), tlv(5))
    derivation = seq(oid("1.2.840.113549.1.5.12"), seq(tlv(4, b"saltsalt"), integer(rounds), prf))
    scheme = seq(oid("2.16.840.1.101.3.4.1.2"), tlv(4, bytes(16)))
    content = encryptor.update(padded) + encryptor.finalize()
    return seq(seq(oid("1.2.840.113549.1.5.13"), seq(derivation, scheme)), tlv(4, content))


def test_forms_that_the_library_does_not_read_are_told_too() -> None:
    """A key of LMS, and ML-DSA with both its seed and its expanded key (RFC 9881, section 6)."""
    (stateful,) = probe(lock_of_ones_own(pkcs8(HSS_LMS)), PASSWORD).observations
    assert (stateful.name, dict(stateful.parameters)["state"]) == ("HSS/LMS", "one_time")
    (both,) = probe(lock_of_ones_own(pkcs8(ML_DSA_65, seq(tlv(4, bytes(32)), tlv(4, bytes(20))))), PASSWORD).observations
    assert (both.quantum_class, dict(both.parameters)["encoding"]) == (QuantumClass.POST_QUANTUM, "both")


def test_no_password_is_tried_where_the_lock_asks_for_too_many_rounds() -> None:
    data = lock_of_ones_own(EC.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), 1_000_001)
    assert told(probe(data, PASSWORD))[0] is None


def test_all_tries_in_one_file_together_are_bounded() -> None:
    """The second of two keys is not tried where the first took what there is."""
    one = lock_of_ones_own(pkcs8(HSS_LMS), 400_000)
    words = [f"wrong {number}" for number in range(60)]
    facts = probe(
        pem(one, "ENCRYPTED PRIVATE KEY") + pem(lock_of_ones_own(pkcs8(HSS_LMS), 2), "ENCRYPTED PRIVATE KEY"), *words, PASSWORD
    )
    assert [one.name for one in facts.observations] == [None, None]


def test_nothing_of_an_opened_key_is_kept() -> None:
    clear = EC.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    secret = EC.private_numbers().private_value.to_bytes(32)
    shown = repr(probe(lock_of_ones_own(clear), PASSWORD)).encode()
    for start in range(len(secret) - 8):
        assert secret[start : start + 8].hex().encode() not in shown
        assert secret[start : start + 8] not in shown


def test_an_old_lock_of_a_kind_that_nobody_opens_is_told_all_the_same() -> None:
    data = locked(EC, form=PrivateFormat.TraditionalOpenSSL)
    for wrong in (b"CAMELLIA-256-CBC", b"AES-256-GCM"):
        assert told(probe(data.replace(b"AES-256-CBC", wrong), PASSWORD)) == ("EC", None, wrong.decode(), "sec1")


def test_the_hash_behind_the_derivation_may_be_one_that_nobody_reads() -> None:
    data = lock_of_ones_own(pkcs8(HSS_LMS)).replace(bytes.fromhex("2a864886f70d0209"), bytes.fromhex("2a864886f70d0203"))
    assert told(probe(data, PASSWORD))[0] is None
