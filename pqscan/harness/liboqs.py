"""Finds liboqs, and loads it through its Python binding: quietly, only when asked, and only what was tried out before.

The binding prints, configures logging, and clones and builds a repository where no library loads. So the library is found here and
tried in a process of its own (a foreign build may crash the one that loads it), and the binding is shown that file and no other.
"""

from __future__ import annotations

import contextlib
import ctypes
import ctypes.util
import importlib
import importlib.util
import io
import logging
import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from functools import cache
from pathlib import Path
from typing import Any

from pqscan.errors import WorkError

_INSTALL_PATH = "OQS_INSTALL_PATH"  # the binding's own variable: the folder that a liboqs was installed into
_PLACES = ("lib/liboqs.so", "lib64/liboqs.so", "lib/liboqs.dylib")  # below it
_TRIAL_SECONDS = 20.0
_MOST_DETAIL = 200  # characters of what a foreign library makes the dynamic linker say
_MOST_ANSWER = 4096  # bytes
_NEEDED = ("OQS_KEM_new", "OQS_SIG_new", "OQS_SIG_sign_with_ctx_str", "OQS_SIG_supports_ctx_str", "OQS_SIG_STFL_alg_count")
_ANSWERS = frozenset({"version", "lacks", "refused"})
_TRIAL = """
import ctypes, os, sys
def answer(kind, text):
    os.write(int(sys.argv[1]), (kind + " " + text[:1000]).encode("utf-8", "replace"))
    sys.exit()
try:
    library = ctypes.CDLL(sys.argv[2])
except OSError as error:
    answer("refused", str(error))
for name in ("OQS_init", "OQS_version", *sys.argv[3:]):
    if not hasattr(library, name):
        answer("lacks", name)
library.OQS_init()
library.OQS_version.restype = ctypes.c_char_p
answer("version", library.OQS_version().decode("ascii", "replace"))
"""


class LiboqsMissing(WorkError):
    """liboqs or its Python binding is not installed, or cannot be used here: says what to install."""


class Origin(Enum):
    """Where a liboqs comes from, in the order of preference."""

    INSTALL_PATH = "install_path"  # named by OQS_INSTALL_PATH
    OWN_WHEEL = "own_wheel"  # pqscan-liboqs
    SYSTEM = "system"


class Flaw(Enum):
    """Why a library that is there cannot be used."""

    REFUSED = "refused"  # the dynamic linker does not take it
    CRASHES = "crashes"  # it ends or hangs the process that loads it
    ABSENT = "absent"  # OQS_INSTALL_PATH names a folder that has none
    LACKS = "lacks"  # a function that the binding needs: too old, or no liboqs


@dataclass(frozen=True, slots=True)
class FoundLibrary:
    """A liboqs on this machine. Either `version` is what it tells about itself, or `flaw` is why it cannot be used.

    `path` is absolute, or a name that only the dynamic linker resolves (`liboqs.so.7`). `detail` is the linker's own word or the
    function that is lacking."""

    path: str
    origin: Origin
    version: str | None
    flaw: Flaw | None = None
    detail: str = ""


def find() -> FoundLibrary | None:
    """The liboqs that `load` would use, tried in a process of its own; None where there is none. Nothing is loaded into this one.

    The first that is there decides, also where it cannot be used: a flaw is told, not passed over."""
    return _find(os.environ.get(_INSTALL_PATH, ""), os.environ.get("LD_LIBRARY_PATH", ""))


@cache
def load() -> Any:  # Any: the binding comes without types.
    """The module `oqs`. Raises LiboqsMissing, with what to install, where there is none or a foreign one that cannot be used."""
    found = find()
    if found is None:
        raise LiboqsMissing(
            "liboqs is not installed here: install cargo and gcc (Debian: apt-get install cargo gcc) and run make liboqs"
        )
    _refuse_flawed(found)
    if importlib.util.find_spec("oqs") is None:
        raise LiboqsMissing("liboqs-python, the binding of liboqs, is not installed here: run make setup in the checkout")
    try:
        with _silence(), _shown_alone(found.path):
            binding = importlib.import_module("oqs")
            same = binding.oqs_version() == found.version and callable(binding.KeyEncapsulation) and callable(binding.Signature)
    except (Exception, SystemExit) as error:  # Foreign code can fail in any way; that it does is the finding.
        raise LiboqsMissing(f"the binding of liboqs cannot be imported: {type(error).__name__}: {_line(str(error))}") from error
    if not same:
        raise LiboqsMissing("the module oqs that Python finds here is not the binding of the liboqs that was found")
    return binding


def version() -> str:
    """The version that the loaded library tells. Raises LiboqsMissing."""
    return str(load().oqs_version())


