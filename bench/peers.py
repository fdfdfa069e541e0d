"""The programs that pqscan is compared with: installs what the registries carry and says why the rest is missing."""

from __future__ import annotations

import os
import re
import shutil
import sys
import tomllib
from dataclasses import dataclass
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
        return f"{self.peer.name} {self.version}"


def read_peers(path: Path = FOLDER / "peers.toml") -> tuple[Peer, ...]:
    rows = tomllib.loads(path.read_text(encoding="utf-8"))["peer"]
    return tuple(Peer(**row) for row in rows)


def find(peer: Peer, *, may_install: bool = True) -> Found:
    """The peer, installed first where that is needed and possible. Never raises on account of a peer."""
    try:
        return _HOW[peer.how](peer, may_install)
    except OSError as error:
        return Found(peer, None, reason=f"could not be installed: {error.strerror or error}")


def _by_pip(peer: Peer, may_install: bool) -> Found:
    venv = PEERS / "venv"
    path = venv / "bin" / peer.program
    stamp = venv / f".{peer.name}-{peer.version}"
    if not stamp.exists() or not path.exists():
        if not may_install:
            return Found(peer, None, reason="is not installed; run without --no-install")
        if not (venv / "bin" / "python").exists():
            made = _quietly([sys.executable, "-m", "venv", str(venv)])
            if made:
                return Found(peer, None, reason=f"a venv could not be made: {made}")
        why = _quietly([str(venv / "bin" / "python"), "-m", "pip", "install", "--quiet", f"{peer.package}=={peer.version}"])
        if why:
            return Found(peer, None, reason=f"pip could not install {peer.package} {peer.version}: {why}")
        _mend(venv)
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


def _by_cargo(peer: Peer, may_install: bool) -> Found:
    root = PEERS / "crates"
    path = root / "bin" / peer.program
    stamp = root / f".{peer.name}-{peer.version}"
    if not stamp.exists() or not path.exists():
        if not may_install:
            return Found(peer, None, reason="is not installed; run without --no-install")
        cargo = shutil.which("cargo")
        if cargo is None:
            return Found(peer, None, reason="cargo is missing, so it cannot be built")
        why = _quietly([cargo, "install", "--quiet", "--locked", "--root", str(root), "--version", peer.version, peer.package])
        if why:
            return Found(peer, None, reason=f"cargo could not build {peer.package} {peer.version}: {why}")
        stamp.touch()
    return Found(peer, path, peer.version)


def _by_npm(peer: Peer, may_install: bool) -> Found:
    root = PEERS / "node"
    path = root / "node_modules" / ".bin" / peer.program
    stamp = root / f".{peer.name}-{peer.version}"
    if not stamp.exists() or not path.exists():
        if not may_install:
            return Found(peer, None, reason="is not installed; run without --no-install")
        npm = shutil.which("npm")
        if npm is None:
            return Found(peer, None, reason="npm is missing, so it cannot be installed")
        root.mkdir(parents=True, exist_ok=True)
        why = _quietly([npm, "install", "--silent", "--no-audit", "--no-fund", "--no-package-lock", "--prefix", str(root),
                        f"{peer.package}@{peer.version}"])  # fmt: skip
        if why:
            return Found(peer, None, reason=f"npm could not install {peer.package} {peer.version}: {why}")
        stamp.touch()
    return Found(peer, path, peer.version)


def _by_go(peer: Peer, may_install: bool) -> Found:
    folder = PEERS / "go"
    path = folder / peer.program
    stamp = folder / f".{peer.name}-{peer.version}"
    if not stamp.exists() or not path.exists():
        if not may_install:
            return Found(peer, None, reason="is not installed; run without --no-install")
        go = shutil.which("go")
        if go is None:
            return Found(peer, None, reason="Go is missing, so it cannot be built")
        folder.mkdir(parents=True, exist_ok=True)
        why = _quietly([go, "install", f"{peer.package}@{peer.version}"], GOBIN=str(folder), GOFLAGS="-mod=mod")
        if why:
            return Found(peer, None, reason=f"go could not build {peer.package} {peer.version}: {why}")
        stamp.touch()
    return Found(peer, path, peer.version)


def _quietly(command: list[str], **variables: str) -> str:
    """Runs an installation; what went wrong in one line, empty where nothing did."""
    ended = run(
        command, most_seconds=_INSTALL_SECONDS, folder=work_folder(), environment={"DEBIAN_FRONTEND": "noninteractive", **variables}
    )
    return ended.failure


_HOW = {"pip": _by_pip, "apt": _by_apt, "cargo": _by_cargo, "npm": _by_npm, "go": _by_go}
