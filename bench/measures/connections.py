"""How many connections a complete inventory of one modern endpoint costs it, counted by the server, and what each tool saw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.go_programs import FIRST_ADDRESS, FIRST_PORT, Server, tls_server
from bench.means import Bench, remove_store, shown
from bench.measures import seen
from bench.measures.seen import Seen
from bench.process import Ended
from bench.result import Goal, Section, ratio

_MOST_CONNECTIONS = 30
_WANTED = "connections for one modern endpoint, complete inventory with controls: at most 30"


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to ask a peer for everything that it can tell of an endpoint. `codes`: exit codes that are no failure."""

    peer: str
    words: tuple[str, ...]
    read: seen.Reader
    most_seconds: float = 120
    codes: tuple[int, ...] = (0,)


_AT = f"{FIRST_ADDRESS}:{FIRST_PORT}"
_WAYS = (
    _Way("nmap", ("-Pn", "-n", "-p", str(FIRST_PORT), "--script", "ssl-enum-ciphers,ssl-cert", FIRST_ADDRESS), seen.in_nmap),
    _Way("sslscan", ("--no-colour", _AT), seen.in_sslscan),
    _Way("sslyze", ("--json_out=-", _AT), seen.in_sslyze, codes=(0, 1)),
    _Way("cryptolyzer", ("tls", "all", _AT), seen.in_cryptolyzer),
    _Way("pqaudit", ("-f", _AT), seen.in_pqaudit, codes=(0, 1, 2, 3, 4)),
    _Way("testssl.sh", ("--warnings", "off", "--color", "0", "-p", "-P", "-f", "-S", _AT), seen.in_testssl, 600, tuple(range(256))),
)


def measure(bench: Bench) -> Section:
    section = Section(
        "One modern endpoint: TLS 1.2 and 1.3, 10 + 3 suites, 7 groups, two certificates",
        ("program", "connections", "of pqscan's", "wall s", "CPU s", *Seen.HEADER),
    )
    with tls_server(bench.go()) as server:
        own = _pqscan(bench, section, server)
        for way in _WAYS:
            found = bench.peers[way.peer]
            if found.path is None:
                section.miss(way.peer, found.reason)
                continue
            before = server.counts()
            ended = bench.run([found.path, *way.words], most_seconds=way.most_seconds)
            connections = (server.counts() - before).accepted
            section.commands.append(shown(ended.command))
            if ended.out_of_time or ended.code not in way.codes:
                section.miss(found.label, f"{ended.failure}; {connections} connections")
                continue
            section.rows.append(_row(found.label, ended, connections, own, way.read(ended.output)))
    section.notes += [
        "Connections are those that the server accepted. “Groups” and “suites” are what a tool reported as accepted, "
        "of 7 groups (3 of them hybrid) and 13 suites.",
        "ssh-audit is for SSH and has nothing to do here; it is installed for the part that asks SSH.",
    ]
    return section


def _row(label: str, ended: Ended, connections: int, own: int, what: Seen) -> tuple[str, ...]:
    return (label, str(connections), ratio(connections, own), f"{ended.seconds:.2f}", f"{ended.cpu_seconds:.2f}", *what.cells)


def _pqscan(bench: Bench, section: Section, server: Server) -> int:
    """Both profiles, each into a store of its own; gives the connections of the inventory, 0 where it failed."""
    own, figure, complete = 0, "", False
    for profile in ("inventory", "quick"):
        store = bench.fresh_store()
        words: Sequence[str] = ("scan", "net", FIRST_ADDRESS, "--ports", str(FIRST_PORT), "--profile", profile)
        before = server.counts()
        ended = bench.pqscan(store, *words)
        connections = (server.counts() - before).accepted
        section.commands.append(shown(ended.command))
        what = _seen(bench, store)
        remove_store(store)
        if ended.failure:
            section.miss(f"pqscan, {profile}", ended.failure)
            figure = figure or ended.failure
            continue
        if profile == "inventory":
            own, complete = connections, what.suites == 13 and what.groups == 7 and what.certificates == 2
            figure = f"{connections} connections; {what.suites} suites, {what.groups} groups, {what.certificates} certificates"
        section.rows.append(_row(f"pqscan, {profile}", ended, connections, own, what))
    section.goals.append(Goal(_WANTED, figure, complete and own <= _MOST_CONNECTIONS if own else None))
    return own


def _seen(bench: Bench, store: Path) -> Seen:
    ended = bench.pqscan(store, "report", "json")
    return Seen() if ended.failure else seen.in_pqscan(ended.output)
