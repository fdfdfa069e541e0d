"""Parameters of keys that lie alone: primes of Diffie-Hellman and DSA with their size and the group that they are, elliptic curves
by their name, and the primes from which sshd chooses (moduli(5)). A prime that no standard names is told as one's own."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from pqscan.errors import DataError, MalformedMessage, WrongProtocol
from pqscan.model.algorithm_facts import algorithm_observation
from pqscan.model.observation import Observation, Usage, Where
from pqscan.model.outcome import Facts
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileSource, Mark
from pqscan.registry import tls
from pqscan.registry.algorithms import Algorithm, Function, by_name
from pqscan.registry.finite_field import group_of_prime
from pqscan.registry.modp import modp_groups
from pqscan.wire.pki.parameters import (
    Curve,
    Numbers,
    read_dh_parameters,
    read_dsa_parameters,
    read_ec_parameters,
    read_x942_parameters,
)
from pqscan.wire.pki.pem import block_at

MOST_FOUND = 1_000
_MOST_TESTED_BITS = 4096
_MOST_TESTS = 8
"""Primes that are tested in one file: each takes up to 0.15 s."""
_PEM = Mark("pem", "-----BEGIN ")
_MODULI = Mark("moduli", "Size Generator Modulus")
_NUMBERS = (  # A sequence of numbers, the first with a leading zero as primes of whole octets have it.
    Mark("numbers", "30 82 ?? ?? 02 82 ?? ?? 00", is_hex=True, at_start=True),
    Mark("numbers-three", "30 82 ?? ?? 02 81 ?? 00", is_hex=True, at_start=True),
    Mark("numbers-middle", "30 81 ?? 02 81 ?? 00", is_hex=True, at_start=True),
    Mark("numbers-small", "30 ?? 02 ?? 00", is_hex=True, at_start=True),
)
_CURVE = (
    Mark("curve", "06 08 2a 86 48 ce 3d 03 01", is_hex=True, at_start=True),
    Mark("curve-certicom", "06 05 2b 81 04 00", is_hex=True, at_start=True),
    Mark("curve-brainpool", "06 09 2b 24 03 03 02 08 01 01", is_hex=True, at_start=True),
)
_KEY_LABEL = b"-----BEGIN EC PRIVATE KEY-----"
_MODULUS = re.compile(rb"^\d{8,14} 2 \d+ \d+ (\d{3,5}) \d+ ([0-9A-Fa-f]{100,4096})\r?$", re.MULTILINE)
_MOST_MODULI = 10_000
_SUBGROUPS = (160, 224, 256)  # bits of q (FIPS 186-4, section 4.2)


@dataclass(slots=True)
class _Found:
    observations: list[Observation] = field(default_factory=list)
    unreadable: int = 0
    tests: int = 0

    def add_numbers(self, algorithm: str, function: Function, numbers: Numbers, where: Where) -> None:
        self.add(
            _row(algorithm),
            function,
            where,
            size_bits=numbers.prime.bit_length(),
            parameter=name_of_prime(numbers.prime),
            others=self._of_prime(numbers.prime),
        )

    def add_curve(self, curve: Curve, where: Where) -> None:
        others = (("numbers", "explicit"),) if curve.is_explicit else ()
        self.add(_row("EC"), Function.SIGNATURE, where, size_bits=curve.size_bits, parameter=curve.name, others=others)

    def add(
        self,
        row: Algorithm,
        function: Function,
        where: Where,
        *,
        size_bits: int | None,
        parameter: str | None,
        others: tuple[tuple[str, str | int], ...],
    ) -> None:
        if len(self.observations) < MOST_FOUND:
            made = algorithm_observation(
                row, Usage.PRESENT, where, function=function, size_bits=size_bits, parameter=parameter, others=others
            )
            self.observations.append(made)

    def _of_prime(self, prime: int) -> tuple[tuple[str, str | int], ...]:
        """Whose it is; and where it is no prime at all, that."""
        if name_of_prime(prime) is not None:
            return (("prime", "of_a_standard"),)
        if self.tests >= _MOST_TESTS or prime.bit_length() > _MOST_TESTED_BITS:
            return (("prime", "own"),)
        self.tests += 1
        return (("prime", "own" if may_be_prime(prime) else "composite"),)


class ParameterFileProbe:
    """Raises WrongProtocol where there are none."""

    name = "parameter_file"
    marks = (_PEM, _MODULI, *_NUMBERS, *_CURVE)

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        found = _Found()
        _read_pem(source, found)
        _read_der(source, found)
        _read_moduli(source, found)
        if not found.observations and not found.unreadable:
            raise WrongProtocol(f"{target.path} holds no parameters of keys; leave it out")
        if not found.observations:
            raise MalformedMessage(f"{target.path} has parameters of keys that cannot be read; look at the file")
        return Facts(
            observations=tuple(found.observations),
            complete=not found.unreadable and len(found.observations) < MOST_FOUND,
            detail=Reason.of("parameters_unreadable", count=found.unreadable) if found.unreadable else None,
        )


def name_of_prime(prime: int) -> str | None:
    """The group of RFC 7919, RFC 2409 or RFC 3526 whose prime this is; None for any other. Raises DataError."""
    digest = hashlib.sha256(prime.to_bytes((prime.bit_length() + 7) // 8)).digest()
    group = group_of_prime(digest)
    if group is not None:
        row = tls.named_group(group).row
        return None if row is None else row.name
    return next((one.name for one in modp_groups().values() if one.sha256 == digest), None)


def may_be_prime(number: int) -> bool:
    """False where Fermat's test with 2 shows that it is none."""
    return number % 2 == 1 and pow(2, number - 1, number) == 1


