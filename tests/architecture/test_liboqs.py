"""How liboqs comes into .venv: built once, by path, from a file whose sum is known; where it cannot be built, one sentence."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from tests.architecture.house import ROOT, project_files

WHEEL = "pqscan_liboqs-0.13.0-py3-none-any.whl"


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """As much of a checkout as tools/liboqs reads, with a .venv whose Python is the one that runs the tests."""
    place = tmp_path / "checkout"
    (place / "tools").mkdir(parents=True)
    shutil.copytree(ROOT / "liboqs", place / "liboqs", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "tools/liboqs", place / "tools/liboqs")
    shutil.copy(ROOT / "requirements-liboqs.lock", place)
    (place / ".venv/bin").mkdir(parents=True)
    program(place / ".venv/bin", "python", f'exec "{sys.executable}" "$@"')
    return place


def program(folder: Path, name: str, body: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(f"#!/bin/sh\n{body}\n")
    (folder / name).chmod(0o755)


def run(checkout: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """tools/liboqs with a cache of its own; a cargo and an index that this machine has are not seen."""
    programs = checkout.parent / "programs"
    if not (programs / "cargo").exists():
        program(programs, "cargo", "exit 127")
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PIP_")}
    environment |= {"PATH": f"{programs}:/usr/bin:/bin", "XDG_CACHE_HOME": str(checkout.parent / "cache")}
    environment |= {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_RETRIES": "0", "PIP_DEFAULT_TIMEOUT": "1", "PIP_NO_CACHE_DIR": "1"}
    return subprocess.run(
        [checkout / "tools/liboqs", *arguments], env=environment | variables, capture_output=True, text=True, check=False
    )


def test_without_cargo_setup_goes_on_and_says_once_what_to_install(checkout: Path) -> None:
    first, second = run(checkout, "install"), run(checkout, "install")
    assert (first.returncode, first.stdout, first.stderr.count("\n")) == (0, "", 1)
    assert "apt-get install cargo gcc" in first.stderr
    assert "without it everything but the harness works" in first.stderr
    assert (second.returncode, second.stdout, second.stderr) == (0, "", "")


def test_who_asks_for_it_is_told_again_and_fails(checkout: Path) -> None:
    run(checkout, "install")
    for arguments in (("install", "--again"), ("install", "--again"), ("wheel", "--again")):
        done = run(checkout, *arguments)
        assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)


def test_a_build_that_fails_is_told_once_and_not_tried_at_every_make(checkout: Path) -> None:
    program(checkout.parent / "programs", "cargo", "exit 0")
    program(checkout.parent / "programs", "gcc", "exit 0")
    log = checkout.parent / "cache/pqscan/liboqs/build.log"
    first = run(checkout, "install")
    assert first.returncode == 0
    assert f"could not be built ({log} says why)" in first.stderr
    assert log.stat().st_size > 0
    log.unlink()
    second = run(checkout, "install")
    assert (second.returncode, second.stderr, log.exists()) == (0, "", False)
    assert run(checkout, "install", "--again").returncode == 1
    assert log.exists()
    assert list((checkout.parent / "cache/pqscan/liboqs").glob("build.?*/")) == []


def ready_wheel(folder: Path) -> None:
    """A wheel of that name with nothing in it but a marker."""
    folder.mkdir()
    info = "pqscan_liboqs-0.13.0.dist-info"
    with zipfile.ZipFile(folder / WHEEL, "w") as archive:
        archive.writestr("pqscan_liboqs_marker.py", "")
        archive.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: pqscan-liboqs\nVersion: 0.13.0\n")
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")


def test_without_a_network_it_is_taken_ready_from_a_folder_and_kept(checkout: Path, tmp_path: Path) -> None:
    ready_wheel(tmp_path / "folder")
    done = run(checkout, "wheel", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path / "folder"))
    assert done.returncode == 0, done.stderr
    kept = Path(done.stdout.strip())
    assert (kept.name, kept.is_file()) == (WHEEL, True)
    shutil.rmtree(tmp_path / "folder")
    assert run(checkout, "wheel").stdout == done.stdout  # also where there is no cargo
    (checkout / "liboqs/shim.c").write_text("changed")
    assert run(checkout, "wheel").returncode == 1


def test_a_kept_wheel_that_is_damaged_is_told_and_removed_and_setup_goes_on(checkout: Path, tmp_path: Path) -> None:
    ready_wheel(tmp_path / "folder")
    kept = Path(run(checkout, "wheel", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path / "folder")).stdout.strip())
    kept.write_bytes(kept.read_bytes()[:50])  # pip reads it before it changes anything, so that the real one stays installed
    done = run(checkout, "install")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (0, "", 1)
    assert "is damaged" in done.stderr
    assert not kept.exists()


def test_without_a_network_and_without_a_ready_one_setup_goes_on(checkout: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    done = run(checkout, "install", PIP_NO_INDEX="1", PIP_FIND_LINKS=str(tmp_path / "empty"))
    assert (done.returncode, done.stderr.count("\n")) == (0, 1)


def test_a_cache_that_cannot_be_written_is_done_without(checkout: Path, tmp_path: Path) -> None:
    ready_wheel(tmp_path / "folder")
    (tmp_path / "file").write_text("")
    variables = {"XDG_CACHE_HOME": str(tmp_path / "file"), "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(tmp_path / "folder")}
    done = run(checkout, "wheel", **variables)
    assert done.returncode == 0, done.stderr
    assert Path(done.stdout.strip()).is_relative_to(checkout / ".liboqs")


def sources(*definitions: str, home: Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    """The part of the build that gets the sources, run alone."""
    cmake = shutil.which("cmake")
    if cmake is None:
        pytest.skip("no cmake program here runs liboqs/sources.cmake alone")
    program(cwd / "programs", "cargo", "echo cargo 1.99.0")  # fetches nothing
    environment = os.environ | {"CARGO_HOME": str(home), "PATH": f"{cwd / 'programs'}:{os.environ['PATH']}"}
    command = [cmake, *definitions, "-P", ROOT / "liboqs/sources.cmake"]
    return subprocess.run(command, env=environment, cwd=cwd, capture_output=True, text=True, check=False)


def crate(folder: Path) -> Path:
    folder.mkdir(parents=True)
    path = folder / "oqs-sys-0.11.0+liboqs-0.13.0.crate"
    with tarfile.open(path, "w:gz") as archive:
        archive.add(ROOT / "liboqs/shim.c", arcname="oqs-sys-0.11.0+liboqs-0.13.0/liboqs/CMakeLists.txt")
    return path


def test_a_crate_with_another_sum_is_never_unpacked(tmp_path: Path) -> None:
    wrong = crate(tmp_path / "wrong")
    done = sources(f"-DPQSCAN_OQS_CRATE={wrong}", home=tmp_path / "cargo", cwd=tmp_path)
    assert done.returncode != 0
    assert hashlib.sha256(wrong.read_bytes()).hexdigest() in done.stderr
    assert list(tmp_path.glob("oqs-sys-*")) == []


def test_a_crate_with_another_sum_in_cargos_cache_is_passed_over(tmp_path: Path) -> None:
    crate(tmp_path / "cargo/registry/cache/index")
    done = sources(home=tmp_path / "cargo", cwd=tmp_path)
    assert done.returncode != 0
    assert "passed over" in done.stdout
    assert "cargo fetched no file" in " ".join(done.stderr.split())
    assert list(tmp_path.glob("oqs-sys-*")) == []


def test_nothing_that_names_an_index_or_a_clone_is_in_it() -> None:
    files = [path for path in project_files() if path.parts[0] == "liboqs"]
    assert "liboqs/shim.c" in map(str, files)
    assert not [path for path in files if path.name == "Cargo.lock"]
    text = "\n".join((ROOT / path).read_text("utf-8") for path in files)
    assert not re.search(r"git clone|FetchContent|ExternalProject|registry\+", text)
