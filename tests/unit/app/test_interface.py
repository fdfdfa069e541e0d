"""The Python interface: what it names is there, and naming it costs nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pqscan import app


def test_everything_that_is_named_is_there() -> None:
    assert all(callable(getattr(app, name)) or isinstance(getattr(app, name), tuple) for name in app.__all__)


def test_nothing_else_is_there() -> None:
    with pytest.raises(AttributeError):
        _ = app.scan_birds


def test_importing_it_loads_no_part() -> None:
    script = "import sys, pqscan.app; sys.exit(any(name in sys.modules for name in ('sqlalchemy', 'cryptography', 'pqscan.scan')))"
    assert subprocess.run([sys.executable, "-c", script], check=False).returncode == 0
