"""Loads liboqs through its Python binding, quietly and only when asked.

The binding prints, configures logging and clones a repository where it finds no library, so that it is imported only after
the library has been found as a file. A library of the system comes first, as the binding itself prefers it.
"""

from __future__ import annotations

import contextlib
import ctypes.util
import importlib
import importlib.util
import io
import logging
import os
import warnings
from functools import cache
from pathlib import Path
from typing import Any

from pqscan.errors import WorkError

_LIBRARY = "liboqs.so"
_FOLDERS = ("lib", "lib64")  # below OQS_INSTALL_PATH, as the binding looks


class LiboqsMissing(WorkError):
    """liboqs or its Python binding is not installed, or cannot be loaded here."""


@cache
def load() -> Any:  # Any: the binding comes without types.
    """The module `oqs`. Raises LiboqsMissing, with what to install, where there is none or a foreign one that does not load."""
    _point_to_ours()
    if not _is_there():
        raise LiboqsMissing(
            "liboqs is not installed here: install cargo and gcc (Debian: apt-get install cargo gcc) and run make setup again"
        )
    quiet = logging.getLogger("oqs.oqs")
    quiet.addFilter(_nothing)
    try:
        with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
            warnings.simplefilter("ignore")
            return importlib.import_module("oqs")
    except ImportError as error:
        raise LiboqsMissing("liboqs-python, the binding of liboqs, is not installed here: run make setup again") from error
    except (Exception, SystemExit) as error:  # A foreign or damaged build can fail in any way; that it does is the finding.
        raise LiboqsMissing(f"the liboqs that was found cannot be loaded ({type(error).__name__}: {str(error)[:100]})") from error


def version() -> str:
    """The version that the loaded library tells. Raises LiboqsMissing."""
    return str(load().oqs_version())


def _nothing(_record: logging.LogRecord) -> bool:
    return False


def _point_to_ours() -> None:
    """The binding looks below OQS_INSTALL_PATH: where nobody set it, that is our own package."""
    found = importlib.util.find_spec("pqscan_liboqs")
    if "OQS_INSTALL_PATH" not in os.environ and found is not None and found.submodule_search_locations:
        os.environ["OQS_INSTALL_PATH"] = next(iter(found.submodule_search_locations))


def _is_there() -> bool:
    place = os.environ.get("OQS_INSTALL_PATH")
    if place and any((Path(place) / folder / _LIBRARY).is_file() for folder in _FOLDERS):
        return True
    return ctypes.util.find_library("oqs") is not None
