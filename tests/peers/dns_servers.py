"""Servers of the DNS as child processes on loopback: BIND with a parent zone and its children, Knot with a child alone.

Keys and signatures are made by BIND's own tools (dnssec-keygen, dnssec-signzone), which share no code with the library that reads
the answers here. Zones, keys and configuration lie in a folder of their own, which goes with the peer.
"""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import IO, Any

TRUTH_FOLDER = Path(__file__).with_name("truth") / "dns"
PARENT = "demo.invalid"
INCEPTION, EXPIRATION = "2026-01-01T00:00:00Z", "2037-01-01T00:00:00Z"
_PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
_START_SECONDS = 60
_BIND = ("named", "dnssec-keygen", "dnssec-signzone", "dnssec-dsfromkey")


@dataclass(frozen=True, slots=True)
class ZoneTruth:
    """A zone as its truth file describes it. `keys` are (role, algorithm number, name, size in bits); `ds` the digest types at the
    parent; `expected` what the probe must find beside them, subject by subject."""

    name: str
    zone: str
    server: str
    keys: tuple[tuple[str, int, str, int], ...]
    ds: tuple[int, ...]
    denial: str
    iterations: int
    salt: str
    records: tuple[str, ...]
    names: tuple[str, ...]
    selectors: tuple[str, ...]
    dnssec: str
    states: tuple[str, str]
    reasons: tuple[str, ...]
    behaviours: tuple[str, ...]
    expected: dict[str, tuple[str, ...]]


@cache
def load_zone_truth(name: str) -> ZoneTruth:
    row: dict[str, Any] = tomllib.loads((TRUTH_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return ZoneTruth(
        name,
        row["zone"],
        row.get("server", "named"),
        tuple((key["role"], key["algorithm"], key["name"], key["bits"]) for key in row.get("keys", ())),
        tuple(row.get("ds", ())),
        row.get("denial", ""),
        row.get("iterations", 0),
        row.get("salt", ""),
        tuple(row.get("records", ())),
        tuple(row.get("names", ())),
        tuple(row.get("selectors", ())),
        row["dnssec"],
        tuple(row["states"]),
        tuple(row["reasons"]),
        tuple(row.get("behaviours", ())),
        {subject: tuple(values) for subject, values in row.get("expected", {}).items()},
    )


def zone_truth_names() -> list[str]:
    return sorted(path.stem for path in TRUTH_FOLDER.glob("*.toml"))


def missing(server: str) -> str | None:
    """Why this server cannot run here, None where it can."""
    for program in (*_BIND, *(("knotd",) if server == "knotd" else ())):
        if shutil.which(program, path=_PLACES) is None:
            return f"{program} is not installed (apt-get install bind9 bind9-utils knot)"
    return None


@dataclass(frozen=True, slots=True)
class DnsServers:
    """Ports by server. `tags` are the key tags of each zone, by role, as the names of the key files tell them."""

    ports: dict[str, int]
    tags: dict[str, dict[str, int]]


@contextlib.contextmanager
def running() -> Iterator[DnsServers]:
    """Every zone of the truth files, signed anew, at the servers that they name."""
    truths = [load_zone_truth(name) for name in zone_truth_names()]
    with tempfile.TemporaryDirectory(prefix="pqscan-dns-") as name, contextlib.ExitStack() as ending:
        folder = Path(name)
        tags = {truth.name: _make_zone(folder, truth) for truth in truths}
        _make_parent(folder, truths)
        ports = {}
        for server in sorted({truth.server for truth in truths}):
            if missing(server) is None:
                served = [truth for truth in truths if truth.server == server]
                ports[server] = ending.enter_context(_STARTERS[server](folder, served))
        yield DnsServers(ports, tags)


def _run(folder: Path, *command: str) -> str:
    program = shutil.which(command[0], path=_PLACES) or command[0]
    done = subprocess.run([program, *command[1:]], cwd=folder, capture_output=True, text=True, timeout=_START_SECONDS)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)}: {done.stderr[-2000:]}")
    return done.stdout


