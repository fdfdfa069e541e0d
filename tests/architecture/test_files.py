"""What holds for every file: size, opening, name, and nothing of any one machine in it."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.house import ROOT, project_files, python_files, text_of, tree_of

MOST_LINES = 400
MOST_BINARY_BYTES = 200_000

# Written in pieces, so that this file does not hold what it looks for.
INDEX_HOSTS = [".".join(parts) for parts in (
    ("pypi", "org"), ("pythonhosted", "org"), ("crates", "io"), ("npmjs", "org"), ("npmjs", "com"), ("proxy", "golang", "org"),
    ("repo1", "maven", "org"), ("repo", "maven"), ("deb", "debian", "org"), ("security", "debian", "org"),
)]  # fmt: skip
MACHINE_PATHS = re.compile(r"(?<![\w.$}/-])/(?:" + "|".join(("ro" + "ot", "ho" + "me", "wo" + "rk", "Us" + "ers")) + r")/\w")
BARE_NAME = re.compile(
    r"(?:pip3? install|pipx (?:install|run)|uvx|uv (?:tool|pip) install|uv add)(?: +-\S+)* +[\"']?pqscan\b(?![/.-])"
)


def test_no_python_file_is_longer_than_400_lines() -> None:
    lengths = {str(path): len((ROOT / path).read_text("utf-8").splitlines()) for path in python_files()}
    assert {path: lines for path, lines in lengths.items() if lines > MOST_LINES} == {}


def test_every_file_of_the_program_says_what_it_is_about() -> None:
    silent = [str(path) for path in python_files("pqscan/", "probes/", "reports/", "db/", "tools/", "bench/")
              if tree_of(path).body and ast.get_docstring(tree_of(path)) is None]  # fmt: skip
    assert silent == []


def test_no_module_is_a_drawer_for_everything() -> None:
    drawers = {"utils", "util", "helpers", "helper", "common", "misc", "tools"}
    named = [str(path) for path in python_files("pqscan/", "probes/", "reports/") if drawers & {path.stem, *path.parts[:-1]}]
    assert named == []


def test_no_file_names_a_place_on_one_machine() -> None:
    assert _lines_with(MACHINE_PATHS) == []


def test_no_file_names_the_host_of_a_package_index() -> None:
    assert _lines_with(re.compile("|".join(re.escape(host) for host in INDEX_HOSTS))) == []


def test_nothing_tells_anyone_to_install_pqscan_by_its_bare_name() -> None:
    assert _lines_with(BARE_NAME) == []


@pytest.mark.parametrize(
    "command",
    ["pip install pqscan", "pip install -U 'pqscan[fast]'", "pipx install pqscan", "uvx pqscan", "uv tool install pqscan"],
)
def test_an_install_by_bare_name_would_be_seen(command: str) -> None:
    assert BARE_NAME.search(command)


def test_no_large_binary_is_kept_but_vectors_and_fonts() -> None:
    large = [
        str(path) for path in project_files()
        if text_of(path) is None and (ROOT / path).stat().st_size > MOST_BINARY_BYTES
        and not str(path).startswith(("tests/vectors/", "pqscan/harness/vectors/data/"))
        and path.suffix not in {".ttf", ".otf", ".woff2"}
    ]  # fmt: skip
    assert large == []


def test_nothing_that_is_made_is_kept() -> None:
    made = re.compile(r"(^|/)(\.venv|__pycache__|dist|build|node_modules)/|\.(pyc|mo|sqlite|egg-info|so|whl)$|(^|/)uv\.lock$")
    assert [str(path) for path in project_files() if made.search(str(path))] == []


def _lines_with(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in project_files():
        if path == Path(__file__).resolve().relative_to(ROOT):
            continue
        for number, line in enumerate((text_of(path) or "").splitlines(), 1):
            if len(line) < 10_000 and pattern.search(line):
                found.append(f"{path}:{number}: {line.strip()[:160]}")
    return found
