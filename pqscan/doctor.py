"""What works on this machine, what is missing, what that is good for and how to get it (`pqscan doctor`).

Looks and never changes: imports no optional package, starts only programs that print their version, opens no network.
liboqs in particular is asked in a process of its own: its Python binding prints and fetches when it is imported.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from pathlib import Path

import platformdirs

from pqscan.harness import liboqs
from pqscan.model.reason import Reason

_VERSION_SECONDS = 10.0  # how long a program may take to print its version
_FREE_BYTES = 1_000_000_000  # below this a scan of a large network may not fit
_OPEN_FILES = 4096  # below this, fewer connections can be open at once than the default budget allows
_VERSION = re.compile(r"\d+(?:\.\d+)+")


class CheckState(Enum):
    OK = "ok"
    MISSING = "missing"
    OLD = "old"  # there, but older than what is needed
    LOW = "low"  # a limit or an amount of this machine that is too small


@dataclass(frozen=True, slots=True)
class Check:
    """One thing pqscan can use. `version` is what was found, as its maker writes it; `how_to_get` is absent where nothing
    is to be done; `origin` tells which one was found, where there can be several.

    A thing that is not `needed` may be missing: `what_it_is_for` tells what one does without then."""

    name: str
    state: CheckState
    version: str | None
    what_it_is_for: Reason
    how_to_get: Reason | None
    needed: bool = False
    origin: Reason | None = None

    @property
    def blocks(self) -> bool:
        """True where pqscan cannot do its work as long as this stays as it is."""
        return self.needed and self.state in {CheckState.MISSING, CheckState.OLD}


def examine(data_folder: Path | None = None) -> tuple[Check, ...]:
    """Every check, in the order to read them. `data_folder` is where the store will lie; by default the user's own."""
    return (
        _python(),
        _package("cryptography", least=(50, 0, 2), needed=True),
        _openssl(),
        _package("uvloop", least=(0, 23)),
        _package("psycopg", least=(3, 3)),
        _postgresql(),
        _package("sqlcipher3", least=(0, 6, 4)),
        _package("pyrage", least=(1, 4)),
        _package("pyOpenSSL", least=(26, 4)),
        _program("nmap", "nmap", ("nmap",), least=(7, 80), option="--version"),
        _package("python-nmap", least=(0, 7, 1)),
        _liboqs(),
        _program("chromium", "chromium", ("chromium", "chromium-browser", "google-chrome"), least=(100,), option="--version"),
        _vietnamese_fonts(),
        _open_files(),
        _disk(data_folder or Path(platformdirs.user_data_dir("pqscan"))),
        _clock(),
    )


def _found(name: str, version: str | None, get: Reason, *, least: tuple[int, ...] = (), needed: bool = False) -> Check:
    state = CheckState.MISSING if version is None else CheckState.OK if numbers(version) >= least else CheckState.OLD
    how = None if state is CheckState.OK else get
    return Check(name, state, version, _purpose(name), how, needed)


def _purpose(name: str) -> Reason:
    return Reason(f"doctor.for.{name.lower().replace('-', '_').replace(' ', '_')}")


def numbers(version: str) -> tuple[int, ...]:
    """The leading numbers of a version, for comparing: "15.18 (Debian ...)" gives (15, 18)."""
    match = re.match(r"\D*(\d+(?:\.\d+)*)", version)
    return tuple(int(part) for part in match[1].split(".")) if match else ()


def _python() -> Check:
    get = Reason.of("doctor.get.debian", package="python3 python3-venv")
    return _found("python", sys.version.split()[0], get, least=(3, 11), needed=True)


def _package(name: str, *, least: tuple[int, ...], needed: bool = False) -> Check:
    """A Python package by its metadata, without importing it."""
    try:
        version: str | None = importlib.metadata.version(name)
    except importlib.metadata.PackageNotFoundError:
        version = None
    return _found(name, version, Reason("doctor.get.locked"), least=least, needed=needed)


def _openssl() -> Check:
    """The OpenSSL inside `cryptography`, and whether it has ML-KEM: what the scanner's own key agreement runs on."""
    try:
        from cryptography.hazmat.backends.openssl.backend import backend
        from cryptography.hazmat.primitives.asymmetric import mlkem

        version: str | None = backend.openssl_version_text() if hasattr(mlkem, "MLKEM768PrivateKey") else None
    except Exception:  # A damaged or foreign build can fail in any way; that it does is the finding.
        version = None
    return _found("openssl in cryptography", version, Reason("doctor.get.locked"), least=(3, 5), needed=True)


