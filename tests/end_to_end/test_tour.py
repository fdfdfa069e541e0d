"""docs/tour.md shows the commands of readiness as they really are: what they print over the sample province."""

from __future__ import annotations

import pytest

from tools.tour import TOUR, commands, refreshed, stable

TEXT = TOUR.read_text("utf-8")
SHOWN = (
    "register import", "register export", "register check", "unit list", "system list", "policy list", "policy check",
    "policy contradictions", "exposure", "finding list", "finding show", "finding plan", "finding waive", "finding dispute",
    "finding sheet", "finding slip", "trend", "remedy", "gate", "key make", "snapshot seal", "snapshot export", "snapshot import",
    "snapshot consolidate", "report docx-section", "report xlsx", "diff --from", "show targets --on",
    "show certificates --expires-before", "db verify", "db backup", "db restore", "acts",
)  # fmt: skip


@pytest.mark.lab
def test_the_tour_is_what_the_program_prints() -> None:
    assert refreshed(TEXT) == TEXT, "run make readme"


@pytest.mark.parametrize("command", SHOWN)
def test_the_tour_shows_every_command_of_readiness(command: str) -> None:
    assert any(f"pqscan {command}" in line.replace(" -q", "") for line in commands(TEXT))


def test_what_was_made_stable_is_stable() -> None:
    assert stable(TEXT) == TEXT
