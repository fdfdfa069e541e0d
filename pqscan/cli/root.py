"""`pqscan` itself: what commands there are and where they lie."""

from __future__ import annotations

import os

import click

from pqscan import __version__
from pqscan.cli.group import Group
from pqscan.cli.settings import common_options
from pqscan.cli.words import msgid


@click.group(
    "pqscan",
    cls=Group,
    places={
        "demo": "demo:demo",
        "doctor": "doctor:doctor",
        "scan": "scan:scan",
        "import": "imports:imports",
        "schedule": "schedule:schedule",
        "show": "show:show",
        "explain": "explain:explain",
        "remedy": "remedy:remedy",
        "assess": "assess:assess",
        "gate": "gate:gate",
        "cbom": "cbom:cbom",
        "report": "report:report",
        "diff": "diff:diff",
        "finding": "finding:finding",
        "verify": "verify:verify",
        "trend": "trend:trend",
        "harness": "harness:harness",
        "key": "key:key",
        "snapshot": "snapshot:snapshot",
        "db": "db:db",
        "acts": "acts:acts",
        "access": "access:access",
        "authorisation": "authorisation:authorisation",
        "audit": "authorisation:audit",
        "policy": "policy:policy",
        "unit": "records:unit",
        "system": "records:system",
        "register": "register:register",
        "exposure": "exposure:exposure",
        "risk": "risk:risk",
        "index": "risk:index",
    },
    params=common_options(),
    context_settings={"max_content_width": 80},
    help=msgid(
        "Asks servers which cryptography they use, keeps the answers with their proof, and judges them against dated "
        "migration rules.\n\nScan only what you may: outside this machine a written authorisation is needed."
    ),
    epilog=msgid("Exit codes: 0 done, 2 wrong usage, 3 could not do the work, 130 interrupted; 1 is kept for findings."),
)
@click.version_option(__version__, prog_name="pqscan")
def root() -> None:
    if os.environ.get("PQSCAN_REGISTRY"):  # What is wrong in it is told before any work begins.
        from pqscan.registry.local import local_registry

        local_registry()
