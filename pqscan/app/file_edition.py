"""The edition of what a scan of files looks for: what was read by another one is read again.

It is a digest of the code and the data that decide what is found, so that nobody has to remember to count it up: of the probes, of
the codecs and tables behind them, and of what opens archives; of the libraries that read for them, whether they are there or not;
of the user's own registry; of the bounds; and of the paths that are scanned."""

from __future__ import annotations

import hashlib
from dataclasses import astuple
from functools import lru_cache
from importlib import metadata, util
from pathlib import Path

from pqscan.registry.local import local_registry
from pqscan.scan.files.bounds import Bounds

_PACKAGES = ("pqscan.model", "pqscan.registry", "pqscan.scan.files", "pqscan.wire", "pqscan_probes")
_LIBRARIES = ("ast-grep-py", "cryptography", "lief", "PyYAML", "tomli", "zlib-ng", "zstandard")
_KINDS = frozenset({".py", ".pyc", ".toml"})


def edition(bounds: Bounds, roots: tuple[str, ...] = ()) -> bytes:
    """32 octets. `roots` are the paths that are scanned: by where a file lies below them code of tests is told."""
    local = local_registry()
    parts = (_code(), *map(_version, _LIBRARIES), "" if local is None else local.digest, repr(astuple(bounds)), repr(sorted(roots)))
    return hashlib.sha256("\n".join(parts).encode()).digest()


@lru_cache(maxsize=1)
def _code() -> str:
    whole = hashlib.sha256()
    for package in _PACKAGES:
        for folder in _folders(package):
            files = (path for path in folder.rglob("*") if path.suffix in _KINDS and "__pycache__" not in path.parts)
            for path in sorted(files):
                data = path.read_bytes()
                whole.update(f"{path.relative_to(folder)} {len(data)}\n".encode("utf-8", "surrogateescape"))
                whole.update(data)
    return whole.hexdigest()


def _folders(package: str) -> list[Path]:
    found = util.find_spec(package)
    return [] if found is None else [Path(place) for place in found.submodule_search_locations or ()]


def _version(library: str) -> str:
    try:
        return metadata.version(library)
    except metadata.PackageNotFoundError:
        return "none"