def _row(name: str) -> Algorithm:
    row = by_name(name)
    if row is None:
        raise DataError(f"algorithms.toml has no row of {name}; add it")
    return row


def _dh(found: _Found, der: bytes, where: Where) -> None:
    found.add_numbers("DH", Function.KEY_ESTABLISHMENT, read_dh_parameters(der), where)


def _x942(found: _Found, der: bytes, where: Where) -> None:
    found.add_numbers("DH", Function.KEY_ESTABLISHMENT, read_x942_parameters(der), where)


def _dsa(found: _Found, der: bytes, where: Where) -> None:
    found.add_numbers("DSA", Function.SIGNATURE, read_dsa_parameters(der), where)


def _ec(found: _Found, der: bytes, where: Where) -> None:
    found.add_curve(read_ec_parameters(der), where)


_IN_PEM: dict[str, Callable[[_Found, bytes, Where], None]] = {
    "DH PARAMETERS": _dh,
    "X9.42 DH PARAMETERS": _x942,
    "DSA PARAMETERS": _dsa,
    "EC PARAMETERS": _ec,
}


def _read_pem(source: FileSource, found: _Found) -> None:
    for offset in source.places(_PEM).offsets:
        read = block_at(source.data, offset, _IN_PEM)
        if read is None or read[0].is_mention or read[0].label not in _IN_PEM:
            continue
        block, end = read
        if block.label == "EC PARAMETERS" and source.data.startswith(_KEY_LABEL, _next_begin(source.data, end)):
            continue  # OpenSSL writes those of a key in front of it, where they are told already.
        try:
            _IN_PEM[block.label](found, block.der, source.where(offset))
        except MalformedMessage:
            found.unreadable += 1


def _next_begin(data: bytes, end: int) -> int:
    return data.find(b"-----BEGIN ", end, end + 256)


def _read_der(source: FileSource, found: _Found) -> None:
    """A file that is nothing but parameters. A public key of RSA is a sequence of two numbers, too: its second one is odd and
    its first one no prime."""
    if not source.is_whole or found.observations:
        return
    where = replace(source.where(0), line=None)
    if any(source.places(mark).offsets for mark in _CURVE) and len(source.data) == 2 + source.data[1]:
        found.add_curve(read_ec_parameters(source.data), where)
    elif any(source.places(mark).offsets for mark in _NUMBERS):
        for read, add, fits in ((read_dh_parameters, _dh, _is_dh), (read_dsa_parameters, _dsa, _is_dsa)):
            try:
                if fits(read(source.data)):
                    add(found, source.data, where)
                    return
            except MalformedMessage:
                continue


def _is_dh(numbers: Numbers) -> bool:
    if name_of_prime(numbers.prime) is not None or numbers.generator == 2:
        return True
    return numbers.generator < 100 and numbers.prime.bit_length() <= _MOST_TESTED_BITS and may_be_prime(numbers.prime)


def _is_dsa(numbers: Numbers) -> bool:
    return numbers.subgroup is not None and numbers.subgroup.bit_length() in _SUBGROUPS


def _read_moduli(source: FileSource, found: _Found) -> None:
    """The primes of each size once, where the first stands, and those of which a comment speaks for themselves; whose they are
    cannot be told (moduli(5))."""
    if not source.places(_MODULI).offsets:
        return
    seen: dict[tuple[int, object], int] = {}
    for number, row in enumerate(_MODULUS.finditer(source.data)):
        if number >= _MOST_MODULI:
            break
        digits = row[2].lstrip(b"0")
        if digits:
            size = 4 * (len(digits) - 1) + int(digits[:1], 16).bit_length()
            seen.setdefault((size, source.said_of(source.where(row.start()))), row.start())
    for size, offset in sorted((size, offset) for (size, _), offset in seen.items()):
        found.add(
            _row("DH"),
            Function.KEY_ESTABLISHMENT,
            source.where(offset),
            size_bits=size,
            parameter=None,
            others=(("prime", "own"), ("of", "group_exchange")),
        )
