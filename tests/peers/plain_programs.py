"""Servers of protocols without public-key cryptography of their own, from Debian's packages: Samba and others.

Each runs as a child process on loopback from a configuration of its own and is ended by its process id; what the system has running
is left alone. A program that is missing skips the test with its reason."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.peers.service_configs import found

TRUTH_FOLDER = Path(__file__).parent / "truth" / "plain"
_START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Ground:
    """The folder and the port of one server, and what its truth file asks of it."""

    folder: Path
    port: int
    options: tuple[str, ...]

    def write(self, name: str, *lines: str) -> str:
        (self.folder / name).write_text("\n".join(lines) + "\n")
        return str(self.folder / name)


def samba(ground: Ground) -> list[str]:
    """smbd alone, with the options of the truth file."""
    folder = ground.folder
    places = ("private dir", "lock directory", "state directory", "cache directory", "pid directory", "ncalrpc dir")
    for place in places:
        (folder / place.split()[0]).mkdir()
    config = ground.write(
        "smb.conf",
        "[global]",
        *(f"{place} = {folder}/{place.split()[0]}" for place in places),
        f"smb ports = {ground.port}",
        "interfaces = 127.0.0.1/8",
        "bind interfaces only = yes",
        "server role = standalone server",
        "disable netbios = yes",
        "load printers = no",
        "disable spoolss = yes",
        f"log file = {folder}/log",
        *ground.options,
    )
    return [_path("smbd"), "--foreground", "--no-process-group", "--configfile", config]


REALM = "PQSCAN.INVALID"


def kerberos(ground: Ground) -> list[str]:
    """krb5kdc with a new realm. Of the options `realm: ` stand in the section of the realm, `kadmin: ` are commands, `pkinit` makes
    a certificate for it; the rest are lines of libdefaults."""
    folder = ground.folder
    told = {kind: [each.removeprefix(kind) for each in ground.options if each.startswith(kind)] for kind in ("realm: ", "kadmin: ")}
    if "pkinit" in ground.options:
        files = ["-keyout", f"{folder}/kdc.key", "-out", f"{folder}/kdc.pem"]
        making = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=kdc", *files]
        subprocess.run(making, check=True, capture_output=True, timeout=60)
        told["realm: "] += [f"pkinit_identity = FILE:{folder}/kdc.pem,{folder}/kdc.key", f"pkinit_anchors = FILE:{folder}/kdc.pem"]
    ground.write(
        "krb5.conf",
        "[libdefaults]",
        f"default_realm = {REALM}",
        "dns_lookup_kdc = false",
        *(each for each in ground.options if not each.startswith((*told, "pkinit"))),
    )
    ground.write(
        "kdc.conf",
        "[kdcdefaults]",
        f"kdc_listen = 127.0.0.1:{ground.port}",
        f"kdc_tcp_listen = 127.0.0.1:{ground.port}",
        "[realms]",
        f"{REALM} = {{",
        f"database_name = {folder}/principal",
        f"key_stash_file = {folder}/stash",
        f"acl_file = {folder}/acl",
        *told["realm: "],
        "}",
        "[logging]",
        f"kdc = FILE:{folder}/log",
    )
    environment = {**os.environ, "KRB5_CONFIG": f"{folder}/krb5.conf", "KRB5_KDC_PROFILE": f"{folder}/kdc.conf"}
    commands = [[_path("kdb5_util"), "-r", REALM, "create", "-s", "-P", "of the tests"]]
    commands += [[_path("kadmin.local"), "-r", REALM, "-q", each] for each in told["kadmin: "]]
    for command in commands:
        subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60)
    return [_path("krb5kdc"), "-n", "-r", REALM]


def snmpd(ground: Ground) -> list[str]:
    """An agent of Net-SNMP that has no user and no community, with the lines of the truth file."""
    (ground.folder / "kept").mkdir()
    config = ground.write("snmpd.conf", f"agentaddress udp:127.0.0.1:{ground.port}", *ground.options)
    return [_path("snmpd"), "-f", "-C", "-c", config, "-Le", "-I", "-smux", "-p", f"{ground.folder}/pid"]


def openvpn(ground: Ground) -> list[str]:
    """A server that carries no data (its device is null). Its first option is its protocol, the others are its own; `{folder}` in
    them is where its keys are."""
    files = ["-keyout", f"{ground.folder}/key.pem", "-out", f"{ground.folder}/chain.pem"]
    making = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30", "-subj", "/CN=openvpn", *files]
    subprocess.run(making, check=True, capture_output=True, timeout=60)
    ground.write(
        "ta.key", "-----BEGIN OpenVPN Static key V1-----", *["0123456789abcdef" * 2] * 16, "-----END OpenVPN Static key V1-----"
    )
    protocol, *own = ground.options
    place = [
        "--proto",
        protocol,
        "--local",
        "127.0.0.1",
        "--lport",
        str(ground.port),
        "--dev",
        "null",
        "--tls-server",
        "--dh",
        "none",
    ]
    place += ["--dev-type", "tap", "--mode", "server", "--tls-server", "--dh", "none"]
    keys = ["--ca", "chain.pem", "--cert", "chain.pem", "--key", "key.pem"]
    return [_path("openvpn"), *place, *keys, *(each.format(folder=ground.folder) for each in own)]


_STARTS: dict[str, tuple[Callable[[Ground], list[str]], tuple[str, ...]]] = {
    "samba": (samba, ("smbd",)),
    "openvpn": (openvpn, ("openvpn",)),
    "snmpd": (snmpd, ("snmpd",)),
    "krb5-kdc": (kerberos, ("krb5kdc", "kdb5_util", "kadmin.local")),
}


def missing(program: str) -> str | None:
    """Why this program cannot run here, None where it can."""
    lacking = [name for name in _STARTS[program][1] if found(name) is None]
    return f"the program {lacking[0]} is not on this machine (Debian: apt-get install {program})" if lacking else None


@contextlib.contextmanager
def running(program: str, *options: str, udp: bool = False) -> Iterator[int]:
    """Starts one; its port."""
    with tempfile.TemporaryDirectory(prefix="pqscan-plain-", dir="/tmp" if Path("/tmp").is_dir() else None) as name:
        ground = Ground(Path(name), _free_port(), options)
        ground.folder.chmod(0o755)
        command = _STARTS[program][0](ground)
        with (ground.folder / "output").open("wb") as output:
            own = {"KRB5_CONFIG": "krb5.conf", "KRB5_KDC_PROFILE": "kdc.conf", "SNMP_PERSISTENT_DIR": "kept"}
            process = subprocess.Popen(
                command,
                cwd=ground.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env={**os.environ, "LC_ALL": "C", **{key: f"{name}/{file}" for key, file in own.items()}},
            )
            try:
                _wait(process, ground, udp=udp)
                yield ground.port
            finally:
                _end(process)


def _path(name: str) -> str:
    place = found(name)
    assert place is not None
    return place


def _wait(process: subprocess.Popen[bytes], ground: Ground, *, udp: bool) -> None:
    """Until it listens. Raises RuntimeError with what it wrote."""
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until and process.poll() is None:
        if udp and _is_bound(ground.port):
            return
        if not udp:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", ground.port), timeout=1):
                return
        time.sleep(0.05)
    said = "".join(
        file.read_text(errors="replace")[-1500:] for name in ("output", "log") if (file := ground.folder / name).exists()
    )
    raise RuntimeError(f"{process.args!r} did not listen: {said}")


def _is_bound(port: int) -> bool:
    """Whether somebody has the port of UDP on 127.0.0.1: it cannot be taken any more."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as trying:
        try:
            trying.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _end(process: subprocess.Popen[bytes]) -> None:
    """The server and what it forked: the group that it began."""
    for signal in (15, 9):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
            return


def _free_port() -> int:
    """Free for TCP and UDP alike."""
    with socket.socket() as stream, socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        stream.bind(("127.0.0.1", 0))
        port = int(stream.getsockname()[1])
        datagrams.bind(("127.0.0.1", port))
        return port


def load_plain_truth(name: str) -> dict[str, Any]:  # Any: the fields of each program's truth are read by its own tests
    return tomllib.loads((TRUTH_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
