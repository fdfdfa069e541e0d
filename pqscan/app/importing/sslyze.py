"""What sslyze found, out of its JSON (`sslyze --json_out`, version 6): versions, accepted suites, groups, certificates. What it
found refused is not taken over."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from pqscan.app.importing import tls_words
from pqscan.app.importing.found import Service, Tally, moment_of, place, plain
from pqscan.app.importing.json_file import Document, read_json, require, rows, table, text
from pqscan.model.observation import Observation
from pqscan.model.outcome import Chain
from pqscan.model.reason import Reason

MOST_SERVERS = 100_000
_MOST_ROWS = 2000  # of one list of a server
_VERSIONS = {
    "ssl_2_0_cipher_suites": "SSLv2",
    "ssl_3_0_cipher_suites": "SSLv3",
    "tls_1_0_cipher_suites": "TLS1.0",
    "tls_1_1_cipher_suites": "TLS1.1",
    "tls_1_2_cipher_suites": "TLS1.2",
    "tls_1_3_cipher_suites": "TLS1.3",
}
_STARTTLS = {
    "SMTP": "smtp",
    "IMAP": "imap",
    "POP3": "pop3",
    "FTP": "ftp",
    "LDAP": "ldap",
    "RDP": "rdp",
    "POSTGRES": "postgresql",
    "XMPP": "xmpp-client",
    "XMPP_SERVER": "xmpp-server",
}


def read_sslyze(data: bytes, tally: Tally) -> Iterator[Service]:
    """Server after server. Raises MalformedMessage where it is no JSON of sslyze."""
    document = read_json(data)
    require(document, "sslyze")
    whole = table(document)
    tally.program = f"sslyze {plain(whole.get('sslyze_version'), 30)}".strip()
    seen_at = moment_of(whole.get("date_scans_completed")) or moment_of(whole.get("date_scans_started"))
    tally.left_out["import_not_looked_at"] += len(rows(whole.get("invalid_server_strings")))
    servers = rows(whole.get("server_scan_results"))
    tally.left_out["import_too_many"] += max(0, len(servers) - MOST_SERVERS)
    for server in servers[:MOST_SERVERS]:
        location, network = table(server, "server_location"), table(server, "network_configuration")
        sent = plain(network.get("tls_server_name_indication"))
        target = place(text(location.get("ip_address")), location.get("port"), name=sent)
        if target is None:
            tally.left_out["import_no_address"] += 1
            continue
        opportunistic = text(network.get("tls_opportunistic_encryption"))
        protocol = _STARTTLS.get(opportunistic, "" if opportunistic else "tls")
        if not protocol:
            tally.left_out["import_nobody_asks"] += 1
            continue
        observations = tuple(dict.fromkeys(_observations(server)))
        chains, certificates = _chains(server, target.server_name)
        if not observations and not certificates:
            tally.left_out["import_not_looked_at"] += 1
            continue
        yield Service(
            target=replace(target, starttls=None if protocol == "tls" else protocol),
            probe="tls",
            protocol=protocol,
            seen_at=seen_at,
            detail=None if observations else Reason.of("import_in_part"),
            observations=observations,
            chains=chains,
            certificates=certificates,
        )


def _observations(server: object) -> Iterator[Observation]:
    for command, label in _VERSIONS.items():
        accepted = _result(server, command).get("accepted_cipher_suites")
        if rows(accepted):
            yield tls_words.version(label)
        for row in rows(accepted)[:_MOST_ROWS]:
            found = (
                tls_words.suite(text(table(row, "cipher_suite").get("name")), label),
                _group(table(row, "ephemeral_key"), label),
            )
            yield from filter(None, found)
    # Curves are tried in the newest version alone.
    newest = text(table(server, "connectivity_result").get("highest_tls_version_supported"))
    label = newest.replace("TLS_", "TLS").replace("SSL_", "SSLv").replace("_", ".")
    for row in rows(_result(server, "elliptic_curves").get("supported_curves"))[:_MOST_ROWS]:
        curve = tls_words.group(text(table(row).get("name")), label) if label in _VERSIONS.values() else None
        if curve is not None:
            yield curve


def _group(key: Document, label: str) -> Observation | None:
    """The group of the one handshake that sslyze made with a suite."""
    if text(key.get("type_name")) == "DH" and label != "TLS1.3":
        return tls_words.own_prime(key.get("size"), label)
    return tls_words.group(text(key.get("curve_name")), label)


def _chains(server: object, server_name: str | None) -> tuple[tuple[Chain, ...], tuple[bytes, ...]]:
    chains: list[Chain] = []
    certificates: dict[bytes, None] = {}
    for deployment in rows(_result(server, "certificate_info").get("certificate_deployments"))[:50]:
        received = rows(table(deployment).get("received_certificate_chain"))[: tls_words.MOST_CERTIFICATES]
        ders = [der for row in received for der in tls_words.certificates_of(text(table(row).get("as_pem")))]
        if ders:
            chains.append(tls_words.chain_of(server_name, ders))
            certificates.update(dict.fromkeys(ders))
    return tuple(dict.fromkeys(chains)), tuple(certificates)


def _result(server: object, command: str) -> Document:
    return table(server, "scan_result", command, "result")
