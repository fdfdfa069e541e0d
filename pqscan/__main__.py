"""`python -m pqscan`: the same as the command `pqscan`."""

from __future__ import annotations

import sys

from pqscan.cli import main

if __name__ == "__main__":
    sys.exit(main())
