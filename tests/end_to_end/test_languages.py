"""Vietnamese and English at a terminal of 80 columns, and hostile text that must not steer it."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from pqscan_reports.escape import display_width

from pqscan.app import open_store, scan_files
from pqscan.policy.state import State
from tests.end_to_end.conftest import Program

VIETNAMESE = {"LC_ALL": "", "LC_MESSAGES": "vi_VN.UTF-8", "LANG": "en_US.UTF-8", "PYTHONUTF8": "1"}
COMMANDS = (
    ("show", "targets"),
    ("show", "certificates"),
    ("show", "algorithms"),
    ("show", "runs"),
    ("assess", "--policy", "all"),
    ("report", "text"),
    ("policy", "list"),
    ("db", "status"),
    ("doctor",),
)
HELPS = (
    (), ("demo",), ("doctor",), ("scan",), ("scan", "net"), ("show",), ("explain",), ("assess",), ("report",), ("diff",),
    ("db",), ("db", "upgrade"), ("db", "status"), ("authorisation", "check"), ("audit", "verify"), ("policy", "list"),
)  # fmt: skip


@pytest.mark.lab
@pytest.mark.parametrize("language", ["vi", "en"])
@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_no_line_is_wider_than_80_columns(scanned: Program, command: tuple[str, ...], language: str) -> None:
    done = scanned.works(*command, "--lang", language)
    assert [line for line in done.out.splitlines() if display_width(line) > 80 and len(line.split()) > 2] == []


@pytest.mark.parametrize("group", ["audit", "authorisation", "db", "policy", "scan"])
def test_no_list_of_commands_is_cut(program: Program, group: str) -> None:
    assert "..." not in program.works(group, "--help", **VIETNAMESE).out.partition("Các lệnh:")[2]


@pytest.mark.lab
def test_a_table_of_targets_has_words_and_json_has_codes(scanned: Program) -> None:
    table = scanned.works("show", "targets", "--lang", "vi").out
    assert "chưa kháng" in table
    assert not {state.value for state in State} & set(table.split())
    assert {row["key_establishment"]["state"] for row in scanned.works("show", "targets", "--json", "--lang", "vi").json} <= set(
        State
    )
    shown = scanned.works("show", "targets", "--where", "state=vulnerable", "--lang", "en").out
    assert "vulnerable" in shown  # In English the short words are the codes, as README has them.


@pytest.mark.parametrize("command", HELPS, ids=" ".join)
def test_help_is_vietnamese_by_the_locale_and_fits_80_columns(program: Program, command: tuple[str, ...]) -> None:
    text = program.works(*command, "--help", **VIETNAMESE).out
    assert "Cách dùng:" in text
    assert "Usage" not in text
    assert "Show this message" not in text
    assert [line for line in text.splitlines() if display_width(line) > 80] == []


def test_doctor_names_its_checks_in_the_readers_language(program: Program) -> None:
    told = program("doctor", "--lang", "vi").out
    assert "đồng hồ: " in told
    assert not {"open files", "disk", "clock", "vietnamese fonts"} & {line.partition(":")[0] for line in told.splitlines()}


@pytest.mark.lab
def test_a_scan_speaks_vietnamese_from_the_first_line_on(program: Program, place: str) -> None:
    done = program.works("scan", "net", place, "--profile", "quick", **VIETNAMESE)
    assert "Lần quét" in done.err
    assert "Thiết lập khoá" in done.out
    assert unicodedata.is_normalized("NFC", done.out)
    assert "chờ hướng dẫn" in done.out


def test_the_option_counts_before_the_locale_and_anywhere(program: Program) -> None:
    assert program("--lang", "en", "show", "targets", **VIETNAMESE).err.startswith("Error:")
    assert program("show", "targets", "--lang=en", **VIETNAMESE).err.startswith("Error:")
    assert program("show", "targets", **VIETNAMESE).err.startswith("Lỗi:")
    assert program("show", "targets", "--lang", "vi").err.startswith("Lỗi:")


@pytest.mark.parametrize(
    "arguments",
    [
        ("scan", "net", "192.0.2.1:443"),
        ("show", "targets"),
        ("scan", "net", "--ports", "70000", "127.0.0.1"),
        ("show", "targets", "--where", "state=purple"),
        ("assess", "--policy", "none"),
        ("nothing",),
        ("show", "--nothing"),
        ("show",),
        ("show", "birds"),
    ],
    ids=" ".join,
)
def test_an_error_is_a_vietnamese_sentence(program: Program, arguments: tuple[str, ...]) -> None:
    told = program(*arguments, "--lang", "vi").err
    assert told.startswith("Lỗi: ")
    english = {"the", "is", "no", "there", "choose", "one", "such", "needs", "missing", "invalid", "error"}
    assert english & set(told.lower().replace("'", " ").split()) == set()


def test_an_encoding_without_vietnamese_letters_stops_nothing(program: Program) -> None:
    done = program("show", "targets", "--lang", "vi", PYTHONIOENCODING="ascii")
    assert done.code == 3
    assert done.err.startswith("L\\u1ed7i")


def hostile_certificate(path: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "\x1b[2J\x1b]0;owned\x07\u202eevil\r\nline")])
    now = datetime.now(UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=9))
    path.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))


def test_text_from_peers_cannot_steer_the_terminal(program: Program) -> None:
    path = program.folder / "hostile.pem"
    hostile_certificate(path)
    with open_store(program.store, create=True) as store:
        scan_files([path], store, machine="here\x1b[31m")
    for command in (("show", "certificates"), ("show", "targets"), ("report", "text"), ("report", "csv"), ("show", "runs")):
        done = program.works(*command)
        assert done.out
        assert not {"\x1b", "\x07", "\u202e", "\r"} & set(done.out)
