"""A network in which services of many kinds lie scattered, some on ports of others: found, recognised and asked in one command.

In a network namespace of its own, so that low ports are free and nobody else's packets count. Needs root, or leave to make one.
"""

from __future__ import annotations

import ipaddress
import json
import os
import random
import shutil
from pathlib import Path

from bench.means import Bench, remove_store, shown
from bench.measures import mixed_seen
from bench.measures.mixed_seen import Place
from bench.place import FOLDER, PQSCAN, PYTHON
from bench.result import Goal, Section

MIX = (
    ("tls", 443, 140), ("tls12", 443, 40), ("tls", 22, 5), ("ssh", 22, 110), ("ssh", 443, 10), ("smtp", 25, 40),
    ("smtp-plain", 25, 10), ("smtp", 143, 5), ("imap", 143, 35), ("pop3", 110, 10), ("http", 443, 10), ("ftp", 443, 5),
    ("postgresql", 5432, 25), ("mysql", 3306, 10), ("ldap", 389, 15), ("rdp", 3389, 20), ("silent", 443, 5), ("silent", 22, 5),
)  # fmt: skip
"""Kind, port, how many: 500 services."""
PORTS = ",".join(map(str, sorted({port for _, port, _ in MIX})))
_MOST_SECONDS, _MOST_SECONDS_OF_NMAP = 900.0, 300.0
_LEAST_RIGHT = 0.99
_ISOLATED = ("unshare", "--net", "--pid", "--fork", "--kill-child")


def measure(bench: Bench) -> Section:
    network = ipaddress.IPv4Network("127.20.0.0/21" if bench.fast else "127.20.0.0/16")
    plan = make_plan(network, 10 if bench.fast else 1)
    count = len(plan)
    wanted = f"a /{network.prefixlen} with {count} mixed services in one command: time and packets told, 99 % rightly recognised"
    section = Section(
        f"{count} mixed services in a /{network.prefixlen}, {PORTS.count(',') + 1} ports",
        ("program", "wall s", "CPU s", "packets", "connections to services", "rightly recognised", "the services' CPU s"),
    )
    lacking = _lacking(bench)
    if lacking:
        section.miss("-", lacking)
        section.goals.append(Goal(wanted, lacking, None))
        return section
    programs = bench.go_with_ssh()
    store = bench.fresh_store()
    own: list[str | Path] = [PQSCAN, "--db", store, "--lang", "en", "--quiet", "scan", "net", str(network), "--ports", PORTS]
    taken = _beside(bench, programs, plan, [*own, "--profile", "quick"])
    told = bench.pqscan(store, "report", "json")
    remove_store(store)
    section.commands.append(shown(str(taken["command"])))
    failure = str(taken["failure"]) or told.failure
    if failure:
        section.miss("pqscan", failure)
        section.goals.append(Goal(wanted, failure, None))
    else:
        right = mixed_seen.right(plan, mixed_seen.in_pqscan(told.output))
        section.rows.append(_row("pqscan, quick", taken, right, count))
        figure = f"{float(str(taken['seconds'])):.1f} s, {int(str(taken['packets'])):,} packets, {right} of {count}"
        section.goals.append(Goal(wanted, figure, right >= _LEAST_RIGHT * count))
    _ask_nmap(bench, section, programs, plan)
    section.notes += [
        "Closed ports answer at once. Packets are those that loopback carried, of both sides. Services that accept and say nothing "
        "are asked in several protocols, and once more at the end.",
        "The services speak real TLS and SSH behind a few scripted words of their protocol. nmap is given the addresses that have "
        f"one, asks its fewest questions (--version-light), and has {_MOST_SECONDS_OF_NMAP:.0f} s: of a network it asks one part "
        "of the hosts after the other, and waits for the silent of each. It tells what speaks, and nothing of cryptography; "
        "what it only reads off the port number counts as silence, and it need not tell TLS 1.2 from 1.3.",
    ]
    return section


