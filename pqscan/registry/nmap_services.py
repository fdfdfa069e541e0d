"""What nmap's names of services mean to us (data/nmap_services.toml): the protocol that a probe of ours can ask."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from pqscan.registry.table import DATA_FOLDER, read_table

_WRAPPED = "tls"


def protocol_of(name: str, *, is_wrapped: bool = False) -> str:
    """The protocol of services.toml for a service as nmap names it; empty where no row tells one. `is_wrapped`: inside of TLS,
    which is what matters here, whatever is in it."""
    return _WRAPPED if is_wrapped else _protocols().get(name, "")


@cache
def _protocols() -> dict[str, str]:
    """The shipped rows. Raises DataError."""
    return read_nmap_services()


def read_nmap_services(path: Path = DATA_FOLDER / "nmap_services.toml") -> dict[str, str]:
    """Protocols by nmap's names. Raises DataError naming file and row: a name twice."""
    found: dict[str, str] = {}
    for row in read_table(path, "service"):
        name = row.text("nmap")
        if name in found:
            raise row.wrong("there is a row for this name already")
        found[name] = row.text("protocol")
        row.done()
    return found
