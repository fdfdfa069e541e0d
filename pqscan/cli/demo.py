"""`pqscan demo`: real servers on loopback, scanned, and a report to open."""

from __future__ import annotations

from pathlib import Path

from pqscan.cli import out, words
from pqscan.cli.group import command, option
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid


@command(
    "demo",
    short_help=msgid("Real servers on loopback, scanned, and a report."),
    help=msgid(
        "Starts real TLS servers on this machine's loopback, scans them and the certificates that this machine trusts, "
        "and writes a report. Takes a quarter of a minute or so; nothing leaves the machine."
    ),
)
@option("--output", "-o", metavar="FOLDER", default="pqscan-demo", show_default=True, help=msgid("Where the report goes."))
def demo(output: str) -> None:
    from pqscan.app.demonstration import demo as run_demo
    from pqscan.cli.progress import shower
    from pqscan.cli.summary import print_summary, summary_json

    chosen = settings()

    def started(servers: int) -> None:
        if not chosen.is_quiet:
            out.note(words.counted("{count} TLS server answers on 127.0.0.1.", "{count} TLS servers answer on 127.0.0.1.", servers))

    with shower(chosen.is_quiet) as progress:
        done = run_demo(Path(output), language=words.language(), progress=progress, started=started)
        progress.close()
    if chosen.wants_json:
        places: dict[str, out.Json] = {"html": str(done.html), "json": str(done.json), "store": str(done.store)}
        out.document({"servers": done.servers, "run": done.net.run.id, **places, **summary_json(done.inventory)})
        return
    print_summary(done.inventory)
    out.line()
    for text, path in (
        (words.gettext("Report:"), done.html),
        (words.gettext("The same as JSON:"), done.json),
        (words.gettext("Store, for --db:"), done.store),
    ):
        out.line(f"{text} {path.resolve()}")
