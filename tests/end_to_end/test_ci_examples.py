"""The pipeline files that a project copies name commands and options that the program has."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from tools.readme import help_text

FOLDER = Path(__file__).resolve().parents[2] / "docs" / "ci"
FILES = sorted(FOLDER.glob("*.yml"))
CALL = re.compile(r"""pqscan"? +((?:harness|scan|gate)\b.*)""")
GROUPS = frozenset({"harness", "scan"})


def commands(path: Path) -> list[tuple[tuple[str, ...], list[str]]]:
    """Every call of the program, line continuations joined: the command's name, and the words behind it."""
    text = path.read_text("utf-8").replace("\\\n", " ")
    found = []
    for line in text.splitlines():
        call = None if line.lstrip().startswith("#") else CALL.search(line)
        if call is not None:
            words = shlex.split(call[1])
            length = 2 if words[0] in GROUPS else 1
            found.append((tuple(words[:length]), words[length:]))
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_every_command_and_option_of_an_example_exists(path: Path) -> None:
    found = commands(path)
    harness = {("harness", name) for name in ("self-test", "handshake", "conformance")}
    assert {name for name, _ in found} == harness | {("scan", "net"), ("gate",)}
    for name, rest in found:
        told = help_text(name)
        for word in rest:
            if word.startswith("--") and word != "--db":  # An option of every command.
                assert re.search(rf"{re.escape(word)}\b", told), f"{path.name}: {name} has no {word}"


def test_both_examples_run_the_same_commands() -> None:
    one, other = (sorted(commands(path)) for path in FILES)
    assert one == other
