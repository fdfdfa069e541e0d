"""`pqscan harness self-test`: official vectors on liboqs and `cryptography`, and each library against the other."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pqscan.cli import out, words
from pqscan.cli.entry import DONE, NO_WORK
from pqscan.cli.group import command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid

if TYPE_CHECKING:
    from pqscan.model.trial import TrialReport

FAILED = 1


@command(
    "self-test",
    short_help=msgid("Libraries on official test vectors."),
    help=msgid(
        "Runs official test vectors (NIST ACVP, Wycheproof, X-Wing, HPKE, recorded TLS handshakes) on liboqs and cryptography, and "
        "each library against the other. What a library lacks is a skip with its reason.\n\n"
        "Exit codes: 0 nothing failed, 1 something failed, 3 nothing could be tried."
    ),
)
@option("--library", "libraries", metavar="NAME", multiple=True, help=msgid("Only this one: liboqs, cryptography or pqscan."))
@option("--algorithm", "algorithms", metavar="NAME", multiple=True, help=msgid("Only this one, or a family: ML-KEM-768, ML-DSA."))
@option("--all", "everything", is_flag=True, help=msgid("Every vector; without it a choice of the Wycheproof ones."))
@option(
    "--extra-vectors",
    metavar="DIR",
    help=msgid("A folder with cctv, lamps or wycheproof vectors in it; else PQSCAN_EXTRA_VECTORS."),
)
@option("--junit", metavar="FILE", help=msgid("Writes the trials as JUnit XML, too."))
def self_test(
    libraries: tuple[str, ...], algorithms: tuple[str, ...], everything: bool, extra_vectors: str | None, junit: str | None
) -> int:
    from pqscan.app import self_testing
    from pqscan.cli.trial_files import progress_line, require_places, write_junit_file

    require_places(junit)
    with progress_line(quiet=settings().is_quiet) as tell:
        report = self_testing.self_test(
            libraries=libraries, algorithms=algorithms, everything=everything, extra_vectors=extra_vectors, progress=tell
        )
    _print(report)
    if junit is not None:
        write_junit_file(Path(junit), report, quiet=settings().is_quiet)
    if report.failed:
        return FAILED
    if self_testing.nothing_tried(report):
        out.error(words.gettext(msgid("nothing could be tried: every vector was skipped")))
        return NO_WORK
    return DONE


def _print(report: TrialReport) -> None:
    if settings().wants_json:
        from pqscan_reports.trials.trials_json import trials_json

        out.document(trials_json(report, words.language()))
        return
    from pqscan_reports.trials.text import trial_lines

    for line in trial_lines(report, words.say()):
        out.line(line)