def make_plan(network: ipaddress.IPv4Network, share: int) -> dict[Place, str]:
    """The services by address and port, on addresses of their own; `share` 10: a tenth of each kind, at least one."""
    kinds = [(kind, port) for kind, port, count in MIX for _ in range(max(1, count // share))]
    first = int(network.network_address)
    chosen = random.Random(6).sample(range(1, network.num_addresses - 1), len(kinds))  # The same in every run.
    return {(str(ipaddress.IPv4Address(first + offset)), port): kind for offset, (kind, port) in zip(chosen, kinds, strict=True)}


def _ask_nmap(bench: Bench, section: Section, programs: Path, plan: dict[Place, str]) -> None:
    peer = bench.peers["nmap"]
    if peer.path is None:
        section.miss("nmap -sV", peer.reason)
        return
    xml, hosts = bench.folder / "nmap.xml", bench.folder / "hosts"
    xml.unlink(missing_ok=True)
    hosts.write_text("".join(f"{address}\n" for address, _ in plan), encoding="utf-8")
    words: list[str | Path] = [
        "-sT",
        "-sV",
        "--version-light",
        "-Pn",
        "-n",
        "--open",
        "--min-hostgroup",
        "512",
        "-p",
        PORTS,
        "-oX",
        xml,
        "-iL",
        hosts,
    ]
    taken = _beside(bench, programs, plan, [peer.path, *words], _MOST_SECONDS_OF_NMAP)
    section.commands.append(shown(str(taken["command"])))
    if taken["failure"]:
        section.miss(f"{peer.label} -sV --version-light", str(taken["failure"]))
        return
    told = mixed_seen.in_nmap(xml.read_text(encoding="utf-8"))
    right = mixed_seen.right(plan, told, mixed_seen.NMAP_CANNOT_TELL)
    section.rows.append(_row(f"{peer.label} -sV --version-light", taken, right, len(plan)))


def _row(label: str, taken: dict[str, object], right: int, count: int) -> tuple[str, ...]:
    seconds, cpu, server = (float(str(taken[key])) for key in ("seconds", "cpu_seconds", "server_cpu_seconds"))
    packets, connections = (int(str(taken[key])) for key in ("packets", "connections"))
    return (label, f"{seconds:.1f}", f"{cpu:.1f}", f"{packets:,}", f"{connections:,}", f"{right} of {count}", f"{server:.1f}")


def _beside(
    bench: Bench, programs: Path, plan: dict[Place, str], command: list[str | Path], most_seconds: float = _MOST_SECONDS
) -> dict[str, object]:
    """What the command took beside the services, as in_network.py tells it."""
    listed, result = bench.folder / "plan", bench.folder / "taken.json"
    listed.write_text("".join(f"{address} {port} {kind}\n" for (address, port), kind in plan.items()), encoding="utf-8")
    result.unlink(missing_ok=True)
    words = [*_isolated(), PYTHON, FOLDER / "in_network.py", result, str(most_seconds), programs / "services", listed, *command]
    ended = bench.run(words, most_seconds=most_seconds + 60)
    if ended.failure:
        return {"command": " ".join(map(str, command)), "failure": ended.failure}
    taken: dict[str, object] = json.loads(result.read_text(encoding="utf-8"))
    return taken


def _isolated() -> tuple[str, ...]:
    """What starts a program in a network of its own, which ends with it."""
    return _ISOLATED if os.geteuid() == 0 else (*_ISOLATED, "--map-root-user")


def _lacking(bench: Bench) -> str:
    if not hasattr(os, "geteuid"):
        return "there are no network namespaces on this system"
    missing = [program for program in ("unshare", "ip") if shutil.which(program) is None]
    if missing:
        return f"there is no {missing[0]} on this machine"
    tried = bench.run([*_isolated(), "ip", "link", "set", "lo", "up"], most_seconds=30)
    return f"no network namespace can be made here: {tried.failure}" if tried.failure else ""
