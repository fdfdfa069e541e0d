"""Every command ends with the exit code of the contract and, where something is wrong, with one sentence on standard error."""

from __future__ import annotations

import signal
import socket
import subprocess

import pytest

from tests.end_to_end.conftest import Program

WRONG = [
    (),
    ("nothing",),
    ("scan", "net"),
    ("scan", "net", "--ports", "0", "127.0.0.1"),
    ("scan", "net", "--ports", "443-80", "127.0.0.1"),
    ("scan", "net", "--profile", "thorough", "127.0.0.1"),
    ("scan", "net", "--client", "netscape-4", "127.0.0.1"),
    ("scan", "net", "--rate", "0", "127.0.0.1"),
    ("scan", "net", "--discover", "guess", "127.0.0.1"),
    ("scan", "net", "https://www.example.vn/"),
    ("scan", "net", "10.0.0.0/33"),
    ("scan", "net", "2001:db8::/32"),
    ("scan", "net", "@no-such-list"),
    ("scan", "net", "@."),
    ("scan", "net", "127.0.0.1", "--authorisation", "no-such-file"),
    ("scan", "net", "127.0.0.1", "--ptr"),
    ("scan", "net", "127.0.0.1", "--resume", "x"),
    ("scan", "net", "--resume", "x", "--print-plan"),
    ("scan", "files"),
    ("scan", "files", "/etc/ssl", "--max-bytes", "much"),
    ("scan", "files", "/etc/ssl", "--workers", "0"),
    ("show",),
    ("show", "birds"),
    ("show", "targets", "--where", "colour=red"),
    ("show", "targets", "--where", "state=purple"),
    ("show", "targets", "--where", "port=x"),
    ("explain",),
    ("assess", "--as-of", "yesterday"),
    ("assess", "--policy", "no-such-policy"),
    ("report", "docx"),
    ("report", "html", "--excel"),
    ("db",),
    ("authorisation", "check", "no-such-file"),
    ("--config", "no-such-file", "doctor"),
    ("--lang", "fr", "doctor"),
]


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_wrong_usage_is_exit_code_2(program: Program, arguments: tuple[str, ...]) -> None:
    done = program(*arguments)
    assert done.code == 2, done.err
    assert done.out == ""
    if arguments not in ((), ("db",)):  # These show their help.
        assert len(done.err.splitlines()) == 1
        assert done.err.startswith("Error: ")


def test_a_scan_of_dead_targets_is_done(program: Program) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    done = program.works("scan", "net", f"127.0.0.1:{port}", "--json")
    assert done.json["coverage"]["by_status"] == {"refused": 1}
    assert done.json["key_establishment"] == {}  # Nothing listens there: no endpoint, no state.


def test_a_resumed_run_that_is_not_there_is_wrong_usage(program: Program) -> None:
    program.works("db", "upgrade")
    done = program("scan", "net", "--resume", "20200101")
    assert done.code == 2
    assert "20200101" in done.err


@pytest.mark.parametrize("output", ["missing/folder/report.html", "."])
def test_a_report_that_cannot_be_written_is_exit_code_3(program: Program, output: str) -> None:
    program.works("db", "upgrade")
    done = program("report", "html", "-o", output)
    assert done.code == 3
    assert len(done.err.splitlines()) == 1


def test_an_empty_store_gives_every_report(program: Program) -> None:
    program.works("db", "upgrade")
    for name in ("html", "json", "csv", "text"):
        assert program.works("report", name).out
    assert program.works("show", "targets", "--json").json == []


@pytest.mark.parametrize(
    "content",
    [
        "x = [",
        "x" * 2_000_000,
        "[scan.net]\ncolour = 1",
        "[birds]\na = 1",
        "db = 3",
        "\x00",
        "scan = 3",
        "a." * 100_000 + "b = 1",
        "lang = 'xx'",
        "[scan.net]\ndb = 'x'",
        "[scan.net]\nworkers = 2024-01-01",
        "[scan.net]\nper_host = 1e400",
        "[scan.net]\nsslv2 = []",
        "[scan.net]\nexclude = '10.0.0.1'",
        "[scan.net]\nsite = {a = 1}",
    ],
    ids=[
        "no TOML",
        "large",
        "no option",
        "no command",
        "no text",
        "control",
        "no table",
        "dotted",
        "no language",
        "common option",
        "date",
        "infinite",
        "no switch",
        "no list",
        "no value",
    ],
)
def test_a_wrong_configuration_is_one_sentence(program: Program, content: str) -> None:
    (program.folder / "wrong.toml").write_text(content)
    done = program("--config", "wrong.toml", "db", "status")
    assert done.code == 2
    assert len(done.err.splitlines()) == 1


@pytest.mark.parametrize(
    "content", [b"\x00\x01\x02", b"\xff\xfe", b"a b c\n", b"x" * 10_000, b"@other\n", b"10.0.0.0/8:99999\n"],
    ids=["control", "no UTF-8", "blanks", "long", "nested", "port"],
)  # fmt: skip
def test_a_hostile_list_of_targets_is_one_sentence_naming_its_line(program: Program, content: bytes) -> None:
    (program.folder / "list").write_bytes(b"127.0.0.1\n" + content)
    done = program("scan", "net", "@list")
    assert done.code == 2
    assert "line 2" in done.err
    assert len(done.err.splitlines()) == 1


