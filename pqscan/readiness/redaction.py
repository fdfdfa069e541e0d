"""What may be shown to everybody: counts, and of those no small one.

The redacted edition is built from counts by closed categories and copies nothing else, so that no host, name, path, serial or
fingerprint can come into it. A count below `LEAST` could point at one system: it is merged with others, and so are as many more as
are needed for the totals not to give it away (complementary suppression). Money is left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from pqscan.policy.editions import EDITION_FILES, FLOOR
from pqscan.policy.finding import Verdict
from pqscan.readiness.figure_names import AT_MOST, PARTS, Figures, policy_figure, policy_of
from pqscan.readiness.foreign_json import Json

FORMAT = "pqscan-redacted/1"
LEAST = 5
OTHERS = "others"
REST = "rest"
NOT_JUDGED = "not_judged"
_WHOLE_OR_NOT = frozenset({"system_seen"})
"""Beside the stages of systems, and how many are out of the assessment, what is merged here could be reckoned out."""
_NOT_PUBLIC = frozenset({"product_regime", "public_origin"})
"""Beside the origin of all products, what is merged there could be reckoned out of these."""
_PUBLIC_POLICIES = (*EDITION_FILES, FLOOR)  # A name that a user gave a policy of their own could say whose it is.


@dataclass(frozen=True, slots=True)
class PublicTable:
    """Counts of one whole by category. `total` None: there are fewer than `LEAST`, and nothing more is said. `others` is the sum of
    the categories that are not shown."""

    name: str
    total: int | None
    rows: tuple[tuple[str, int], ...] = ()
    others: int = 0

    def document(self) -> dict[str, Json]:
        rows: dict[str, Json] = dict(self.rows)
        return {"total": self.total, "rows": rows, OTHERS: self.others}


def merged(name: str, counts: Mapping[str, int], least: int = LEAST) -> PublicTable:
    """The counts of a whole with the small ones merged: no shown count, nor what the shown ones leave of the total, is from 1 to
    `least` - 1, and what is left is always of two categories or more."""
    present = {category: count for category, count in counts.items() if count > 0}
    total = sum(present.values())
    if 0 < total < least:
        return PublicTable(name, None)
    hidden = [category for category, count in present.items() if count < least]
    shown = sorted((category for category in present if category not in hidden), key=lambda one: (present[one], one))
    while hidden and shown and (len(hidden) < 2 or sum(present[one] for one in hidden) < least):
        hidden.append(shown.pop(0))
    rows = tuple((category, present[category]) for category in counts if category in shown)
    return PublicTable(name, total, rows, sum(present[one] for one in hidden))


def public_tables(figures: Figures, least: int = LEAST) -> tuple[PublicTable, ...]:
    """Every table of the redacted edition: families of figures, parts with their rest, the shipped policies' verdicts."""
    found = [
        merged(family, {part: figures[f"{family}.{part}"] for part in parts if f"{family}.{part}" in figures}, least)
        for family, parts in PARTS.items()
        if family not in _NOT_PUBLIC and any(f"{family}.{part}" in figures for part in parts)
    ]
    found = [table for table in found if table.name not in _WHOLE_OR_NOT or (table.total and not table.others)]
    for part, whole in AT_MOST.items():
        if part in figures and whole in figures:
            found.append(merged(part, {part.partition(".")[2]: figures[part], REST: figures[whole] - figures[part]}, least))
    for policy in _PUBLIC_POLICIES:
        verdicts = {verdict.value: figures.get(policy_figure(policy, verdict), 0) for verdict in Verdict}
        judged = sum(verdicts.values())
        if judged:
            rest = max(0, figures.get("targets.total", judged) - judged)
            found.append(merged(f"policy/{policy}", {**verdicts, NOT_JUDGED: rest}, least))
    return tuple(found)


def own_policies(figures: Figures) -> int:
    """How many policies are left out because their names are not ours."""
    return len({found[0] for found in map(policy_of, figures) if found is not None} - set(_PUBLIC_POLICIES))


def public_uses(uses: Iterable[tuple[str, int]], total: int, least: int = LEAST) -> tuple[tuple[str, int], ...]:
    """Of algorithms and how many of `total` targets use each: those that at least `least` use and that none or at least `least` do
    not use. They overlap, so nothing can be reckoned from their sum."""
    return tuple((name, count) for name, count in uses if count >= least and (count == total or total - count >= least))
