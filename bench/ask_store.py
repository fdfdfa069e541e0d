"""Asks a store where an algorithm is and reads every answer: bench/ask_store.py STORE ALGORITHM.

Prints how many targets there are, the seconds to the first and to the last of them. Opening the store does not count."""

from __future__ import annotations

import sys
import time

from pqscan.store.repository import Store


def main() -> int:
    with Store.open(sys.argv[1], create=False) as store:
        started = time.perf_counter()
        found, first = 0, 0.0
        for _occurrence in store.where_is(sys.argv[2]):
            found += 1
            first = first or time.perf_counter() - started
        print(found, f"{first:.3f}", f"{time.perf_counter() - started:.3f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