def test_a_fault_of_the_program_is_a_sentence_and_its_traceback_only_in_the_log(program: Program) -> None:
    import subprocess
    import sys

    script = (
        "import sys; import pqscan.doctor; from pqscan.cli import main\n"
        "def broken(*_): raise ZeroDivisionError('inside')\n"
        "pqscan.doctor.examine = broken\n"
        "sys.exit(main(sys.argv[1:]))"
    )
    for words, traced in ((("doctor",), False), (("-v", "doctor"), True)):
        done = subprocess.run(
            [sys.executable, "-c", script, *words], env=program.environment, capture_output=True, encoding="utf-8", check=False
        )
        assert done.returncode == 3
        assert ("Traceback" in done.stderr) is traced
        assert "ZeroDivisionError" in done.stderr


def test_help_loads_nothing_that_it_does_not_need(program: Program) -> None:
    import subprocess
    import sys

    script = (
        "import sys; from pqscan.cli import main; main(sys.argv[1:])\n"
        "heavy = {'sqlalchemy', 'cryptography', 'rich', 'jinja2', 'alembic', 'asyncio', 'uvloop', 'pydantic', 'OpenSSL',"
        " 'pqscan_reports',"
        " 'pqscan.app', 'pqscan.store', 'pqscan.scan', 'pqscan.wire', 'pqscan.policy', 'pqscan.registry'}\n"
        "sys.stderr.write(' '.join(sorted(heavy & set(sys.modules))))"
    )
    for words in (("--help",), ("scan", "net", "--help"), ("show", "--help"), ("--version",)):
        done = subprocess.run(
            [sys.executable, "-c", script, *words], env=program.environment, capture_output=True, encoding="utf-8", check=True
        )
        assert done.stderr == "", words


@pytest.mark.parametrize("closed", ["1", "0 1 2", "/dev/full"])
def test_output_that_cannot_be_written_is_exit_code_3_and_no_fault(program: Program, closed: str) -> None:
    import subprocess

    program.works("db", "upgrade")
    redirection = "1>/dev/full" if closed == "/dev/full" else " ".join(f"{number}>&-" for number in closed.split())
    for words in (("show", "targets"), ("--help",)):
        command = ["sh", "-c", f'exec "$@" {redirection}', "sh", *program.command(*words)]
        done = subprocess.run(command, env=program.environment, stderr=subprocess.PIPE, encoding="utf-8", check=False)
        assert done.returncode == 3
        assert len(done.stderr.splitlines()) == (0 if "2" in closed else 1)
        assert "inside pqscan" not in done.stderr


def test_a_resume_refuses_options_that_it_would_not_heed(program: Program) -> None:
    program.works("db", "upgrade")
    done = program("scan", "net", "--resume", "2020", "--exclude", "127.0.0.1", "--ports", "443")
    assert done.code == 2
    assert "--ports" in done.err
    assert "--exclude" in done.err


def test_a_store_with_values_that_pqscan_never_writes_is_told_as_such(program: Program) -> None:
    import sqlite3

    program.works("scan", "net", "127.0.0.1:1")
    store = program.folder / program.store
    with sqlite3.connect(store) as connection:
        connection.execute("PRAGMA ignore_check_constraints = ON")
        connection.execute("UPDATE run SET state = 'no such state'")
    connection.close()
    done = program("show", "runs")
    assert done.code == 3
    assert "restore a backup" in done.err


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("--db pipe.toml show runs", 3),
        ("--config pipe.toml show runs", 2),
        ("scan net @pipe.toml", 2),
        ("scan net 127.0.0.1:1 --names pipe.toml", 2),
        ("scan net 127.0.0.1:1 --exclude-file pipe.toml", 2),
        ("scan net 127.0.0.1:1 --authorisation pipe.toml", 2),
        ("authorisation check pipe.toml", 2),
        ("assess --policy ./pipe.toml", 2),
        ("audit verify pipe.toml", 3),
    ],
)
def test_a_pipe_that_nobody_writes_to_is_refused_and_not_waited_for(program: Program, words: str, code: int) -> None:
    import os

    program.works("db", "upgrade")
    os.mkfifo(program.folder / "pipe.toml")
    done = program(*words.split(), seconds=30)
    assert done.code == code, done.err
    assert "no regular file" in done.err


def test_targets_may_come_through_any_open_descriptor(program: Program) -> None:
    for name in ("@-", "@/dev/stdin", "@/dev/fd/0"):
        done = program.works("scan", "net", name, "--print-plan", "--json", stdin="127.0.0.1:1\n")
        assert done.json["targets"] == 1


@pytest.mark.parametrize("one", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_before_the_scan_begins_ends_it_with_a_sentence(program: Program, one: signal.Signals) -> None:
    with program.start("scan", "net", "@-", stdin=subprocess.PIPE) as running:
        assert running.stdin is not None
        assert running.stderr is not None
        running.stdin.write("127.0.0.1:443\n" * 20_000)  # More than a pipe holds: when all is written, the list is being read.
        running.stdin.flush()
        running.send_signal(one)
        told = running.stderr.read()
    assert running.returncode == 130
    assert told == "Error: Interrupted.\n"
