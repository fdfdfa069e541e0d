"""Where the probe is known to differ from the truth. Each line is a defect to mend; a line that outlives its defect fails."""

from __future__ import annotations

import pytest

DISAGREEMENTS: dict[str, str] = {}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        reason = DISAGREEMENTS.get(item.name)
        if reason is not None:
            item.add_marker(pytest.mark.xfail(reason=reason, strict=True))
