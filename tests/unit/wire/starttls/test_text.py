"""What of a greeting is a fact about software: nothing that changes with the host, the hour or the connection."""

from __future__ import annotations

import pytest

from pqscan.wire.starttls.text import printable, software_of


@pytest.mark.parametrize(
    ("greeting", "expected"),
    [
        ("ESMTP Postfix (Debian/GNU)", "ESMTP Postfix (Debian/GNU)"),
        ("ESMTP Exim 4.96 Sun, 29 Nov 2026 10:54:35 +0000", "ESMTP Exim 4.96"),
        ("ESMTP Sendmail 8.17.1.9/8.17.1.9/Debian-2; Sun, 29 Nov 2026 10:54:35 GMT", "ESMTP Sendmail 8.17.1.9/8.17.1.9/Debian-2"),
        ("Microsoft ESMTP MAIL Service ready at Sun, 29 Nov 2026 10:54:35 +0000", "Microsoft ESMTP MAIL"),
        ("ESMTP 38308e7fff4ca-37cd9f7c4d5si1 - gsmtp", "ESMTP"),
        ("Dovecot (Debian) ready. <1896.697170952@mail.example>", "Dovecot (Debian)"),
        ("(vsFTPd 3.0.3)", "(vsFTPd 3.0.3)"),
        ("ProFTPD Server (Debian) [::ffff:192.0.2.1]", "ProFTPD Server (Debian)"),
        ("mail.example at your service", ""),
        ("", ""),
    ],
)
def test_only_product_and_version_are_kept(greeting: str, expected: str) -> None:
    assert software_of(greeting) == expected


def test_what_a_peer_says_is_made_printable_and_short() -> None:
    assert printable(b"a\x1b[31mb\xff\x00" + b"c" * 500, 8) == "a?[31mb?"
