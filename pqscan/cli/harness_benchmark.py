"""`pqscan harness benchmark`: operations a second and bytes on the wire, post-quantum beside classical."""

from __future__ import annotations

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
    from pqscan.cli.trial_files import progress_line, require_places, whole_file

    chosen = settings()
    require_places(html)
    told = msgid("{done} of {total} algorithms timed")
    with progress_line(quiet=chosen.is_quiet) as tell:
        shown = None if tell is None else lambda done, total: tell(words.filled(told, done=done, total=total))
        report = run(seconds=seconds, progress=shown)
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
