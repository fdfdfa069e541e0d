from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.config.toml_tree import read_toml
from tests.unit.wire.config.trees import flat

TRAEFIK = b'''note = """
[tls.options.fake]
minVersion = "VersionTLS10"
"""
[tls.options]
  # minVersion = "VersionTLS10"
  [tls.options.default]
    minVersion = "VersionTLS12"
    sniStrict = true
    curvePreferences = [
      "X25519MLKEM768", "X25519"]
[[http.a]]
x = 1
[[http.a]]
"y.z" = {w = 2}
'''


def test_values_are_those_of_toml_and_lines_those_of_the_text() -> None:
    assert [one for one in flat(read_toml(TRAEFIK)) if one[0] != "note"] == [
        ("", (), 1),
        ("tls", (), 5),
        ("tls/options", (), 5),
        ("tls/options/default", (), 7),
        ("tls/options/default/minVersion", ("VersionTLS12",), 8),
        ("tls/options/default/sniStrict", ("true",), 9),
        ("tls/options/default/curvePreferences", (), 10),
        ("tls/options/default/curvePreferences/", ("X25519MLKEM768",), 10),
        ("tls/options/default/curvePreferences/", ("X25519",), 10),
        ("http", (), 12),
        ("http/a", (), 12),
        ("http/a/", (), 12),
        ("http/a//x", ("1",), 13),
        ("http/a/", (), 14),
        ("http/a//y.z", (), 15),
        ("http/a//y.z/w", ("2",), 15),
    ]


@pytest.mark.parametrize("text", [b"a", b"[a", b"a = ", b"a = 1\na = 2", b"x = " + b"[" * 5000])
def test_what_is_no_toml_is_malformed(text: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_toml(text)
