"""The pipeline files that a project copies name commands and options that the program has."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tools.readme import help_text

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "ci"
FILES = sorted(FOLDER.glob("*.yml"))


def commands(path: Path) -> list[list[str]]:
    """The words behind `harness` of every call of the program, line continuations joined."""
    text = path.read_text("utf-8").replace("\\\n", " ")
    return [shlex.split(line.split(" harness ", 1)[1]) for line in text.splitlines() if " harness " in line]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_command_and_option_of_an_example_exists(path: Path) -> None:
    found = commands(path)
    assert {words[0] for words in found} == {"self-test", "handshake", "conformance"}
    for name, *rest in found:
        told = help_text(("harness", name))
        for word in rest:
            if word.startswith("--"):
                assert re.search(rf"{re.escape(word)}\b", told), f"{path.name}: {name} has no {word}"


def test_both_examples_run_the_same_commands() -> None:
    one, other = (sorted(commands(path)) for path in FILES)
    assert one == other
