"""SSH servers of other makers as child processes on loopback: OpenSSH, Dropbear, Go, AsyncSSH, Paramiko.

Keys and configuration lie in a folder of their own, which goes with the peer.
"""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

TRUTH_FOLDER = Path(__file__).with_name("truth") / "ssh"
GO_FOLDER = Path(__file__).with_name("go_ssh")
_PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin:/usr/local/sbin"
_START_SECONDS = 60
_LISTS = {
    "kexalgorithms": "kex_methods",
    "hostkeyalgorithms": "host_keys",
    "ciphers": "ciphers",
    "macs": "macs",
}


@dataclass(frozen=True, slots=True)
class SshTruth:
    """What a server really does. Lists are None where the program's own report of its configuration is the truth (`sshd -T`).

    `keys` are the host keys it gets: type and size in bits, as `ssh-keygen` takes them; `certificate` a host certificate for the
    first of them. `shown` are the formats of the host keys that a client sees, with their sizes."""

    name: str
    peer: str
    options: tuple[str, ...]
    keys: tuple[tuple[str, int], ...]
    shown: dict[str, int]
    certificate: bool = False
    kex_methods: tuple[str, ...] | None = None
    host_keys: tuple[str, ...] | None = None
    ciphers: tuple[str, ...] | None = None
    macs: tuple[str, ...] | None = None
    compressions: tuple[str, ...] | None = None
    behaviours: tuple[str, ...] = ()
    fields: dict[str, str] | None = None
    confirmed: str | None = None  # the method that is carried through


