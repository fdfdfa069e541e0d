from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.config.node import MOST_DEPTH
from pqscan.wire.config.yaml_tree import read_yaml
from tests.unit.wire.config.trees import flat

TRAEFIK = b"""# tls:
tls:
  options:
    default:
      minVersion: VersionTLS12  # no VersionTLS10
      curvePreferences:
        - X25519MLKEM768
        - "X25519"
      cipherSuites: [A, B]
---
second: {a: 1}
"""


def test_each_entry_has_its_line_and_each_document_its_node() -> None:
    assert flat(read_yaml(TRAEFIK)) == [
        ("", (), 2),
        ("tls", (), 2),
        ("tls/options", (), 3),
        ("tls/options/default", (), 4),
        ("tls/options/default/minVersion", ("VersionTLS12",), 5),
        ("tls/options/default/curvePreferences", (), 6),
        ("tls/options/default/curvePreferences/", ("X25519MLKEM768",), 7),
        ("tls/options/default/curvePreferences/", ("X25519",), 8),
        ("tls/options/default/cipherSuites", (), 9),
        ("tls/options/default/cipherSuites/", ("A",), 9),
        ("tls/options/default/cipherSuites/", ("B",), 9),
        ("", (), 10),
        ("second", (), 11),
        ("second/a", ("1",), 11),
    ]


def test_an_alias_is_left_open() -> None:
    assert flat(read_yaml(b"a: &x [1]\nb: *x\n<<: *x\n"))[-2:] == [("b", (), 2), ("<<", (), 3)]


def test_a_bomb_of_aliases_stays_small() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 40)]
    assert len(flat(read_yaml("\n".join(lines).encode()))) == 1 + 40 * 10


def test_what_a_template_fills_in_is_left_open_and_the_rest_is_read() -> None:
    text = b"{{- if .Values.tls }}\nkind: Certificate\nname: {{ .Release.Name }}\nsize: 2048\n{{- end }}\n"
    assert flat(read_yaml(text))[1:] == [("kind", ("Certificate",), 2), ("name", (), 3), ("size", ("2048",), 4)]


@pytest.mark.parametrize(
    "text",
    [
        b"a: [",
        b"a: b: c",
        b"[a: b]: c\n? {x: y}\n: z",
        b"\tkey: x",
        b"a: 'b",
        b"*a : b",
        b"? [1]\n: 2",
        b"a: \x00",
        b'a: "\\UFFFFFFFF"',
    ],
)
def test_what_is_no_yaml_is_malformed(text: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_yaml(text)


def test_what_is_too_deep_is_malformed() -> None:
    with pytest.raises(MalformedMessage, match="deep"):
        read_yaml(b"[" * (MOST_DEPTH + 2) + b"]" * (MOST_DEPTH + 2))
