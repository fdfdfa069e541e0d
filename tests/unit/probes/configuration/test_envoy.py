"""Values by Envoy's documentation, Common TLS configuration (proto), TlsParameters."""

from __future__ import annotations

import pytest

from tests.unit.probes.configuration.making import state
from tests.unit.probes.configuration.tree_making import groups, is_nothing, rows, versions

TEXT = """static_resources:
  listeners:
  - filter_chains:
    - transport_socket:
        name: envoy.transport_sockets.tls
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext
          common_tls_context:
            tls_params:
              tls_minimum_protocol_version: TLSv1_2
              tls_maximum_protocol_version: TLSv1_3
              ecdh_curves:
              - X25519MLKEM768
              - P-256
              cipher_suites: ["[ECDHE-ECDSA-AES128-GCM-SHA256|ECDHE-ECDSA-CHACHA20-POLY1305]"]
  clusters:
  - transport_socket:
      typed_config:
        common_tls_context: {}
"""


def test_each_context_is_a_part_with_its_lines() -> None:
    part = "common_tls_context"
    assert rows(TEXT) == [
        (part, "protocol_version", "TLS1.2", 10),
        (part, "protocol_version", "TLS1.3", 11),
        (part, "named_group", "X25519MLKEM768", 13),
        (part, "named_group", "secp256r1", 14),
        (part, "cipher_suite", "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256", 15),
        (part, "cipher_suite", "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256", 15),
        (f"{part} #2", "named_group", "*", 19),
    ]
    assert state(TEXT) == "unknown"


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ('{"ecdh_curves": ["X25519MLKEM768"], "tls_minimum_protocol_version": "TLSv1_3"}', "exclusive"),
        ('{"ecdh_curves": ["P-256", "X25519"]}', "vulnerable"),
        ('{"ecdh_curves": ["P-256", "X25519MLKEM768"]}', "capable"),
        ('{"tls_maximum_protocol_version": "TLSv1_2"}', "vulnerable"),
        ('{"tls_maximum_protocol_version": "TLSv1_1", "ecdh_curves": ["P-256"]}', "broken"),
        ("{}", "unknown"),
    ],
)
def test_json_and_the_state_that_follows(parameters: str, expected: str) -> None:
    assert state(f'{{"common_tls_context": {{"tls_params": {parameters}}}}}') == expected


def test_a_version_that_is_no_bound_bounds_nothing() -> None:
    text = "common_tls_context: {tls_params: {tls_minimum_protocol_version: TLS_AUTO, ecdh_curves: [P-256]}}"
    assert (versions(text), groups(text)) == ([], ["secp256r1"])


@pytest.mark.parametrize(
    "text", ["# common_tls_context: {}\na: 1\n", '{"ecdh_curves": ["P-256"]}', "ecdh_curves are set so: `P-256`"]
)
def test_what_is_of_no_context_is_nothing(text: str) -> None:
    assert is_nothing(text)
