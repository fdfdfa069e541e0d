"""Values by Traefik's documentation, TLS Options."""

from __future__ import annotations

import pytest

from pqscan.model.observation import Subject
from tests.unit.probes.configuration.making import state
from tests.unit.probes.configuration.tree_making import groups, is_nothing, rows, titles, versions

YAML = """# curvePreferences: [CurveP521]
tls:
  options:
    default:
      minVersion: VersionTLS12
      curvePreferences:
        - X25519MLKEM768
        - X25519
        - CurveP256
      cipherSuites:
        - TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384
"""
TOML = """[tls.options.default]
  minVersion = "VersionTLS13"
  curvePreferences = ["CurveP521"]
"""


def test_each_value_has_its_line_and_code_point() -> None:
    assert titles(YAML) == ["Traefik"]
    part = "tls options default"
    assert rows(YAML) == [
        (part, "protocol_version", "TLS1.2", 5),
        (part, "protocol_version", "TLS1.3?", 5),
        (part, "named_group", "X25519MLKEM768", 7),
        (part, "named_group", "x25519", 8),
        (part, "named_group", "secp256r1", 9),
        (part, "cipher_suite", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 11),
    ]


def test_toml_says_the_same_as_yaml() -> None:
    assert groups(TOML) == ["secp521r1"]
    assert versions(TOML) == ["TLS1.3"]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ("{minVersion: VersionTLS13, curvePreferences: [X25519MLKEM768]}", "exclusive"),
        ("{minVersion: VersionTLS12, curvePreferences: [X25519MLKEM768]}", "default"),
        ("{curvePreferences: [X25519MLKEM768, X25519]}", "default"),
        ("{curvePreferences: [X25519, X25519MLKEM768]}", "capable"),
        ("{curvePreferences: [X25519, CurveP256]}", "vulnerable"),
        ("{maxVersion: VersionTLS12, curvePreferences: [X25519MLKEM768]}", "vulnerable"),
        ("{minVersion: VersionTLS12}", "unknown"),
        ("{minVersion: VersionTLS12, maxVersion: VersionTLS12}", "vulnerable"),
        ("{minVersion: VersionTLS10, maxVersion: VersionTLS11}", "broken"),
        ("{maxVersion: VersionTLS11}", "broken"),
        ("{curvePreferences: *other}", "unknown"),
    ],
)
def test_the_state_follows_from_what_is_in_force(options: str, expected: str) -> None:
    assert state(f"other: &other [X25519]\nentryPoints: {{}}\ntls:\n  options:\n    default: {options}\n") == expected


def test_options_are_parts_of_their_own() -> None:
    text = "tls:\n  options:\n    a: {curvePreferences: [CurveP256]}\n    b: {minVersion: VersionTLS13}\n"
    assert groups(text, "tls options a") == ["secp256r1"]
    assert groups(text, "tls options b") == ["*"]
    assert state(text) == "vulnerable"


def test_keys_of_resolvers_are_told_with_the_default() -> None:
    text = "certificatesResolvers:\n  le:\n    acme: {email: a@b}\n  ec:\n    acme: {keyType: EC384}\n"
    assert [(part, name) for part, _, name, _ in rows(text, Subject.ALGORITHM)] == [
        ("certificatesResolvers le", "RSA 4096?"),
        ("certificatesResolvers ec", "ECDSA P-384"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "# tls:\n#   options:\n#     default:\n#       curvePreferences: [CurveP256]\nentryPoints: {}\n",
        "Use `curvePreferences: [CurveP256]` in your options.\n\n```yaml\ntls:\n  options:\n```\n",
        "other:\n  curvePreferences: [CurveP256]\n",
        "tls:\n  options: none\nentryPoints: 1\n",
        'description = "curvePreferences"\n',
    ],
)
def test_comments_prose_and_files_of_others_are_none(text: str) -> None:
    assert is_nothing(text)
