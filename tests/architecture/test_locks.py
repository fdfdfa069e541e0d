"""The lock files: hashed, naming no index, agreeing with pyproject.toml and with each other."""

from __future__ import annotations

import re
import tomllib

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.architecture.house import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
LOCKS = ("requirements.lock", "requirements-dev.lock", "requirements-source.lock", "requirements-liboqs.lock")


def pins(lock: str) -> dict[str, Requirement]:
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", " ")
    found = [Requirement(line.split(" --hash=")[0].strip()) for line in text.splitlines() if line and not line.startswith("#")]
    return {canonicalize_name(requirement.name): requirement for requirement in found if here(requirement)}


def wanted(requirements: list[str]) -> list[Requirement]:
    return [requirement for requirement in map(Requirement, requirements) if here(requirement)]


def here(requirement: Requirement) -> bool:
    """True where its marker (Python, platform) fits this machine."""
    return requirement.marker is None or requirement.marker.evaluate()


@pytest.mark.parametrize("lock", LOCKS)
def test_every_locked_package_has_its_hashes_and_no_place(lock: str) -> None:
    for line in (ROOT / lock).read_text("utf-8").replace("\\\n", " ").splitlines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[^ ]+( ; [^\\]+?)?( +--hash=sha256:[0-9a-f]{64})+", line), line[:80]


def test_what_runs_is_locked_as_pyproject_asks() -> None:
    locked = pins("requirements.lock")
    extras = PROJECT["project"]["optional-dependencies"]
    run = [
        requirement
        for name in ("fast", "postgres", "demo", "oqs", "sheets", "reports", "encrypted", "net")
        for requirement in extras[name]
    ]
    asked = wanted(PROJECT["project"]["dependencies"] + run)
    assert_satisfied(asked, locked)


def test_what_tests_and_builds_is_locked_as_pyproject_asks() -> None:
    locked = pins("requirements-dev.lock")
    assert_satisfied(wanted(PROJECT["dependency-groups"]["dev"] + PROJECT["build-system"]["requires"]), locked)


def test_what_comes_as_source_is_locked_as_pyproject_asks() -> None:
    assert_satisfied(wanted(PROJECT["project"]["optional-dependencies"]["discovery"]), pins("requirements-source.lock"))


def test_what_builds_liboqs_is_locked_as_pyproject_asks_and_as_its_own_metadata_asks() -> None:
    own = tomllib.loads((ROOT / "liboqs/pyproject.toml").read_text("utf-8"))
    assert_satisfied(
        wanted(PROJECT["dependency-groups"]["liboqs"] + own["build-system"]["requires"]), pins("requirements-liboqs.lock")
    )


def test_tests_run_on_the_same_versions_as_the_program() -> None:
    runs, tests = pins("requirements.lock"), pins("requirements-dev.lock")
    assert {name: str(tests.get(name)) for name in runs} == {name: str(requirement) for name, requirement in runs.items()}


def test_a_package_of_ours_is_never_asked_from_an_index() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    asked = wanted(sum((list(extra) for extra in extras.values()), PROJECT["project"]["dependencies"]))
    assert [requirement.name for requirement in asked if requirement.name.startswith("pqscan")] == []
    assert not any(name.startswith("pqscan") for lock in LOCKS for name in pins(lock))


def assert_satisfied(asked: list[Requirement], locked: dict[str, Requirement]) -> None:
    for requirement in asked:
        pin = locked.get(canonicalize_name(requirement.name))
        assert pin is not None, f"{requirement.name} is not locked: run make lock"
        version = next(iter(pin.specifier)).version
        assert requirement.specifier.contains(version, prereleases=True), f"{requirement} is locked at {version}: run make lock"
