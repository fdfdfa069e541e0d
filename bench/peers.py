"""The programs that pqscan is compared with: installs what the registries carry and says why the rest is missing."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from bench.place import FOLDER, work_folder
from bench.process import run

PEERS = FOLDER / ".peers"
_INSTALL_SECONDS = 900
_VERSION = re.compile(r"\d+(?:\.\d+)+")


@dataclass(frozen=True, slots=True)
class Peer:
    """One row of peers.toml."""

    name: str
    how: str
    package: str
    version: str
    program: str


@dataclass(frozen=True, slots=True)
class Found:
    """`path` None: the peer is missing, for `reason`."""

    peer: Peer
    path: Path | None
    version: str = ""
    reason: str = ""

    @property
    def label(self) -> str:
        return f"{self.peer.name} {self.version}".rstrip()


def read_peers(path: Path = FOLDER / "peers.toml") -> tuple[Peer, ...]:
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["peer"]
    return tuple(Peer(**row) for row in rows)


@dataclass(frozen=True, slots=True)
class _Way:
    """How the client of a registry installs a peer into a folder of its own, whose programs come to lie in `bin`. `words` are its
    command line, `first` that for a new folder."""

    folder: str
    bin: str
    tool: str
    words: str
    first: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)


_WAYS: Mapping[str, _Way] = {
    "pip": _Way(
        "venv", "bin", sys.executable, "{folder}/bin/python -m pip install --quiet {package}=={version}", "{tool} -m venv {folder}"
    ),
    "cargo": _Way(
        "crates", "bin", "cargo", "{tool} install --quiet --locked --root {folder} --version {version} {package}"
    ),
    "npm": _Way(
        "node", "node_modules/.bin", "npm",
        "{tool} install --silent --no-audit --no-fund --no-package-lock --prefix {folder} {package}@{version}",
    ),
    "go": _Way("go", "", "go", "{tool} install {package}@{version}", environment={"GOBIN": "{folder}", "GOFLAGS": "-mod=mod"}),
}  # fmt: skip


class Peers(Mapping[str, Found]):
    """The peers by name. Each is found, and installed, when it is first asked for: a few parts of the bench need a few of them."""

    def __init__(self, peers: Iterable[Peer], *, may_install: bool) -> None:
        self._peers = {peer.name: peer for peer in peers}
        self._may_install = may_install
        self.asked_for: dict[str, Found] = {}

    def __getitem__(self, name: str) -> Found:
        if name not in self.asked_for:
            peer = self._peers[name]
            print(f"peer: {name}", end=" ", file=sys.stderr, flush=True)
            found = self.asked_for[name] = find(peer, may_install=self._may_install)
            print(found.version or found.reason, file=sys.stderr, flush=True)
        return self.asked_for[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._peers)

    def __len__(self) -> int:
        return len(self._peers)


def find(peer: Peer, *, may_install: bool = True) -> Found:
    """The peer, installed first where that is needed and possible. Never raises on account of a peer."""
    try:
        return _by_apt(peer, may_install) if peer.how == "apt" else _by(_WAYS[peer.how], peer, may_install)
    except OSError as error:
        return Found(peer, None, reason=f"could not be installed: {error.strerror or error}")


def _by(way: _Way, peer: Peer, may_install: bool) -> Found:
    """The peer in exactly its version; a stamp tells that an installation came to its end."""
    folder = PEERS / way.folder
    path, stamp = folder / way.bin / peer.program, folder / f".{peer.name}-{peer.version}"
    if stamp.exists() and path.exists():
        return Found(peer, path, peer.version)
    if not may_install:
        return Found(peer, None, reason="is not installed; run without --no-install")
    tool = shutil.which(way.tool)
    if tool is None:
        return Found(peer, None, reason=f"{way.tool} is missing, so it cannot be installed")
    values = {"tool": tool, "folder": folder, "package": peer.package, "version": peer.version}
    environment = {name: value.format(**values) for name, value in way.environment.items()}
    why, is_new = "", not any(folder.glob(".*-*"))  # Without a stamp of any peer.
    folder.mkdir(parents=True, exist_ok=True)
    for words in filter(None, (way.first if is_new else "", way.words)):
        why = why or _quietly([word.format(**values) for word in words.split()], **environment)
    if why:
        return Found(peer, None, reason=f"{peer.how} could not install {peer.package} {peer.version}: {why}")
    if peer.how == "pip":
        _mend(folder)
    stamp.touch()
    return Found(peer, path, peer.version)


def _mend(venv: Path) -> None:
    """oscrypto, on which CryptoLyzer stands, does not start beside an OpenSSL whose last number has two digits."""
    for path in venv.glob("lib/python*/site-packages/oscrypto/_openssl/_libcrypto_c*.py"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace(r"(\\d\\.\\d\\.\\d[a-z]*)", r"(\\d+\\.\\d+\\.\\d+[a-z]*)"), encoding="utf-8")


def _by_apt(peer: Peer, may_install: bool) -> Found:
    path = shutil.which(peer.program)
    if path is None and may_install:
        if shutil.which("apt-get") is None or os.geteuid() != 0:
            return Found(peer, None, reason=f"only the administrator can install it (apt-get install {peer.package})")
        _quietly(["apt-get", "update", "-qq"])
        why = _quietly(["apt-get", "install", "-y", "-qq", "--no-install-recommends", peer.package])
        path = shutil.which(peer.program)
        if path is None:
            return Found(peer, None, reason=f"apt-get could not install {peer.package}: {why or 'no reason was given'}")
    if path is None:
        return Found(peer, None, reason=f"is not installed (apt-get install {peer.package})")
    ended = run([path, "--version"], most_seconds=30, folder=work_folder())
    told = _VERSION.search(re.sub(r"\x1b\[[0-9;]*m", "", ended.output + ended.errors))
    return Found(peer, Path(path), told.group() if told else "of unknown version")


def _quietly(command: list[str], **variables: str) -> str:
    """Runs an installation; what went wrong in one line, empty where nothing did."""
    ended = run(
        command, most_seconds=_INSTALL_SECONDS, folder=work_folder(), environment={"DEBIAN_FRONTEND": "noninteractive", **variables}
    )
    return ended.failure
