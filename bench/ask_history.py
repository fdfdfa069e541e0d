"""Asks a store with a past what people ask, each question by itself: bench/ask_history.py STORE DAY ADDRESS ALGORITHM EXPIRES.

Prints as JSON the seconds and the number of answers of each. Opening the store and loading the program do not count."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Sized
from datetime import date
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)  # The modules here are bench.*, as seen from the root.

from pqscan.app.deciding import living  # noqa: E402
from pqscan.app.history import question  # noqa: E402
from pqscan.app.selecting import on_day, read_selection  # noqa: E402
from pqscan.app.showing import show_algorithms, show_certificates, show_targets  # noqa: E402
from pqscan.store.repository import Store  # noqa: E402


def main() -> int:
    path, day, address, algorithm, expires = sys.argv[1:6]
    on, host = date.fromisoformat(day), [f"network={address}"]
    told: dict[str, tuple[float, int]] = {}
    with Store.open(path, create=False) as store:
        questions: dict[str, Callable[[], Sized]] = {
            "what did this host offer on a day": lambda: list(show_targets(store, on_day(read_selection(host), on))),
            "where is an algorithm (on 1 % of the targets)": lambda: list(store.where_is(algorithm)),
            "what expires before a day": lambda: show_certificates(store, expires_before=date.fromisoformat(expires)),
            "which algorithms are in use": lambda: show_algorithms(store),
            "which algorithms are in use in a network": lambda: show_algorithms(store, read_selection(["network=10.0.0.0/20"])),
            "the findings of one host with their history": lambda: list(living(store, question(where=read_selection(host).where))),
        }
        for name, ask in questions.items():
            started = time.perf_counter()
            found = len(ask())
            told[name] = (round(time.perf_counter() - started, 3), found)
    print(json.dumps(told))
    return 0


if __name__ == "__main__":
    sys.exit(main())
