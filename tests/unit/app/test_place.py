"""Where files lie and who may read them."""

from __future__ import annotations

import os
from pathlib import Path

from pqscan.app.place import owner_only


def test_a_new_file_is_its_owners_alone_whatever_the_mask_says(tmp_path: Path) -> None:
    mask = os.umask(0)
    try:
        with open(tmp_path / "report.json", "xb", opener=owner_only) as file:
            file.write(b"{}")
    finally:
        os.umask(mask)
    assert (tmp_path / "report.json").stat().st_mode & 0o777 == 0o600
