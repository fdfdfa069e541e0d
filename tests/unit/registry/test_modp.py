"""The primes of the MODP groups: made from their formula, known by their digest."""

from __future__ import annotations

import hashlib

import pytest

from pqscan.errors import DataError
from pqscan.registry.modp import ModpGroup, modp_groups


@pytest.mark.parametrize("name", ["modp1024", "modp2048", "modp4096", "modp8192"])
def test_a_prime_has_its_size_and_frame(name: str) -> None:
    group = modp_groups()[name]
    assert group.prime.bit_length() == group.size_bits
    assert group.prime % (1 << 64) == (1 << 64) - 1
    assert group.prime >> (group.size_bits - 64) == (1 << 64) - 1


def test_the_prime_of_group_14_is_that_of_rfc_3526() -> None:
    written = "FFFFFFFF FFFFFFFF C90FDAA2 2168C234 C4C6628B 80DC1CD1 29024E08 8A67CC74".replace(" ", "")
    assert f"{modp_groups()['modp2048'].prime:X}".startswith(written)


def test_a_prime_is_prime_by_fermat() -> None:
    prime = modp_groups()["modp1536"].prime
    assert pow(2, prime - 1, prime) == 1
    assert pow(2, (prime - 1) // 2 - 1, (prime - 1) // 2) == 1  # A safe prime.


def test_an_offset_that_does_not_fit_its_digest_is_refused() -> None:
    group = modp_groups()["modp1024"]
    wrong = ModpGroup(group.name, group.size_bits, group.offset + 1, hashlib.sha256(b"").digest())
    with pytest.raises(DataError, match="disagree"):
        _ = wrong.prime
