"""The Rust peer is compiled once, by a command that says in one sentence why it could not; where it is missing, tests skip."""

from __future__ import annotations

import os
import stat
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.peers import programs, rust

Cargo = Callable[[str], None]


@pytest.fixture
def cargo(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Cargo:
    """`cargo(SCRIPT)` puts a cargo that does so on the path, and nothing else but a C compiler that is never called."""
    programs_folder, cache = tmp_path / "bin", tmp_path / "cache"
    programs_folder.mkdir()
    monkeypatch.setenv("PATH", str(programs_folder))
    monkeypatch.setenv("XDG_CACHE_HOME", str(cache))
    monkeypatch.delenv("CC", raising=False)

    def put(script: str) -> None:
        for name, text in (("cargo", script), ("cc", "exit 1")):
            program = programs_folder / name
            program.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
            program.chmod(program.stat().st_mode | stat.S_IXUSR)

    return put


MAKES_IT = """
echo "$PWD $*" >>"$XDG_CACHE_HOME/calls"
/bin/mkdir -p "$CARGO_TARGET_DIR/debug"
echo it >"$CARGO_TARGET_DIR/debug/peer"
"""


def calls(tmp_path: Path) -> list[str]:
    return (tmp_path / "cache/calls").read_text(encoding="utf-8").splitlines()


def test_it_is_compiled_once_outside_the_checkout_and_only_the_program_is_kept(cargo: Cargo, tmp_path: Path) -> None:
    cargo(MAKES_IT)
    assert programs.missing_program("rust") is not None
    assert rust.build() is None
    assert rust.build() is None
    assert len(calls(tmp_path)) == 1
    assert str(rust.ROOT) not in calls(tmp_path)[0]
    assert rust.binary().read_text(encoding="utf-8") == "it\n"
    assert sorted(path.name for path in rust.binary().parent.iterdir()) == ["build.log", "lock", "peer"]
    assert programs.missing_program("rust") is None


def test_without_a_network_cargo_is_asked_for_none(cargo: Cargo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cargo(MAKES_IT)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    assert rust.build() is None
    assert calls(tmp_path)[0].endswith(" build --offline")


def test_crates_that_cannot_be_had_are_one_sentence_and_leave_nothing_that_passes_for_a_peer(cargo: Cargo) -> None:
    cargo("echo no route to the crates >&2; exit 101")
    assert rust.build() == f"the Rust peer could not be compiled ({rust.binary().with_name('build.log')} says why); its tests skip"
    assert rust.binary().with_name("build.log").read_text(encoding="utf-8") == "no route to the crates\n"
    assert "python -m tests.peers.rust" in str(rust.missing())


def test_without_cargo_the_sentence_says_what_to_install(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert "apt-get install cargo gcc" in str(rust.build())
    assert rust.missing() == "the program cargo is not on this machine"


def test_other_sources_are_another_peer(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = rust.binary()
    (tmp_path / "src").mkdir()
    for name in ("Cargo.toml", "src/main.rs"):
        (tmp_path / name).write_bytes((rust.SOURCES / name).read_bytes() + b"\n")
    monkeypatch.setattr(rust, "SOURCES", tmp_path)
    assert rust.binary() != before


@pytest.mark.skipif(os.getuid() != 0, reason="only root can make a folder somebody else's")
def test_a_cache_that_somebody_else_owns_is_not_used(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    theirs = tmp_path / "pqscan/rust-peer"
    theirs.mkdir(parents=True)
    os.chown(theirs, 12345, 12345)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert not rust.binary().is_relative_to(tmp_path)
