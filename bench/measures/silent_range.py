"""How long a range takes in which hardly anybody answers: 10,000 addresses, 1 % of them with a closed port, the others silent.

Between two network namespaces: what is sent to the range is forwarded into a black hole there, and counted here. Needs root.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from bench.means import Bench, remove_store
from bench.place import PQSCAN
from bench.process import Ended
from bench.result import Goal, Section

_RATE = 500  # connections a second in all, as pqscan has it where nobody says otherwise
_SILENCE_SECONDS = 3.0  # for which one connection is waited for
_START_SECONDS = 5.0
_PLACES = 128  # connections at once to one network
_IN_NETWORK = 250
_WANTED = "a range of {count:,} addresses, 1 % answering: no longer than the budgets of connections need"

_SCRIPT = """set -e
rm -f {ready}; mkfifo {ready}
unshare -n sh -c 'echo > {ready}; exec sleep 1000' & peer=$!
trap 'kill $peer; rm -f {ready}' EXIT
read line < {ready}
ip link add here type veth peer name there netns $peer
for up in "ip link set lo up" "ip addr add 10.98.0.1/24 dev here" "ip link set here up"; do $up; done
for up in "ip link set lo up" "ip addr add 10.98.0.2/24 dev there" "ip link set there up" "ip route add blackhole 10.99.0.0/16" \\
    "ip -batch {addresses}" "sysctl -qw net.ipv4.ip_forward=1"; do nsenter -t $peer -n $up; done
ip route add 10.99.0.0/16 via 10.98.0.2
ip -j -s link show here > {before}
{scan} > {told}
ip -j -s link show here > {after}
"""


def measure(bench: Bench) -> Section:
    networks = 8 if bench.fast else 40
    count = networks * _IN_NETWORK
    wanted = _WANTED.format(count=count)
    section = Section(
        f"A silent range: {count:,} addresses, 1 % answering", ("ports", "wall s", "packets", "the budgets' s", "not asked")
    )
    lacking = _lacking()
    if lacking:
        section.miss("-", lacking)
        section.goals.append(Goal(wanted, lacking, None))
        return section
    words = [f"10.99.{network}.1-250" for network in range(networks)]
    here = "".join(f"addr add 10.99.{n % networks}.{1 + n // networks}/32 dev lo\n" for n in range(count // 100))
    for ports, asked in (("9", 1), ("9,10,11,12,13,14,15,16", 5)):
        ended, packets, spared = _scan(bench, words, here, ports)
        if ended.failure:
            section.miss(ports, ended.failure)
            section.goals.append(Goal(wanted, ended.failure, None))
            continue
        budget = asked * max(count / _RATE, _IN_NETWORK * _SILENCE_SECONDS / _PLACES)
        section.rows.append((ports, f"{ended.seconds:.1f}", f"{packets:,}", f"{budget:.1f}", f"{spared:,}"))
        if asked == 1:
            figure = f"{ended.seconds:.1f} s; {count:,} timeouts one after another are {count * _SILENCE_SECONDS:,.0f} s"
            section.goals.append(Goal(wanted, figure, ended.seconds <= budget + _SILENCE_SECONDS + _START_SECONDS))
    section.notes.append(
        "Packets are those that left for the range: the system repeats an unanswered SYN after 1 s. The budgets' time is that of "
        f"{_RATE} connections a second in all and of {_PLACES} at once to a network. Of eight ports an address that stays silent "
        "is asked on four, and on one more at the end."
    )
    section.commands.append(f"pqscan scan net {words[0]} ... --ports 9 --authorisation range.toml")
    return section


def _lacking() -> str:
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return "only root makes a network namespace"
    missing = [program for program in ("unshare", "nsenter", "ip", "sysctl") if shutil.which(program) is None]
    return f"there is no {missing[0]} on this machine" if missing else ""


def _scan(bench: Bench, words: list[str], here: str, ports: str) -> tuple[Ended, int, int]:
    """The run, the packets that left for the range, and how many targets were spared."""
    store, permission, addresses = bench.fresh_store(), bench.folder / "range.toml", bench.folder / "addresses"
    addresses.write_text(here, encoding="utf-8")
    permission.write_text(_authorisation(), encoding="utf-8")
    targets = bench.folder / "targets"
    targets.write_text("\n".join(words) + "\n", encoding="utf-8")
    before, after = bench.folder / "before.json", bench.folder / "after.json"
    told = bench.folder / "told.json"
    scan = [PQSCAN, "--db", store, "--lang", "en", "--quiet", "--json", "scan", "net", f"@{targets}", "--ports", ports]
    scan += ["--authorisation", permission, "--audit-log", bench.folder / "audit.log", "--discover", "connect"]
    script = _SCRIPT.format(
        ready=_quoted(bench.folder / "ready"),
        addresses=_quoted(addresses),
        before=_quoted(before),
        after=_quoted(after),
        told=_quoted(told),
        scan=shlex.join(str(word) for word in scan),
    )
    ended = bench.run(["unshare", "-n", "sh", "-c", script], most_seconds=900)
    remove_store(store)
    if ended.failure:
        return ended, 0, 0
    packets = _sent(after) - _sent(before)
    by_status = json.loads(told.read_text(encoding="utf-8"))["coverage"]["by_status"]
    return ended, packets, int(by_status.get("not_asked", 0))


def _quoted(path: Path) -> str:
    return shlex.quote(str(path))


def _sent(path: Path) -> int:
    return int(json.loads(path.read_text(encoding="utf-8"))[0]["stats64"]["tx"]["packets"])


def _authorisation() -> str:
    today = datetime.now(UTC).date()
    return (
        'unit = "Bench"\nnumber = "1"\napprover = "Bench"\nranges = ["10.99.0.0/16"]\nports = ["9-16"]\n'
        f"from = {today - timedelta(days=1)}\nto = {today + timedelta(days=1)}\n"
    )
