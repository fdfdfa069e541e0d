"""The command line: parses options, calls one function of `pqscan.app`, prints. Loads the rest when it is needed."""

from __future__ import annotations

import gc
from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs one command and gives its exit code: 0 done, 1 a finding at or above `--fail-on`, 2 wrong usage, 3 could not do
    the work, 130 interrupted. Nothing that happens inside shows a traceback, save in the log of `-v`."""
    if arguments is None:
        gc.set_threshold(20_000, 20, 20)  # Modules and rows are no cycles; looking for some takes a tenth of a short command.
    try:
        from pqscan.cli.entry import run

        return run(arguments)
    except KeyboardInterrupt:  # While the program was still loading, or told its end.
        return 130
    finally:
        if arguments is None:
            gc.freeze()  # The interpreter's last collection finds nothing to walk, which would take longer than many a command.
