"""Acts of whoever runs the program, noted in the store's chain where there is a store."""

from __future__ import annotations

import contextlib
import getpass
from datetime import datetime

from pqscan.app.place import open_store
from pqscan.errors import StoreError
from pqscan.readiness.act import Act, ActKind


def act_of(kind: ActKind, subject: str, now: datetime, reason: str = "", **detail: str | int | bool | None) -> Act:
    """An act under the name that the system has for the user."""
    return Act(now, person(), "", kind, subject, detail, reason)


def person() -> str:
    """Whoever runs the program, by the name that the system has for them."""
    with contextlib.suppress(KeyError, OSError, ImportError):
        return getpass.getuser()
    return "unknown"


def note(url: str | None, act: Act) -> str | None:
    """Adds the act to the chain; what hinders it, as a sentence, is given back: keys are made on machines without a store, too."""
    try:
        with open_store(url) as store:
            add = getattr(store, "add_act", None)
            if add is not None:
                add(act)
    except StoreError as error:
        return str(error)
    return None
