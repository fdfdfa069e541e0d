"""The Rust peer (rustls with aws-lc-rs), compiled once and kept for every checkout of this user.

`python -m tests.peers.rust` fetches its crates and compiles them, as `make test` and `make lab` do first; tests fetch nothing.
It is compiled in a folder of its own, so that no Cargo.lock comes to lie in the checkout.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import platform
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SOURCES = Path(__file__).with_name("rust")
ROOT = Path(__file__).parents[2]
_FILES = ("Cargo.toml", "src/main.rs")
_BUILD_SECONDS = 900  # One or two minutes with two cores to itself.


def missing() -> str | None:
    """Why this peer cannot run here, None where it can."""
    if binary().exists():
        return None
    if shutil.which("cargo") is None:
        return "the program cargo is not on this machine"
    return "the Rust peer is not compiled: python -m tests.peers.rust does it, with crates that cargo fetches"


def binary() -> Path:
    """Where the compiled peer lies, or would lie: another place for other sources or another kind of machine."""
    made_from = hashlib.sha256(repr((platform.machine(), platform.libc_ver())).encode())
    for name in _FILES:
        made_from.update((SOURCES / name).read_bytes())
    return _cache() / made_from.hexdigest()[:20] / "peer"


def build() -> str | None:
    """Compile it unless that was done; why it could not be, or None. Needs cargo and a C compiler."""
    place = binary()
    if place.exists():
        return None
    if shutil.which("cargo") is None or not any(map(shutil.which, (os.environ.get("CC", "cc"), "gcc"))):
        return "the Rust peer needs cargo and gcc (Debian: apt-get install cargo gcc); its tests skip"
    place.parent.mkdir(parents=True, exist_ok=True)
    log = place.with_name("build.log")
    with place.with_name("lock").open("w") as lock, tempfile.TemporaryDirectory(dir=place.parent) as name, log.open("w") as output:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if place.exists():  # Another checkout was quicker.
            return None
        print("compiling the Rust peer, this once (one or two minutes)", file=sys.stderr, flush=True)
        work = Path(name)
        shutil.copytree(SOURCES, work / "peer", ignore=shutil.ignore_patterns("target", "Cargo.lock"))
        offline = ["--offline"] if os.environ.get("PIP_NO_INDEX") else []
        environment = {"CARGO_NET_RETRY": "1", **os.environ, "CARGO_TARGET_DIR": str(work / "target")}
        with contextlib.suppress(subprocess.TimeoutExpired):
            command = ["cargo", "build", *offline]
            subprocess.run(
                command, cwd=work / "peer", env=environment, stdout=output, stderr=output, timeout=_BUILD_SECONDS, check=False
            )
        made = work / "target" / "debug" / "peer"
        if not made.exists():
            return f"the Rust peer could not be compiled ({log} says why); its tests skip"
        made.replace(place)
    return None


def _cache() -> Path:
    """A folder of somebody else's is not used: what lies there is going to be run."""
    place = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "pqscan" / "rust-peer"
    with contextlib.suppress(OSError):
        place.mkdir(parents=True, exist_ok=True)
        if place.stat().st_uid == os.getuid() and os.access(place, os.W_OK):
            return place
    return ROOT / "build" / "rust-peer"


if __name__ == "__main__":
    why_not = build()
    if why_not is not None:
        sys.exit(why_not)
