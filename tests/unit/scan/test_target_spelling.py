"""`host:587/smtp` in targets: read as it is spelled."""

from __future__ import annotations

import pytest

from pqscan.errors import UsageError
from pqscan.model.target import NetworkTarget, Transport
from pqscan.registry import services
from pqscan.scan.ports import tcp_ports
from pqscan.scan.targets import Item, expand


def starttls_of(found: Item) -> str | None:
    known = services.protocol(found.service) if found.service else None
    return None if known is None else known.starttls


def item(target: str) -> Item:
    (found,) = expand((target,), tcp_ports(443)).items()
    return found


@pytest.mark.parametrize(
    ("target", "place", "starttls"),
    [
        ("mail.example:587/smtp", ("mail.example", 587), "smtp"),
        ("name.example@192.0.2.1:5222/xmpp-client", ("name.example", 5222), "xmpp-client"),
        ("[2001:db8::1]:389/ldap", (None, 389), "ldap"),
        ("mail.example:443", ("mail.example", 443), None),
        ("mail.example:465/tls", ("mail.example", 465), None),
        ("mail.example", ("mail.example", 443), None),
    ],
)
def test_the_protocol_before_tls_stands_behind_the_port(target: str, place: tuple[str, int], starttls: str | None) -> None:
    found = item(target)
    assert (found.name, found.port) == place
    assert starttls_of(found) == starttls


@pytest.mark.parametrize(
    ("target", "says"),
    [
        ("mail.example:25/telnet", "telnet"),
        ("mail.example:25/", "no service"),
        ("mail.example/smtp", "stands a port"),
        ("192.0.2.1/smtp", "stands a port"),
        ("2001:db8::1/smtp", "stands a port"),
        ("[2001:db8::1]/smtp", "written"),
        ("10.0.0.0/33", "CIDR"),
    ],
)
def test_what_names_no_service_or_no_port_is_refused(target: str, says: str) -> None:
    with pytest.raises(UsageError, match=says):
        item(target)


@pytest.mark.parametrize(
    ("target", "spelling"),
    [
        (NetworkTarget("192.0.2.1", 443), "192.0.2.1:443"),
        (NetworkTarget("2001:db8::1", 587, "mail.example", starttls="smtp"), "mail.example@[2001:db8::1]:587/smtp"),
        (NetworkTarget("192.0.2.1", 500, transport=Transport.UDP), "192.0.2.1:500/udp"),
    ],
)
def test_a_target_spells_its_service_and_a_scan_reads_it_back(target: NetworkTarget, spelling: str) -> None:
    assert target.spelling == spelling
    found = item(spelling)
    assert (found.address, found.port, found.transport) == (target.address, target.port, target.transport)
    assert starttls_of(found) == target.starttls
