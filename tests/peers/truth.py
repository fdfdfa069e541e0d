"""What each server of the lab really does: the rows of truth/*.toml as values. Never made from what pqscan says.

A truth is derived from the server's configuration and confirmed, field by field, by clients of other makers.
"""

from __future__ import annotations

import os
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

TRUTH_FOLDER = Path(__file__).with_name("truth")
DEBIAN = TRUTH_FOLDER / "debian"  # peers that only `make lab-debian` has (tests/peers/debian.py)
STARTTLS = TRUTH_FOLDER / "starttls"  # services that begin TLS by request (tests/peers/services.py)
ALL_VERSIONS = ("SSLv3", "TLS1.0", "TLS1.1", "TLS1.2", "TLS1.3")


@dataclass(frozen=True, slots=True)
class ChainTruth:
    """One chain as it is sent: subject keys (`RSA-2048`) and signature algorithms (dotted OIDs), leaf first."""

    keys: tuple[str, ...]
    signatures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class VersionTruth:
    """What is accepted in one version; all else is refused. Lists stand in the server's order where `*_order` is "server".

    `rare_*` are accepted too, and asked for by `exhaustive` alone. `group_tuples`: the server goes from tuple to tuple, and by the
    client's order within one (OpenSSL 3.5 and later); `groups` are the same, flat."""

    groups: tuple[str, ...]
    suites: tuple[str, ...]
    schemes: tuple[str, ...]
    group_order: str | None  # "server" | "client" in TLS 1.3, where HelloRetryRequest shows it
    suite_order: str  # "server" | "client"
    client_certificate: str  # "requested" | "not_requested"
    group_tuples: tuple[tuple[str, ...], ...] = ()
    rare_groups: tuple[str, ...] = ()
    rare_suites: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SelectedTruth:
    """What OpenSSL 3.5 with its defaults gets; `fails` is the alert ("alert_40") where it gets nothing."""

    fails: str | None = None
    version: str | None = None
    group: str | None = None
    suite: str | None = None
    scheme: str | None = None
    leaf: str | None = None


@dataclass(frozen=True, slots=True)
class Truth:
    name: str
    peer: str  # "demo" | "go" | "rust" | "node" | "java" | "openssl" | "debian" | "service"
    versions: dict[str, VersionTruth]
    selected: SelectedTruth
    chains: tuple[ChainTruth, ...]
    key_establishment: str
    authentication: str
    group_selection: str | None = None  # "hello_retry_upgrade" | "takes_offered_share"; None where neither can be told
    alpn: tuple[str, ...] = ()
    server_name: str | None = None
    default_site: str | None = None  # "same" | "other_certificate" | "alert_112"
    options: tuple[str, ...] = field(default=())  # how to start it, for peers that are programs
    starttls: str | None = None  # the protocol that it speaks before TLS
    software: str = ""  # as it names itself there, without its version; empty where it says nothing
    behaviours: tuple[str, ...] = ()  # what it shows of itself there

    @property
    def refused_versions(self) -> tuple[str, ...]:
        return tuple(version for version in ALL_VERSIONS if version not in self.versions)


def load_truth(name: str) -> Truth:
    folder = {"debian": DEBIAN, "starttls": STARTTLS}.get(name.partition("-")[0], TRUTH_FOLDER)
    row: dict[str, Any] = tomllib.loads((folder / f"{name}.toml").read_text(encoding="utf-8"))
    return Truth(
        name=name,
        peer=row["peer"],
        versions={version: _version(row[version]) for version in ALL_VERSIONS if version in row},
        selected=SelectedTruth(**row["selected"]),
        chains=tuple(ChainTruth(tuple(chain["keys"]), tuple(chain["signatures"])) for chain in row["chains"]),
        key_establishment=row["key_establishment"],
        authentication=row["authentication"],
        group_selection=row.get("group_selection"),
        alpn=tuple(row.get("alpn", ())),
        server_name=row.get("server_name"),
        default_site=row.get("default_site"),
        options=tuple(row.get("options", ())),
        starttls=row.get("starttls"),
        software=row.get("software", ""),
        behaviours=tuple(row.get("behaviours", ())),
    )


def truth_names(*peers: str) -> list[str]:
    """The names of all truth files, or of those of some kinds of peer, sorted. Peers of other Debian suites are among them only
    where `tools/debian-peers run` says where they lie."""
    names = sorted(path.stem for path in TRUTH_FOLDER.glob("*.toml")) + debian_names()
    return [name for name in names if not peers or load_truth(name).peer in peers]


def starttls_names() -> list[str]:
    """The services that begin TLS by request."""
    return sorted(path.stem for path in STARTTLS.glob("*.toml"))


def debian_names() -> list[str]:
    """The peers of other Debian suites; none where `tools/debian-peers run` did not start this."""
    return sorted(path.stem for path in DEBIAN.glob("*.toml")) if "PQSCAN_DEBIAN_PEERS" in os.environ else []


def _version(row: dict[str, Any]) -> VersionTruth:
    return VersionTruth(
        groups=tuple(row["groups"]),
        suites=tuple(row["suites"]),
        schemes=tuple(row.get("schemes", ())),
        group_order=row.get("group_order"),
        suite_order=row["suite_order"],
        client_certificate=row.get("client_certificate", "not_requested"),
        group_tuples=tuple(tuple(each) for each in row.get("group_tuples", ())),
        rare_groups=tuple(row.get("rare_groups", ())),
        rare_suites=tuple(row.get("rare_suites", ())),
    )