def _postgresql() -> Check:
    """The server's programs, for a private database in tests; a scan into an existing server needs none of them."""
    places = [Path(folder) for folder in os.environ.get("PATH", "").split(os.pathsep) if folder]
    places += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda place: numbers(place.parent.name), reverse=True)
    program = next((place / "initdb" for place in places if os.access(place / "initdb", os.X_OK)), None)
    version = None if program is None else _version_printed(str(program), "--version")
    return _found("postgresql", version, Reason.of("doctor.get.debian", package="postgresql"), least=(15,))


def _program(name: str, package: str, commands: tuple[str, ...], *, least: tuple[int, ...], option: str) -> Check:
    path = next((found for command in commands if (found := shutil.which(command))), None)
    version = None if path is None else _version_printed(path, option)
    return _found(name, version, Reason.of("doctor.get.debian", package=package), least=least)


def _version_printed(program: str, option: str) -> str | None:
    """The first number with a dot that a program prints about itself; None where it does not run."""
    text = _output_of((program, option))
    match = _VERSION.search(text or "")
    return match[0] if match else None


def _output_of(command: tuple[str, ...]) -> str | None:
    try:
        done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_VERSION_SECONDS, check=False)
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.decode("utf-8", "replace")


def _liboqs() -> Check:
    """The library that the harness would load, tried in another process, and whether its binding is there; neither is imported."""
    name = "liboqs"
    found = liboqs.find()
    if found is None:
        return _found(name, None, Reason("doctor.get.liboqs"))
    origin = Reason.of(f"doctor.from.{found.origin.value}", path=found.path)
    if found.flaw is not None:
        state = CheckState.OLD if found.flaw is liboqs.Flaw.LACKS else CheckState.MISSING
        get = Reason.of(f"doctor.get.liboqs_{found.flaw.value}", detail=found.detail)
        return Check(name, state, None, _purpose(name), get, origin=origin)
    if importlib.util.find_spec("oqs") is None:
        return Check(name, CheckState.MISSING, found.version, _purpose(name), Reason("doctor.get.liboqs_python"), origin=origin)
    return Check(name, CheckState.OK, found.version, _purpose(name), None, origin=origin)


def _vietnamese_fonts() -> Check:
    """Fonts that have every Vietnamese letter, by fontconfig's count; a report opened elsewhere uses that machine's fonts."""
    listed = _output_of(("fc-list", ":lang=vi", "family"))
    families = sorted({line.split(",")[0].strip() for line in (listed or "").splitlines()} - {""})
    version = None if not families else families[0] if len(families) == 1 else f"{families[0]} (+{len(families) - 1})"
    return _found("vietnamese fonts", version, Reason.of("doctor.get.debian", package="fontconfig fonts-dejavu-core"))


def _open_files() -> Check:
    """How many connections and files may be open at once. Unknown, and no obstacle, where the system has no such limit."""
    name = "open files"
    try:
        import resource
    except ImportError:  # not a POSIX system
        return Check(name, CheckState.OK, None, _purpose(name), None)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = soft == resource.RLIM_INFINITY
    version = "unlimited" if unlimited else str(soft)
    if unlimited or soft >= _OPEN_FILES:
        return Check(name, CheckState.OK, version, _purpose(name), None)
    most = _OPEN_FILES if hard == resource.RLIM_INFINITY else min(_OPEN_FILES, hard)
    return Check(name, CheckState.LOW, version, _purpose(name), Reason.of("doctor.get.open_files", limit=most))


def _disk(folder: Path) -> Check:
    """Free space where the store lies; measured at the nearest folder that exists already."""
    name = "disk"
    place = next((parent for parent in (folder, *folder.absolute().parents) if parent.is_dir()), Path.cwd())
    try:
        free = shutil.disk_usage(place).free
    except OSError:
        return Check(name, CheckState.MISSING, None, _purpose(name), Reason.of("doctor.get.disk", folder=str(folder)))
    enough = free >= _FREE_BYTES
    state = CheckState.OK if enough else CheckState.LOW
    how = None if enough else Reason.of("doctor.get.disk", folder=str(folder))
    return Check(name, state, f"{free / 1e9:.1f} GB", _purpose(name), how)


def _clock() -> Check:
    """The time that every observation will carry, in UTC, and what keeps it; judgements by date are as good as this clock."""
    name = "clock"
    shown = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if Path("/run/systemd/timesync/synchronized").exists():
        return Check(name, CheckState.OK, f"{shown} (systemd-timesyncd)", _purpose(name), None)
    if any(
        Path(place).exists() for place in ("/run/chrony/chronyd.pid", "/run/chronyd.pid", "/run/ntpd.pid", "/run/ntpsec/ntpd.pid")
    ):
        return Check(name, CheckState.OK, f"{shown} (NTP)", _purpose(name), None)
    return Check(name, CheckState.OK, shown, _purpose(name), Reason("doctor.get.clock"))
