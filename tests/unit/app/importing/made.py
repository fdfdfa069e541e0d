"""What the tests of importers share: the files in tests/vectors/imports, and how a reader is asked."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from pathlib import Path

from pqscan.app.importing.found import Service, Tally
from pqscan.app.importing.nmap import read_nmap
from pqscan.app.importing.ssh_audit import read_ssh_audit
from pqscan.app.importing.sslyze import read_sslyze
from pqscan.app.importing.testssl import read_testssl
from pqscan.app.importing.zeek import read_zeek
from pqscan.model.observation import Subject

VECTORS = Path(__file__).parents[3] / "vectors" / "imports"
Reader = Callable[[bytes, Tally], Iterator[Service]]


def nmap_at_once(data: bytes, tally: Tally) -> Iterator[Service]:
    return read_nmap([data], tally)


READERS: dict[str, Reader] = {
    "nmap": nmap_at_once,
    "sslyze": read_sslyze,
    "testssl": read_testssl,
    "ssh-audit": read_ssh_audit,
    "zeek": lambda data, tally: read_zeek(io.BytesIO(data), tally),
}
FILES = {
    "nmap": VECTORS / "nmap-7.93.xml",
    "sslyze": VECTORS / "sslyze-6.3.1.json",
    "testssl": VECTORS / "testssl-3.0.8.json",
    "ssh-audit": VECTORS / "ssh-audit-3.9.0.json",
    "zeek": VECTORS / "zeek-ssl.log",
}


def services_of(form: str, data: bytes | None = None) -> tuple[dict[int, Service], Tally]:
    """By their ports."""
    tally = Tally()
    found = READERS[form](FILES[form].read_bytes() if data is None else data, tally)
    return {service.target.port: service for service in found}, tally


def told(service: Service, subject: Subject, context: str | None = None) -> list[str]:
    """The names (or values) of one subject in their order."""
    return [o.name or o.value for o in service.observations if o.subject is subject and o.context == context]
