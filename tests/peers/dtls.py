"""Servers of DTLS by other makers on loopback: pion, which knows DTLS 1.3 and ML-KEM, and OpenSSL and GnuTLS, which end with
DTLS 1.2. Truths in truth/dtls.
"""

from __future__ import annotations

import contextlib
import functools
import os
import shutil
import socket
import subprocess
import tempfile
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pqscan.demo.certificates import CertificateMaker, CertificateSpec, Identity, KeyKind

TRUTH_FOLDER = Path(__file__).with_name("truth") / "dtls"
_GO_FOLDER = Path(__file__).with_name("go_dtls")
NAME = "dtls.demo.invalid"
_PROGRAMS = {"openssl": "openssl", "gnutls": "gnutls-serv"}
_READY = {"openssl": "ACCEPT", "gnutls": "listening on IPv4"}
_START_SECONDS = 20


@dataclass(frozen=True, slots=True)
class DtlsTruth:
    """What a server really does. `lists` are groups, suites and schemes by version; all else that is asked is refused."""

    peer: str  # "go" | "openssl" | "gnutls"
    options: tuple[str, ...]
    key: str
    versions: dict[str, str]
    lists: dict[str, dict[str, list[str]]]
    preference: dict[str, str]
    selected: dict[str, str]
    client_certificate: str
    behaviours: tuple[str, ...]
    key_establishment: str
    authentication: str


def load_dtls_truth(name: str) -> DtlsTruth:
    row: dict[str, Any] = tomllib.loads((TRUTH_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return DtlsTruth(**{key: tuple(value) if isinstance(value, list) else value for key, value in row.items()})


def dtls_truth_names() -> list[str]:
    return sorted(path.stem for path in TRUTH_FOLDER.glob("*.toml"))


@functools.cache
def missing(peer: str) -> str | None:
    """Why this kind of peer cannot run here, None where it can. No test fetches anything."""
    if peer in _PROGRAMS:
        program = _PROGRAMS[peer]
        return None if shutil.which(program) else f"the program {program} is not on this machine"
    if shutil.which("go") is None:
        return "the program go is not on this machine"
    done = subprocess.run(["go", "list", "-deps", "."], cwd=_GO_FOLDER, env=_environment(), capture_output=True, text=True)
    return None if done.returncode == 0 else "pion is not in Go's cache (go mod download in tests/peers/go_dtls)"


@functools.cache
def _go_binary() -> Path:
    """Compiled once for all tests of this process."""
    binary = Path(tempfile.mkdtemp(prefix="pqscan-dtls-")) / "peer"
    command = ["go", "build", "-o", str(binary), "."]
    subprocess.run(command, cwd=_GO_FOLDER, env=_environment(), check=True, capture_output=True, text=True, timeout=600)
    return binary


def identity(truth: DtlsTruth, maker: CertificateMaker) -> Identity:
    return maker.identity(CertificateSpec(KeyKind(truth.key), KeyKind(truth.key)), (NAME,))


@contextlib.contextmanager
def serving(truth: DtlsTruth, served: Identity) -> Iterator[int]:
    """The server of a truth at 127.0.0.1; gives its port. Ended by its process id."""
    with tempfile.TemporaryDirectory(prefix="pqscan-peer-") as folder:
        chain, key = Path(folder) / "chain.pem", Path(folder) / "key.pem"
        chain.write_bytes(served.chain_pem)
        key.write_bytes(served.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        if truth.peer == "go":
            command = [str(_go_binary()), "-cert", f"{chain},{key}", *truth.options]
            port = 0
        else:
            port = _free_port()
            command = _command(truth, port, chain, key)
        with subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if port else subprocess.DEVNULL,
            text=True,
        ) as process:
            try:
                yield _ready(truth.peer, process) or port
            finally:
                process.kill()


def _command(truth: DtlsTruth, port: int, chain: Path, key: Path) -> list[str]:
    if truth.peer == "openssl":
        files = ["-cert", str(chain), "-cert_chain", str(chain), "-key", str(key)]
        return ["openssl", "s_server", "-accept", f"127.0.0.1:{port}", *files, *truth.options]
    files = ["--x509certfile", str(chain), "--x509keyfile", str(key)]
    return ["gnutls-serv", "--udp", "--port", str(port), *files, *truth.options]


def _ready(peer: str, process: subprocess.Popen[str]) -> int:
    """Waits for the line that says so; the port where the server names it, else 0."""
    assert process.stdout is not None
    if peer == "go":
        return int(process.stdout.readline())
    while line := process.stdout.readline():
        if _READY[peer] in line:
            return 0
    raise AssertionError(f"{peer} ended before it listened")


def _free_port() -> int:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as finder:
        finder.bind(("127.0.0.1", 0))
        port: int = finder.getsockname()[1]
        return port


def _environment() -> dict[str, str]:
    return {**os.environ, "GOPROXY": "off", "GOFLAGS": "-mod=mod", "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}
