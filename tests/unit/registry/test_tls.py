"""What TLS values mean: sizes, order of parts, several meanings of one value, values that nobody lists."""

from __future__ import annotations

import pytest

from pqscan.registry.quantum import QuantumClass
from pqscan.registry.tls import (
    cipher_suite,
    cipher_suites,
    is_grease,
    named_group,
    named_groups,
    signature_scheme,
    signature_schemes,
)

# Sizes and order as RFC 10024, section 4, and FIPS 203, table 3, give them; each was also seen in captured handshakes.
HYBRIDS = {
    0x11EB: ("SecP256r1MLKEM768", ("secp256r1", "ML-KEM-768"), 1249, 1153, 64),
    0x11EC: ("X25519MLKEM768", ("ML-KEM-768", "X25519"), 1216, 1120, 64),
    0x11ED: ("SecP384r1MLKEM1024", ("secp384r1", "ML-KEM-1024"), 1665, 1665, 80),
    0x11EE: ("curveSM2MLKEM768", ("curveSM2", "ML-KEM-768"), 1249, 1153, 64),
    0x6399: ("X25519Kyber768Draft00", ("X25519", "Kyber768"), 1216, 1120, 64),
    0x0202: ("MLKEM1024", ("ML-KEM-1024",), 1568, 1568, 32),
    0x0201: ("MLKEM768", ("ML-KEM-768",), 1184, 1088, 32),
    # oqs-provider since 0.7.0: ML-KEM goes before curves that FIPS does not approve. A server of 0.12.0-dev takes no other order.
    0x2F4B: ("p256_mlkem512", ("secp256r1", "ML-KEM-512"), 865, 833, 64),
    0x2FB6: ("x25519_mlkem512", ("ML-KEM-512", "X25519"), 832, 800, 64),
    0x2FB7: ("x448_mlkem768", ("ML-KEM-768", "X448"), 1240, 1144, 88),
    0xFE20: ("bp256_mlkem512", ("ML-KEM-512", "brainpoolP256r1"), 865, 833, 64),
    0xFE21: ("bp384_mlkem768", ("ML-KEM-768", "brainpoolP384r1"), 1281, 1185, 80),
    0xFE22: ("bp512_mlkem1024", ("ML-KEM-1024", "brainpoolP512r1"), 1697, 1697, 96),
}


@pytest.mark.parametrize(("value", "expected"), HYBRIDS.items())
def test_a_share_has_the_published_size_and_order(value: int, expected: tuple[str, tuple[str, ...], int, int, int]) -> None:
    group = named_group(value).row
    assert group is not None
    sizes = (group.client_share_bytes, group.server_share_bytes, group.shared_secret_bytes)
    assert (group.name, group.components, *sizes) == expected
    assert group.secret_components == group.components


def test_the_likeliest_meaning_of_a_reused_value_stands_first() -> None:
    order = ["standard", "draft", "private", "obsolete", "reserved"]
    for rows in (named_groups(), signature_schemes()):
        ranked = [(row.value, order.index(row.status)) for row in rows]
        assert ranked == sorted(ranked)
    assert {row.name for row in named_group(0xFE31).rows} == {"X25519Kyber768Draft00Old", "frodo1344shake"}
    assert [row.name for row in signature_scheme(0x0911).rows] == ["slhdsa_sha2_128s", "mldsa65_rsa4096_pss_pss_sha384"]


def test_a_value_that_nobody_lists_keeps_its_number() -> None:
    for point in (named_group(0x9999), signature_scheme(0x9999), cipher_suite(0x9999)):
        assert (point.value, point.text, point.name, point.rows, point.row) == (0x9999, "0x9999", None, (), None)


def test_exactly_the_sixteen_values_of_rfc_8701_are_grease() -> None:
    grease = [value for value in range(0x10000) if is_grease(value)]
    assert grease == [0x0A0A + 0x1010 * step for step in range(16)]
    for value in grease:
        assert named_group(value).name == f"GREASE_{value:04X}"
        assert signature_scheme(value).name == f"GREASE_{value:04X}"
        assert cipher_suite(value).name == f"GREASE_{value:04X}"


@pytest.mark.parametrize("value", [0x001D, 0x0017, 0x0100, 0x0029, 0xFF01])
def test_a_curve_or_finite_field_is_traditional(value: int) -> None:
    assert all(row.quantum_class is QuantumClass.TRADITIONAL for row in named_group(value).rows)


def test_small_curves_end_with_tls_1_2() -> None:
    row = named_group(0x0013).row
    assert row is not None
    assert row.maximum_version == "TLS1.2"


def test_a_tls_1_3_suite_settles_no_public_key_algorithm() -> None:
    suites = [suite for suite in cipher_suites() if suite.minimum_version == "TLS1.3"]
    assert len(suites) == 19
    for suite in suites:
        assert (suite.key_exchange, suite.quantum_class) == ("TLS13", QuantumClass.NOT_PUBLIC_KEY)
        assert suite.forward_secrecy


def test_ml_dsa_schemes_have_the_sizes_of_fips_204() -> None:
    rows = [signature_scheme(value).row for value in (0x0904, 0x0905, 0x0906)]
    assert [(row.public_key_bytes, row.signature_bytes) for row in rows if row] == [(1312, 2420), (1952, 3309), (2592, 4627)]
    assert {row.quantum_class for row in rows if row} == {QuantumClass.POST_QUANTUM}


def test_composites_put_ml_dsa_first_and_old_hybrids_the_traditional_part() -> None:
    composite, old = signature_scheme(0x0908).row, signature_scheme(0xFF08).row
    assert composite is not None
    assert old is not None
    assert composite.components == ("ML-DSA-65", "ECDSA-P384")
    assert old.components == ("ECDSA-P384", "ML-DSA-65")
