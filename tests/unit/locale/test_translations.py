"""Every text has its Vietnamese, with the same placeholders and the glossary's words; every reason code has a sentence."""

from __future__ import annotations

import ast
import re
import tomllib
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from pqscan.locale.catalogue import parse_po, read_catalogue
from pqscan.locale.collect import ROOT, SOURCE_FOLDERS, collect
from pqscan.locale.templates import HERE, conflicts, reason_templates

VIETNAMESE = read_catalogue("vi").messages
MESSAGES = collect()
GLOSSARY = tomllib.loads((HERE / "glossary.toml").read_text("utf-8"))
PLACEHOLDER = re.compile(r"\{[a-z0-9_]+(?::[a-z]+)?\}")


def all_vietnamese() -> str:
    return "\n".join(form for forms in VIETNAMESE.values() for form in forms)


def test_every_text_has_a_vietnamese_translation() -> None:
    """Where this fails: run `python -m pqscan.locale.collect` and fill in what it lists."""
    assert [f"{message.places[0]}: {message.msgid}" for message in MESSAGES.values() if message.key not in VIETNAMESE] == []


def test_a_translation_has_the_placeholders_of_its_text() -> None:
    different = [
        form
        for key, forms in VIETNAMESE.items()
        for form in forms
        if key in MESSAGES and sorted(PLACEHOLDER.findall(form)) != sorted(PLACEHOLDER.findall(MESSAGES[key].msgid))
    ]
    assert different == []


def test_the_catalogue_holds_no_text_that_is_gone() -> None:
    assert VIETNAMESE.keys() - MESSAGES.keys() == set()


def test_the_catalogue_is_as_the_collector_writes_it() -> None:
    text = (HERE / "vi" / "LC_MESSAGES" / "pqscan.po").read_text("utf-8")
    assert len(parse_po(text, "vi")) == len(VIETNAMESE)
    assert "#, fuzzy" not in text
    assert 'msgstr ""\n\n' not in text


def test_vietnamese_is_composed_and_its_strings_end_as_the_english_do() -> None:
    for key, forms in VIETNAMESE.items():
        english = MESSAGES[key].msgid if key in MESSAGES else key
        for form in forms:
            assert unicodedata.normalize("NFC", form) == form
            assert form == form.strip()
            assert english.endswith(".") == form.endswith("."), form


@pytest.mark.parametrize("term", GLOSSARY["term"], ids=lambda term: term["en"])
def test_a_glossary_term_is_used_as_written_and_in_no_other_rendering(term: dict[str, str | list[str]]) -> None:
    text = all_vietnamese().lower()
    assert str(term["vi"]).lower() in text
    assert [variant for variant in term["never"] if variant.lower() in text] == []


def test_tone_marks_stand_where_the_glossary_has_them() -> None:
    words = set(re.findall(r"\w+", all_vietnamese().lower()))
    assert [word for word in words if word in GLOSSARY["spelling"]["never"]] == []


def test_words_of_secrecy_have_their_fixed_english() -> None:
    for vietnamese, english in GLOSSARY["secrecy"].items():
        for key, forms in VIETNAMESE.items():
            if any(re.search(rf"(?<!\w){vietnamese}(?! mã| khẩu|\w)", form) for form in forms):
                assert english in MESSAGES[key].msgid


def reasons_in_source() -> Iterator[tuple[str, set[str] | None, str]]:
    """Every literal `Reason.of("code", name=...)` and `Reason("code")`: code, the parameters' names (None where they are
    not written out), file."""
    for folder in SOURCE_FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if not isinstance(node, ast.Call) or not node.args:
                    continue
                function, first = node.func, node.args[0]
                named = isinstance(function, ast.Name) and function.id == "Reason"
                of = isinstance(function, ast.Attribute) and function.attr == "of" and getattr(function.value, "id", "") == "Reason"
                if (named or of) and isinstance(first, ast.Constant) and isinstance(first.value, str):
                    names = {keyword.arg for keyword in node.keywords if keyword.arg is not None}
                    written_out = of and all(keyword.arg is not None for keyword in node.keywords)
                    yield first.value, names if written_out else None, str(path.relative_to(ROOT))


def test_every_reason_in_the_source_has_a_sentence() -> None:
    assert {(code, place) for code, _names, place in reasons_in_source() if code not in reason_templates()} == set()


def test_a_sentence_asks_for_no_parameter_that_its_reason_does_not_carry() -> None:
    missing = [
        (code, place, wanted)
        for code, names, place in reasons_in_source()
        for wanted in re.findall(r"\{([a-z0-9_]+)", reason_templates().get(code, ""))
        if names is not None and wanted not in names
    ]
    assert missing == []


def test_no_code_has_two_sentences() -> None:
    assert conflicts() == []


def test_reason_sentences_end_with_a_full_stop_or_are_short_words() -> None:
    for path in sorted(Path(HERE / "reasons").glob("*.toml")):
        for code, text in tomllib.loads(path.read_text("utf-8")).items():
            assert text == text.strip(), code
            assert unicodedata.normalize("NFC", text) == text


def test_no_sentence_shows_the_code_of_a_rule() -> None:
    """Whoever reads it knows no codes; the clause says what it rests on."""
    assert [code for code, template in reason_templates().items() if "{rule}" in template] == []
