"""The program's own report, read as what it told of each file. What is only mentioned is no finding."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tests.corpus.truth import Asset, Told

_NO_FINDING = frozenset({"software"})
_LOCKED = frozenset({"locked_by"})


def read_report(document: Mapping[str, Any], root: Path) -> tuple[dict[str, list[Told]], set[str]]:
    """`document` is what `report json` writes; told and locked by the path below `root`, members with their archive."""
    told: dict[str, list[Told]] = {}
    locked: set[str] = set()
    for row in document["targets"]:
        target = row["target"]
        if target["kind"] != "file" or row["profile"] is None:
            continue
        path = Path(target["path"]).relative_to(root).as_posix()
        for observation in document["profiles"][row["profile"]]["observations"]:
            if _LOCKED.intersection(observation["parameters"]) or observation["value"] == "locked_contents":
                locked.add(path)
            told.setdefault(path, []).extend(_of(observation))
    return told, locked


def _of(observation: Mapping[str, Any]) -> Iterator[Told]:
    subject, parameters = observation["subject"], observation["parameters"]
    if observation["usage"] == "mentioned" or subject in _NO_FINDING or observation["support"] in ("refused", "unknown"):
        return
    if subject == "behaviour" and observation["value"] != "locked_contents":
        return
    name = observation["name"] or observation["value"]
    if subject == "private_key" and not observation["value"][:1].isdigit():
        name = "locked"
    yield Told(Asset(subject, name, parameters.get("size_bits")), observation["quantum_class"])
