"""The jobs of docs/ci: each command in them is one that the program has, with these options; the job over files does its work."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.end_to_end.conftest import Program
from tests.end_to_end.test_file_runs import WEAK
from tools.readme import help_text

CI = Path(__file__).parents[2] / "docs" / "ci"
PROGRAM = re.compile(r"^(?:\S*/)?pqscan$")


def scripts(name: str) -> dict[str, list[str]]:
    """The shell of each job, step by step."""
    document: Any = yaml.safe_load((CI / name).read_text("utf-8"))
    if "jobs" in document:
        return {job: [step["run"] for step in each["steps"] if "run" in step] for job, each in document["jobs"].items()}
    return {job: each["script"] for job, each in document.items() if isinstance(each, dict) and "script" in each}


def commands(name: str) -> Iterator[tuple[str, list[str]]]:
    """Each call of the program: its job, and its words."""
    for job, steps in scripts(name).items():
        for line in "\n".join(steps).replace("\\\n", " ").splitlines():
            words = shlex.split(line, comments=True)
            if words and PROGRAM.match(words[0]):
                yield job, words[1:]


CALLS = [(name, job, words) for name in ("github-actions.yml", "gitlab-ci.yml") for job, words in commands(name)]


@pytest.mark.parametrize(("name", "job", "words"), CALLS, ids=[f"{name}: {job} {words[1]}" for name, job, words in CALLS])
def test_a_command_of_a_pipeline_has_its_options(name: str, job: str, words: list[str]) -> None:
    command = tuple(word for word in words[:2] if re.fullmatch("[a-z-]+", word) and not word.startswith("-"))
    command = command[:1] if command[0] in ("gate", "report") else command
    known = set(re.findall(r"(?<![\w-])--?[a-z][a-z-]*", help_text(command) + help_text(())))
    assert {word for word in words if word.startswith("-")} <= known, (name, job)


def test_both_pipelines_have_the_same_jobs() -> None:
    assert list(scripts("github-actions.yml")) == list(scripts("gitlab-ci.yml")) == ["algorithms", "endpoint", "gate", "files"]


def test_both_pipelines_ask_the_same_of_the_program() -> None:
    """But for where a store lies, which one of them says beforehand."""
    one, other = (
        [(job, [word for word in words if re.fullmatch("(--)?[a-z][a-z-]*", word) and word not in ("--db", "--version")])
         for job, words in commands(name)]
        for name in ("github-actions.yml", "gitlab-ci.yml")
    )  # fmt: skip
    assert one == [(job, words) for job, words in other if words]
    assert {tuple(words[:2]) for _, words in one} >= {
        ("harness", "self-test"),
        ("scan", "net"),
        ("scan", "files"),
        ("report", "sarif"),
    }


@pytest.mark.parametrize(("added", "code"), [(b"nothing", 0), (WEAK, 1)], ids=["nothing new", "a weak key"])
def test_the_job_over_files_fails_for_what_is_new_and_leaves_its_reports(
    program: Program, tmp_path: Path, added: bytes, code: int
) -> None:
    project = tmp_path / "project"
    (project / "reports").mkdir(parents=True)
    (project / "known.pem").write_bytes(WEAK)
    program.works(
        "gate", "--files", str(project), "--root", str(project), "--write-baseline", str(project / ".pqscan-baseline.json")
    )
    (project / "more.pem").write_bytes(added)
    environment = {**program.environment, "CI_PROJECT_DIR": str(project), "TMPDIR": str(tmp_path)}
    environment["PATH"] = f"{Path(sys.executable).parent}:{environment['PATH']}"
    script = "\n".join(scripts("gitlab-ci.yml")["files"])
    done = subprocess.run(["sh", "-e", "-c", script], cwd=project, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    (run,) = json.loads((project / "reports" / "pqscan.sarif").read_text("utf-8"))["runs"]
    told = {each["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] for each in run["results"]}
    assert told == ({"known.pem"} if code == 0 else {"known.pem", "more.pem"})
    assert (project / "reports" / "files.xml").exists()
