"""A system and what people decided about it, out of a file that anybody may have written."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.app.system_file import SystemFile, parse_system_file, read_system_file
from pqscan.errors import UsageError
from pqscan.readiness.system import DataClass, Regime, Stage, System

WHOLE = """
[system]
code = "QLVB"
name = "Quản lý văn bản"
level = 3
stage = "trial"
regime = "civil"
is_critical = true
marked_on = 2026-01-02
data_classes = ["public", "basic_personal"]
target_algorithms = ["X25519MLKEM768"]

[gate]
blocking = ["bsi-tr-02102-1"]

[people]
assessor = "Nguyễn Văn A"

[[product]]
name = "TLS"
regime = "civil"
licence_until = 2027-01-01

[[waiver]]
covers = "floor-cipher"
approver = "Trần Thị B"
reason = "máy cũ"
compensation = "mạng riêng"
expires_on = 2026-12-31
"""


def test_everything_in_it_is_read() -> None:
    found = parse_system_file(WHOLE.encode(), "s.toml")
    assert found.system == System(
        "QLVB",
        "Quản lý văn bản",
        level=3,
        stage=Stage.TRIAL,
        regime=Regime.CIVIL,
        is_critical=True,
        marked_on=date(2026, 1, 2),
        data_classes=frozenset({DataClass.PUBLIC, DataClass.BASIC_PERSONAL}),
        target_algorithms=("X25519MLKEM768",),
    )
    assert found.blocking == ("bsi-tr-02102-1",)
    assert found.people.assessor == "Nguyễn Văn A"
    assert [(product.name, product.regime, product.licence_until) for product in found.products] == [
        ("TLS", Regime.CIVIL, date(2027, 1, 1))
    ]
    assert found.waivers[0].expires_on == date(2026, 12, 31)


def test_waivers_alone_are_a_file_too() -> None:
    assert parse_system_file(b"", "s.toml") == SystemFile(None)
    assert parse_system_file(WHOLE[WHOLE.index("[[waiver]]") :].encode(), "s.toml").system is None


@pytest.mark.parametrize("field", ["approver", "reason", "compensation", "expires_on", "covers"])
def test_r11_a_waiver_without_name_reason_compensation_or_expiry_is_refused(field: str) -> None:
    text = "\n".join(line for line in WHOLE.splitlines() if not line.startswith(f"{field} ="))
    with pytest.raises(UsageError, match=f"waiver 1: {field} is missing"):
        parse_system_file(text.encode(), "s.toml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[system]\nname = 'x'", "system: code is missing"),
        ("[system]\ncode = 1\nname = 'x'", "system: code must be a text"),
        ("[system]\ncode = ''\nname = 'x'\nlevel = true", "level must be a whole number"),
        ("[system]\ncode = ''\nname = 'x'\nlevel = -1", "level must be a whole number"),
        ("[system]\ncode = ''\nname = 'x'\nstage = 'soon'", "stage must be one of planned"),
        ("[system]\ncode = ''\nname = 'x'\nmarked_on = '2026'", "marked_on must be a day"),
        ("[system]\ncode = ''\nname = 'x'\nmarked_on = 2026-01-01T00:00:00", "marked_on must be a day"),
        ("[system]\ncode = ''\nname = 'x'\nscope = 'x'", "scope must be a list"),
        ("[system]\ncode = ''\nname = 'x'\ncolour = 'x'", "'colour' is no field"),
        ("[[system]]\ncode = ''", r"needs \[system\] to be one table"),
        ("waiver = 3", r"needs \[\[waiver\]\]"),
        ("[colour]", "'colour', which means nothing there"),
        ("[system", "is not TOML"),
    ],
)
def test_what_is_wrong_is_told_with_its_place(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        parse_system_file(text.encode(), "s.toml")


def parsed(data: bytes) -> SystemFile | str:
    """The file, or the one sentence on what is wrong in it; anything else escapes."""
    try:
        return parse_system_file(data, "s.toml")
    except UsageError as error:
        return str(error)


@given(st.binary(max_size=200))
def test_any_bytes_give_a_file_or_one_sentence(data: bytes) -> None:
    assert isinstance(parsed(data), (SystemFile, str))


@given(
    st.sampled_from(WHOLE.splitlines()),
    st.sampled_from(["1", "true", "'x'", "[]", "[1]", "{}", "2026-01-01", "9" * 30, "1.5", "nan"]),
)
def test_any_value_in_any_field_gives_a_file_or_one_sentence(line: str, value: str) -> None:
    name, equals, _ = line.partition(" = ")
    text = WHOLE.replace(line, f"{name} = {value}") if equals else WHOLE
    assert isinstance(parsed(text.encode()), (SystemFile, str))


def test_a_sheet_of_systems_with_one_row_describes_one(tmp_path: Path) -> None:
    path = tmp_path / "system.csv"
    path.write_text("code,name,level,stage,regime\nHT,Hệ thống,3,trial,civil\n", "utf-8")
    assert read_system_file(path).system == System("HT", "Hệ thống", level=3, stage=Stage.TRIAL, regime=Regime.CIVIL)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("code,name\nA,A\nB,B\n", "needs one row"),
        ("code,name\n", "needs one row"),
        ("code,name,level\nA,A,x\n", "has errors"),
        ("code,name,colour\nA,A,x\n", "has errors"),
    ],
)
def test_another_sheet_is_refused(text: str, told: str, tmp_path: Path) -> None:
    path = tmp_path / "system.csv"
    path.write_text(text, "utf-8")
    with pytest.raises(UsageError, match=told):
        read_system_file(path)


def test_a_missing_or_huge_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="cannot be read"):
        read_system_file(tmp_path / "none.toml")
    with pytest.raises(UsageError, match="larger than"):
        parse_system_file(b"#" * 2_000_000, "s.toml")
