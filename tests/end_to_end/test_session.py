"""README shows a session as it really is: what a fresh one prints, save ports, dates and the like."""

from __future__ import annotations

import subprocess
import sys

import pytest

from pqscan.demo.servers import RunningServer
from pqscan.scan.authorisation_file import read_authorisation
from tests.end_to_end.conftest import Program
from tools.readme import README
from tools.session import COMMANDS, session, shown, stable

pytestmark = pytest.mark.lab


def test_the_session_in_readme_is_what_the_program_prints() -> None:
    text = shown(README.read_text("utf-8"))
    assert stable(text) == session(), "run make readme"


def test_the_session_shows_every_command_with_its_output() -> None:
    text = shown(README.read_text("utf-8"))
    assert [line.removeprefix("$ ") for line in text.splitlines() if line.startswith("$ ")] == list(COMMANDS)


def test_the_authorisation_in_readme_is_one_that_the_program_reads(program: Program) -> None:
    text = README.read_text("utf-8").partition("```toml\n")[2].partition("```")[0]
    (program.folder / "authorisation.toml").write_text(text, "utf-8")
    assert read_authorisation(program.folder / "authorisation.toml").number == "123/QĐ"


def test_the_configuration_in_the_documentation_is_one_that_the_program_reads(program: Program) -> None:
    text = (README.parent / "docs" / "commands.md").read_text("utf-8").partition("```toml\n")[2].partition("```")[0]
    (program.folder / "pqscan.toml").write_text(text, "utf-8")
    program.works("--config", "pqscan.toml", "policy", "list")


def test_the_python_example_in_the_documentation_runs(program: Program, server: RunningServer) -> None:
    text = (README.parent / "docs" / "python.md").read_text("utf-8").partition("```python\n")[2].partition("```")[0]
    script = text.replace('ports="443"', f'ports="{server.port}"')
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, env=program.environment, cwd=program.folder, capture_output=True, encoding="utf-8", check=False)
    assert done.returncode == 0, done.stderr
    assert "State.DEFAULT" in done.stdout or "default" in done.stdout
    assert (program.folder / "report.html").stat().st_size > 0


def test_the_picture_of_the_report_is_there_and_small() -> None:
    picture = README.parent / "docs" / "images" / "report.png"
    assert f"({picture.relative_to(README.parent)})" in README.read_text("utf-8")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert picture.stat().st_size < 300_000
