"""OpenSSH of newer Debian suites, in the roots that `tools/debian-peers make FOLDER openssh` set up: Debian 13 has 10.0.

Runs where `tools/debian-peers run` put the tests. Nobody can log in.
"""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

from tests.peers import debian

_PATIENCE_SECONDS = 60
IN_A_LAB = ("PerSourcePenalties no", "MaxStartups 100")
"""What keeps a server from turning us away that is asked often."""


def root_of(suite: str) -> Path:
    return Path(os.environ.get("PQSCAN_DEBIAN_PEERS", "/nonexistent")) / suite


def missing(suite: str) -> str | None:
    """Why sshd of this suite cannot run here, None where it can."""
    if reason := debian.heard_elsewhere():
        return reason
    if not (root_of(suite) / "usr/sbin/sshd").exists():
        return f"{root_of(suite)} has no sshd (tools/debian-peers make FOLDER openssh)"
    return None


@contextlib.contextmanager
def running(suite: str, *options: str) -> Iterator[int]:
    """An sshd with these lines of configuration on a port of 127.0.0.1; ended by its process id."""
    root = root_of(suite)
    with tempfile.TemporaryDirectory(prefix="pqscan-sshd-", dir=root / "tmp") as name:
        folder, inside = Path(name), f"/tmp/{Path(name).name}"  # Within the root.
        folder.chmod(0o755)
        key = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", "peer", "-f", f"{inside}/key"]
        subprocess.run(["chroot", str(root), *key], check=True, capture_output=True, timeout=_PATIENCE_SECONDS)
        with socket.create_server(("127.0.0.1", 0)) as holder:
            port: int = holder.getsockname()[1]
        lines = [f"Port {port}", "ListenAddress 127.0.0.1", "PidFile none", "UsePAM no", f"HostKey {inside}/key", *options]
        (folder / "sshd_config").write_text("\n".join(lines) + "\n", encoding="utf-8")
        (root / "run/sshd").mkdir(mode=0o755, parents=True, exist_ok=True)
        command = ["chroot", str(root), "/usr/sbin/sshd", "-D", "-e", "-f", f"{inside}/sshd_config"]
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True, errors="replace")
        try:
            _wait(process)
            yield port
        finally:
            process.kill()
            process.wait()


def _wait(process: subprocess.Popen[str]) -> None:
    """Until it listens; what it says later is read and dropped, lest the pipe fill up."""
    stream = process.stderr
    assert stream is not None
    patience = threading.Timer(_PATIENCE_SECONDS, process.kill)
    patience.start()
    said: list[str] = []
    try:
        for line in stream:
            said.append(line)
            if "Server listening" in line:
                threading.Thread(target=stream.read, daemon=True).start()
                return
    finally:
        patience.cancel()
    raise RuntimeError(f"sshd ended: {''.join(said)[-1000:]}")