def _make_zone(folder: Path, truth: ZoneTruth) -> dict[str, int]:
    """The zone's file, signed where it has keys; gives the tags."""
    lines = [
        f"$ORIGIN {truth.zone}.",
        "$TTL 300",
        "@ SOA ns hostmaster 2026112901 3600 600 86400 300",
        "@ NS ns",
        "ns A 127.0.0.1",
        *truth.records,
    ]
    plain = folder / f"{truth.name}.zone"
    tags: dict[str, int] = {}
    stems = []
    for role, algorithm, _name, bits in truth.keys:
        size = ["-b", str(bits)] if algorithm in (5, 7, 8, 10) else []
        flags = ["-f", "KSK"] if role == "ksk" else []
        stem = _run(folder, "dnssec-keygen", "-q", "-a", str(algorithm), *size, *flags, truth.zone).strip()
        tags[role] = int(stem.rpartition("+")[2])
        stems.append(stem)
        lines.append((folder / f"{stem}.key").read_text(encoding="ascii"))
    plain.write_text("\n".join(lines) + "\n", encoding="utf-8")
    if not truth.keys:
        shutil.copy(plain, folder / f"{truth.name}.signed")
        return tags
    denial = ["-3", truth.salt or "-", "-H", str(truth.iterations)] if truth.denial == "NSEC3" else []
    times = ["-s", re.sub(r"[-:TZ]", "", INCEPTION), "-e", re.sub(r"[-:TZ]", "", EXPIRATION)]
    single = ["-z"] if len(truth.keys) == 1 else ["-x"]  # Keys are signed by the key-signing key alone.
    _run(folder, "dnssec-signzone", *denial, *times, *single, "-o", truth.zone, "-f", f"{truth.name}.signed", plain.name, *stems)
    flags = {1: "-1", 2: "-2", 4: "-a", 0: ""}
    ds = []
    for digest in truth.ds:
        for stem, (role, *_rest) in zip(stems, truth.keys, strict=True):
            if role == "ksk":
                ds.append(_run(folder, "dnssec-dsfromkey", *([flags[digest]] if digest != 4 else ["-a", "SHA-384"]), f"{stem}.key"))
    (folder / f"{truth.name}.ds").write_text("".join(ds), encoding="ascii")
    return tags


def _make_parent(folder: Path, truths: list[ZoneTruth]) -> None:
    """Unsigned, with a delegation and the DS records of every child."""
    lines = [
        f"$ORIGIN {PARENT}.",
        "$TTL 300",
        "@ SOA ns hostmaster 2026112901 3600 600 86400 300",
        "@ NS ns",
        "ns A 127.0.0.1",
        "host A 127.0.0.1",
        "alias CNAME host",
    ]
    for truth in truths:
        lines += [f"{truth.zone}. NS ns.{truth.zone}.", f"ns.{truth.zone}. A 127.0.0.1"]
        made = folder / f"{truth.name}.ds"
        lines += [made.read_text(encoding="ascii")] if made.exists() else []
    (folder / "parent.zone").write_text("\n".join(lines) + "\n", encoding="utf-8")


@contextlib.contextmanager
def _named(folder: Path, truths: list[ZoneTruth]) -> Iterator[int]:
    port = _free_port()
    zones = [(PARENT, "parent.zone"), *((truth.zone, f"{truth.name}.signed") for truth in truths)]
    options = [
        f'directory "{folder}";', f"listen-on port {port} {{ 127.0.0.1; }};", "listen-on-v6 { none; };", "recursion no;",
        f'pid-file "{folder}/named.pid";', f'session-keyfile "{folder}/session.key";', "dnssec-validation no;", "notify no;",
        'empty-zones-enable no;', 'max-udp-size 512;', f'managed-keys-directory "{folder}";',
    ]  # fmt: skip
    text = "options { " + " ".join(options) + " };\ncontrols { };\n"
    text += "".join(f'zone "{zone}" {{ type primary; file "{file}"; }};\n' for zone, file in zones)
    (folder / "named.conf").write_text(text, encoding="utf-8")
    with _child(["named", "-g", "-c", str(folder / "named.conf")], r" running\s*$"):
        yield port


@contextlib.contextmanager
def _knotd(folder: Path, truths: list[ZoneTruth]) -> Iterator[int]:
    port = _free_port()
    (folder / "knot").mkdir()
    lines = [
        "server:", f"  rundir: {folder}/knot", f"  listen: 127.0.0.1@{port}", "database:", f"  storage: {folder}/knot",
        "log:", "  - target: stderr", "    any: info", "zone:",
    ]  # fmt: skip
    for truth in truths:
        lines += [f"  - domain: {truth.zone}", f"    file: {folder}/{truth.name}.signed", "    zonefile-sync: -1"]
    (folder / "knot.conf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    with _child(["knotd", "-c", str(folder / "knot.conf")], r"server started"):
        yield port


_STARTERS = {"named": _named, "knotd": _knotd}


@contextlib.contextmanager
def _child(command: list[str], ready: str) -> Iterator[None]:
    program = shutil.which(command[0], path=_PLACES) or command[0]
    process = subprocess.Popen(
        [program, *command[1:]],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    try:
        _wait(process, ready)
        yield
    finally:
        process.kill()
        process.wait()


def _wait(process: subprocess.Popen[str], ready: str) -> None:
    """Until the line that says that it serves; what it says later is read and dropped, lest the pipe fill up."""
    stream = process.stdout
    assert stream is not None
    patience = threading.Timer(_START_SECONDS, process.kill)
    patience.start()
    said = []
    try:
        for line in stream:
            said.append(line)
            if re.search(ready, line):
                threading.Thread(target=_drop, args=(stream,), daemon=True).start()
                return
    finally:
        patience.cancel()
    raise RuntimeError(f"the server ended without serving: {''.join(said)[-3000:]}")


def _drop(stream: IO[str]) -> None:
    with contextlib.suppress(ValueError, OSError):
        for _ in stream:
            pass


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
