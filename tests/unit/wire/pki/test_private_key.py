"""What private keys at rest tell, as `cryptography` and OpenSSL write them; nothing secret comes back."""

from __future__ import annotations

import subprocess
import warnings

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, ec, ed448, ed25519, mldsa, mlkem, rsa, x448, x25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from pqscan.errors import MalformedMessage
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.private_key import Lock, PrivateKey, read_private_key
from tests.unit.wire.pki import making

RSA = rsa.generate_private_key(65537, 2048)
EC = ec.generate_private_key(ec.SECP384R1())
DSA = dsa.generate_private_key(1024)
ML_DSA_65, ML_KEM_768 = "2.16.840.1.101.3.4.3.18", "2.16.840.1.101.3.4.4.2"


def der(key: object, form: PrivateFormat = PrivateFormat.PKCS8, password: bytes | None = None) -> bytes:
    lock = NoEncryption() if password is None else BestAvailableEncryption(password)
    return key.private_bytes(Encoding.DER, form, lock)  # type: ignore[attr-defined,no-any-return]  # Every private key has it.


def told(data: bytes) -> tuple[str, str | None, int | None, str | None, str | None]:
    key = read_private_key(data)
    return key.form, key.algorithm, key.size_bits, key.parameter, key.encoding


@pytest.mark.parametrize(
    ("key", "algorithm", "size", "parameter", "encoding"),
    [
        (RSA, "RSA", 2048, None, None),
        (EC, "EC", 384, "secp384r1", None),
        (ec.generate_private_key(ec.SECP256K1()), "EC", 256, "secp256k1", None),
        (DSA, "DSA", 1024, None, None),
        (ed25519.Ed25519PrivateKey.generate(), "Ed25519", 256, None, None),
        (ed448.Ed448PrivateKey.generate(), "Ed448", 456, None, None),
        (x25519.X25519PrivateKey.generate(), "X25519", 256, None, None),
        (x448.X448PrivateKey.generate(), "X448", 448, None, None),
        (mldsa.MLDSA44PrivateKey.generate(), "ML-DSA-44", 8 * 1312, "ML-DSA-44", "seed"),
        (mldsa.MLDSA65PrivateKey.generate(), "ML-DSA-65", 8 * 1952, "ML-DSA-65", "seed"),
        (mlkem.MLKEM768PrivateKey.generate(), "ML-KEM-768", 8 * 1184, "ML-KEM-768", "seed"),
        (mlkem.MLKEM1024PrivateKey.generate(), "ML-KEM-1024", 8 * 1568, "ML-KEM-1024", "seed"),
    ],
)
def test_pkcs_8_tells_algorithm_size_and_form(
    key: object, algorithm: str, size: int, parameter: str | None, encoding: str | None
) -> None:
    assert told(der(key)) == ("pkcs8", algorithm, size, parameter, encoding)


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        (RSA, ("pkcs1", "RSA", 2048, None, None)),
        (EC, ("sec1", "EC", 384, "secp384r1", None)),
        (DSA, ("dsa", "DSA", 1024, None, None)),
    ],
)
def test_the_old_forms_are_told_apart(key: object, expected: tuple[object, ...]) -> None:
    assert told(der(key, PrivateFormat.TraditionalOpenSSL)) == expected


def post_quantum(oid: str, private: bytes) -> bytes:
    """OneAsymmetricKey with that number and that content of its octet string."""
    arcs = bytes.fromhex({ML_DSA_65: "608648016503040312", ML_KEM_768: "608648016503040402"}[oid])
    algorithm = element(0x30, element(6, arcs))
    return element(0x30, b"\x02\x01\x00" + algorithm + element(4, private))


def element(tag: int, content: bytes) -> bytes:
    size = len(content)
    head = bytes((size,)) if size < 128 else b"\x82" + size.to_bytes(2, "big")
    return bytes((tag,)) + head + content


