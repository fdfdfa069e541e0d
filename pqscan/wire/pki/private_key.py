"""What a private key at rest tells of itself: algorithm, size, form, and by what it is locked. Nothing secret is given back.

PKCS#8 and its successor: RFC 5208, RFC 5958; locked: RFC 8018 (PBES1, PBES2), RFC 7292 (PKCS#12's); RSA alone: RFC 8017, A.1.2;
elliptic curves alone: RFC 5915; DSA alone: as OpenSSL writes it. ML-DSA and ML-KEM have three forms (RFC 9881, section 6; RFC 9935,
section 6): the seed, the expanded key, or both.
"""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.model.certificate import PublicKey
from pqscan.registry.oids import by_oid
from pqscan.registry.quantum import QuantumClass
from pqscan.wire.pki.algorithms import Identified, read_algorithm
from pqscan.wire.pki.der import INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, DerReader, Element, dotted
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.pki.keys import described

_RSA = "1.2.840.113549.1.1.1"
_EC = "1.2.840.10045.2.1"
_DSA = "1.2.840.10040.4.1"
_PBES2 = "1.2.840.113549.1.5.13"
_MOST_MODULUS_OCTETS = 8192
_CHOICE = ("ML-DSA", "ML-KEM")
_INTEGERS_OF = {6: "DSA", 9: "RSA"}  # DSA: version, p, q, g, y, x; RSA of two primes: version, n, e, d, p, q and three for speed


@dataclass(frozen=True, slots=True)
class Lock:
    """How a key is encrypted, in the names of the registry or as dotted numbers; None for what the file does not tell."""

    cipher: str | None
    kdf: str | None = None
    prf: str | None = None
    iterations: int | None = None

    @property
    def stated(self) -> tuple[tuple[str, str | int], ...]:
        """As parameters of an observation."""
        told = (("locked_by", self.cipher or "unknown"), ("kdf", self.kdf), ("prf", self.prf), ("iterations", self.iterations))
        return tuple((name, value) for name, value in told if value is not None)


@dataclass(frozen=True, slots=True)
class PrivateKey:
    """`form` is `pkcs8`, `pkcs1`, `sec1` or `dsa`; `encoding` is `seed`, `expanded` or `both` where a standard knows these.
    `oid` is None for a locked key, of which neither algorithm nor size is known. `size_bits` is that of the public key."""

    form: str
    oid: str | None
    algorithm: str | None
    quantum_class: QuantumClass
    size_bits: int | None = None
    parameter: str | None = None
    components: tuple[str, ...] = ()
    encoding: str | None = None
    lock: Lock | None = None

    @property
    def public(self) -> PublicKey | None:
        """What its public half is, without the half itself; None for a locked key of which nothing is known."""
        if self.oid is None:
            return None
        named = self.algorithm or self.oid
        return PublicKey(self.oid, named, self.size_bits, self.parameter, self.components, b"", self.quantum_class)


def read_private_key(der: bytes) -> PrivateKey:
    """A private key in DER, whichever of the forms it has. Raises MalformedMessage for anything else."""
    reader = DerReader(der, set())
    inside = reader.enter("PrivateKey", SEQUENCE)
    if Flaw.LENGTH_OVERRUN in reader.flaws:
        raise MalformedMessage("the private key is cut off")
    if inside.next_tag == SEQUENCE:
        return _locked(inside)
    inside.read("version", INTEGER)
    match inside.next_tag:
        case 0x30:
            return _pkcs8(inside)
        case 0x04:
            return _sec1(inside)
        case 0x02:
            return _integers(inside)
    raise MalformedMessage("it is no private key: what follows the version is none of the forms of one")


def _pkcs8(reader: DerReader) -> PrivateKey:
    identified = read_algorithm(reader.enter("privateKeyAlgorithm", SEQUENCE))
    private = reader.read("privateKey", OCTET_STRING)
    inside = reader.inside(private)
    if identified.oid == _RSA or (identified.row is not None and identified.row.family.startswith("RSA")):
        size: int | None = _modulus_bits(inside)
        return _of(identified, "pkcs8", size, None, identified.row.family if identified.row else identified.oid)
    size, parameter, algorithm = described(identified, _no_public_key(reader))
    if size is None and identified.row is not None and identified.row.public_key_bytes is not None:
        size = 8 * identified.row.public_key_bytes
    return _of(identified, "pkcs8", size, parameter, algorithm, _encoding(identified, reader, private))


def _of(
    identified: Identified, form: str, size: int | None, parameter: str | None, algorithm: str, encoding: str | None = None
) -> PrivateKey:
    return PrivateKey(form, identified.oid, algorithm, identified.quantum_class, size, parameter, identified.components, encoding)


