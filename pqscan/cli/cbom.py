"""`pqscan cbom`: bills of cryptographic materials of others."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from pqscan.cli import out, words
from pqscan.cli.group import Group, command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid

if TYPE_CHECKING:
    from pqscan.app.cbom.lint import Linted

SEVERITIES = ("error", "warning", "note")
FOUND = 1  # the exit code where something is at least as bad as --fail-on says


@click.group(
    "cbom",
    cls=Group,
    places={"lint": "cbom:lint"},
    short_help=msgid("Checks bills of cryptographic materials (CycloneDX)."),
    help=msgid(
        "Works on bills of cryptographic materials (CBOM) of this program and of others. `pqscan report cyclonedx` writes one."
    ),
)
def cbom() -> None:
    pass


@command(
    "lint",
    short_help=msgid("Checks what a CBOM means."),
    help=msgid(
        "Checks the meaning of a CBOM in CycloneDX's JSON (1.4 to 1.7, and IBM's fork), which no schema sees: references to "
        "nothing, quantum levels and curves that do not fit their algorithm, hybrids without halves, certificates without a "
        "key, secrets."
    ),
)
@click.argument("file", metavar="FILE")
@option(
    "--fail-on",
    type=click.Choice((*SEVERITIES, "never")),
    default="error",
    help=msgid("From which on the exit code is 1; never: it is 0."),
)
def lint(file: str, fail_on: str) -> None:
    from pqscan.app.cbom.lint import lint_file
    from pqscan.app.cbom.problem import Severity

    found = lint_file(file)
    if settings().wants_json:
        out.document(_json(file, found))
    else:
        _print(found)
    if fail_on != "never" and found.at_least(Severity(fail_on)):
        sys.exit(FOUND)


def _print(found: Linted) -> None:
    say = words.say()
    for each in found.problems:
        severity = words.label("cbom_severity", each.severity.value)
        out.wrapped(f"{each.pointer or '/'}: {severity}: {say.render(each.reason)} [{each.code}]", "", "    ")
    if found.is_cut:
        out.note(words.gettext("There are more problems; only the first are shown."))
    assets = sum(count for _, count in found.assets)
    told = words.counted("{count} cryptographic asset", "{count} cryptographic assets", assets)
    counts = [f"{words.label('cbom_severity', name)} {_count(found, name)}" for name in SEVERITIES]
    out.line(words.filled("CycloneDX {version}, {assets}: {counts}", version=found.version, assets=told, counts=", ".join(counts)))


def _count(found: Linted, severity: str) -> int:
    return sum(each.severity.value == severity for each in found.problems)


def _json(file: str, found: Linted) -> out.Json:
    say = words.say()
    return {
        "file": file,
        "spec_version": found.version,
        "ibm": found.is_ibm,
        "assets": dict(found.assets),
        "counts": {name: _count(found, name) for name in SEVERITIES},
        "is_cut": found.is_cut,
        "problems": [
            {
                "code": each.code,
                "severity": each.severity.value,
                "pointer": each.pointer,
                "parameters": dict(each.reason.parameters),
                "text": say.render(each.reason),
            }
            for each in found.problems
        ],
    }
