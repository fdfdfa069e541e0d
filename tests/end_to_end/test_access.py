"""Roles as a user meets them: given, refused in one sentence, ended."""

from __future__ import annotations

import pytest

from tests.end_to_end.conftest import Program
from tests.end_to_end.test_stores import refused

pytestmark = pytest.mark.lab


def test_roles_are_given_asked_and_ended(program: Program) -> None:
    chief, clerk = {"LOGNAME": "chief"}, {"LOGNAME": "clerk"}
    program.within("unit", "set", "VP", "name=Văn phòng", **chief)
    program.within("unit", "set", "CA", "name=Công an", **chief)
    assert "Nobody was given a role" in program.works("access", "list", **clerk).out
    assert "Nobody was given a role" in program.works("db", "verify", **clerk).out
    done = program("access", "grant", "clerk", "--role", "reviewer", **chief)
    assert (done.code, len(done.err.splitlines())) == (2, 1)
    assert "nobody could give roles then" in done.err
    program.within("access", "grant", "chief", "--role", "operator", "--reason", "Quyết định 12", **chief)
    refused(program("unit", "set", "VP", "name=X", **clerk), "clerk has no role here", "ask chief for it")
    program.within("access", "grant", "clerk", "--role", "reviewer", "--unit", "VP", **chief)
    program.within("unit", "set", "VP", "name=Văn phòng Tỉnh uỷ", **clerk)
    refused(program("unit", "set", "CA", "name=X", **clerk), "for VP alone and not for the unit CA", "ask chief for it")
    for command in (
        ("report", "json", "-o", "out.json"),
        ("register", "export", "unit", "-o", "out.csv"),
        ("db", "backup", "out.bak"),
        ("diff", "--html", "out.html"),
        ("gate", "--junit", "out.xml"),
        ("access", "grant", "clerk", "--role", "operator"),
        ("key", "make", "VP", "--keys", "keys"),
    ):
        refused(program(*command, **clerk), "clerk may not do this as reviewer: it takes the role of", "ask chief for it")
    assert not [path for path in program.folder.iterdir() if path.name.startswith(("out", "keys"))]
    shown = program.works("access", "list", **clerk)
    assert "reviewer" in shown.out
    assert "order among honest people and no protection" in " ".join(shown.err.split())
    rows = program.works("access", "list", "--json", **clerk).json
    assert [(row["person"], row["role"], row["units"], row["holds"]) for row in rows] == [
        ("chief", "operator", [], True),
        ("clerk", "reviewer", ["VP"], True),
    ]
    program.within("access", "revoke", "clerk", **chief)
    refused(program("unit", "set", "VP", "name=X", **clerk), "clerk has no role here")
    verified = program.works("db", "verify", "--json", **chief).json
    assert (verified["whole"], verified["roles_given"]) == (True, True)
    assert "Nobody was given a role" not in program.works("db", "verify", **chief).out


@pytest.mark.parametrize(
    "words",
    [
        ("grant", "x", "--role", "king"),
        ("grant", " ", "--role", "operator"),
        ("grant", "x", "--role", "operator", "--since", "2026-02-01", "--until", "2026-01-01"),
        ("grant", "x", "--role", "operator", "--since", "someday"),
        ("revoke", "x"),
    ],
)
def test_what_cannot_be_given_or_ended_is_said_in_one_sentence(words: tuple[str, ...], program: Program) -> None:
    program.within("db", "upgrade")
    done = program("access", *words)
    assert (done.code, done.out, len(done.err.splitlines())) == (2, "", 1)


def test_r07_the_party_office_sees_cipher_and_civil_systems_and_no_military_row(program: Program) -> None:
    chief, officer = {"LOGNAME": "chief"}, {"LOGNAME": "officer"}
    for code, regime in (("DS", "civil"), ("CY", "cipher"), ("QS", "military"), ("AN", "security")):
        program.works("system", "set", code, f"name=Hệ thống {code}", f"regime={regime}", **chief)
    assert len(program.works("--json", "system", "list", **officer).json) == 4  # Nobody was given a role yet.
    program.works("access", "grant", "chief", "--role", "operator", **chief)
    program.works("access", "grant", "officer", "--role", "cipher_officer", **chief)
    listed = program.works("system", "list", **officer)
    assert [line.split()[0] for line in listed.out.splitlines()[1:]] == ["CY", "DS"]
    assert "2 rows are not shown" in listed.err
    for code in ("QS", "AN"):
        assert program("system", "show", code, **officer).code == 2
    program.works("system", "show", "CY", **officer)
    assert [row["code"] for row in program.works("--json", "system", "list", **chief).json] == ["AN", "CY", "DS"]
    program.works("register", "export", "system", "-o", "out.csv", **chief)
    exported = (program.folder / "out.csv").read_text("utf-8-sig")
    assert "Hệ thống CY" in exported
    assert "Hệ thống QS" not in exported
