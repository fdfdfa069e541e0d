"""What Zeek wrote down of handshakes that passed by: `ssl.log` with the certificates of `x509.log`, and `ssh.log`, tab-separated
with their head or as JSON lines.

A line is one connection; the same server is told once, with all that it was seen to choose. Who connected is not taken over.
Fields by https://docs.zeek.org/en/master/logs/ssl.html and ssh.html; `x509.log` alone names no service (`zeek_certificates`)."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import BinaryIO

from pqscan.app.importing import tls_words
from pqscan.app.importing.found import Service, Tally, moment, place, plain
from pqscan.app.importing.zeek_certificates import MOST_CERTIFICATES, MOST_OF_CHAIN, Logged, names_of, read_row
from pqscan.errors import MalformedMessage
from pqscan.model.observation import Confidence, Observation, Subject, Support
from pqscan.model.target import NetworkTarget

MOST_SERVERS = 200_000
MOST_LINE = 1 << 16  # bytes
_MOST_FACTS = 500  # of one server
_MOST_CHAINS = 16
_SSL, _SSH, _X509 = "ssl", "ssh", "x509"
_VERSIONS = {"SSLv2": "SSLv2", "SSLv3": "SSLv3", "TLSv10": "TLS1.0", "TLSv11": "TLS1.1", "TLSv12": "TLS1.2", "TLSv13": "TLS1.3"}
_UNSET = frozenset({"-", "(empty)", ""})
_OF_SSH = {"kex_alg", "host_key_alg", "id.resp_h"}
_OF_X509 = {"certificate.key_alg", "certificate.sig_alg"}
_CHAINS = ("cert_chain_fps", "cert_chain_fuids")  # since Zeek 4.1, and before
_MOST_LISTED = 64

Row = Mapping[str, str]


@dataclass(slots=True)
class _Server:
    facts: dict[Observation, None] = field(default_factory=dict)
    chains: dict[tuple[str, ...], None] = field(default_factory=dict)  # as ssl.log names the certificates, leaf first
    seen_at: datetime | None = None

    def take(self, observations: tuple[Observation, ...], at: datetime | None) -> None:
        """A connection that told nothing does not make the server seen."""
        if not observations:
            return
        for one in observations:
            if len(self.facts) < _MOST_FACTS:
                self.facts[one] = None
        if at is not None and (self.seen_at is None or at > self.seen_at):
            self.seen_at = at


def read_zeek(file: BinaryIO, tally: Tally, certificates: BinaryIO | None = None) -> Iterator[Service]:
    """Server after server, when the whole log is read. `certificates` is an x509.log; where both are written to one file, its lines
    are taken from there. Raises MalformedMessage where it is no such log of Zeek."""
    tally.program = "Zeek"
    servers: dict[tuple[NetworkTarget, str], _Server] = {}
    known_certificates: dict[str, Logged] = {}
    if certificates is not None and not _read_certificates(certificates, tally, known_certificates):
        raise MalformedMessage("what is given as x509.log is none of Zeek, or has no line")
    log = ""
    for log, row in _rows(file, tally):
        if log == _X509:
            _add(known_certificates, row, tally)
            continue
        target = place(row.get("id.resp_h", ""), row.get("id.resp_p"), name=_set(row.get("server_name")) if log == _SSL else "")
        if target is None:
            tally.left_out["import_no_address"] += 1
            continue
        probe = "tls" if log == _SSL else "ssh"
        known = servers.get((target, probe))
        if known is None:
            if len(servers) >= MOST_SERVERS:
                tally.left_out["import_too_many"] += 1
                continue
            known = servers[target, probe] = _Server()
        seconds = row.get("ts", "").partition(".")[0]
        told = tuple(_tls(row) if log == _SSL else _ssh(row))
        known.take(told, moment(seconds))
        if told and log == _SSL and len(known.chains) < _MOST_CHAINS:
            known.chains.update(dict.fromkeys(_chain(row)))
    if not log:
        raise MalformedMessage("it is no ssl.log or ssh.log of Zeek, or has no line")
    if not servers and known_certificates:
        raise MalformedMessage("x509.log names no service: give ssl.log, and x509.log with --x509")
    for (target, probe), server in servers.items():
        if server.facts:
            yield _service(target, probe, server, known_certificates)
        else:
            tally.left_out["import_not_looked_at"] += 1


def _read_certificates(file: BinaryIO, tally: Tally, found: dict[str, Logged]) -> bool:
    """Whether there was any line of x509.log."""
    was_cut, seen = tally.is_cut, False
    for log, row in _rows(file, tally):
        if log == _X509:
            seen = True
            _add(found, row, tally)
    tally.is_cut = was_cut
    return seen


def _add(found: dict[str, Logged], row: Row, tally: Tally) -> None:
    names = names_of(row)
    if len(found) >= MOST_CERTIFICATES:
        tally.left_out["import_too_many"] += 1
    elif names:
        logged = read_row(row)
        found.update((name, logged) for name in names)


def _chain(row: Row) -> Iterator[tuple[str, ...]]:
    for column in _CHAINS:
        names = tuple(name for name in _set(row.get(column)).split(",") if name)[:MOST_OF_CHAIN]
        if names:
            yield names
            return


def _service(target: NetworkTarget, probe: str, server: _Server, certificates: Mapping[str, Logged]) -> Service:
    """Of chains whose certificates the log has, those; of others what it says of the leaf."""
    facts, chains, ders = dict(server.facts), [], dict[bytes, None]()
    for names in server.chains:
        logged = [certificates.get(name) for name in names]
        whole = tuple(one.der for one in logged if one is not None and one.der)
        if whole and len(whole) == len(names):
            chains.append(tls_words.chain_of(target.server_name, whole))
            ders.update(dict.fromkeys(whole))
        elif logged[0] is not None:
            facts.update(dict.fromkeys(logged[0].observations))
    return Service(
        target,
        probe,
        protocol=probe,
        seen_at=server.seen_at,
        observations=tuple(facts)[:_MOST_FACTS],
        chains=tuple(dict.fromkeys(chains)),
        certificates=tuple(ders),
    )


def _rows(file: BinaryIO, tally: Tally) -> Iterator[tuple[str, Row]]:
    """Which log, and each line by the names of its fields."""
    names: list[str] = []
    separator, log = "\t", ""
    for line in _lines(file, tally):
        if line.startswith("#"):
            separator, names, log = _head(line, separator, names, log)
        elif line.startswith("{"):
            found = _json_row(line)
            kind = _kind(set(found)) if found else ""
            if kind:
                yield kind, found
            else:
                tally.left_out["import_not_looked_at"] += 1
        elif names and log in (_SSL, _SSH, _X509):
            yield log, dict(zip(names, line.split(separator), strict=False))
        else:
            raise MalformedMessage("it begins like no log of Zeek")


def _lines(file: BinaryIO, tally: Tally) -> Iterator[str]:
    while line := file.readline(MOST_LINE):
        if not line.endswith(b"\n") and len(line) == MOST_LINE:
            raise MalformedMessage(f"a line of it has more than {MOST_LINE} bytes")
        if not line.endswith(b"\n"):
            tally.is_cut = True
        text = line.rstrip(b"\r\n").decode("utf-8", "backslashreplace")
        if text:
            yield text


def _head(line: str, separator: str, names: list[str], log: str) -> tuple[str, list[str], str]:
    """What a line of the head changes. The separator is written as `\\x09`, behind a blank."""
    if line.startswith("#separator "):
        written = line.removeprefix("#separator ").strip()
        if not written.startswith("\\x") or len(written) != 4:
            raise MalformedMessage("its head tells no separator")
        try:
            separator = chr(int(written[2:], 16))
        except ValueError:
            raise MalformedMessage("its head tells no separator") from None
    words = line.split(separator)
    if words[0] == "#path":
        log = words[1] if len(words) > 1 else ""
        if log not in (_SSL, _SSH, _X509):
            raise MalformedMessage("it is another log of Zeek than ssl.log, ssh.log and x509.log")
    elif words[0] == "#fields":
        names = [plain(word, 100) for word in words[1:200]]
    return separator, names, log


def _json_row(line: str) -> dict[str, str]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        raise MalformedMessage("a line of it is no JSON") from None
    if not isinstance(found, dict):
        return {}
    row = {name: str(value) for name, value in found.items() if isinstance(value, str | int | float | bool)}
    for name in _CHAINS:
        if isinstance(listed := found.get(name), list):
            row[name] = ",".join(one for one in listed[:_MOST_LISTED] if isinstance(one, str))
    return row


def _kind(names: set[str]) -> str:
    if names >= _OF_SSH:
        return _SSH
    if names & _OF_X509 and "id.resp_h" not in names:
        return _X509
    return _SSL if {"id.resp_h", "version"} <= names and names & {"cipher", "established", "server_name"} else ""


def _set(value: str | None) -> str:
    return "" if value is None or value in _UNSET else plain(value)


def _tls(row: Row) -> Iterator[Observation]:
    """Nothing of a connection that did not come to a handshake."""
    label = _VERSIONS.get(_set(row.get("version")))
    if label is None or row.get("established") not in ("T", "True", "true"):
        return
    yield tls_words.version(label)
    suite = tls_words.suite(_set(row.get("cipher")), label)
    if suite is not None:
        yield suite
    group = tls_words.group(_curve(_set(row.get("curve"))), label)
    if group is not None:
        yield group


def _curve(name: str) -> str:
    """A group that this Zeek had no name for comes as `unknown-4588`."""
    from pqscan.registry.tls import named_group

    number = name.removeprefix("unknown-")
    if number == name or not number.isascii() or not number.isdigit() or len(number) > 5 or int(number) > 0xFFFF:
        return name
    return named_group(int(number)).name or name


def _ssh(row: Row) -> Iterator[Observation]:
    """What the two ends agreed on; the lists are not in the log."""
    from pqscan_probes.ssh.facts import listed_name

    software = _set(row.get("server"))
    if software:
        version, _, rest = software.removeprefix("SSH-").partition("-")
        if version in ("2.0", "1.99"):
            yield Observation(Subject.PROTOCOL_VERSION, "SSH-2.0", Support.ACCEPTED, confidence=Confidence.INFERRED)
        if version.startswith("1."):  # 1.99 speaks both (RFC 4253, section 5.1).
            yield Observation(Subject.PROTOCOL_VERSION, "SSH-1", Support.ACCEPTED, confidence=Confidence.INFERRED)
        if rest:
            yield Observation(Subject.SOFTWARE, rest, Support.OFFERED, confidence=Confidence.INFERRED)
    for subject, column in (
        (Subject.KEX_METHOD, "kex_alg"),
        (Subject.HOST_KEY, "host_key_alg"),
        (Subject.ENCRYPTION, "cipher_alg"),
        (Subject.MAC, "mac_alg"),
    ):
        name = _set(row.get(column))
        if name and name.isascii() and name.isprintable():
            one = listed_name(subject, name[:200], 0)
            yield Observation(
                subject, one.value, Support.ACCEPTED, name=one.name, quantum_class=one.quantum_class,
                confidence=Confidence.INFERRED, components=one.components,
            )  # fmt: skip
