"""What nmap found: real output, its own oddities, and files that are none."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from pqscan.app.importing.found import Tally
from pqscan.app.importing.nmap import MOST_OPEN_PORTS, read_nmap
from pqscan.errors import MalformedMessage
from pqscan.model.observation import Confidence, Subject, Support
from pqscan.model.outcome import OutcomeStatus
from tests.unit.app.importing.made import FILES, services_of, told

HEAD = '<?xml version="1.0"?>\n<!DOCTYPE nmaprun>\n<nmaprun scanner="nmap" start="1795962691" version="7.93">'


def xml(ports: str, *, host: str = '<address addr="192.0.2.7" addrtype="ipv4"/>') -> bytes:
    return f'{HEAD}<host starttime="1795962692" endtime="1795962722">{host}<ports>{ports}</ports></host></nmaprun>'.encode()


def port(number: int, service: str = "", *, state: str = "open", protocol: str = "tcp") -> str:
    return f'<port protocol="{protocol}" portid="{number}"><state state="{state}"/>{service}</port>'


def test_a_real_run_gives_ssh_lists_tls_suites_and_certificates() -> None:
    services, tally = services_of("nmap")
    assert (tally.program, tally.is_cut, dict(tally.left_out)) == ("nmap 7.93", False, {"import_too_many_ports": 0})
    assert sorted(services) == [24022, 24443, 24444, 24445, 24446], "the closed port is none"
    ssh = services[24022]
    assert (ssh.probe, ssh.protocol, ssh.seen_at) == ("ssh", "ssh", datetime(2026, 11, 29, 14, 32, 2, tzinfo=UTC))
    assert told(ssh, Subject.SOFTWARE) == ["OpenSSH 9.2p1 Debian 2+deb12u10"]
    assert told(ssh, Subject.KEX_METHOD)[:3] == [
        "sntrup761x25519-sha512",
        "sntrup761x25519-sha512@openssh.com",
        "curve25519-sha256",
    ]
    assert told(ssh, Subject.SELECTED_KEX_METHOD) == ["sntrup761x25519-sha512"]
    assert [chain.context for chain in ssh.chains] == ["ssh_host_key ssh-ed25519"]
    tls = services[24443]
    assert (tls.probe, tls.protocol) == ("tls", "tls")
    assert told(tls, Subject.PROTOCOL_VERSION) == ["TLS1.2", "TLS1.3"]
    assert told(tls, Subject.CIPHER_SUITE, "TLS1.3") == [
        "TLS_AES_256_GCM_SHA384",
        "TLS_CHACHA20_POLY1305_SHA256",
        "TLS_AES_128_GCM_SHA256",
    ]
    assert told(tls, Subject.NAMED_GROUP, "TLS1.3") == ["x25519"]
    assert [len(chain.certificates) for chain in tls.chains] == [1]
    assert told(services[24446], Subject.NAMED_GROUP, "TLS1.2") == ["x25519", "dh:2048"]


def test_ranks_are_told_where_the_server_chooses() -> None:
    services, _ = services_of("nmap")
    by_server = {o.rank for o in services[24443].observations if o.subject is Subject.CIPHER_SUITE}
    by_client = {o.rank for o in services[24445].observations if o.subject is Subject.CIPHER_SUITE}
    assert (by_server, by_client) == ({1, 2, 3}, {None})


def test_everything_is_believed_less_than_what_a_peer_said_to_us() -> None:
    services, _ = services_of("nmap")
    observations = [o for service in services.values() for o in service.observations]
    assert {o.confidence for o in observations} == {Confidence.INFERRED}
    assert Support.REFUSED not in {o.support for o in observations}


def test_read_byte_by_byte_it_gives_the_same() -> None:
    data = FILES["nmap"].read_bytes()
    whole, _ = services_of("nmap")
    pieces = [data[place : place + 7] for place in range(0, len(data), 7)]
    assert {service.target.port: service for service in read_nmap(pieces, Tally())} == whole


def test_a_name_that_nmap_took_from_the_port_says_nothing() -> None:
    services, _ = services_of("nmap", xml(port(8443, '<service name="ssh" method="table" conf="3"/>')))
    assert (services[8443].probe, services[8443].protocol) == ("tls", "")
    assert services[8443].detail is not None
    assert services[8443].detail.code == "import_port_open"


def test_a_port_whose_use_is_known_is_asked_by_the_probe_of_that() -> None:
    services, _ = services_of("nmap", xml(port(22) + port(587)))
    assert [(services[number].probe, services[number].target.starttls) for number in (22, 587)] == [("ssh", None), ("tls", "smtp")]


def test_another_protocol_is_told_as_our_own_scan_tells_it() -> None:
    services, _ = services_of("nmap", xml(port(80, '<service name="http" method="probed" product="nginx" version="1.22"/>')))
    service = services[80]
    assert service.status is OutcomeStatus.WRONG_PROTOCOL
    assert service.names_only
    assert service.detail is not None
    assert dict(service.detail.parameters) == {"what": "http"}
    assert told(service, Subject.SOFTWARE) == ["nginx 1.22"]


def test_what_is_inside_of_tls_is_tls_whatever_it_is() -> None:
    services, _ = services_of("nmap", xml(port(8443, '<service name="http" tunnel="ssl" method="probed"/>')))
    assert (services[8443].status, services[8443].protocol) == (OutcomeStatus.COMPLETED, "tls")


def test_the_name_that_was_asked_for_is_the_server_name() -> None:
    host = (
        '<address addr="192.0.2.7" addrtype="ipv4"/><hostnames><hostname name="ptr.example" type="PTR"/>'
        '<hostname name="www.example.vn" type="user"/></hostnames>'
    )
    services, _ = services_of("nmap", xml(port(443) + port(22), host=host))
    assert (services[443].target.server_name, services[22].target.server_name) == ("www.example.vn", None)


def test_udp_without_a_probe_and_other_transports_are_counted() -> None:
    _services, tally = services_of("nmap", xml(port(123, protocol="udp") + port(38412, protocol="sctp")))
    assert (tally.left_out["import_nobody_asks"], tally.left_out["import_other_transport"]) == (1, 1)


def test_an_ipv6_host_is_read_and_a_mac_is_no_address() -> None:
    host = '<address addr="00:00:5E:00:53:01" addrtype="mac"/><address addr="2001:DB8::0:1" addrtype="ipv6"/>'
    services, _ = services_of("nmap", xml(port(443), host=host))
    assert services[443].target.address == "2001:db8::1"
    _services, tally = services_of("nmap", xml(port(443), host='<address addr="00:00:5E:00:53:01" addrtype="mac"/>'))
    assert tally.left_out["import_no_address"] == 1


def test_a_tarpit_is_not_taken_over_whole() -> None:
    services, tally = services_of("nmap", xml("".join(map(port, range(1, MOST_OPEN_PORTS + 11)))))
    assert len(services) == MOST_OPEN_PORTS
    assert tally.left_out["import_too_many_ports"] == 10


def test_a_run_that_was_killed_gives_the_hosts_before() -> None:
    data = xml(port(443)).removesuffix(b"</nmaprun>") + b'<host starttime="1"><address addr="192.0.2.8'
    services, tally = services_of("nmap", data)
    assert (list(services), tally.is_cut) == ([443], True)


@pytest.mark.parametrize(
    ("data", "why"),
    [
        (b"", "no XML"),
        (b"plain text", "no XML"),
        (b"<?xml version='1.0'?><html/>", "not what nmap -oX writes"),
        (b"<?xml version='1.0' encoding='hex'?><nmaprun/>", "encoding"),
        (b"<!DOCTYPE nmaprun [<!ENTITY a 'b'>]><nmaprun>&a;</nmaprun>", "declares a document type"),
        (b"<!DOCTYPE nmaprun SYSTEM 'http://192.0.2.1/nmap.dtd'><nmaprun/>", "declares a document type"),
        (b"<nmaprun><host>" + b"<a>" * 100, "nested too deeply"),
        (b"<nmaprun><host " + b"a" * (9 << 20), "endless"),
    ],
    ids=["empty", "text", "html", "encoding", "entities", "external", "deep", "endless"],
)
def test_what_is_no_file_of_nmap_is_refused(data: bytes, why: str) -> None:
    with pytest.raises(MalformedMessage, match=why):
        services_of("nmap", data)


def test_a_billion_laughs_end_at_the_first() -> None:
    entities = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 10))
    bomb = f'<!DOCTYPE nmaprun [<!ENTITY l0 "ha">{entities}]><nmaprun><host>&l9;</host></nmaprun>'
    with pytest.raises(MalformedMessage, match="document type"):
        services_of("nmap", bomb.encode())
