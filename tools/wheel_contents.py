"""Puts the migrations into the wheel, as pqscan/store/migrations (a hatchling build hook).

Only into a real wheel: an editable install finds them in the checkout, and a copy there would fall behind.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class WheelContents(BuildHookInterface[Any]):  # Any: hatchling's own type of a build configuration
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # Any: hatchling's mapping, many kinds of values
        migrations = Path(self.root) / "db" / "migrations"
        if version == "standard" and migrations.is_dir():
            build_data["force_include"][str(migrations)] = "pqscan/store/migrations"
