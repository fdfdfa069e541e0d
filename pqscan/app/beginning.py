"""How a run begins in the store, whatever it is a run of: its name, its beginning, and with which program and registry."""

from __future__ import annotations

import secrets
from datetime import datetime

from pqscan import __version__
from pqscan.model.inventory import Run, RunKind, RunState
from pqscan.registry import universe

_MOST_SHOWN = 8


def run_id(now: datetime) -> str:
    """`now` is in UTC. Two runs of one second differ by what is drawn."""
    return f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"


def begun_run(kind: RunKind, now: datetime, *, scope: str, site: str, profile: str, authorisation_number: str | None = None) -> Run:
    """A run that asks nobody: files, captures and what others found."""
    return Run(
        id=run_id(now),
        kind=kind,
        started_at=now,
        finished_at=None,
        state=RunState.RUNNING,
        scope=scope,
        site=site,
        profile=profile,
        client="",
        tool_version=__version__,
        registry_edition=universe.registry_edition(),
        authorisation_number=authorisation_number,
    )


def listed(names: list[str]) -> str:
    """The first eight, and how many more there are."""
    more = [f"… (+{len(names) - _MOST_SHOWN})"] if len(names) > _MOST_SHOWN else []
    return ", ".join([*names[:_MOST_SHOWN], *more])
