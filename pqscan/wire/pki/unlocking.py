"""Tries a password on a locked private key: of PKCS#8 (RFC 5958, section 3; PBES2 as RFC 8018, section 6.2) and of the old PEM
with a DEK-Info line (RFC 1421, section 4.6.1.3, with the key as OpenSSL's EVP_BytesToKey(3) makes it).

What is given back is what kind of key it is; neither the password nor an octet of the key leaves this file.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import replace

from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives.ciphers import Cipher, CipherAlgorithm, algorithms, modes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_der_private_key

from pqscan.errors import MalformedMessage
from pqscan.wire.pki.algorithms import Identified, read_algorithm
from pqscan.wire.pki.der import INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, DerReader, dotted
from pqscan.wire.pki.private_key import Lock, PrivateKey, read_private_key

MOST_ROUNDS = 1_000_000
"""A password is not tried on a lock that asks for more: each try would take seconds, and the file chooses."""
_PBES2 = "1.2.840.113549.1.5.13"
_PBKDF2, _SCRYPT = "1.2.840.113549.1.5.12", "1.3.6.1.4.1.11591.4.11"
_HASHES = {
    "1.2.840.113549.2.7": "sha1",
    "1.2.840.113549.2.8": "sha224",
    "1.2.840.113549.2.9": "sha256",
    "1.2.840.113549.2.10": "sha384",
    "1.2.840.113549.2.11": "sha512",
}
_AES, _TRIPLE_DES = "AES", "3DES"
_CIPHERS = {  # kind and octets of the key
    "2.16.840.1.101.3.4.1.2": (_AES, 16),
    "2.16.840.1.101.3.4.1.22": (_AES, 24),
    "2.16.840.1.101.3.4.1.42": (_AES, 32),
    "1.2.840.113549.3.7": (_TRIPLE_DES, 24),
}
_IN_PEM = {
    "AES-128-CBC": (_AES, 16),
    "AES-192-CBC": (_AES, 24),
    "AES-256-CBC": (_AES, 32),
    "DES-EDE3-CBC": (_TRIPLE_DES, 24),
    "DES-CBC": (_TRIPLE_DES, 8),
}
_SCRYPT_MEMORY = 128 << 20
_SALT_IN_PEM = 8


def rounds_of(der: bytes) -> int:
    """What one try on a key of PKCS#8 costs, in rounds of PBKDF2; of scrypt its N times r times p, which takes about as long. More
    than MOST_ROUNDS where that cannot be told. Raises MalformedMessage."""
    identified, reader, _ = _parts(der)
    if identified.oid != _PBES2:
        lock_rounds = _old_rounds(identified, reader)
        return MOST_ROUNDS + 1 if lock_rounds is None else lock_rounds
    derivation, _ = _schemes(identified, reader)
    inside = _parameters(derivation, reader)
    inside.read("salt", OCTET_STRING)
    numbers = [_number(inside.read("number", INTEGER).value)]
    if derivation.oid == _SCRYPT:
        numbers += [_number(inside.read(what, INTEGER).value) for what in ("blockSize", "parallelizationParameter")]
    product = 1
    for number in numbers:
        product *= number
    return product


def unlocked(der: bytes, password: bytes, lock: Lock) -> PrivateKey | None:
    """What a locked key of PKCS#8 is, with its lock; None where the password does not fit or the lock is of a kind that is not
    opened here. Ask `rounds_of` before."""
    try:
        identified, reader, content = _parts(der)
        if identified.oid == _PBES2:
            derivation, scheme = _schemes(identified, reader)
            cipher = _CIPHERS.get(scheme.oid)
            if cipher is None or scheme.parameters is None:
                return None
            key = _derived(derivation, reader, password, cipher[1])
            opened = None if key is None else _decrypted(cipher[0], key, scheme.parameters.value, content)
        else:
            opened = _by_library(DerReader(der, set()).read("EncryptedPrivateKeyInfo", SEQUENCE).encoded, password)
        return None if opened is None else replace(read_private_key(opened), lock=lock)
    except (MalformedMessage, ValueError):  # What comes out with a wrong password is no key.
        return None


def unlocked_in_pem(data: bytes, dek: str, vector: bytes, password: bytes, lock: Lock) -> PrivateKey | None:
    """The same for the content of an old PEM block. `dek` is the name in its DEK-Info line, `vector` the octets behind it."""
    cipher = _IN_PEM.get(dek)
    if cipher is None or len(vector) < _SALT_IN_PEM:
        return None
    key, previous = b"", b""
    while len(key) < cipher[1]:
        previous = hashlib.md5(previous + password + vector[:_SALT_IN_PEM], usedforsecurity=False).digest()
        key += previous
    try:
        opened = _decrypted(cipher[0], key[: cipher[1]], vector, data)
        return None if opened is None else replace(read_private_key(opened), lock=lock)
    except (MalformedMessage, ValueError):
        return None


def _parts(der: bytes) -> tuple[Identified, DerReader, bytes]:
    """Algorithm, a reader of the same octets, and what is encrypted."""
    reader = DerReader(der, set()).enter("EncryptedPrivateKeyInfo", SEQUENCE)
    identified = read_algorithm(reader.enter("encryptionAlgorithm", SEQUENCE))
    return identified, reader, reader.read("encryptedData", OCTET_STRING).value


def _schemes(identified: Identified, reader: DerReader) -> tuple[Identified, Identified]:
    inside = _parameters(identified, reader)
    derivation = read_algorithm(inside.enter("keyDerivationFunc", SEQUENCE))
    return derivation, read_algorithm(inside.enter("encryptionScheme", SEQUENCE))


def _parameters(identified: Identified, reader: DerReader) -> DerReader:
    if identified.parameters is None or identified.parameters.tag != SEQUENCE:
        raise MalformedMessage(f"{identified.name} has no parameters")
    return reader.inside(identified.parameters)


def _old_rounds(identified: Identified, reader: DerReader) -> int | None:
    inside = _parameters(identified, reader)
    inside.read("salt", OCTET_STRING)
    count = inside.read_if("iterationCount", INTEGER)
    return None if count is None else _number(count.value)


def _number(octets: bytes) -> int:
    """At most 8 octets count: with more it is larger than anything that is tried."""
    return int.from_bytes(octets) if len(octets) <= 8 else MOST_ROUNDS + 1


def _derived(derivation: Identified, reader: DerReader, password: bytes, size: int) -> bytes | None:
    inside = _parameters(derivation, reader)
    salt = inside.read("salt", OCTET_STRING).value
    first = _number(inside.read("number", INTEGER).value)
    if derivation.oid == _PBKDF2:
        inside.read_if("keyLength", INTEGER)
        prf = inside.read_if("prf", SEQUENCE)
        oid = "1.2.840.113549.2.7" if prf is None else dotted(inside.inside(prf).read("prf", OBJECT_IDENTIFIER).value)
        name = _HASHES.get(oid)
        return None if name is None or not first else hashlib.pbkdf2_hmac(name, password, salt, first, size)
    if derivation.oid == _SCRYPT:
        block, parallel = (_number(inside.read(what, INTEGER).value) for what in ("r", "p"))
        if 128 * first * block > _SCRYPT_MEMORY // 2:
            return None
        return hashlib.scrypt(password, salt=salt, n=first, r=block, p=parallel, maxmem=_SCRYPT_MEMORY, dklen=size)
    return None


def _decrypted(kind: str, key: bytes, vector: bytes, content: bytes) -> bytes | None:
    """In CBC with the padding taken off; None where it has none."""
    algorithm: CipherAlgorithm = algorithms.AES(key) if kind == _AES else TripleDES(key * 3 if len(key) == 8 else key)
    size = 16 if kind == _AES else 8
    if not content or len(content) % size or len(vector) != size:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Old ciphers are what is looked for.
        decryptor = Cipher(algorithm, modes.CBC(vector)).decryptor()
        clear = decryptor.update(content) + decryptor.finalize()
    padding = clear[-1]
    if not 1 <= padding <= size or clear[-padding:] != bytes((padding,)) * padding:
        return None
    return clear[:-padding]


def _by_library(der: bytes, password: bytes) -> bytes | None:
    """PBES1 and those of PKCS#12 (RFC 7292, appendix C), as `cryptography` reads them."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            key = load_der_private_key(der, password)
            return key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
        except Exception:  # A wrong password, or a kind of lock or key that the library does not read.
            return None
