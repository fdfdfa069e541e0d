"""Parameters of keys that stand alone: of Diffie-Hellman (PKCS#3, section 9; X9.42 as RFC 3279, section 2.3.3), of DSA (RFC 3279,
section 2.3.2) and of elliptic curves (RFC 5480, section 2.1.1)."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.registry.oids import by_oid
from pqscan.wire.pki.algorithms import Identified
from pqscan.wire.pki.der import INTEGER, OBJECT_IDENTIFIER, SEQUENCE, DerReader, dotted
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.pki.keys import described

_EC = "1.2.840.10045.2.1"
_MOST_OCTETS = 2048
"""Of a prime: 16,384 bits."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """Parameters with a prime: `generator` is g; `subgroup` is q where it stands there, else None."""

    prime: int
    generator: int
    subgroup: int | None = None


@dataclass(frozen=True, slots=True)
class Curve:
    """`name` is the registry's or the dotted number, None for numbers of one's own."""

    name: str | None
    size_bits: int | None
    is_explicit: bool = False


def read_dh_parameters(der: bytes) -> Numbers:
    """DHParameter: p, g, and perhaps the length of exponents. Raises MalformedMessage."""
    inside = _whole(der)
    prime, generator = _integer(inside, "p"), _integer(inside, "g")
    if not inside.exhausted:
        inside.read("privateValueLength", INTEGER)
    if not inside.exhausted:
        raise MalformedMessage("these are no parameters of PKCS#3: something follows them")
    return _checked(Numbers(prime, generator))


def read_x942_parameters(der: bytes) -> Numbers:
    """DomainParameters: p, g, q. Raises MalformedMessage."""
    inside = _whole(der)
    prime, generator, subgroup = _integer(inside, "p"), _integer(inside, "g"), _integer(inside, "q")
    return _checked(Numbers(prime, generator, subgroup))


def read_dsa_parameters(der: bytes) -> Numbers:
    """Dss-Parms: p, q, g. Raises MalformedMessage."""
    inside = _whole(der)
    prime, subgroup, generator = _integer(inside, "p"), _integer(inside, "q"), _integer(inside, "g")
    if not inside.exhausted:
        raise MalformedMessage("these are no parameters of DSA: something follows them")
    return _checked(Numbers(prime, generator, subgroup))


def read_ec_parameters(der: bytes) -> Curve:
    """The number of a curve, or all its numbers. Raises MalformedMessage."""
    reader = DerReader(der, set())
    parameters = reader.read("ECParameters")
    if Flaw.LENGTH_OVERRUN in reader.flaws or parameters.tag not in (OBJECT_IDENTIFIER, SEQUENCE):
        raise MalformedMessage("these are no parameters of an elliptic curve")
    if parameters.tag == OBJECT_IDENTIFIER:
        row = by_oid(dotted(parameters.value))
        if row is not None and row.kind != "curve":
            raise MalformedMessage("the number is not that of an elliptic curve")
    nothing = DerReader(der, set(), reader.end, reader.end)
    size, name, _ = described(Identified(_EC, by_oid(_EC), parameters), nothing)
    if size is None and name is None:
        raise MalformedMessage("these are no parameters of an elliptic curve: no number of it can be read")
    return Curve(name, size, parameters.tag == SEQUENCE)


def _whole(der: bytes) -> DerReader:
    reader = DerReader(der, set())
    inside = reader.enter("parameters", SEQUENCE)
    if Flaw.LENGTH_OVERRUN in reader.flaws:
        raise MalformedMessage("the parameters are cut off")
    return inside


def _integer(reader: DerReader, what: str) -> int:
    number = reader.read(what, INTEGER)
    if number.content_end - number.content > _MOST_OCTETS:
        raise MalformedMessage(f"{what} has more than {_MOST_OCTETS} octets")
    return int.from_bytes(number.value, "big", signed=True)


def _checked(numbers: Numbers) -> Numbers:
    if numbers.prime < 3 or not 1 < numbers.generator < numbers.prime or (numbers.subgroup or 2) < 2:
        raise MalformedMessage("these are no parameters: a number of them is too small, or larger than the prime")
    return numbers
