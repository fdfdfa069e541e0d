"""The wheel: it holds the program and nothing else, and works where it is installed, far from the checkout."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import sysconfig
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from tests.architecture.house import ROOT, project_files

SHIPPED = {"pqscan": Path(), "pqscan_probes": Path("probes"), "pqscan_reports": Path("reports")}
MIGRATIONS = [path for path in project_files() if path.parts[:2] == ("db", "migrations")]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)], cwd=ROOT, check=True, capture_output=True
    )
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def names(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` of a new venv that has the wheel; its dependencies are borrowed from the venv that runs the tests."""
    home = tmp_path_factory.mktemp("installed") / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(home)], check=True)
    pip = [sys.executable, "-m", "pip", "--python", str(home / "bin/python"), "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*pip, str(wheel)], check=True, capture_output=True)
    packages = next((home / "lib").glob("python3*")) / "site-packages"
    # A path in a .pth file comes after the venv's own packages, and .pth files that lie there are not read: not our checkout.
    (packages / "borrowed.pth").write_text(sysconfig.get_path("purelib") + "\n")
    return home / "bin"


def run(program: Path, *arguments: str, cwd: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PQSCAN_", "PYTHON"))}
    return subprocess.run(
        [program, *arguments], env=environment | {"LC_ALL": "en"} | variables, cwd=cwd, capture_output=True, text=True, check=False
    )


def test_it_holds_only_packages_of_pqscan(names: set[str]) -> None:
    assert {name.split("/")[0] for name in names} == {*SHIPPED, *(name.split("/")[0] for name in names if ".dist-info/" in name)}
    assert [name for name in names if re.search(r"(^|/)(tests|bench|tools)/|\.pyc$|\.sqlite", name)] == []


def test_it_holds_every_file_of_the_packages(names: set[str]) -> None:
    for package, folder in SHIPPED.items():
        expected = {str(path.relative_to(folder)) for path in project_files() if path.is_relative_to(folder / package)}
        assert expected - names == set()


def test_it_holds_the_migrations_where_the_store_looks_for_them(names: set[str]) -> None:
    expected = {"pqscan/store/migrations/" + str(path.relative_to("db/migrations")) for path in MIGRATIONS}
    assert expected - names == set()


def test_it_refuses_to_be_uploaded_to_an_index(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        metadata = next(name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        text = archive.read(metadata).decode()
    assert "Private :: Do Not Upload" in (Parser().parsestr(text).get_all("Classifier") or [])


def test_the_installed_program_is_the_wheel_and_not_the_checkout(installed: Path, tmp_path: Path) -> None:
    done = run(installed / "python", "-c", "import pqscan, pqscan_probes, pqscan_reports; print(pqscan.__file__)", cwd=tmp_path)
    assert done.stdout.strip().startswith(str(installed.parent)), done.stderr


def test_installed_it_reads_all_its_data(installed: Path, tmp_path: Path) -> None:
    script = (
        "from pqscan.doctor import examine; from pqscan.locale import render; [render(c.what_it_is_for, 'vi') for c in examine()]"
    )
    done = run(installed / "python", "-c", script, cwd=tmp_path)
    assert done.returncode == 0, done.stderr


def test_installed_it_makes_and_migrates_a_database_with_its_own_migrations(installed: Path, tmp_path: Path) -> None:
    script = """
from pqscan.store.migrate import migrations_folder
from pqscan.store.repository import Store
with Store.open("sqlite:///inventory.sqlite") as store:
    print(migrations_folder(), store.status().is_current)
"""
    done = run(installed / "python", "-c", script, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    folder, current = done.stdout.rsplit(maxsplit=1)
    assert Path(folder).is_relative_to(installed.parent)
    assert current == "True"


def test_installed_its_command_line_migrates_a_database(installed: Path, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'inventory.sqlite'}"
    for command in ("upgrade", "status"):
        done = run(installed / "pqscan", "db", command, cwd=tmp_path, PQSCAN_DB=url)
        assert done.returncode == 0, done.stderr
    assert (tmp_path / "inventory.sqlite").stat().st_size > 0
