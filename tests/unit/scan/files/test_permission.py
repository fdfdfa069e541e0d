"""What an authorisation permits to be read: machines, paths with everything resolved, days, and what it excludes."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from pqscan.model.authorisation import Authorisation
from pqscan.scan.files.permission import FilePermission
from pqscan.scan.files.walk import Entry, Skipped, walk

DAY = date(2026, 11, 29)


def given(*paths: Path, machines: tuple[str, ...] = (), excluded: tuple[Path, ...] = ()) -> Authorisation:
    whole, out = tuple(map(str, paths)), tuple(map(str, excluded))
    return Authorisation("UB", "1/GP", "A", (), (), (), DAY, DAY, machines=machines, paths=whole, excluded_paths=out)


def refused(authorisation: Authorisation, path: Path | str, machine: str = "may-1", day: date = DAY) -> str | None:
    reason = FilePermission(authorisation, machine).refusal(str(path), day)
    return None if reason is None else reason.code


def test_what_lies_below_a_path_may_be_read_and_nothing_else(tmp_path: Path) -> None:
    root = tmp_path / "srv"
    for path in (root, root / "a" / "b", f"{root}/", f"{root}/a/../b"):
        assert refused(given(root), path) is None
    for path in (tmp_path, tmp_path / "srv2", f"{root}/..", f"{root}/../other", f"{root}/a/../../other"):
        assert refused(given(root), path) == "path_not_authorised"


def test_a_link_is_what_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "srv").mkdir()
    (tmp_path / "secret").mkdir()
    (tmp_path / "srv" / "out").symlink_to(tmp_path / "secret")
    (tmp_path / "in").symlink_to(tmp_path / "srv")
    assert refused(given(tmp_path / "srv"), tmp_path / "srv" / "out" / "key.pem") == "path_not_authorised"
    assert refused(given(tmp_path / "srv"), tmp_path / "in" / "key.pem") is None
    assert refused(given(tmp_path / "in"), tmp_path / "srv" / "key.pem") is None


def test_machines_and_days_are_asked_too(tmp_path: Path) -> None:
    authorisation = given(tmp_path, machines=("may-1", "may-2"))
    assert refused(authorisation, tmp_path) is None
    assert refused(authorisation, tmp_path, machine="may-3") == "machine_not_authorised"
    assert refused(authorisation, tmp_path, day=DAY + timedelta(1)) == "authorisation_expired"
    assert refused(authorisation, tmp_path, day=DAY - timedelta(1)) == "authorisation_not_yet_valid"
    assert refused(replace(authorisation, paths=()), "/anywhere") is None


def test_one_that_names_neither_machines_nor_paths_permits_no_file() -> None:
    assert refused(given(), "/etc") == "files_not_authorised"


def test_what_it_excludes_is_told_and_never_looked_into(tmp_path: Path) -> None:
    for name in ("srv/open/a", "srv/secret/deep/b", "srv/c", "srv/d"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    root = tmp_path / "srv"
    permission = FilePermission(given(root, excluded=(root / "secret", root / "d")), "may-1")
    steps = list(walk([str(root)], left_out=permission.left_out))
    assert [step.path for step in steps if isinstance(step, Entry)] == [str(root / "c"), str(root / "open" / "a")]
    assert {step.path: step.reason.code for step in steps if isinstance(step, Skipped)} == {
        str(root / name): "path_excluded_by_authorisation" for name in ("secret", "d")
    }
    assert permission.refusal(str(root / "secret" / "deep"), DAY) is not None


@pytest.mark.parametrize("root", ["/", "//"])
def test_the_root_holds_everything(root: str) -> None:
    authorisation = replace(given(), paths=(root,))
    assert refused(authorisation, "/etc/ssl") is None
