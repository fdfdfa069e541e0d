"""Real services that begin TLS by request, from Debian's packages: Postfix, Dovecot, slapd, vsftpd, Prosody, InspIRCd, PostgreSQL,
MariaDB, xrdp. Each runs as a child process on loopback from a configuration of its own and is ended by its process id.

What the system has running is left alone. A program that is missing skips the test with its reason.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from pqscan.demo.certificates import CertificateMaker, CertificateSpec, Identity, KeyKind
from tests.peers import service_configs
from tests.peers.service_configs import Ground, as_account, found
from tests.peers.truth import Truth

_START_SECONDS = 60


@dataclass(frozen=True, slots=True)
class ServicePeer:
    """A service at `address` and `port` that speaks the protocol of its truth file before TLS."""

    port: int
    process: subprocess.Popen[bytes]
    identities: tuple[Identity, ...]
    address: str = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class _Program:
    """`needs` are the programs of which one must be there. `account` runs the service where we are root, `own_user` from the
    first moment on. `only_root` names what cannot run otherwise."""

    start: Callable[[Ground], list[str]]
    needs: tuple[str, ...]
    account: str | None = None
    own_user: bool = False
    only_root: bool = False


_PROGRAMS = {
    "postfix": _Program(service_configs.postfix, ("postfix",), "postfix", only_root=True),
    "dovecot": _Program(service_configs.dovecot, ("dovecot",), only_root=True),
    "slapd": _Program(service_configs.slapd, ("slapd",)),
    "vsftpd": _Program(service_configs.vsftpd, ("vsftpd",), only_root=True),
    "prosody": _Program(service_configs.prosody, ("prosody",)),
    "inspircd": _Program(service_configs.inspircd, ("inspircd",), "irc", own_user=True),
    "postgresql": _Program(service_configs.postgresql, ("initdb",), "postgres", own_user=True),
    "mariadb": _Program(service_configs.mariadb, ("mariadbd",), "mysql"),
    "xrdp": _Program(service_configs.xrdp, ("xrdp",)),
}
_EXTRA_FILES = {
    "sieve": "/usr/lib/dovecot/managesieve-login",
    "lmtp": "/usr/lib/dovecot/lmtp",
    "imap": "/usr/lib/dovecot/imap-login",
    "pop3": "/usr/lib/dovecot/pop3-login",
}


def missing_service(truth: Truth) -> str | None:
    """Why this service cannot run here, None where it can."""
    name = truth.options[0]
    program = _PROGRAMS[name]
    if found(*program.needs) is None:
        return f"the program {program.needs[0]} is not on this machine (Debian: apt-get install {name})"
    if program.only_root and os.geteuid() != 0:
        return f"{name} starts only as root"
    if name == "dovecot" and not Path(_EXTRA_FILES[truth.options[1]]).exists():
        return f"Dovecot's {truth.options[1]} is not on this machine"
    return None


@contextlib.contextmanager
def running(truth: Truth, maker: CertificateMaker) -> Iterator[ServicePeer]:
    """Start the service that a truth file describes; `options` are its program, then what that takes."""
    chain = truth.chains[0]
    identity = maker.identity(CertificateSpec(KeyKind(chain.keys[0]), KeyKind(chain.keys[1])), (f"{truth.name}.demo.invalid",))
    program = _PROGRAMS[truth.options[0]]
    account = pwd.getpwnam(program.account) if program.account is not None and os.geteuid() == 0 else None
    with tempfile.TemporaryDirectory(prefix="pqscan-service-", dir="/tmp" if Path("/tmp").is_dir() else None) as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "chain.pem").write_bytes(identity.chain_pem)
        (folder / "key.pem").write_bytes(identity.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
        (folder / "key.pem").chmod(0o600)
        ground = Ground(folder, _free_port(), truth.options[1:], account)
        if program.own_user:
            ground.own()
        command = program.start(ground)
        if program.own_user:
            ground.own()
        with (folder / "output").open("wb") as output:
            process = subprocess.Popen(
                command,
                cwd=folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                env={**os.environ, "LC_ALL": "C"},
                **(as_account(account) if program.own_user else {}),
            )
            try:
                _wait(process, ground)
                yield ServicePeer(ground.port, process, (identity,))
            finally:
                _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """The service and what it forked: the group that it began."""
    for signal in (15, 9):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(timeout=10)
            return


def _wait(process: subprocess.Popen[bytes], ground: Ground) -> None:
    """Until it accepts connections. Raises RuntimeError with what it wrote."""
    until = time.monotonic() + _START_SECONDS
    while time.monotonic() < until:
        if process.poll() is not None:
            break
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", ground.port), timeout=1):
            return
        time.sleep(0.05)
    said = "".join(
        (ground.folder / name).read_text(errors="replace")[-1500:] for name in ("output", "log") if (ground.folder / name).exists()
    )
    raise RuntimeError(f"{process.args!r} did not listen: {said}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


if __name__ == "__main__":
    from datetime import UTC, datetime

    from tests.peers.truth import load_truth

    wanted = load_truth(sys.argv[1])
    with running(wanted, CertificateMaker(datetime.now(UTC))) as peer:
        print(peer.port, flush=True)
        sys.stdin.read()
