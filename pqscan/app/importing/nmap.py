"""What nmap found, out of its XML: open ports, what speaks there, and what its scripts ssl-enum-ciphers, ssl-cert, ssh2-enum-algos
and ssh-hostkey tell. masscan writes the same.

A protocol is believed where nmap heard it (`-sV`); a name that it took from the port's number says nothing."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace
from datetime import datetime

from pqscan.app.importing.found import Service, Tally, asked_by, moment, place, plain
from pqscan.app.importing.nmap_scripts import SCRIPTS, Told, ssh_told, tls_told
from pqscan.model.observation import Observation
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import Transport
from pqscan.registry import nmap_services
from pqscan.scan import nmap_words
from pqscan.wire.nmap_xml import NmapHost, NmapPort, NmapRun, read_hosts

MOST_OPEN_PORTS = 4096  # of one host: more is a tarpit, or a firewall that answers for everything
_UNKNOWN = frozenset({"", "unknown", "tcpwrapped"})


def read_nmap(chunks: Iterable[bytes], tally: Tally) -> Iterator[Service]:
    """The open ports, host by host. Raises MalformedMessage where it is no XML of nmap, or more than is read."""
    run = NmapRun()
    for host in read_hosts(chunks, run, SCRIPTS):
        tally.program = " ".join(filter(None, (plain(run.scanner, 30), plain(run.version, 30))))
        seen_at = moment(host.ended or host.started or run.started)
        tally.left_out["import_too_many_ports"] += max(0, len(host.ports) - MOST_OPEN_PORTS) + host.left_out
        for port in host.ports[:MOST_OPEN_PORTS]:
            found = _service(host, port, seen_at, tally)
            if found is not None:
                yield found
    tally.program = tally.program or plain(run.scanner, 30)
    tally.is_cut = run.is_cut


def _service(host: NmapHost, port: NmapPort, seen_at: datetime | None, tally: Tally) -> Service | None:
    if port.transport not in (Transport.TCP.value, Transport.UDP.value):  # SCTP, and the numbers of IP protocols.
        tally.left_out["import_other_transport"] += 1
        return None
    transport, bare = Transport(port.transport), place(host.address, port.number, transport=Transport(port.transport))
    if bare is None:
        tally.left_out["import_no_address"] += 1
        return None
    told = _told(port)
    name, is_wrapped = heard(port)
    protocol = told.protocol or nmap_services.protocol_of(name, is_wrapped=is_wrapped)
    asked = asked_by(bare.port, transport, protocol) if protocol or name in _UNKNOWN else None
    if asked is None and transport is Transport.UDP:
        tally.left_out["import_nobody_asks"] += 1
        return None
    is_other = asked is None and name not in _UNKNOWN
    probe = "tls" if asked is None else asked.probe
    named = place(host.address, port.number, name=host.name) if probe == "tls" else None
    software = nmap_words.software(port)
    observations = (*(() if software is None else (software,)), *told.observations)
    return Service(
        target=replace(named or bare, starttls=None if asked is None else asked.starttls),
        probe=probe,
        protocol=protocol if asked is not None else "",
        seen_at=seen_at,
        status=OutcomeStatus.WRONG_PROTOCOL if is_other else OutcomeStatus.COMPLETED,
        detail=Reason.of("wrong_protocol_like", what=name) if is_other else _nothing_but_open(observations, told),
        observations=observations,
        chains=told.chains(None if named is None else named.server_name),
        certificates=tuple(dict.fromkeys(told.certificates)),
        names_only=not (told.observations or told.certificates),
    )


def _told(port: NmapPort) -> Told:
    """What the scripts tell: of SSH, else of TLS."""
    found = ssh_told(port.scripts)
    return found if found.protocol else tls_told(port.scripts)


def heard(port: NmapPort) -> tuple[str, bool]:
    """The service that nmap heard, and whether inside of TLS; an empty name where it only knows what the port is for."""
    service = port.service
    is_wrapped = service.get("tunnel") == "ssl"  # Heard, even where nmap does not know what is in it.
    return plain(service.get("name", ""), 40) if service.get("method") == "probed" else "", is_wrapped


def _nothing_but_open(observations: tuple[Observation, ...], told: Told) -> Reason | None:
    return None if observations or told.certificates else Reason.of("import_port_open")
