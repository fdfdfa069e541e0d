"""`pqscan harness benchmark`: operations a second and bytes on the wire, post-quantum beside classical."""

from __future__ import annotations

import sys
from pathlib import Path

from pqscan.cli import out, words
from pqscan.cli.group import command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid


@command(
    "benchmark",
    short_help=msgid("What migration costs: operations a second, bytes."),
    help=msgid(
        "Times key generation, encapsulation, decapsulation, signing and verifying in liboqs and cryptography, beside classical "
        "algorithms, and says how many bytes each puts on the wire. Everything runs on this machine, about a minute by default."
    ),
)
@option(
    "--seconds", type=float, default=0.2, show_default=True, metavar="S", help=msgid("How long each operation is timed, in rounds.")
)
@option("--html", metavar="FILE", help=msgid("Writes a page with charts, too."))
def benchmark(seconds: float, html: str | None) -> None:
    from pqscan_reports.trials.timings import timing_lines, timings_json

    from pqscan.app.benchmarking import benchmark as run
    from pqscan.cli.trial_files import whole_file

    chosen = settings()
    report = run(seconds=seconds, progress=None if chosen.is_quiet or not sys.stderr.isatty() else _progress)
    if html is not None:
        from pqscan_reports.trials.timings_html import write_timings

        with whole_file(Path(html)) as file:
            write_timings(report, words.language(), file)
        if not chosen.is_quiet:
            out.note(words.filled("Written: {path}", path=Path(html).resolve()))
    if chosen.wants_json:
        out.document(timings_json(report))
        return
    for line in timing_lines(report, words.say()):
        out.line(line)


def _progress(done: int, total: int) -> None:
    """In one line of the terminal, which the last call clears."""
    sys.stderr.write("\r" + words.filled("{done} of {total} algorithms timed", done=done, total=total) + "\x1b[K")
    if done == total - 1:
        sys.stderr.write("\r\x1b[K")
    sys.stderr.flush()