@pytest.mark.parametrize(
    ("private", "encoding"),
    [
        (element(0x80, bytes(32)), "seed"),
        (element(4, bytes(4032)), "expanded"),
        (element(0x30, element(4, bytes(32)) + element(4, bytes(4032))), "both"),
        (bytes(32), None),
    ],
)
def test_the_three_forms_of_ml_dsa_and_ml_kem_are_told(private: bytes, encoding: str | None) -> None:
    for oid, name in ((ML_DSA_65, "ML-DSA-65"), (ML_KEM_768, "ML-KEM-768")):
        key = read_private_key(post_quantum(oid, private))
        assert (key.algorithm, key.encoding, key.quantum_class) == (name, encoding, QuantumClass.POST_QUANTUM)


@pytest.mark.parametrize(("number", "bits"), [("1.2.643.2.2.19", 256), ("1.2.643.7.1.1.1.1", 256), ("1.2.643.7.1.1.1.2", 512)])
def test_a_key_of_gost_has_the_size_that_its_algorithm_tells(number: str, bits: int) -> None:
    algorithm = making.seq(making.oid(number), making.seq(making.oid("1.2.643.7.1.2.1.2.1")))
    data = element(0x30, element(2, b"\x00") + algorithm + element(4, element(4, bytes(range(bits // 8)))))
    assert told(data)[:3] == ("pkcs8", "GOST", bits)


def test_a_locked_key_tells_its_lock_and_nothing_else() -> None:
    key = read_private_key(der(EC, password=b"secret"))
    assert key == PrivateKey(
        "pkcs8", None, None, QuantumClass.UNKNOWN, lock=Lock("aes256-cbc", "PBKDF2", "hmacWithSHA256", 2048)
    )  # fmt: skip


@pytest.mark.parametrize(
    ("options", "lock"),
    [
        (("-v1", "PBE-SHA1-3DES"), Lock("pbeWithSHA1And3-KeyTripleDES-CBC", None, None, 2048)),
        (("-v2", "aes-128-cbc", "-v2prf", "hmacWithSHA512"), Lock("aes128-cbc", "PBKDF2", "hmacWithSHA512", 2048)),
        (("-v2", "aes256", "-v2prf", "hmacWithSHA1", "-iter", "7"), Lock("aes256-cbc", "PBKDF2", "hmacWithSHA1", 7)),
        (("-scrypt",), Lock("aes256-cbc", "scrypt", None, 16384)),
    ],
)
def test_what_openssl_locks_is_told_as_openssl_was_asked(options: tuple[str, ...], lock: Lock) -> None:
    arguments = ("openssl", "pkcs8", "-topk8", "-inform", "DER", "-outform", "DER", "-passout", "pass:x", *options)
    done = subprocess.run(arguments, input=der(RSA), capture_output=True, check=True)
    assert read_private_key(done.stdout).lock == lock


def test_no_octet_of_the_private_part_comes_back() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        numbers = RSA.private_numbers()
    told = repr([read_private_key(der(RSA)), read_private_key(der(EC, PrivateFormat.TraditionalOpenSSL))])
    assert str(numbers.d) not in told
    assert f"{numbers.p:x}" not in told
    assert str(EC.private_numbers().private_value) not in told


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30\x00",
        b"\x30\x03\x02\x01\x00",
        b"\x30\x06\x02\x01\x00\x02\x01\x01",
        b"\x30\x09\x02\x01\x00" + b"\x0c\x04abcd",
        element(0x30, element(0x30, b"\x06\x03\x55\x04\x03") + element(4, b"x")),
    ],
)
def test_anything_else_is_malformed(data: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_private_key(data)


def test_every_prefix_of_a_key_is_malformed() -> None:
    for whole in (der(EC), der(EC, PrivateFormat.TraditionalOpenSSL), der(EC, password=b"x")):
        for size in range(len(whole)):
            with pytest.raises(MalformedMessage):
                read_private_key(whole[:size])
