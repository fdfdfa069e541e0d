"""Servers of newer Debian suites, each in a root that `tools/debian-peers` set up. Started by truth file, ended by process id.

They run only where `tools/debian-peers run` put the tests: in a network namespace of their own, since some listen on every address.
A truth file's `options` are the suite, the program, and what the program is told beyond its chain and key.
"""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import tempfile
import threading
import tomllib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates

from pqscan.demo.certificates import CertificateMaker, CertificateSpec, Identity, KeyKind
from tests.peers.truth import DEBIAN, Truth, load_truth

_START_SECONDS = 60
_PASSWORD = "loopback"


@dataclass(frozen=True, slots=True)
class DebianPeer:
    """A child process that serves TLS on `port`."""

    port: int
    process: subprocess.Popen[str]
    identities: tuple[Identity, ...]
    address: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class HarnessTruth:
    """What the harness must find: `proven` groups, each directly and through HelloRetryRequest, and the conformance cases that a
    server `fails`, or leaves `unknown`, each with what it does there."""

    version: str  # of the programs when this was looked at; sid moves
    proven: tuple[str, ...]
    private: bool  # whether groups of private code points are asked for, too
    refuses_by_closing: bool  # without an alert, which tells nothing
    fails: dict[str, str]
    unknown: dict[str, str]


def harness_truth(name: str) -> HarnessTruth:
    """The table `harness` of a truth file."""
    row = tomllib.loads((DEBIAN / f"{name}.toml").read_text(encoding="utf-8"))["harness"]
    return HarnessTruth(
        row["version"],
        tuple(row["proven"]),
        row.get("private", False),
        row.get("refuses_by_closing", False),
        row.get("fails", {}),
        row.get("unknown", {}),
    )


def heard_elsewhere() -> str | None:
    """Why nothing that listens on every address may run here, None where it may."""
    if [interface for _, interface in socket.if_nameindex() if interface != "lo"]:
        return "other machines could hear it here; run the tests with `make lab-debian`"
    return None


def not_made(root: Path, set_name: str) -> str | None:
    """Why the programs of a set of tools/debian-peers are not in a root, None where they are."""
    made = root / ".made-from"
    if not made.exists() or not re.search(rf"^{set_name}:", made.read_text(encoding="utf-8"), re.MULTILINE):
        return f"{root} lacks the set {set_name} (tools/debian-peers make FOLDER {set_name})"
    return None


def missing(name: str) -> str | None:
    """Why this peer cannot run here, None where it can."""
    root, program = _place(load_truth(name))
    if reason := heard_elsewhere() or not_made(root, "tls"):
        return reason
    if program == "oqsprovider" and not (root / _OQS_MODULE).exists():
        return f"Debian has no oqs-provider, and {root / _OQS_MODULE} is not there either (docs/handshake.md tells how it is built)"
    return None


@contextlib.contextmanager
def running(truth: Truth, maker: CertificateMaker) -> Iterator[DebianPeer]:
    """Start the server that a truth file describes; the chains are those that it names."""
    identities = tuple(
        maker.identity(CertificateSpec(KeyKind(chain.keys[0]), KeyKind(chain.keys[1])), (f"{truth.name}.demo.invalid",))
        for chain in truth.chains
    )
    root, program = _place(truth)
    with tempfile.TemporaryDirectory(prefix="pqscan-peer-", dir=root / "tmp") as name:
        start = _PROGRAMS[program](_Ground(root, Path(name), identities, truth.options[2:]))
        process = subprocess.Popen(
            ["chroot", str(root), *start.command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            env={**os.environ, "LC_ALL": "C", "HOME": "/tmp"},
        )
        try:
            yield DebianPeer(_port(process, start), process, identities)
        finally:
            process.kill()
            process.wait()


def _place(truth: Truth) -> tuple[Path, str]:
    suite, program = truth.options[:2]
    return Path(os.environ["PQSCAN_DEBIAN_PEERS"]) / suite, program


@dataclass(frozen=True, slots=True)
class _Start:
    """A command within the root, the line that says that it listens, and the port where that line does not tell."""

    command: list[str]
    ready: str
    port: int | None = None


class _Ground:
    """The files of one peer, by their names within its root."""

    def __init__(self, root: Path, folder: Path, identities: tuple[Identity, ...], options: tuple[str, ...]) -> None:
        self.root = root
        self.folder = folder
        self.identities = identities
        self.options = options

    def write(self, name: str, data: bytes) -> str:
        (self.folder / name).write_bytes(data)
        return self.inside(name)

    def inside(self, name: str) -> str:
        return f"/{(self.folder / name).relative_to(self.root)}"

    def chain(self, number: int = 0) -> str:
        return self.write(f"chain{number}.pem", self.identities[number].chain_pem)

    def key_pem(self, number: int = 0) -> bytes:
        return self.identities[number].key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())

    def key(self, number: int = 0) -> str:
        return self.write(f"key{number}.pem", self.key_pem(number))

    def pkcs12(self) -> str:
        identity = self.identities[0]
        assert isinstance(identity.key, RSAPrivateKey | EllipticCurvePrivateKey)
        encryption = BestAvailableEncryption(_PASSWORD.encode())
        held = serialize_key_and_certificates(b"peer", identity.key, identity.chain[0], identity.chain[1:], encryption)
        return self.write("keys.p12", held)

    def do(self, *command: str) -> None:
        subprocess.run(["chroot", str(self.root), *command], check=True, capture_output=True, text=True, timeout=_START_SECONDS)