def _encoding(identified: Identified, reader: DerReader, private: Element) -> str | None:
    if identified.row is None or not identified.row.name.startswith(_CHOICE):
        return None
    match reader.inside(private).next_tag:
        case 0x80:
            return "seed"
        case 0x30:
            return "both"
        case 0x04:
            return "expanded"
    return None


def _modulus_bits(reader: DerReader) -> int:
    inside = reader.enter("RSAPrivateKey", SEQUENCE)
    inside.read("version", INTEGER)
    return _bits(inside.read("modulus", INTEGER))


def _bits(number: Element) -> int:
    if number.content_end - number.content > _MOST_MODULUS_OCTETS:
        raise MalformedMessage(f"a number of the private key has more than {_MOST_MODULUS_OCTETS} octets")
    return int.from_bytes(number.value, "big").bit_length()


def _integers(reader: DerReader) -> PrivateKey:
    """The old forms of RSA and DSA, which nothing but the number of their integers tells apart."""
    first = reader.read("first number", INTEGER)
    count = 2
    while reader.next_tag == INTEGER and count < max(_INTEGERS_OF):
        reader.read("number", INTEGER)
        count += 1
    family = _INTEGERS_OF.get(count)
    if family is None:
        raise MalformedMessage(f"it is no private key: {count} numbers are neither those of RSA nor those of DSA")
    oid = _RSA if family == "RSA" else _DSA
    form = "pkcs1" if family == "RSA" else "dsa"
    return PrivateKey(form, oid, family, QuantumClass.TRADITIONAL, _bits(first))


def _sec1(reader: DerReader) -> PrivateKey:
    octets = reader.read("privateKey", OCTET_STRING)
    parameters = reader.read_if("parameters", 0xA0)
    curve = None if parameters is None else reader.inside(parameters).read("namedCurve")
    size, parameter, algorithm = described(Identified(_EC, by_oid(_EC), curve), _no_public_key(reader))
    return PrivateKey(
        "sec1", _EC, algorithm, QuantumClass.TRADITIONAL, size or 8 * (octets.content_end - octets.content), parameter
    )


def _locked(reader: DerReader) -> PrivateKey:
    """EncryptedPrivateKeyInfo (RFC 5958, section 3)."""
    lock = read_lock(read_algorithm(reader.enter("encryptionAlgorithm", SEQUENCE)), reader)
    reader.read("encryptedData", OCTET_STRING)
    return PrivateKey("pkcs8", None, None, QuantumClass.UNKNOWN, lock=lock)


def read_lock(identified: Identified, reader: DerReader) -> Lock:
    """What an encryption by password says (RFC 8018, appendix A; RFC 7292, appendix C). Raises MalformedMessage for another one."""
    parameters = identified.parameters
    if identified.row is None or identified.row.kind != "pbe" or parameters is None or parameters.tag != SEQUENCE:
        raise MalformedMessage(f"{identified.name} is no encryption of a private key by password")
    inside = reader.inside(parameters)
    if identified.oid != _PBES2:
        inside.read("salt", OCTET_STRING)
        return Lock(identified.name, None, None, _bounded(inside.read_if("iterationCount", INTEGER)))
    derivation = read_algorithm(inside.enter("keyDerivationFunc", SEQUENCE))
    cipher = read_algorithm(inside.enter("encryptionScheme", SEQUENCE))
    prf, iterations = _derivation(derivation, reader)
    return Lock(cipher.name, derivation.name, prf, iterations)


def _derivation(derivation: Identified, reader: DerReader) -> tuple[str | None, int | None]:
    """PRF and iterations of PBKDF2 (RFC 8018, A.2), the cost of scrypt (RFC 7914, section 7.1) as iterations."""
    if derivation.parameters is None or derivation.parameters.tag != SEQUENCE:
        return None, None
    inside = reader.inside(derivation.parameters)
    inside.read("salt")
    iterations = _bounded(inside.read_if("iterationCount", INTEGER))
    if derivation.name != "PBKDF2":
        return None, iterations
    inside.read_if("keyLength", INTEGER)
    prf = inside.read_if("prf", SEQUENCE)
    if prf is None:
        return "hmacWithSHA1", iterations  # The default.
    oid = dotted(inside.inside(prf).read("algorithm", OBJECT_IDENTIFIER).value)
    row = by_oid(oid)
    return row.name if row is not None else oid, iterations


def _bounded(number: Element | None) -> int | None:
    if number is None or number.content_end - number.content > 8:
        return None
    return int.from_bytes(number.value, "big")


def _no_public_key(reader: DerReader) -> DerReader:
    """Parameters are read from the same octets; the public key is not there."""
    return DerReader(reader.data, set(), reader.end, reader.end)
