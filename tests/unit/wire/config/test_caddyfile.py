from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.config.caddyfile import read_caddyfile
from tests.unit.wire.config.trees import flat

TEXT = b"""{
	email a@example.vn
}
(secure) {
	tls {
		curves x25519mlkem768 x25519 # best
	}
}
example.vn, www.example.vn {
	# tls internal
	respond "tls {
		protocols tls1.0
	}"
	respond <<END
	tls internal
	END 200
	reverse_proxy \\
		localhost:80
	header X `{ "a" }`
	env {$NAME}
}
"""


def test_blocks_are_lines_that_end_with_a_brace_and_texts_are_tokens() -> None:
    assert flat(read_caddyfile(TEXT)) == [
        ("", (), 1),
        ("email", ("a@example.vn",), 2),
        ("(secure)", (), 4),
        ("(secure)/tls", (), 5),
        ("(secure)/tls/curves", ("x25519mlkem768", "x25519"), 6),
        ("example.vn,", ("www.example.vn",), 9),
        ("example.vn,/respond", ("tls {\n\t\tprotocols tls1.0\n\t}",), 11),
        ("example.vn,/respond", ("\ttls internal", "200"), 14),
        ("example.vn,/reverse_proxy", ("localhost:80",), 17),
        ("example.vn,/header", ("X", '{ "a" }'), 19),
        ("example.vn,/env", ("{$NAME}",), 20),
    ]


@pytest.mark.parametrize("text", [b"a {", b"}", b"a {\n}\n}", b"x <<END\nno end"])
def test_what_is_no_caddyfile_is_malformed(text: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_caddyfile(text)
