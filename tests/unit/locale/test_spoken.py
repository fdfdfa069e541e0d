"""Errors in Vietnamese: found again from the sentence that they carry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.locale import render, translator
from pqscan.locale.collect import ERROR, ROOT, collect
from pqscan.locale.spoken import error_text
from pqscan.model.reason import Reason

VI, EN = translator("vi"), translator("en")
TEMPLATES = [message.msgid for message in collect(ROOT).values() if message.context == ERROR]


def test_an_error_is_said_in_vietnamese_with_what_was_put_into_it() -> None:
    said = error_text("there is no store at /srv/a b.sqlite: scan something first, or name another file with --db", VI)
    assert said == "không có kho lưu ở /srv/a b.sqlite: hãy quét trước đã, hoặc chỉ tệp khác bằng --db"


def test_an_error_in_a_line_of_a_file_is_said_with_its_place() -> None:
    said = error_text("the file 'x', line 3: 'a//b' is a URL; write its host and port, such as www.example.vn:443", VI)
    assert said.startswith("tệp 'x', dòng 3: 'a//b' là một URL")


@pytest.mark.parametrize(
    ("message", "said"),
    [
        ("p.toml, its head: it has no status; correct the row.", "p.toml, phần đầu: thiếu status; hãy sửa dòng này."),
        (
            "the list of targets 'x' cannot be read: No such file or directory",
            "không đọc được danh sách mục tiêu 'x': không có tệp hoặc thư mục này",
        ),
    ],
)
def test_no_part_of_an_error_stays_english(message: str, said: str) -> None:
    assert error_text(message, VI) == said


def test_english_stays_as_it_is() -> None:
    assert error_text("there is no store at x: scan something first, or name another file with --db", EN).startswith("there is")


def test_what_nobody_translated_stays_as_it_is() -> None:
    assert error_text("the moon is full", VI) == "the moon is full"


@pytest.mark.parametrize("template", TEMPLATES)
def test_every_error_of_the_program_is_recognised(template: str) -> None:
    values = {letter: f"<{letter}>" for letter in "abcdefghij"}
    message = template
    for letter, value in values.items():
        message = message.replace("{" + letter + "}", value)
    said = error_text(message, VI)
    assert said != message or template in ("{a}: {b}",)
    assert all(value in said for value in values.values() if value in message)


@given(st.text(max_size=300))
def test_any_text_is_said_somehow(message: str) -> None:
    assert isinstance(error_text(message, VI), str)


def test_what_a_peer_did_wrong_is_said_in_vietnamese_inside_its_reason() -> None:
    reason = Reason.of("malformed_message", detail="127.0.0.1 port 443: the server's Finished does not verify")
    said = render(reason, "vi")
    assert said == "Máy chủ gửi dữ liệu không đúng giao thức: 127.0.0.1 cổng 443: Finished của máy chủ không xác minh được"
    assert render(reason, "en").endswith("the server's Finished does not verify")


def test_a_sentence_about_a_row_is_said_whole_whatever_stands_in_it() -> None:
    said = error_text("line 5 of x.toml, its head: status is 'law', which is not one of binding, draft; correct the row.", VI)
    assert said == "dòng 5 của x.toml, phần đầu: status là 'law', không thuộc binding, draft; hãy sửa dòng này."
