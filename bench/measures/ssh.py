"""What a complete inventory of one SSH server costs it, counted by the server, and what each tool saw: of OpenSSH as the system
has it, and of a server in Go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bench.go_programs import FIRST_ADDRESS, FIRST_PORT, NoServer, ssh_server
from bench.means import Bench, remove_store, shown
from bench.measures import ssh_seen
from bench.measures.ssh_seen import SshSeen
from bench.openssh import ADDRESS, KEYS, OpenSshServer
from bench.process import Ended
from bench.result import Goal, Section, ratio

_LISTS = "SSH: complete name lists in both directions in one connection"
_HOST_KEYS = "SSH: at most one more connection for each further type of host key, never more than ten"
_MOST_CONNECTIONS = 10


@dataclass(frozen=True, slots=True)
class _Way:
    """One way to ask a peer for everything that it can tell. `codes`: exit codes that are no failure."""

    name: str
    peer: str
    words: tuple[str, ...]
    read: ssh_seen.Reader
    codes: tuple[int, ...] = (0,)


@dataclass(frozen=True, slots=True)
class _Own:
    """What one profile of ours cost and told of a server."""

    connections: int
    seen: SshSeen


def ways(address: str, port: int) -> tuple[_Way, ...]:
    at, told = f"{address}:{port}", (0, 1, 2, 3)  # ssh-audit's: 2 and 3 are its opinion of the server
    scripts = ("-Pn", "-n", "-p", str(port), "--script", "+ssh2-enum-algos,+ssh-hostkey", address)
    return (
        _Way("ssh-audit", "ssh-audit", ("-jj", at), ssh_seen.in_ssh_audit, told),
        _Way("ssh-audit, no rate test", "ssh-audit", ("--skip-rate-test", "-jj", at), ssh_seen.in_ssh_audit, told),
        _Way("nmap", "nmap", scripts, ssh_seen.in_nmap),
        _Way("cryptolyzer", "cryptolyzer", ("--output-format", "json", "ssh", "all", at), ssh_seen.in_cryptolyzer),
    )


def measure(bench: Bench) -> Section:
    section = Section(
        "One SSH server: three host keys, complete lists",
        ("server", "program", "connections", "of pqscan's", "wall s", "CPU s", *SshSeen.HEADER),
    )
    found: list[dict[str, _Own]] = []
    try:
        with OpenSshServer() as openssh:
            found.append(_ask(bench, section, openssh.version, ADDRESS, openssh.port, openssh.accepted, openssh.begin_again))
    except NoServer as error:
        section.miss("OpenSSH", str(error))
    try:
        with ssh_server(bench.go_with_ssh()) as server:
            where = ("Go, x/crypto", FIRST_ADDRESS, FIRST_PORT)
            found.append(_ask(bench, section, *where, lambda: server.counts().accepted, lambda: None))
    except NoServer as error:
        section.miss("Go", str(error))
    section.notes += [
        "Connections are those that the server accepted; OpenSSH tells them in its log, with those that it drops. The columns "
        "behind count what a tool reported; “host keys” are those of which it told the size.",
        "ssh-audit also tries how many connections a second the server takes (--skip-rate-test leaves it out), and asks for small "
        "fields in a group exchange, which pqscan does under --profile exhaustive.",
        "nmap looks for SSH on port 22 alone by itself; the plus signs make it ask on this one.",
    ]
    section.goals += [_lists_goal(found), _keys_goal(found)]
    return section


def _ask(
    bench: Bench,
    section: Section,
    server: str,
    address: str,
    port: int,
    accepted: Callable[[], int],
    begin_again: Callable[[], None],
) -> dict[str, _Own]:
    """Every program in turn; `begin_again` lets the server forget the one before."""
    own: dict[str, _Own] = {}
    for profile in ("inventory", "quick", "exhaustive"):
        store = bench.fresh_store()
        begin_again()
        before = accepted()
        ended = bench.pqscan(store, "scan", "net", f"{address}:{port}/ssh", "--profile", profile)
        connections = accepted() - before
        told = bench.pqscan(store, "report", "json")
        remove_store(store)
        section.commands.append(shown(ended.command))
        if failure := ended.failure or told.failure:
            section.miss(server, f"pqscan, {profile}", failure)
            continue
        own[profile] = _Own(connections, ssh_seen.in_pqscan(told.output))
        section.rows.append(_row(server, f"pqscan, {profile}", ended, connections, own, own[profile].seen))
    for way in ways(address, port):
        peer = bench.peers[way.peer]
        if peer.path is None:
            section.miss(server, way.name, peer.reason)
            continue
        begin_again()
        before = accepted()
        ended = bench.run([peer.path, *way.words], most_seconds=180)
        connections = accepted() - before
        section.commands.append(shown(ended.command))
        label = way.name.replace(peer.peer.name, peer.label)
        if ended.out_of_time or ended.code not in way.codes:
            section.miss(server, label, f"{ended.failure}; {connections} connections")
            continue
        section.rows.append(_row(server, label, ended, connections, own, way.read(ended.output)))
    return own


def _row(server: str, label: str, ended: Ended, connections: int, own: dict[str, _Own], seen: SshSeen) -> tuple[str, ...]:
    whole = own["inventory"].connections if "inventory" in own else 0
    return (server, label, str(connections), ratio(connections, whole), f"{ended.seconds:.2f}", f"{ended.cpu_seconds:.2f}",
            *seen.cells)  # fmt: skip


def _lists_goal(found: list[dict[str, _Own]]) -> Goal:
    asked = [one for one in found if {"quick", "inventory"} <= set(one)]
    if not asked:
        return Goal(_LISTS, "no server could be asked", None)
    figure = "; ".join(f"{one['quick'].connections} connection, {sum(one['quick'].seen.lists)} names" for one in asked)
    complete = all(one["quick"].seen.lists == one["inventory"].seen.lists and all(one["quick"].seen.lists) for one in asked)
    return Goal(_LISTS, figure, complete and all(one["quick"].connections == 1 for one in asked))


def _keys_goal(found: list[dict[str, _Own]]) -> Goal:
    asked = [one["inventory"] for one in found if "inventory" in one]
    most = max((own.connections for one in found for own in one.values()), default=0)
    if not asked:
        return Goal(_HOST_KEYS, "no server could be asked", None)
    figure = "; ".join(f"{one.connections} connections for {one.seen.keys} keys" for one in asked)
    met = all(one.seen.keys == len(KEYS) and one.connections <= one.seen.keys for one in asked)
    return Goal(_HOST_KEYS, f"{figure}; {most} at most in any profile", met and most <= _MOST_CONNECTIONS)
