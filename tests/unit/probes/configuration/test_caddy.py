"""Values by Caddy's documentation, Caddyfile and JSON config structure."""

from __future__ import annotations

import pytest

from pqscan.model.observation import Subject
from tests.unit.probes.configuration.making import state, states
from tests.unit.probes.configuration.tree_making import groups, is_nothing, rows, versions

TEXT = """{
	key_type rsa4096
}
(snippet) {
	tls {
		curves secp521r1
	}
}
example.vn {
	tls {
		curves x25519mlkem768 x25519
		protocols tls1.2 tls1.2
		ciphers TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 # curves secp384r1
		key_type p384
	}
	reverse_proxy localhost:80
}
http://example.vn, http://b.example.vn {
	redir https://example.vn
}
b.example.vn {
	file_server
}
"""


def test_sites_are_parts_and_plain_ones_are_none() -> None:
    assert rows(TEXT) == [
        ("site example.vn", "protocol_version", "TLS1.2", 12),
        ("site example.vn", "named_group", "X25519MLKEM768", 11),
        ("site example.vn", "named_group", "x25519", 11),
        ("site example.vn", "cipher_suite", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 13),
        ("site example.vn", "algorithm", "ECDSA P-384", 14),
        ("site b.example.vn", "named_group", "*", 21),
        ("global options", "algorithm", "RSA 4096", 2),
    ]


def test_a_site_that_sets_nothing_has_the_default_of_its_version() -> None:
    reason = states("b.example.vn {\n\tfile_server\n}\n")[0].reasons[0]
    assert (reason.code, dict(reason.parameters)["since"]) == ("configuration_tree_hybrid_since", "2.10")


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("curves x25519mlkem768\nprotocols tls1.3", "exclusive"),
        ("curves x25519mlkem768 x25519", "default"),
        ("curves x25519 x25519mlkem768", "capable"),
        ("curves secp256r1", "vulnerable"),
        ("protocols tls1.2 tls1.2", "vulnerable"),
        ("protocols tls1.3", "unknown"),
        ("curves {$CURVES}", "unknown"),
    ],
)
def test_the_state_follows_from_what_is_in_force(lines: str, expected: str) -> None:
    assert state(f"a.vn {{\nreverse_proxy b:80\ntls {{\n{lines}\n}}\n}}\n") == expected


def test_policies_of_json_are_parts() -> None:
    text = '{"servers": {"s": {"tls_connection_policies": [\n{"curves": ["secp256r1"],\n"protocol_min": "tls1.3"}]}}}'
    assert groups(text) == ["secp256r1"]
    assert versions(text) == ["TLS1.3"]
    assert rows(text, Subject.NAMED_GROUP)[0][3] == 2


@pytest.mark.parametrize(
    "text",
    [
        "# a.vn {\n#\treverse_proxy b\n# }\n",
        "Write this into the file:\n\n    a.vn {\n        reverse_proxy b:80\n    }\n\nand start it.\nThat is all.\n",
        "function reverse_proxy(x) {\n  return x;\n}\n",
        "http://a.vn {\n\treverse_proxy b:80\n}\n",
    ],
)
def test_comments_prose_programs_and_plain_sites_are_none(text: str) -> None:
    assert is_nothing(text)


@pytest.mark.parametrize(
    ("lines", "told"),
    [
        ("import common\n\trespond ok", ["secp384r1"]),
        ("tls {\n\t\timport curves\n\t}\n\trespond ok", ["secp521r1"]),
        ("import outer\n\trespond ok", ["secp384r1"]),
        ("import common\n\ttls {\n\t\tcurves x25519\n\t}\n\trespond ok", ["x25519"]),
        ("import other.conf\n\trespond ok", ["*"]),
        ("import itself\n\trespond ok", ["*"]),
    ],
)
def test_what_a_site_takes_in_of_the_same_file_is_in_force(lines: str, told: list[str]) -> None:
    snippets = (
        "(common) {\n\ttls {\n\t\tcurves secp384r1\n\t}\n}\n(outer) {\n\timport common\n}\n"
        "(curves) {\n\tcurves secp521r1\n}\n(itself) {\n\timport itself\n\timport itself\n}\n"
    )
    assert groups(f"{snippets}a.example.vn {{\n\t{lines}\n}}\n", "site a.example.vn") == told


def test_a_long_snippet_that_many_sites_take_in_is_no_burden() -> None:
    snippet = "(long) {\n\ttls {\n" + "\t\tcurves x25519\n" * 20_000 + "\t}\n}\n"
    sites = "".join(f"s{number}.vn {{\n\timport long\n\trespond ok\n}}\n" for number in range(1500))
    found = groups(snippet + sites)
    assert (found[0], found[-1], len(found)) == ("x25519", "*", 1500)


def test_snippets_in_snippets_are_no_bomb() -> None:
    bomb = "".join(f"({name}) {{\n" + f"\timport {name + 1}\n" * 50 + "}\n" for name in range(6))
    assert groups(f"{bomb}a.example.vn {{\n\timport 0\n\tfile_server\n}}\n", "site a.example.vn") == ["*"]
