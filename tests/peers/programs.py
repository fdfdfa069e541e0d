"""Servers of other makers as child processes: Go, rustls, Node, the JDK, the system's OpenSSL. Started by truth file.

They are ended by process id. Their private keys lie as files in a folder of mode 0700 that goes with the peer.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from pqscan.demo.certificates import CertificateMaker, CertificateSpec, Identity, KeyKind
from tests.peers import rust
from tests.peers.truth import Truth

FOLDER = Path(__file__).parent
PROGRAMS = {"go": "go", "node": "node", "java": "java", "openssl": "openssl"}
_START_SECONDS = 60  # A cold machine compiles Java meanwhile.
_PASSWORD = "loopback"


@dataclass(frozen=True, slots=True)
class ProgramPeer:
    """A child process that serves TLS at 127.0.0.1 and `port`."""

    port: int
    process: subprocess.Popen[str]
    identities: tuple[Identity, ...]
    address: str = "127.0.0.1"


def missing_program(peer: str) -> str | None:
    """Why this kind of peer cannot run here, None where it can."""
    if peer == "rust":
        return rust.missing()
    program = PROGRAMS[peer]
    return None if shutil.which(program) else f"the program {program} is not on this machine"


def build_go_peer(folder: Path) -> Path:
    """Compile the Go peer into `folder`; the standard library alone, so no network. Raises CalledProcessError with the output."""
    binary = folder / "peer"
    environment = {**os.environ, "GOPROXY": "off", "GOFLAGS": "-mod=mod", "CGO_ENABLED": "0", "GOTOOLCHAIN": "local"}
    command = ["go", "build", "-o", str(binary), "."]
    subprocess.run(command, cwd=FOLDER / "go", env=environment, check=True, capture_output=True, text=True, timeout=300)
    return binary


def ask_go(binary: Path, address: str, *options: str) -> dict[str, Any]:  # Any: the JSON that main.go's `answer` describes.
    """One handshake by Go's client."""
    command = [str(binary), "ask", "-address", address, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@contextlib.contextmanager
def running(truth: Truth, maker: CertificateMaker, go_binary: Path | None = None) -> Iterator[ProgramPeer]:
    """Start the server that a truth file describes; the chains are those that it names."""
    identities = tuple(
        maker.identity(CertificateSpec(KeyKind(chain.keys[0]), KeyKind(chain.keys[1])), (f"{truth.name}.demo.invalid",))
        for chain in truth.chains
    )
    with tempfile.TemporaryDirectory(prefix="pqscan-peer-") as name:
        command = _command(truth, identities, Path(name), go_binary)
        process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        try:
            yield ProgramPeer(_port(process), process, identities)
        finally:
            _end(process)


def _command(truth: Truth, identities: tuple[Identity, ...], folder: Path, go_binary: Path | None) -> list[str]:
    files = [_write(identity, folder, number) for number, identity in enumerate(identities)]
    pairs = [part for chain, key in files for part in ("-cert", f"{chain},{key}")]
    if truth.peer == "go":
        assert go_binary is not None
        return [str(go_binary), "serve", *pairs, *truth.options]
    if truth.peer == "rust":
        return [str(rust.binary()), *pairs, *truth.options]
    if truth.peer == "node":
        options = json.loads(truth.options[0]) if truth.options else {}
        return ["node", str(FOLDER / "node" / "peer.js"), json.dumps({**options, "files": files})]
    if truth.peer == "java":
        store = folder / "keys.p12"
        key = identities[0].key
        assert isinstance(key, RSAPrivateKey | EllipticCurvePrivateKey)
        encryption = BestAvailableEncryption(_PASSWORD.encode())
        store.write_bytes(serialize_key_and_certificates(b"peer", key, identities[0].chain[0], identities[0].chain[1:], encryption))
        return ["java", str(FOLDER / "java" / "Peer.java"), str(store), _PASSWORD, *truth.options]
    issuers = folder / "issuers.pem"
    issuers.write_bytes(b"".join(certificate.public_bytes(Encoding.PEM) for certificate in identities[0].chain[1:]))
    named = ["-cert", files[0][0], "-cert_chain", str(issuers), "-key", files[0][1]]
    return ["openssl", "s_server", "-accept", "127.0.0.1:0", *named, "-www", *truth.options]


def _write(identity: Identity, folder: Path, number: int) -> tuple[str, str]:
    chain, key = folder / f"chain{number}.pem", folder / f"key{number}.pem"
    chain.write_bytes(identity.chain_pem)
    key.write_bytes(identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return str(chain), str(key)


def _port(process: subprocess.Popen[str]) -> int:
    """The port from the first line that holds one; later output is read and dropped, lest the pipe fill up."""
    stream = process.stdout
    assert stream is not None
    patience = threading.Timer(_START_SECONDS, process.kill)
    patience.start()
    try:
        for line in stream:
            found = re.fullmatch(r"(?:ACCEPT .*:)?(\d+)", line.strip())
            if found:
                threading.Thread(target=_drop, args=(stream,), daemon=True).start()
                return int(found.group(1))
    finally:
        patience.cancel()
    raise RuntimeError(f"{process.args!r} ended without telling a port")


def _drop(stream: IO[str]) -> None:
    with contextlib.suppress(ValueError, OSError):
        for _ in stream:
            pass


def _end(process: subprocess.Popen[str]) -> None:
    """Close standard input, which ends our own peers; OpenSSL's is ended by its process id."""
    assert process.stdin is not None
    with contextlib.suppress(OSError):
        process.stdin.close()
    try:
        process.wait(timeout=0.5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
