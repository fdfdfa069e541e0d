"""`host:587/smtp` in the targets of the harness."""

from __future__ import annotations

import pytest

from pqscan.app.starttls_target import split_starttls
from pqscan.errors import UsageError


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("mail.example:587/smtp", ("mail.example:587", "smtp")),
        ("name@192.0.2.1:5222/xmpp-client", ("name@192.0.2.1:5222", "xmpp-client")),
        ("[2001:db8::1]:389/ldap", ("[2001:db8::1]:389", "ldap")),
        ("mail.example:443", ("mail.example:443", None)),
        ("10.0.0.0/24", ("10.0.0.0/24", None)),
        ("https://www.example", ("https://www.example", None)),
        ("", ("", None)),
    ],
)
def test_the_protocol_before_tls_stands_behind_the_port(target: str, expected: tuple[str, str | None]) -> None:
    assert split_starttls(target) == expected


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("mail.example:25/telnet", "telnet"),
        ("mail.example:25/", "begins TLS"),
        ("mail.example/smtp", "port"),
        ("2001:db8::1/smtp", "port"),
        ("[2001:db8::1]/smtp", "port"),
    ],
)
def test_what_names_no_protocol_or_no_port_is_refused(target: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        split_starttls(target)
