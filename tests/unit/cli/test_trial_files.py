"""Where a file cannot be written, told before the work; and what must not be replaced by a file."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.cli.trial_files import require_places, whole_file
from pqscan.errors import WorkError


def test_a_link_to_a_stream_is_not_replaced_by_a_file(tmp_path: Path) -> None:
    link = tmp_path / "stdout"
    with open(tmp_path / "kept", "wb") as stream:
        link.symlink_to(f"/proc/self/fd/{stream.fileno()}")  # as /dev/stdout is one
        with pytest.raises(WorkError, match="it is no file"), whole_file(link) as file:
            file.write(b"x")
        assert link.is_symlink()
    assert sorted(path.name for path in tmp_path.iterdir()) == ["kept", "stdout"]


def test_a_new_file_and_an_older_one_are_both_places(tmp_path: Path) -> None:
    (tmp_path / "older").write_bytes(b"")
    require_places(None, str(tmp_path / "older"), str(tmp_path / "new"))
    assert not (tmp_path / "new").exists()
