"""Recorded answers of real responders (tests/vectors/ike), by the name of their row."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from pathlib import Path

_FOLDER = Path(__file__).parents[3] / "vectors" / "ike"


@dataclass(frozen=True, slots=True)
class Recording:
    sent: list[bytes]
    received: list[bytes]


def _read(table: str) -> dict[str, Recording]:
    rows = tomllib.loads((_FOLDER / "strongswan.toml").read_text("utf-8"))[table]
    return {row["name"]: Recording(*([bytes.fromhex(each) for each in row[key]] for key in ("sent", "received"))) for row in rows}


RECORDINGS = _read("survey")
OF_MAIN_MODE = _read("main_mode")
"""What the first message of IKEv1's main mode is answered with."""