def _refuse_flawed(found: FoundLibrary) -> None:
    if found.flaw is Flaw.ABSENT:
        raise LiboqsMissing(f"OQS_INSTALL_PATH names {found.path}, and there is no lib/liboqs.so below it")
    if found.flaw is Flaw.REFUSED:
        raise LiboqsMissing(f"the liboqs at {found.path} cannot be loaded: {found.detail}")
    if found.flaw is Flaw.CRASHES:
        raise LiboqsMissing(f"the liboqs at {found.path} crashes or hangs when it is loaded: name another one in OQS_INSTALL_PATH")
    if found.flaw is Flaw.LACKS:
        raise LiboqsMissing(
            f"the liboqs at {found.path} has no {found.detail}, which its binding needs: name another one in OQS_INSTALL_PATH"
        )


@cache
def _find(install_path: str, _library_path: str) -> FoundLibrary | None:
    """By the two variables that decide what is found, so that a changed one is seen and the same is not tried twice."""
    if install_path:
        folder = Path(install_path).absolute()
        named = next((folder / place for place in _PLACES if _is_file(folder / place)), None)
        if named is None:
            return FoundLibrary(str(folder), Origin.INSTALL_PATH, None, Flaw.ABSENT)
        return _tried(str(named), Origin.INSTALL_PATH)
    own = _own_library()
    if own is not None:
        return _tried(str(own), Origin.OWN_WHEEL)
    system = ctypes.util.find_library("oqs")
    return None if system is None else _tried(system, Origin.SYSTEM)


def _own_library() -> Path | None:
    spec = importlib.util.find_spec("pqscan_liboqs")  # Finds a package without importing it.
    folders = [] if spec is None else [Path(place) for place in spec.submodule_search_locations or ()]
    return next((folder / place for folder in folders for place in _PLACES if _is_file(folder / place)), None)


def _is_file(path: Path) -> bool:
    """False too where it cannot even be looked for: a name that is too long, a folder that is closed to us."""
    try:
        return path.is_file()
    except OSError:
        return False


def _tried(path: str, origin: Origin) -> FoundLibrary:
    """The answer comes through a pipe of its own: what the library prints is thrown away, and nobody waits for what it starts."""
    reading, writing = os.pipe()
    os.set_blocking(reading, False)
    command = [sys.executable or "python3", "-I", "-S", "-c", _TRIAL, str(writing), path, *_NEEDED]
    nowhere = subprocess.DEVNULL
    try:
        done = subprocess.run(
            command, stdin=nowhere, stdout=nowhere, stderr=nowhere, pass_fds=(writing,), timeout=_TRIAL_SECONDS, check=False
        )
        kind, _, said = os.read(reading, _MOST_ANSWER).decode("utf-8", "replace").partition(" ")
    except (OSError, subprocess.SubprocessError):  # Also where it said nothing.
        return FoundLibrary(path, origin, None, Flaw.CRASHES)
    finally:
        os.close(reading)
        os.close(writing)
    if kind not in _ANSWERS or done.returncode != 0:
        return FoundLibrary(path, origin, None, Flaw.CRASHES)
    if kind == "version":
        return FoundLibrary(path, origin, _line(said))
    return FoundLibrary(path, origin, None, Flaw.REFUSED if kind == "refused" else Flaw.LACKS, _line(said))


def _line(text: str) -> str:
    """One printable line of bounded length: what a foreign library says goes to a terminal."""
    return "".join(character if character.isprintable() else " " for character in text[:_MOST_DETAIL])


@contextlib.contextmanager
def _silence() -> Iterator[None]:
    """The binding logs to the standard output and warns that its version is newer than the library's; a library may print, too."""
    logging.getLogger("oqs.oqs").addFilter(_nothing)
    nowhere = io.StringIO()
    with (
        warnings.catch_warnings(),
        contextlib.redirect_stdout(nowhere),
        contextlib.redirect_stderr(nowhere),
        _into_nothing(1),
        _into_nothing(2),
    ):
        warnings.simplefilter("ignore")
        try:
            yield
        finally:
            with contextlib.suppress(OSError, TypeError, AttributeError):
                ctypes.CDLL(None).fflush(None)  # What C code printed is in a buffer of its own.


@contextlib.contextmanager
def _into_nothing(descriptor: int) -> Iterator[None]:
    """What is written to a standard stream below Python goes nowhere; one that is closed stays so."""
    try:
        kept = os.dup(descriptor)
    except OSError:
        yield
        return
    try:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
        yield
    finally:
        os.dup2(kept, descriptor)
        os.close(kept)


def _nothing(_record: logging.LogRecord) -> bool:
    return False


@contextlib.contextmanager
def _shown_alone(path: str) -> Iterator[None]:
    """Lets the binding, while it is imported, find this library first, whatever else the machine has.

    It asks `find_library` for "oqs" and "liboqs" and prefers their answers; the variable is set, for without it the binding wants
    a home folder, which a service may not have."""
    find_library, before = ctypes.util.find_library, os.environ.get(_INSTALL_PATH)

    def only(name: str) -> str | None:
        return path if name in {"oqs", "liboqs"} else find_library(name)

    ctypes.util.find_library = only
    os.environ[_INSTALL_PATH] = before or str(Path(path).absolute().parent.parent)
    try:
        yield
    finally:
        ctypes.util.find_library = find_library
        if before is None:
            del os.environ[_INSTALL_PATH]
        else:
            os.environ[_INSTALL_PATH] = before