def load_ssh_truth(name: str) -> SshTruth:
    row: dict[str, Any] = tomllib.loads((TRUTH_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    lists = ("kex_methods", "host_keys", "ciphers", "macs", "compressions")
    return SshTruth(
        name=name,
        peer=row["peer"],
        options=tuple(row.get("options", ())),
        keys=tuple((key["type"], key["bits"]) for key in row["keys"]),
        shown=row["shown"],
        certificate=row.get("certificate", False),
        behaviours=tuple(row.get("behaviours", ())),
        fields=row.get("fields"),
        confirmed=row.get("confirmed"),
        **{field: tuple(row[field]) if field in row else None for field in lists},
    )


PEERS = ("asyncssh", "dropbear", "go", "openssh", "paramiko")


def ssh_truth_names() -> list[str]:
    """Those whose peer is at hand; that another is not is one test's business (`missing`)."""
    names = sorted(path.stem for path in TRUTH_FOLDER.glob("*.toml"))
    return [name for name in names if missing(load_ssh_truth(name).peer) is None]


def program(name: str) -> str | None:
    return shutil.which(name, path=_PLACES)


@functools.cache
def missing(peer: str) -> str | None:
    """Why this kind of peer cannot run here, None where it can."""
    if peer in ("asyncssh", "paramiko"):
        return None if importlib.util.find_spec(peer) else f"the package {peer} is not installed here"
    needed = {"openssh": ("sshd", "ssh-keygen"), "dropbear": ("dropbear", "dropbearkey"), "go": ("go",)}[peer]
    lacking = [name for name in needed if program(name) is None]
    if lacking:
        return f"the program {lacking[0]} is not on this machine"
    return _without_go_module() if peer == "go" else None


@functools.cache
def _without_go_module() -> str | None:
    """No test fetches anything: the module must lie in the cache of modules."""
    done = subprocess.run(["go", "list", "-deps", "."], cwd=GO_FOLDER, env=_go_environment(), capture_output=True, text=True)
    return None if done.returncode == 0 else "golang.org/x/crypto is not in Go's cache (go mod download in tests/peers/go_ssh)"


def _go_environment() -> dict[str, str]:
    return {**os.environ, "GOPROXY": "off", "GOFLAGS": "-mod=mod", "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}


@dataclass(frozen=True, slots=True)
class SshPeer:
    """A child process that speaks SSH at 127.0.0.1 and `port`. `public_keys` are the lines of its keys, the certificate's last;
    `reported` the lists that the program itself says it has."""

    port: int
    public_keys: tuple[str, ...]
    reported: dict[str, tuple[str, ...]]
    address: str = "127.0.0.1"


@contextlib.contextmanager
def running(truth: SshTruth) -> Iterator[SshPeer]:
    """Start the server that a truth file describes; ended by its process id."""
    with tempfile.TemporaryDirectory(prefix="pqscan-ssh-") as name:
        folder = Path(name)
        yield from _STARTS[truth.peer](truth, folder)


def _openssh(truth: SshTruth, folder: Path) -> Iterator[SshPeer]:
    keys = [_openssh_key(folder, kind, bits) for kind, bits in truth.keys]
    lines = ["ListenAddress 127.0.0.1", "PidFile none", "UsePAM no", "MaxStartups 100", *truth.options]
    lines += [f"HostKey {key}" for key in keys]
    if truth.certificate:
        authority = _openssh_key(folder, "ed25519", 256, "authority")
        command = [program("ssh-keygen"), "-q", "-s", authority, "-I", "the host", "-h", "-n", "a.demo.invalid,b.demo.invalid"]
        subprocess.run([*command, "-V", "20200101Z:20400101Z", "-z", "7", f"{keys[0]}.pub"], check=True, capture_output=True)
        lines.append(f"HostCertificate {keys[0]}-cert.pub")
    port = _free_port()
    config = folder / "sshd_config"
    config.write_text("\n".join([f"Port {port}", *lines]) + "\n")
    sshd = program("sshd")
    assert sshd is not None
    with contextlib.suppress(OSError):
        Path("/run/sshd").mkdir(mode=0o755)  # Where sshd separates its privileges; a system without the service has none.
    tested = subprocess.run([sshd, "-T", "-f", str(config)], capture_output=True, text=True)
    if tested.returncode:
        raise RuntimeError(f"sshd refuses its configuration: {tested.stderr.strip()}")
    public = [f"{key}.pub" for key in keys] + ([f"{keys[0]}-cert.pub"] if truth.certificate else [])
    process = subprocess.Popen([sshd, "-D", "-e", "-f", str(config)], stderr=subprocess.PIPE, text=True)
    try:
        _wait_for(process, "Server listening")
        yield SshPeer(port, tuple(Path(path).read_text() for path in public), _reported(tested.stdout))
    finally:
        _end(process)


def _openssh_key(folder: Path, kind: str, bits: int, name: str = "") -> str:
    path = folder / (name or f"{kind}{bits}")
    keygen = program("ssh-keygen")
    assert keygen is not None
    subprocess.run([keygen, "-q", "-t", kind, "-b", str(bits), "-N", "", "-C", "demo", "-f", str(path)], check=True)
    return str(path)


def _reported(text: str) -> dict[str, tuple[str, ...]]:
    found: dict[str, tuple[str, ...]] = {}
    for line in text.splitlines():
        key, _, value = line.partition(" ")
        if key in _LISTS:
            found[_LISTS[key]] = tuple(value.split(","))
    return found


def _dropbear(truth: SshTruth, folder: Path) -> Iterator[SshPeer]:
    server, keygen = program("dropbear"), program("dropbearkey")
    assert server is not None
    assert keygen is not None
    options, public = [], []
    for kind, bits in truth.keys:
        path = folder / f"{kind}{bits}"
        size = [] if kind == "ed25519" else ["-s", str(bits)]
        subprocess.run([keygen, "-t", kind, *size, "-f", str(path)], check=True, capture_output=True)
        shown = subprocess.run([keygen, "-y", "-f", str(path)], check=True, capture_output=True, text=True).stdout
        public.append(next(line for line in shown.splitlines() if line.startswith(("ssh-", "ecdsa-"))))
        options += ["-r", str(path)]
    port = _free_port()
    command = [server, "-F", "-E", "-p", f"127.0.0.1:{port}", "-P", str(folder / "pid"), *options, *truth.options]
    process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
    try:
        _wait_for(process, "Not backgrounding")
        _wait_until_open(port)
        yield SshPeer(port, tuple(public), {})
    finally:
        _end(process)


def _go(truth: SshTruth, folder: Path) -> Iterator[SshPeer]:
    binary = str(folder / "peer")
    subprocess.run(["go", "build", "-o", binary, "."], cwd=GO_FOLDER, env=_go_environment(), check=True, timeout=300)
    yield from _telling(truth, [binary])


def _asyncssh(truth: SshTruth, folder: Path) -> Iterator[SshPeer]:
    yield from _telling(truth, [sys.executable, str(Path(__file__).with_name("asyncssh_server.py"))])


def _paramiko(truth: SshTruth, folder: Path) -> Iterator[SshPeer]:
    yield from _telling(truth, [sys.executable, str(Path(__file__).with_name("paramiko_server.py"))])


_STARTS = {"openssh": _openssh, "dropbear": _dropbear, "go": _go, "asyncssh": _asyncssh, "paramiko": _paramiko}


def _telling(truth: SshTruth, command: list[str]) -> Iterator[SshPeer]:
    """A program that prints its port and keys and ends with its standard input."""
    kinds = ",".join(kind if kind == "ed25519" else f"{kind}{bits}" for kind, bits in truth.keys)
    methods = truth.options[0] if truth.options else "default"
    process = subprocess.Popen(
        [*command, methods, kinds], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        assert process.stdout is not None
        told = json.loads(process.stdout.readline())
        yield SshPeer(told["port"], tuple(told["keys"]), {})
    finally:
        _end(process)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as holder:
        port: int = holder.getsockname()[1]
        return port


def _wait_for(process: subprocess.Popen[str], words: str) -> None:
    """Until the program says so; what it says later is read and dropped, lest the pipe fill up."""
    stream = process.stderr
    assert stream is not None
    patience = threading.Timer(_START_SECONDS, process.kill)
    patience.start()
    said: list[str] = []
    try:
        for line in stream:
            said.append(line)
            if words in line:
                threading.Thread(target=_drop, args=(stream,), daemon=True).start()
                return
    finally:
        patience.cancel()
    raise RuntimeError(f"{process.args!r} ended: {''.join(said).strip()}")


def _wait_until_open(port: int) -> None:
    for _ in range(200):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=5).close()
        except ConnectionRefusedError:
            threading.Event().wait(0.05)
        else:
            return


def _drop(stream: IO[str]) -> None:
    with contextlib.suppress(ValueError, OSError):
        for _ in stream:
            pass


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    try:
        process.wait(timeout=5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
