"""What the names of SSH mean (rows in data/ssh_algorithms.toml), and what real SSH clients offer (data/ssh_clients.toml).

Each table is read once, when first asked for. A name that no source lists has no row: it is kept as it was sent."""

from __future__ import annotations

from functools import lru_cache

from pqscan.errors import DataError, UsageError
from pqscan.registry.ssh_rows import KeyForm, SshAlgorithm, SshClient, SshKind, SshStatus
from pqscan.registry.ssh_tables import read_ssh_algorithms, read_ssh_clients

__all__ = [
    "EDITION",
    "KeyForm",
    "SshAlgorithm",
    "SshClient",
    "SshKind",
    "SshStatus",
    "client",
    "clients",
    "current_client",
    "ssh_algorithm",
    "ssh_algorithms",
]

EDITION = "2026-11"
"""Of the names that the probe offers, as `asked` tells it."""

OWN_OFFER = "pqscan"
"""The row with what the probe itself offers."""


@lru_cache(maxsize=1)
def ssh_algorithms() -> tuple[SshAlgorithm, ...]:
    """Every row, in the order of the file. Raises DataError."""
    return read_ssh_algorithms()


def ssh_algorithm(kind: SshKind, name: str) -> SshAlgorithm | None:
    """The row of a name in one list of a KEXINIT; None where no source names it. A marker is found among key exchange methods too.

    Raises DataError where our own table is wrong."""
    rows = _by_name()
    found = rows.get((kind, name))
    if found is not None or kind is not SshKind.KEY_EXCHANGE:
        return found
    marker = rows.get((SshKind.MARKER, name))
    if marker is not None or not name.startswith("gss-"):
        return marker
    return rows.get((kind, f"{name.rpartition('-')[0]}-*"))


@lru_cache(maxsize=1)
def _by_name() -> dict[tuple[SshKind, str], SshAlgorithm]:
    return {(row.kind, row.name): row for row in ssh_algorithms()}


@lru_cache(maxsize=1)
def _clients() -> dict[str, SshClient]:
    return {each.name: each for each in read_ssh_clients()}


def clients() -> tuple[SshClient, ...]:
    """Every real client, in the order of the file. Raises DataError."""
    return tuple(each for each in _clients().values() if each.name != OWN_OFFER)


def client(name: str) -> SshClient:
    """The client of that name. Raises UsageError naming those that exist, DataError where our own table is wrong."""
    found = {each.name: each for each in clients()}
    if name not in found:
        raise UsageError(f"there is no SSH client {name!r}; choose one of {', '.join(found)}")
    return found[name]


def current_client() -> SshClient:
    """The pinned current client. Raises DataError."""
    return next(each for each in clients() if each.current)


def own_offer() -> SshClient:
    """What the probe offers, so that a server has something to agree to. Raises DataError."""
    found = _clients().get(OWN_OFFER)
    if found is None:
        raise DataError(f"ssh_clients.toml has no row {OWN_OFFER}; install pqscan again")
    return found
