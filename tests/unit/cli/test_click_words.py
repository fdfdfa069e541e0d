"""What click says is in the catalogue: every text of its modules that one of our commands can show."""

from __future__ import annotations

import ast
import importlib
from pathlib import Path

import pytest

from pqscan.cli import click_words, words
from pqscan.locale import translator

# Said to programmers, or by features that no command uses: prompts, aborts, choices by format, deprecated things.
NEVER_SHOWN = {
    "Aborted!", "deprecated", "(dynamic)", "Value must be an iterable.", "Do you want to continue?",
    "Confirm the action without prompting.", "Error: {message}", "Try '{command} {option}' for help.",
    "Invalid start character for option ({option})", "{name} {filename!r} is not executable.", "Choice({choices})",
    "{value!r} is not a valid UUID.", "{value!r} is not a valid boolean. Recognized values: {states}",
    "Takes {nargs} values but 1 was given.", "{len_type} values are required, but {len_value} was given.",
    "{value!r} does not match the format {format}.",
}  # fmt: skip


REQUIRED = "required"
"""What click looks up behind an option that has to be given: a value, not a text in its source."""


def said_by_click() -> set[str]:
    found: set[str] = set()
    for name in click_words.MODULES:
        path = importlib.import_module(f"click.{name}").__file__
        assert path is not None
        for node in ast.walk(ast.parse(Path(path).read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in ("_", "ngettext"):
                found.update(a.value for a in node.args[:1] if isinstance(a, ast.Constant) and isinstance(a.value, str))
                found.update(REQUIRED for a in node.args[:1] if ast.unparse(a) == "extra['required']")
    return {text for text in found if "Deprecat" not in text and "{decls" not in text and "defined twice" not in text}


def test_every_text_of_click_that_can_be_shown_is_in_our_catalogue() -> None:
    ours = {*click_words.TEXTS, *(singular for singular, _plural in click_words.PLURALS)}
    left = {text for text in said_by_click() - ours - NEVER_SHOWN if "{decl" not in text and "No options defined" not in text}
    assert left == set()


def test_our_catalogue_holds_no_text_that_click_does_not_say() -> None:
    ours = {*click_words.TEXTS, *(singular for singular, _plural in click_words.PLURALS)}
    assert ours - said_by_click() == set()


@pytest.mark.parametrize("text", sorted({*click_words.TEXTS, *(pair[0] for pair in click_words.PLURALS)}))
def test_a_translation_can_be_filled_as_click_fills_it(text: str) -> None:
    class Anything(dict[str, object]):
        def __missing__(self, name: str) -> str:
            return name

    said = translator("vi").gettext(text)
    assert said.format_map(Anything()) if "%(" not in said else said % Anything()


def test_click_speaks_our_language(monkeypatch: pytest.MonkeyPatch) -> None:
    import click.formatting

    monkeypatch.setattr(words, "_language", "vi")
    click_words.translate_click()
    assert click.formatting._("Usage:") == "Cách dùng:"
