"""`pqscan doctor`: what works on this machine, what is missing, what for, and how to get it."""

from __future__ import annotations

from pqscan.cli import out, words
from pqscan.cli.entry import DONE, NO_WORK
from pqscan.cli.group import command
from pqscan.cli.settings import settings
from pqscan.cli.words import msgid


@command(
    "doctor",
    short_help=msgid("What works on this machine, what is missing."),
    help=msgid("Says what works on this machine, what is missing, and how to get it."),
)
def doctor() -> int:
    from pqscan.doctor import examine

    checks = examine()
    say = words.say()
    blocked = any(check.blocks for check in checks)
    if settings().wants_json:
        rows: list[out.Json] = [
            {
                "name": check.name,
                "state": check.state.value,
                "needed": check.needed,
                "version": check.version,
                "what_it_is_for": say.render(check.what_it_is_for),
                "origin": None if check.origin is None else say.render(check.origin),
                "how_to_get": None if check.how_to_get is None else say.render(check.how_to_get),
            }
            for check in checks
        ]
        out.document({"works": not blocked, "checks": rows})
        return NO_WORK if blocked else DONE
    for check in checks:
        state = words.label("check_state", check.state.value)
        out.wrapped(f"{words.label('check', check.name)}: {state}" + (f", {check.version}" if check.version else ""))
        out.wrapped(say.render(check.what_it_is_for), "    ")
        if check.origin is not None:
            out.line("    " + say.render(check.origin))  # A path is copied whole: it is not broken at the edge.
        if check.how_to_get is not None:
            out.wrapped(say.render(check.how_to_get), "    → ", "      ")
    out.line()
    bad, good = msgid("Something is missing without which pqscan cannot work."), msgid("pqscan works here.")
    out.wrapped(words.gettext(bad if blocked else good))
    return NO_WORK if blocked else DONE
