"""Peers of the bench: installed by the registry's client into a folder of their own, once, and never a reason to fail."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import peers
from bench.peers import Peer, Peers, find, read_peers

CLIENT = """#!/bin/sh
echo "$@" >> {calls}
for root; do case "$before" in --root) mkdir -p "$root/bin"; : > "$root/bin/scanner";; esac; before=$root; done
exit {code}
"""


@pytest.fixture
def calls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What cargo was called with; it is a program of ours here."""
    monkeypatch.setattr(peers, "PEERS", tmp_path / "peers")
    monkeypatch.setattr(peers, "work_folder", lambda: tmp_path)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    put_client(tmp_path, 0)
    return tmp_path / "calls"


def put_client(folder: Path, code: int) -> None:
    program = folder / "cargo"
    program.write_text(CLIENT.format(calls=folder / "calls", code=code))
    program.chmod(0o755)


def peer(how: str = "cargo", version: str = "1.2") -> Peer:
    return Peer("Scanner", how, "the-scanner", version, "scanner")


def test_a_peer_is_installed_once_in_exactly_its_version(calls: Path) -> None:
    first, second = find(peer()), find(peer())
    assert first == second
    assert (first.path, first.label) == (calls.parent / "peers" / "crates" / "bin" / "scanner", "Scanner 1.2")
    assert calls.read_text().splitlines() == [
        f"install --quiet --locked --root {calls.parent / 'peers' / 'crates'} --version 1.2 the-scanner"
    ]
    find(peer(version="1.3"))
    assert "--version 1.3" in calls.read_text()


def test_what_could_not_be_installed_has_its_reason_and_is_tried_again(calls: Path) -> None:
    put_client(calls.parent, 3)
    assert find(peer()).reason == "cargo could not install the-scanner 1.2: exit code 3: nothing was said"
    put_client(calls.parent, 0)
    assert find(peer()).path is not None


def test_nothing_is_installed_where_that_is_not_wanted_or_its_client_is_missing(
    calls: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert find(peer(), may_install=False).reason == "is not installed; run without --no-install"
    monkeypatch.setenv("PATH", "")
    assert find(peer()).reason == "cargo is missing, so it cannot be installed"
    assert not calls.exists()


def test_only_those_that_are_asked_for_are_installed(calls: Path) -> None:
    both = Peers([peer(), Peer("Other", "cargo", "other", "1", "other")], may_install=True)
    assert both["Scanner"] is both["Scanner"]
    assert (list(both), list(both.asked_for)) == (["Scanner", "Other"], ["Scanner"])
    assert len(calls.read_text().splitlines()) == 1


def test_every_peer_has_a_way_to_be_installed() -> None:
    assert {peer.how for peer in read_peers()} <= {"apt", *peers._WAYS}
