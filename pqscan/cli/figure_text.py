"""A figure's name in words: what is counted, and which part of it."""

from __future__ import annotations

from pqscan.cli import words

_OF_STATES = frozenset({"key_establishment", "authentication"})


def figure_text(name: str) -> str:
    """Of a figure of the closed list (`targets.total`, `policy/vietnam/awaiting`)."""
    from pqscan.readiness.figure_names import policy_of

    verdict = policy_of(name)
    if verdict is not None:
        return f"{table_text(f'policy/{verdict[0]}')}: {words.label('verdict', verdict[1])}"
    whole = words.label("figure", name)
    family, _dot, part = name.partition(".")
    return whole if whole != name or not part else f"{words.label('figure', family)}: {part_text(family, part)}"


def table_text(name: str) -> str:
    """Of a whole that is split into parts: a family of figures, a part with its rest, a policy."""
    kind, _slash, policy = name.partition("/")
    return words.label("policy", policy) if kind == "policy" and policy else words.label("figure", name)


def part_text(table: str, part: str) -> str:
    """Of one category of such a table."""
    from pqscan.readiness.redaction import NOT_JUDGED

    if table.startswith("policy/"):
        return words.label("figure" if part == NOT_JUDGED else "verdict", part)
    if table in _OF_STATES:
        return words.state(table, part)
    whole = words.label("figure", f"{table.partition('.')[0]}.{part}")
    return whole if not whole.endswith(f".{part}") else words.label("figure", part)
