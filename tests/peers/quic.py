"""Servers of QUIC by other makers on loopback: quic-go, which knows ML-KEM, and aioquic, which does not. Truths in truth/quic."""

from __future__ import annotations

import contextlib
import functools
import importlib.util
import os
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pqscan.demo.certificates import CertificateMaker, CertificateSpec, Identity, KeyKind

TRUTH_FOLDER = Path(__file__).with_name("truth") / "quic"
_GO_FOLDER = Path(__file__).with_name("go_quic")
NAME = "quic.demo.invalid"


@dataclass(frozen=True, slots=True)
class QuicTruth:
    """What a server really does: lists in its order where `order` is "server"; all else that is asked is refused."""

    peer: str  # "go" | "aioquic"
    options: tuple[str, ...]
    key: str
    versions: dict[str, str]  # of QUIC: "accepted", "offered", "refused"
    groups: tuple[str, ...]
    suites: tuple[str, ...]
    schemes: tuple[str, ...]
    selected: dict[str, str]
    alpn: str
    client_certificate: str
    behaviours: tuple[str, ...]
    key_establishment: str
    authentication: str
    order: str
    left_open: tuple[
        str, ...
    ] = ()  # of what a part cannot be told: groups that we have no share for, where only shares are answered


def load_quic_truth(name: str) -> QuicTruth:
    row: dict[str, Any] = tomllib.loads((TRUTH_FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    return QuicTruth(**{key: tuple(value) if isinstance(value, list) else value for key, value in row.items()})


def quic_truth_names() -> list[str]:
    return sorted(path.stem for path in TRUTH_FOLDER.glob("*.toml"))


@functools.cache
def missing(peer: str) -> str | None:
    """Why this kind of peer cannot run here, None where it can. No test fetches anything."""
    if peer == "aioquic":
        return None if importlib.util.find_spec("aioquic") else "the package aioquic is not installed here"
    if shutil.which("go") is None:
        return "the program go is not on this machine"
    done = subprocess.run(["go", "list", "-deps", "."], cwd=_GO_FOLDER, env=_environment(), capture_output=True, text=True)
    return None if done.returncode == 0 else "quic-go is not in Go's cache (go mod download in tests/peers/go_quic)"


@functools.cache
def _go_binary() -> Path:
    """Compiled once for all tests of this process."""
    binary = Path(tempfile.mkdtemp(prefix="pqscan-quic-")) / "peer"
    command = ["go", "build", "-o", str(binary), "."]
    subprocess.run(command, cwd=_GO_FOLDER, env=_environment(), check=True, capture_output=True, text=True, timeout=600)
    return binary


def identity(truth: QuicTruth, maker: CertificateMaker) -> Identity:
    return maker.identity(CertificateSpec(KeyKind(truth.key), KeyKind(truth.key)), (NAME,))


@contextlib.asynccontextmanager
async def serving(truth: QuicTruth, served: Identity) -> AsyncIterator[int]:
    """The server of a truth at 127.0.0.1; gives its port."""
    with tempfile.TemporaryDirectory(prefix="pqscan-peer-") as folder:
        chain, key = Path(folder) / "chain.pem", Path(folder) / "key.pem"
        chain.write_bytes(served.chain_pem)
        key.write_bytes(served.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        if truth.peer == "go":
            with _go(truth, chain, key) as port:
                yield port
        else:
            async with _aioquic(truth, chain, key) as port:
                yield port


@contextlib.contextmanager
def _go(truth: QuicTruth, chain: Path, key: Path) -> Iterator[int]:
    command = [str(_go_binary()), "-cert", f"{chain},{key}", *truth.options]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            yield int(process.stdout.readline())
        finally:
            process.stdin.close()  # It ends with its standard input.


@contextlib.asynccontextmanager
async def _aioquic(truth: QuicTruth, chain: Path, key: Path) -> AsyncIterator[int]:
    from aioquic.asyncio import serve
    from aioquic.quic.configuration import QuicConfiguration

    configuration = QuicConfiguration(alpn_protocols=["h3"], is_client=False)
    configuration.load_cert_chain(chain, key)
    server = await serve("127.0.0.1", 0, configuration=configuration, retry="retry" in truth.options)
    try:
        yield server._transport.get_extra_info("sockname")[1]
    finally:
        server.close()


def _environment() -> dict[str, str]:
    return {**os.environ, "GOPROXY": "off", "GOFLAGS": "-mod=mod", "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}