def _openssl(ground: _Ground) -> _Start:
    issuers = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in ground.identities[0].chain[1:])
    named = ["-cert", ground.chain(), "-cert_chain", ground.write("issuers.pem", issuers), "-key", ground.key()]
    return _Start(["openssl", "s_server", "-accept", "127.0.0.1:0", *named, "-www", *ground.options], r"ACCEPT .*:(\d+)")


_OQS_MODULE = "usr/lib/x86_64-linux-gnu/ossl-modules/oqsprovider.so"


def _oqsprovider(ground: _Ground) -> _Start:
    start = _openssl(ground)
    return _Start([*start.command, "-provider", "default", "-provider", "oqsprovider"], start.ready)


def _gnutls(ground: _Ground) -> _Start:
    port = _free_port()
    files = ["--x509certfile", ground.chain(), "--x509keyfile", ground.key()]
    command = ["gnutls-serv", "--http", "--disable-client-cert", *files, "-p", str(port), *ground.options]
    return _Start(command, r"HTTP Server listening on IPv4 .*done", port)


def _botan(ground: _Ground) -> _Start:
    port = _free_port()
    return _Start(
        ["botan", "tls_server", ground.chain(), ground.key(), f"--port={port}", *ground.options], r"Listening for .*", port
    )


def _wolfssl(ground: _Ground) -> _Start:
    return _Start(["wolfssl-peer", ground.chain(), ground.key(), *ground.options], r"(\d+)")


def _lighttpd(ground: _Ground) -> _Start:
    """`options`: the module, then further lines of its configuration."""
    port = _free_port()
    lines = [
        f'server.modules = ("{ground.options[0]}")',
        f'server.document-root = "{ground.inside("")}"',
        'server.bind = "127.0.0.1"',
        f"server.port = {port}",
        'ssl.engine = "enable"',
        f'ssl.pemfile = "{ground.chain()}"',
        f'ssl.privkey = "{ground.key()}"',
        *ground.options[1:],
    ]
    return _Start(["lighttpd", "-D", "-f", ground.write("lighttpd.conf", "\n".join(lines).encode())], r".*server started.*", port)


def _nss(ground: _Ground) -> _Start:
    """selfserv, from NSS's own tools."""
    port, folder = _free_port(), ground.inside("")
    ground.do("certutil", "-N", "-d", f"sql:{folder}", "--empty-password")
    ground.do("pk12util", "-i", ground.pkcs12(), "-d", f"sql:{folder}", "-W", _PASSWORD, "-K", "")
    kind = "-e" if isinstance(ground.identities[0].key, EllipticCurvePrivateKey) else "-n"
    command = ["selfserv", "-d", f"sql:{folder}", "-p", str(port), kind, "peer", "-v", *ground.options]
    return _Start(command, r".*About to call accept.*", port)


def _java(ground: _Ground) -> _Start:
    source = ground.write("Peer.java", (Path(__file__).parent / "java" / "Peer.java").read_bytes())
    return _Start(["java", source, ground.pkcs12(), _PASSWORD, *ground.options], r"(\d+)")


_PROGRAMS: dict[str, Callable[[_Ground], _Start]] = {
    "openssl": _openssl,
    "oqsprovider": _oqsprovider,
    "gnutls": _gnutls,
    "botan": _botan,
    "wolfssl": _wolfssl,
    "lighttpd": _lighttpd,
    "nss": _nss,
    "java": _java,
}


def _free_port() -> int:
    """A port that nobody has now; nobody else is in this network namespace."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _port(process: subprocess.Popen[str], start: _Start) -> int:
    """Waits for the line that says that the server listens; later output is read and dropped, lest the pipe fill up."""
    stream = process.stdout
    assert stream is not None
    patience = threading.Timer(_START_SECONDS, process.kill)
    patience.start()
    said = []
    try:
        for line in stream:
            said.append(line)
            found = re.fullmatch(start.ready, line.strip())
            if found:
                threading.Thread(target=_drop, args=(stream,), daemon=True).start()
                return int(found.group(1)) if start.port is None else start.port
    finally:
        patience.cancel()
    raise RuntimeError(f"{start.command!r} ended without listening: {''.join(said)[-2000:]}")


def _drop(stream: IO[str]) -> None:
    with contextlib.suppress(ValueError, OSError):
        for _ in stream:
            pass
