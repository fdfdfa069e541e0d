"""The help texts of README and docs/help.md are the program's own, for every command there is, and its map is the house's."""

from __future__ import annotations

import re
import subprocess

import pytest

from tests.architecture.house import ROOT, project_files
from tools.readme import HELP, README, help_blocks, help_text

TEXT = README.read_text("utf-8")
BLOCKS = {block.command: block.body for block in help_blocks(TEXT + HELP.read_text("utf-8"))}
COMMANDS = re.compile(r"^  ([a-z]+(?:-[a-z]+)*)(?: |$)", re.MULTILINE)


def commands_of(command: tuple[str, ...]) -> list[tuple[str, ...]]:
    """The subcommands that a help text lists, under its heading `Commands:`."""
    _, found, listed = help_text(command).partition("\nCommands:\n")
    return [(*command, name) for name in COMMANDS.findall(listed.partition("\n\n")[0])] if found else []


def test_readme_has_help_texts() -> None:
    assert () in BLOCKS


@pytest.mark.parametrize("command", sorted(BLOCKS), ids=lambda command: " ".join(command) or "pqscan")
def test_a_help_text_in_the_documents_is_what_the_program_prints(command: tuple[str, ...]) -> None:
    assert BLOCKS[command] == help_text(command), "run make readme"


def test_every_command_has_its_help_text_in_the_documents() -> None:
    try:
        waiting = commands_of(())
    except subprocess.CalledProcessError as error:
        pytest.fail(f"pqscan --help: {error.stderr}")
    assert waiting
    missing = []
    while waiting:
        command = waiting.pop()
        below = commands_of(command)
        waiting += below
        if not below and command not in BLOCKS:
            missing.append(" ".join(command))
    assert sorted(missing) == []


def test_every_file_and_folder_that_the_documents_point_at_is_there() -> None:
    broken = []
    for path in project_files():
        if path.suffix != ".md" or path.parts[:2] == ("docs", "plans"):
            continue
        for target in re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", (ROOT / path).read_text("utf-8")):
            if not (ROOT / path.parent / target).exists():
                broken.append(f"{path}: {target}")
    assert broken == []


def test_the_map_of_the_house_names_every_folder_of_the_program() -> None:
    house = TEXT.partition("## The house")[2].partition("\n## ")[0]
    folders = {path.parts[1] for path in project_files() if path.parts[0] == "pqscan" and len(path.parts) > 2}
    assert {folder for folder in folders if f"{folder}/" not in house} == set()
