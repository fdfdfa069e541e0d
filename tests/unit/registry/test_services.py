from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.registry import services

_TLS = '[[protocol]]\nname = "tls"\ntransport = "tcp"\nprobe = "tls"\nlike = ["TLS"]\nreference = "RFC 9846"\n'
_HTTPS = '[[service]]\nport = 443\nname = "https"\nprotocol = "tls"\nreference = "IANA"\n'


def read(tmp_path: Path, text: str) -> services.Services:
    path = tmp_path / "services.toml"
    path.write_text(text, encoding="utf-8")
    return services.read_services(path)


def test_what_is_asked_of_the_silent_stands_in_the_order_of_its_places() -> None:
    rows = services.asked_of_the_silent("tcp")
    assert [row.name for row in rows] == ["tls", "postgresql", "ldap", "rdp", "mssql", "xmpp-client"]
    assert [row.unasked for row in rows] == [1, 2, 3, 4, 5, 6]
    assert services.asked_of_the_silent("sctp") == ()


def test_each_row_has_a_source_and_each_port_a_protocol() -> None:
    every = services.all_services()
    assert all(row.references for row in (*every.protocols, *every.services))
    assert services.usual_protocol(443, "tcp") == services.protocol("tls")
    assert services.usual_protocol(444, "udp") is None
    quic = services.usual_protocol(443, "udp")
    assert quic is not None
    assert quic.name == "quic"
    assert services.usual_protocol(5684, "udp") == services.protocol("dtls")
    smtp = services.usual_protocol(587, "tcp")
    assert smtp is not None
    assert (smtp.name, smtp.probe, smtp.starttls) == ("smtp", "tls", "smtp")
    assert services.protocol_like("SSH") == services.protocol("ssh")
    assert services.protocol_like("RFB") is None
    assert services.protocol("gopher") is None


@pytest.mark.parametrize(
    ("text", "what"),
    [
        (_TLS + _HTTPS.replace('reference = "IANA"\n', ""), "no reference"),
        (_TLS.replace('reference = "RFC 9846"\n', "") + _HTTPS, "no reference"),
        (_TLS + _TLS + _HTTPS, "of this name already"),
        (_TLS + _TLS.replace('"tls"', '"other"', 1) + _HTTPS, "means tls already"),
        (_TLS + _HTTPS + _HTTPS, "this port has a row already"),
        (
            _TLS + "unasked = 1\n" + _TLS.replace('"tls"', '"x"', 1).replace('"TLS"', '"X"') + "unasked = 1\n" + _HTTPS,
            "taken already",
        ),
        (_TLS + "unasked = 0\n" + _HTTPS, "unasked"),
        (_TLS + _HTTPS.replace('"tls"', '"ssh"'), "protocol is 'ssh'"),
        (_TLS + _HTTPS.replace("443", "65536"), "from 1 to 65535"),
        (_TLS.replace('"tcp"', '"sctp"') + _HTTPS, "transport is 'sctp'"),
        (_TLS + _HTTPS + "defaults = true\n", "means nothing here"),
    ],
)
def test_a_wrong_row_is_named(tmp_path: Path, text: str, what: str) -> None:
    with pytest.raises(DataError, match=what):
        read(tmp_path, text)
