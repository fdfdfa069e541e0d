"""The system's own sshd on loopback, with keys and configuration of its own; it counts connections by its log."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

from bench.go_programs import NoServer

ADDRESS = "127.0.0.1"
KEYS = {"ed25519": 256, "ecdsa": 256, "rsa": 3072}  # in bits
_PLACES = f"{os.environ.get('PATH', '')}:/usr/sbin"
_START_SECONDS = 20.0
_MOST_ADDRESSES = 16  # that one sshd listens at (MAX_LISTEN_SOCKS)
_COMING = re.compile(r"^(?:Connection from|drop connection)", re.MULTILINE)  # sshd's LogLevel VERBOSE


class OpenSshServer:
    """`with OpenSshServer() as server:` and `server.port`. Nobody can log in. Raises NoServer.

    Since OpenSSH 9.8 it remembers whom it turned away (PerSourcePenalties): `begin_again` forgets that. With `like` it has the
    keys of another, `addresses` and a port are where it listens; then it takes any number of connections at once."""

    def __init__(self, addresses: Sequence[str] = (ADDRESS,), port: int = 0, like: OpenSshServer | None = None) -> None:
        self.port = port
        self.version = ""
        self._addresses = addresses
        self._like = like
        self._folder = tempfile.TemporaryDirectory(prefix="pqscan-bench-")
        self._log = Path(self._folder.name) / "log"
        self._command: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        try:
            self._set_up()
            self._start()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._stop()
        self._folder.cleanup()

    def begin_again(self) -> None:
        """The same server with the same keys, started anew; it counts from nothing."""
        self._stop()
        self._start()

    def accepted(self) -> int:
        """The connections since it started."""
        return len(_COMING.findall(self._log.read_text(encoding="utf-8", errors="replace")))

    @property
    def keys(self) -> Path:
        """The folder of its keys."""
        return Path(self._folder.name)

    def _set_up(self) -> None:
        sshd, keygen = (shutil.which(name, path=_PLACES) for name in ("sshd", "ssh-keygen"))
        if sshd is None or keygen is None:
            raise NoServer("sshd is missing (Debian: apt-get install openssh-server)")
        folder = Path(self._folder.name)
        self.version = subprocess.run([sshd, "-V"], capture_output=True, text=True).stderr.partition(",")[0].strip()
        if not self.port:
            with socket.create_server((ADDRESS, 0)) as holder:
                self.port = holder.getsockname()[1]
        lines = [f"ListenAddress {address}:{self.port}" for address in self._addresses]
        lines += ["PidFile none", "UsePAM no", "LogLevel VERBOSE"]
        lines += ["MaxStartups 10000"] if len(self._addresses) > 1 else []
        for kind, bits in KEYS.items():
            key = (folder if self._like is None else self._like.keys) / kind
            if self._like is None:
                made = [keygen, "-q", "-t", kind, "-b", str(bits), "-N", "", "-f", str(key)]
                subprocess.run(made, check=True, capture_output=True)
            lines.append(f"HostKey {key}")
        config = folder / "sshd_config"
        config.write_text("\n".join(lines) + "\n", encoding="utf-8")
        if os.geteuid() == 0:
            Path("/run/sshd").mkdir(mode=0o755, exist_ok=True)  # where sshd separates its privileges
        self._command = [sshd, "-D", "-e", "-f", str(config)]

    def _start(self) -> None:
        with self._log.open("wb") as log:
            self._process = subprocess.Popen(self._command, stdin=subprocess.DEVNULL, stderr=log)
        self._wait()

    def _wait(self) -> None:
        """Until it listens, told by its log."""
        for _ in range(int(_START_SECONDS / 0.05)):
            said = self._log.read_text(encoding="utf-8", errors="replace")
            if "Server listening" in said:
                return
            if self._process is None or self._process.poll() is not None:
                break
            threading.Event().wait(0.05)
        else:
            said = "it does not listen"
        raise NoServer(f"sshd did not start: {said.strip().splitlines()[-1] if said.strip() else 'it said nothing'}")

    def _stop(self) -> None:
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(10)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._process = None


@contextmanager
def many(count: int, port: int) -> Iterator[str]:
    """`count` servers at as many addresses from 127.0.1.1 on, alike but for the address; gives the version. Raises NoServer."""
    addresses = [f"127.0.{1 + number // 250}.{1 + number % 250}" for number in range(count)]
    with ExitStack() as stack:
        first: OpenSshServer | None = None
        for start in range(0, count, _MOST_ADDRESSES):
            server = stack.enter_context(OpenSshServer(addresses[start : start + _MOST_ADDRESSES], port, first))
            first = first or server
        yield "" if first is None else first.version
