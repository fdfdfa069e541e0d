"""What the harness speaks at a target: by its word, by an option, by its port."""

from __future__ import annotations

import pytest

from pqscan.app.harness_place import HarnessPlace, harness_place
from pqscan.errors import UsageError
from pqscan.model.target import Transport
from pqscan.scan.ports import Port


@pytest.mark.parametrize(
    ("target", "protocol", "expected"),
    [
        ("host.example:22", None, HarnessPlace("host.example:22", "ssh")),
        ("host.example:2222/ssh", None, HarnessPlace("host.example:2222", "ssh")),
        ("host.example/ssh", None, HarnessPlace("host.example", "ssh")),
        ("host.example:2222", "ssh", HarnessPlace("host.example:2222", "ssh")),
        ("host.example:22", "tls", HarnessPlace("host.example:22", "tls")),
        ("host.example", None, HarnessPlace("host.example", "tls")),
        ("host.example:500/udp", None, HarnessPlace("host.example:500", "ike")),
        ("host.example:500", None, HarnessPlace("host.example:500", "ike")),
        ("host.example/ike", None, HarnessPlace("host.example", "ike")),
        ("host.example:443", None, HarnessPlace("host.example:443", "tls")),
        ("host.example:25", None, HarnessPlace("host.example:25", "tls")),
        ("host.example:587/smtp", None, HarnessPlace("host.example:587", "tls", "smtp")),
        ("[2001:db8::22]:22", None, HarnessPlace("[2001:db8::22]:22", "ssh")),
        ("2001:db8::22", None, HarnessPlace("2001:db8::22", "tls")),
        ("192.0.2.0/24", None, HarnessPlace("192.0.2.0/24", "tls")),
        ("host.example:99999999", None, HarnessPlace("host.example:99999999", "tls")),
    ],
)
def test_word_option_and_port_tell_the_protocol(target: str, protocol: str | None, expected: HarnessPlace) -> None:
    assert harness_place(target, protocol) == expected


def test_each_protocol_has_its_port() -> None:
    assert [HarnessPlace("host.example", protocol).default_port for protocol in ("tls", "ssh", "ike")] == [443, 22, 500]


@pytest.mark.parametrize(
    ("target", "host", "port"),
    [
        ("192.0.2.1:4500", "192.0.2.1", 4500),
        ("[2001:db8::1]:500", "2001:db8::1", 500),
        ("2001:db8::1", "2001:db8::1", 500),
        ("name.example", "name.example", 500),
    ],
)
def test_ike_is_asked_over_udp(target: str, host: str, port: int) -> None:
    place = HarnessPlace(target, "ike")
    assert (place.host, place.port) == (host, Port(port, Transport.UDP))


@pytest.mark.parametrize(
    ("target", "protocol", "says"),
    [
        ("host.example:22/ssh", "tls", "--protocol says tls"),
        ("host.example:587/smtp", "ssh", "--protocol says ssh"),
        ("host.example/smtp", None, "must be named"),
        ("host.example:23/telnet", None, "telnet"),
        ("host.example", "gopher", "gopher"),
    ],
)
def test_what_cannot_be_is_refused(target: str, protocol: str | None, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        harness_place(target, protocol)
