"""Fills a store with a made-up inventory of the sample province: three scans in a year, each system with a few servers.

    python examples/province/fill.py STORE

What the servers answer is real: pqscan's own demo servers are scanned once, on loopback, and their answers are given to the
addresses of the province. Between the scans some servers are migrated, some fall back, some are switched off, one moves to
another address, and some renew their certificates.
"""

from __future__ import annotations

import csv
import ipaddress
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pqscan.app import NetScan, scan_net
from pqscan.demo.certificates import CertificateMaker
from pqscan.demo.servers import DEMO_SERVERS, start
from pqscan.model.inventory import Batch, Run, RunKind, RunState
from pqscan.model.outcome import Outcome, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.registry.clients import current_client
from pqscan.scan.audit import AuditLog
from pqscan.store.repository import Store

HERE = Path(__file__).resolve().parent
SCANS = (datetime(2025, 11, 10, 1, 0, tzinfo=UTC), datetime(2026, 5, 12, 1, 0, tzinfo=UTC), datetime(2026, 9, 28, 1, 0, tzinfo=UTC))
OLD = ("old", "tls10-only")
PLAIN = ("classical", "tls12-only", "two-certificates", "classical-preferred")
MODERN = ("hybrid-default", "three-certificates")
RENEWED = " renewed"  # After a server's name: the same server with a new certificate.
MOVED = ("10.60.0.50", "10.60.0.51")  # One server, before and after the last scan but one.


@dataclass(frozen=True, slots=True)
class Place:
    """One server of the province, and what it is like (a demo server's name, None: it does not answer) at each scan."""

    target: NetworkTarget
    likes: tuple[str | None, ...]


def main() -> int:
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    answers = scanned_answers(SCANS[0])
    answers |= {name + RENEWED: answer for name, answer in scanned_answers(SCANS[2], only=PLAIN[:1]).items()}
    places = list(made_up_places())
    with Store.open(sys.argv[1], create=True) as store:
        for number, at in enumerate(SCANS):
            keep(store, f"{at:%Y%m%d-%H%M%S}-prov", at, [(place, place.likes[number]) for place in places], answers)
    print(f"{len(places)} servers, {len(SCANS)} scans: {sys.argv[1]}")
    return 0


def scanned_answers(at: datetime, only: tuple[str, ...] = ()) -> dict[str, Outcome]:
    """What each demo server (or only some) answers to a whole inventory, by its name; certificates were made at that time."""
    with ExitStack() as running, tempfile.TemporaryDirectory() as folder, Store.open(str(Path(folder) / "store.sqlite")) as store:
        maker = CertificateMaker(at)
        servers = [running.enter_context(start(spec, maker=maker)) for spec in DEMO_SERVERS if not only or spec.name in only]
        targets = tuple(f"{server.spec.host}@{server.address}:{server.port}" for server in servers)
        scan_net(NetScan(targets=targets, workers=1), store, audit=AuditLog(Path(folder) / "audit.jsonl"))
        names = {server.port: server.spec.name for server in servers}
        profiles, certificates = store.profiles(), store.certificates(with_der=True)
        found: dict[str, Outcome] = {}
        for seen in store.sightings():
            if seen.profile is None or not isinstance(seen.target, NetworkTarget):
                continue
            digests = dict.fromkeys(digest for chain in seen.chains for digest in chain.certificates)
            found[names[seen.target.port]] = Outcome(
                seen.target, seen.probe, seen.status, seen.first_seen, seen.elapsed_seconds, seen.connections_used, seen.detail,
                profiles[seen.profile], seen.chains, tuple(certificates[digest].der for digest in digests),
            )  # fmt: skip
        return found


def made_up_places() -> Iterator[Place]:
    """One to four servers for each system that runs, alike each time this is done."""
    old, new = MOVED
    yield Place(NetworkTarget(old, 443), (PLAIN[0], PLAIN[0], None))
    yield Place(NetworkTarget(new, 443), (None, None, PLAIN[0]))
    with open(HERE / "systems.csv", encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file)):
            network = next((word.strip() for word in row["scope"].split(";") if "/" in word), None)
            if network is None:
                continue
            first = ipaddress.ip_network(network).network_address + 10
            for server in range(1 + number % 4):
                yield Place(NetworkTarget(str(first + server), 443), likes(number + server, row["stage"]))


def likes(seed: int, stage: str) -> tuple[str | None, ...]:
    """A server's way through the year."""
    if stage == "retired":
        return (OLD[0], OLD[0], None)
    plain, modern = PLAIN[seed % len(PLAIN)], MODERN[seed % len(MODERN)]
    ways: tuple[tuple[str | None, ...], ...] = (
        (plain, plain, plain if plain != PLAIN[0] else plain + RENEWED),
        (plain, plain, modern),  # migrated last
        (OLD[seed % 2], plain, plain),
        (plain, modern, modern),
        (plain, plain, plain),
        (plain, modern, plain),  # migrated, and fell back
        (OLD[seed % 2], OLD[seed % 2], OLD[seed % 2]),
        (plain, plain, None),  # switched off
        (None, plain, modern),  # new
    )
    return ways[seed % len(ways)]


def keep(store: Store, run: str, at: datetime, asked: list[tuple[Place, str | None]], answers: dict[str, Outcome]) -> None:
    """One scan of all places, as a scan would have stored it."""
    store.begin_run(
        Run(run, RunKind.NET, at, None, RunState.RUNNING, "10.60.0.0/14", "", "inventory", current_client().name, "0.1.0",
            "example", authorisation_number="27/QĐ-UBND")
    )  # fmt: skip
    outcomes: list[Outcome] = []
    counts: dict[OutcomeStatus, int] = {}
    for number, (place, like) in enumerate(asked):
        when = at + timedelta(seconds=number)
        if like is None:
            outcome = Outcome(place.target, "tls", OutcomeStatus.TIMED_OUT, when, 5.0, 1)
        else:
            known = answers[like]
            outcome = Outcome(
                place.target, "tls", known.status, when, known.elapsed_seconds, known.connections_used, known.detail,
                known.profile, known.chains, known.certificates,
            )  # fmt: skip
        counts[outcome.status] = counts.get(outcome.status, 0) + 1
        outcomes.append(outcome)
    store.commit(Batch(run, tuple(outcomes), len(outcomes), counts))
    store.finish_run(run, RunState.FINISHED, at + timedelta(minutes=10))


if __name__ == "__main__":
    sys.exit(main())
