"""What the bench reads from the outputs of other tools: only what they say is accepted counts."""

from __future__ import annotations

from bench.measures import seen
from bench.measures.seen import Seen

SSLSCAN = """\
Preferred TLSv1.3  128 bits  TLS_AES_128_GCM_SHA256        Curve 25519 DHE 253
Accepted  TLSv1.2  256 bits  ECDHE-ECDSA-AES256-SHA        Curve 25519 DHE 253

  Server Key Exchange Group(s):
TLSv1.3  128 bits  secp256r1 (NIST P-256)
TLSv1.2  128 bits  x25519

  SSL Certificate:
Signature Algorithm: ecdsa-with-SHA256
"""
NMAP = """\
| ssl-cert: Subject: commonName=bench.test
| ssl-enum-ciphers:
|   TLSv1.2:
|     ciphers:
|       TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA (secp256r1) - A
|       TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA (secp256r1) - A
"""
CRYPTOLYZER = """\
* Cipher Suites:
    1. \x1b[32mTLS_AES_128_GCM_SHA256 (TLS_AES_128_GCM_SHA256)\x1b[0m
# Supported Elliptic Curves
* Named Curves:
    1. \x1b[32mX25519MLKEM768\x1b[0m
    2. \x1b[32mCurve25519\x1b[0m
# Used Public Keys
                    * Serial Number: 17
# Supported Signature Algorithms
    1. \x1b[32mSHA-256 with ECDSA encryption\x1b[0m
# Simulated Clients
        * Named Group: secp521r1
        * Protocols:
            1. TLS_CHACHA20_POLY1305_SHA256
"""


def test_suites_and_groups_of_sslscan_are_counted_once_each() -> None:
    assert seen.in_sslscan(SSLSCAN) == Seen(2, 2, 0, 0, 1)


def test_a_curve_named_beside_a_suite_is_no_list_of_groups() -> None:
    assert seen.in_nmap(NMAP) == Seen(2, 0, 0, 0, 1)


def test_what_simulated_clients_repeat_does_not_count() -> None:
    assert seen.in_cryptolyzer(CRYPTOLYZER) == Seen(1, 2, 1, 1, 1)


def test_a_hybrid_group_does_not_count_as_its_classical_part_too() -> None:
    assert seen.in_pqaudit('["TLS_AES_128_GCM_SHA256", "X25519MLKEM768"]') == Seen(1, 1, 1)


def test_an_output_that_is_no_json_counts_as_nothing() -> None:
    assert seen.in_sslyze("Traceback (most recent call last):") == Seen()
