from __future__ import annotations

from cryptography.hazmat.primitives.asymmetric import ec

from pqscan.registry.oids import by_oid
from pqscan.wire.pki.object_names import _curves, attribute_type, curve_by_numbers, key_purpose

# cryptography names the curves; a point doubled with the row's own numbers must be the one that it computes.


def test_known_numbers_have_short_names_and_unknown_ones_none() -> None:
    assert (attribute_type("2.5.4.3"), attribute_type("1.2.3")) == ("CN", None)
    assert (key_purpose("1.3.6.1.5.5.7.3.1"), key_purpose("1.2.3")) == ("serverAuth", None)


def test_every_curve_has_a_row_in_the_registry_and_its_base_point_lies_on_it() -> None:
    for (prime, a, b, x, order), oid in _curves().items():
        row = by_oid(oid)
        assert row is not None, oid
        square = (x**3 + a * x + b) % prime
        assert pow(square, (prime - 1) // 2, prime) == 1, row.name
        assert abs(order - prime - 1) <= 2 * (int(prime**0.5) + 2) + prime.bit_length(), row.name
        assert curve_by_numbers(prime, a, b, x, order) == oid


def test_the_base_points_are_those_of_cryptography() -> None:
    curves = {by_oid(oid).name: numbers for numbers, oid in _curves().items()}  # type: ignore[union-attr]
    known = (
        ec.SECP256R1(),
        ec.SECP384R1(),
        ec.SECP521R1(),
        ec.SECP224R1(),
        ec.SECP256K1(),
        ec.BrainpoolP256R1(),
        ec.BrainpoolP512R1(),
    )
    for curve in known:
        base_x = ec.derive_private_key(1, curve).public_key().public_numbers().x
        assert curves[curve.name][3] == base_x, curve.name
