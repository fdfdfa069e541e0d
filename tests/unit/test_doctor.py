"""`pqscan doctor`: it looks, says what is missing and how to get it, and changes and imports nothing."""

from __future__ import annotations

import os
import pickle
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from pqscan.doctor import Check, CheckState, examine, numbers
from pqscan.harness import liboqs
from pqscan.locale import render
from pqscan.locale.templates import reason_templates
from pqscan.model.reason import Reason


def check(name: str, checks: tuple[Check, ...]) -> Check:
    return next(check for check in checks if check.name == name)


def program(folder: Path, name: str, prints: str) -> None:
    path = folder / name
    path.write_text(f"#!/bin/sh\necho '{prints}'\n")
    path.chmod(0o755)


def test_what_pqscan_cannot_do_without_is_there() -> None:
    checks = examine()
    assert [check.name for check in checks if check.needed] == ["python", "cryptography", "openssl in cryptography"]
    assert not any(check.blocks for check in checks)


def test_every_check_says_what_it_is_for_and_how_to_get_it_in_catalogued_sentences() -> None:
    known = reason_templates()
    for check in examine():
        assert check.what_it_is_for.code in known
        assert check.how_to_get is None or check.how_to_get.code in known
        assert check.origin is None or check.origin.code in known
    said = {code for code in known if code.startswith("doctor.for.")}
    assert said == {check.what_it_is_for.code for check in examine()}


def test_no_advice_names_our_package_to_an_index() -> None:
    advice = [text for code, text in reason_templates().items() if code.startswith("doctor.get.")]
    assert advice
    assert not any("pip install" in text or "pipx" in text or "uvx" in text for text in advice)


def test_a_machine_without_any_program_is_examined_all_the_same(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    checks = examine()
    for name in ("nmap", "chromium", "vietnamese fonts"):
        assert check(name, checks).state is CheckState.MISSING
        assert check(name, checks).how_to_get is not None
        assert not check(name, checks).blocks


def test_the_programs_on_the_path_are_asked_for_their_version(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    program(tmp_path, "nmap", "Nmap version 7.93 ( not a link )")
    program(tmp_path, "initdb", "initdb (PostgreSQL) 9.6.24")
    program(tmp_path, "chromium", "no number here")
    checks = examine()
    assert (check("nmap", checks).state, check("nmap", checks).version) == (CheckState.OK, "7.93")
    assert (check("postgresql", checks).state, check("postgresql", checks).version) == (CheckState.OLD, "9.6.24")
    assert check("chromium", checks).state is CheckState.MISSING


def liboqs_in_a_process(tmp_path: Path, **variables: str) -> Check:
    """The row of liboqs where importing its binding would end the process."""
    (tmp_path / "oqs").mkdir()
    (tmp_path / "oqs/__init__.py").write_text("raise SystemExit('imported')")
    environment = {name: value for name, value in os.environ.items() if name != "OQS_INSTALL_PATH"} | variables
    script = (
        "import pickle, sys; from pqscan.doctor import examine; row = next(c for c in examine() if c.name == 'liboqs'); "
        "assert 'oqs' not in sys.modules; sys.stdout.buffer.write(pickle.dumps(row))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], env=environment | {"PYTHONPATH": str(tmp_path)}, capture_output=True, check=True
    )
    assert done.stderr == b""
    row: Check = pickle.loads(done.stdout)
    return row


def test_liboqs_is_told_with_its_version_and_origin_and_its_binding_is_never_imported(tmp_path: Path) -> None:
    expected = liboqs.find()
    if expected is None or expected.version is None:
        pytest.skip("liboqs is not built here (make liboqs)")
    folder = str(Path(expected.path).parent.parent)
    found = liboqs_in_a_process(tmp_path, OQS_INSTALL_PATH=folder)
    assert (found.state, found.version, found.how_to_get) == (CheckState.OK, expected.version, None)
    assert found.origin == Reason.of("doctor.from.install_path", path=expected.path)


def test_a_damaged_liboqs_is_told_with_its_place_and_what_is_wrong(tmp_path: Path) -> None:
    (tmp_path / "lib").mkdir()
    (tmp_path / "lib/liboqs.so").write_bytes(b"damaged")
    found = liboqs_in_a_process(tmp_path, OQS_INSTALL_PATH=str(tmp_path))
    assert (found.state, found.version, found.blocks) == (CheckState.MISSING, None, False)
    assert found.origin == Reason.of("doctor.from.install_path", path=f"{tmp_path}/lib/liboqs.so")
    assert found.how_to_get is not None
    assert found.how_to_get.code == "doctor.get.liboqs_refused"


def test_a_folder_without_liboqs_is_told(tmp_path: Path) -> None:
    found = liboqs_in_a_process(tmp_path, OQS_INSTALL_PATH=str(tmp_path))
    assert (found.state, found.version) == (CheckState.MISSING, None)
    assert found.how_to_get is not None
    assert found.how_to_get.code == "doctor.get.liboqs_absent"


@pytest.mark.parametrize("flaw", liboqs.Flaw)
def test_every_flaw_of_a_liboqs_has_its_sentence(flaw: liboqs.Flaw, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liboqs, "find", lambda: liboqs.FoundLibrary("liboqs.so.7", liboqs.Origin.SYSTEM, None, flaw, "OQS_init"))
    found = check("liboqs", examine())
    assert found.state is (CheckState.OLD if flaw is liboqs.Flaw.LACKS else CheckState.MISSING)
    for reason in (found.origin, found.how_to_get):
        assert reason is not None
        assert "{" not in render(reason, "en")
        assert not render(reason, "en").startswith("doctor.")


def test_a_low_limit_of_open_files_is_told_with_the_command_that_raises_it() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    script = (
        f"import resource; resource.setrlimit(resource.RLIMIT_NOFILE, (512, {hard}))\n"
        "from pqscan.doctor import examine\n"
        "found = next(check for check in examine() if check.name == 'open files')\n"
        "print(found.state.value, found.version, found.how_to_get.parameters)"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, env=dict(os.environ))
    assert done.stdout.strip() == f"low 512 (('limit', {min(4096, hard) if hard != resource.RLIM_INFINITY else 4096}),)"


def test_a_data_folder_that_does_not_exist_yet_is_measured_where_it_would_lie(tmp_path: Path) -> None:
    found = check("disk", examine(tmp_path / "not" / "yet"))
    assert found.version is not None
    assert found.version.endswith(" GB")
    assert not (tmp_path / "not").exists()


@pytest.mark.parametrize(
    ("text", "expected"),
    [("15.18 (Debian 15.18-0)", (15, 18)), ("OpenSSL 4.0.3 29 Sep 2026", (4, 0, 3)), ("2026", (2026,)), ("none", ())],
)
def test_versions_are_compared_by_their_numbers(text: str, expected: tuple[int, ...]) -> None:
    assert numbers(text) == expected
