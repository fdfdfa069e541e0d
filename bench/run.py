"""Measures pqscan side by side with its peers against the same servers, in one run, and writes RESULTS.md.

`make bench`, or `bench/run.py --only connections,quick` for some parts, `--fast` for a rough look. Nothing here fails
because a peer is missing or slow: that is a line with its reason.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # The modules here are bench.*, as seen from the root.

from bench.command import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
