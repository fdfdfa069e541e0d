"""What testssl.sh found, out of its JSON, flat (`--jsonfile`) or pretty (`--jsonfile-pretty`): versions, accepted suites, groups,
certificates. What it found refused is not taken over."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from pqscan.app.importing import tls_words
from pqscan.app.importing.found import Service, Tally, moment, place, plain
from pqscan.app.importing.json_file import read_json, require, rows, table, text
from pqscan.model.observation import Observation
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget

MOST_FINDINGS = 2_000_000
_MOST_WORDS = 1000
_VERSIONS = {"SSLv2": "SSLv2", "SSLv3": "SSLv3", "TLS1": "TLS1.0", "TLS1_1": "TLS1.1", "TLS1_2": "TLS1.2", "TLS1_3": "TLS1.3"}
_CIPHER = re.compile(r"cipher[-_](ssl2|ssl3|tls1(?:_[123])?)_x([0-9a-f]{2,6})")
_IN_CIPHER = {"ssl2": "SSLv2", "ssl3": "SSLv3", "tls1": "TLS1.0", "tls1_1": "TLS1.1", "tls1_2": "TLS1.2", "tls1_3": "TLS1.3"}
_ORDER = re.compile(r"cipherorder_(SSLv2|SSLv3|TLSv1(?:_[123])?)")
_CURVES = frozenset({"PFS_ECDHE_curves", "FS_ECDHE_curves", "FS_KEMs"})
_CERTIFICATE = re.compile(r"cert(?: <[A-Za-z]{1,12}#\d{1,3}>)?")
_CHAIN = re.compile(r"intermediate_cert <#\d{1,3}>(?: <[A-Za-z]{1,12}#\d{1,3}>)?")


@dataclass(slots=True)
class _Server:
    """The findings of one server, and the time at which the file says that they were made."""

    address: str
    port: str
    name: str
    seen_at: datetime | None = None
    findings: list[tuple[str, str]] = field(default_factory=list)


def read_testssl(data: bytes, tally: Tally) -> Iterator[Service]:
    """Server after server. Raises MalformedMessage where it is no JSON of testssl.sh."""
    document = read_json(data)
    require(document, "testssl")
    tally.program = "testssl.sh"
    for server in _pretty(document, tally) if isinstance(document, dict) else _flat(rows(document), tally):
        target = place(server.address, server.port, name=server.name)
        if target is None:
            tally.left_out["import_no_address"] += 1
            continue
        found = _service(server, target)
        if found is None:
            tally.left_out["import_not_looked_at"] += 1
        else:
            yield found


def _flat(findings: Sequence[object], tally: Tally) -> Iterator[_Server]:
    """`ip` is `name/address`. The findings of one server follow each other, but for the last of the file (`scanTime`)."""
    tally.left_out["import_too_many"] += max(0, len(findings) - MOST_FINDINGS)
    servers: dict[tuple[str, str, str], _Server] = {}
    for one in findings[:MOST_FINDINGS]:
        row = table(one)
        name, _, address = text(row.get("ip")).rpartition("/")
        if address:
            key = (address, text(row.get("port")), name)
            servers.setdefault(key, _Server(*key)).findings.append((text(row.get("id")), text(row.get("finding"))))
    yield from servers.values()


def _pretty(document: Mapping[str, object], tally: Tally) -> Iterator[_Server]:
    tally.program = f"testssl.sh {plain(text(document.get('version')).partition(' ')[0], 30)}".strip()
    seen_at = moment(text(document.get("startTime")))
    for one in rows(document.get("scanResult")):
        result = table(one)
        address, port, name = (text(result.get(key)) for key in ("ip", "port", "targetHost"))
        server = _Server(address, port, name, seen_at)
        for section in result.values():
            for row in rows(section):
                server.findings.append((text(table(row).get("id")), text(table(row).get("finding"))))
        yield server


def _service(server: _Server, target: NetworkTarget) -> Service | None:
    observations = tuple(dict.fromkeys(_observations(server.findings)))
    certificates = [der for key, pem in server.findings if _CERTIFICATE.fullmatch(key) for der in tls_words.certificates_of(pem)]
    above = [der for key, pem in server.findings if _CHAIN.fullmatch(key) for der in tls_words.certificates_of(pem)]
    if not observations and not certificates:
        return None
    chains = [(leaf, *above) if len(certificates) == 1 else (leaf,) for leaf in certificates]  # Whose chain it is, is not told.
    return Service(
        target,
        "tls",
        seen_at=server.seen_at,
        detail=None if observations else Reason.of("import_in_part"),
        observations=observations,
        chains=tuple(dict.fromkeys(tls_words.chain_of(target.server_name, ders) for ders in chains)),
        certificates=tuple(dict.fromkeys(der for ders in chains for der in ders)),
    )


def _observations(findings: Sequence[tuple[str, str]]) -> Iterator[Observation]:
    by_server = any(key == "cipher_order" and finding.startswith("server") for key, finding in findings)
    labels: set[str] = set()
    suites: dict[tuple[str, int], int | None] = {}
    curves: list[Observation] = []
    for key, finding in findings:
        if key in _VERSIONS and finding.startswith("offered") and "no cipher" not in finding:
            labels.add(_VERSIONS[key])
        elif (cipher := _CIPHER.fullmatch(key)) is not None and "not a/v" not in finding:
            suites.setdefault((_IN_CIPHER[cipher[1]], int(cipher[2], 16)), None)
        elif (order := _ORDER.fullmatch(key)) is not None:
            label = order[1].replace("TLSv", "TLS").replace("_", ".")
            label = "TLS1.0" if label == "TLS1" else label
            suites.update({(label, value): rank if by_server else None for rank, value in enumerate(_values(finding), 1)})
        elif key in _CURVES:
            curves += filter(None, (tls_words.group(word, None) for word in finding.split()[:_MOST_WORDS]))
    labels.update(label for label, _value in suites)
    yield from map(tls_words.version, sorted(labels))
    for (label, value), rank in suites.items():
        yield tls_words.suite_of(value, label, rank)
    yield from curves


def _values(names: str) -> Iterator[int]:
    """The suites of a line, in its order; what no row names is passed over."""
    for word in names.split()[:_MOST_WORDS]:
        value = tls_words.suite_value(word)
        if value is not None:
            yield value
