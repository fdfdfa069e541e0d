"""Every row of every data file says where it comes from."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.house import ROOT, project_files

OWN_DOING = ("pqscan/demo/data/",)  # what we start ourselves is no fact from elsewhere
DATA = [
    path for path in project_files()
    if path.suffix == ".toml" and "data" in path.parts and path.parts[0] in {"pqscan", "probes", "reports"}
    and not str(path).startswith(OWN_DOING)
]  # fmt: skip


def rows_without_source(document: dict[str, Any]) -> Iterator[str]:  # Any: whatever TOML can hold
    """Rows are the tables of an array ([[name]]): each has a `reference` or a `source` of its own that is not empty."""
    for table, rows in document.items():
        if isinstance(rows, list) and rows and all(isinstance(row, dict) for row in rows):
            for number, row in enumerate(rows, 1):
                if not any(str(row.get(key, "")).strip() for key in ("reference", "source")):
                    yield f"{table} {number}: {row.get('name', row.get('id', row))}"


def test_there_are_data_files_to_look_at() -> None:
    assert any(path.name == "tls_groups.toml" for path in DATA)


@pytest.mark.parametrize("path", DATA, ids=str)
def test_every_row_has_a_source(path: Path) -> None:
    assert list(rows_without_source(tomllib.loads((ROOT / path).read_text("utf-8")))) == []


def test_a_row_without_a_source_is_seen() -> None:
    assert list(rows_without_source({"group": [{"name": "a", "reference": "RFC 1"}, {"name": "b", "reference": " "}]})) == [
        "group 2: b"
    ]


@pytest.mark.parametrize("folder", sorted({path.parent for path in DATA if path.parts[:2] == ("pqscan", "registry")}), ids=str)
def test_the_registry_tells_where_its_rows_come_from(folder: Path) -> None:
    assert (ROOT / folder / "SOURCES.md").is_file()


@pytest.mark.parametrize(
    "folder",
    [
        *sorted(
            {Path(*path.parts[:3]) for path in project_files() if path.parts[:2] == ("tests", "vectors") and len(path.parts) > 3}
        ),
        Path("pqscan/harness/vectors/data"),
        Path("pqscan/harness/vectors/data/tls"),
    ],
    ids=str,
)
def test_every_folder_of_vectors_names_origin_licence_date_and_command(folder: Path) -> None:
    assert (ROOT / folder / "SOURCE.md").is_file()
