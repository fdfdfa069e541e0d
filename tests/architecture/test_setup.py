"""What `make setup` and `make test` say on a machine that lacks something: one sentence, and nothing is changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.architecture.house import ROOT

SYSTEM = "/usr/bin:/bin"


def run(script: str, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {"PATH": SYSTEM, "HOME": os.environ.get("HOME", "/")} | variables
    return subprocess.run([ROOT / script, *arguments], env=environment, capture_output=True, text=True, check=False)


def program(folder: Path, name: str, body: str) -> Path:
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


def test_without_a_fitting_python_setup_says_so_in_one_sentence(tmp_path: Path) -> None:
    old = program(tmp_path, "python3", "exit 1")
    done = run("tools/setup", PYTHON=str(old))
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("make setup: Python 3.11 to 3.14 is missing")
    assert done.stderr.count("\n") == 1


def test_without_the_venv_module_setup_names_its_package(tmp_path: Path) -> None:
    bare = program(tmp_path, "python3", 'case "$2" in *ensurepip*) exit 1 ;; *) exit 0 ;; esac')
    done = run("tools/setup", PYTHON=str(bare))
    assert done.returncode == 1
    assert "apt-get install python3-venv" in done.stderr
    assert done.stderr.count("\n") == 1


def test_what_the_system_lacks_is_said_and_fails_nothing(tmp_path: Path) -> None:
    done = run("tools/system-packages", "no-such-program", PQSCAN_NO_APT="1")
    assert done.returncode == 0
    assert "no-such-program" in done.stderr
    assert done.stderr.count("\n") == 1


def test_a_user_who_is_not_root_is_told_what_the_administrator_can_do(tmp_path: Path) -> None:
    program(tmp_path, "id", "echo 1000")
    program(tmp_path, "apt-get", "echo called >&2; exit 1")
    done = run("tools/system-packages", "no-such-program", PATH=f"{tmp_path}:{SYSTEM}")
    assert done.returncode == 0
    assert "administrator" in done.stderr
    assert "called" not in done.stderr


@pytest.mark.parametrize(("allowed", "code"), [("0", 1), ("1", 0)])
def test_more_skips_than_allowed_fail_a_run(tmp_path: Path, allowed: str, code: int) -> None:
    test = tmp_path / "test_one.py"
    test.write_text("import pytest\n\ndef test_a():\n    pass\n\ndef test_b():\n    pytest.skip('no peer')\n")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-p",
        "tools.most_skips",
        "-p",
        "no:cacheprovider",
        "--rootdir",
        str(tmp_path),
        str(test),
    ]
    environment = os.environ | {"PQSCAN_MOST_SKIPS": allowed}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stdout
    assert ("PQSCAN_MOST_SKIPS" in done.stdout) == bool(code)
