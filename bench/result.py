"""What a measurement gives: a table with the commands behind it, and for each target of the project whether it was met."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Goal:
    """One target: what was wanted, what came out. `met` None: it could not be measured, `figure` says why."""

    wanted: str
    figure: str
    met: bool | None

    @property
    def verdict(self) -> str:
        return "not measured" if self.met is None else "met" if self.met else "**not met**"


@dataclass(slots=True)
class Section:
    """One measurement as it is printed. `rows` are as long as `header`; `notes` say what a reader must know of the figures."""

    title: str
    header: tuple[str, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    goals: list[Goal] = field(default_factory=list)

    def miss(self, *cells: str) -> None:
        """A line for what could not be measured: what it is, and the reason last."""
        self.rows.append((*cells, *("" for _ in self.header[len(cells) :])))

    def markdown(self) -> str:
        parts = [f"## {self.title}", table(self.header, self.rows)]
        parts += ["\n".join(f"- {note}" for note in self.notes)] if self.notes else []
        parts += ["```\n" + "\n".join(self.commands) + "\n```"] if self.commands else []
        return "\n\n".join(parts) + "\n"


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table; bars inside cells are escaped."""
    lines = [header, ["---"] * len(header), *rows]
    return "\n".join("| " + " | ".join(str(cell).replace("|", "\\|").replace("\n", " ") for cell in line) + " |" for line in lines)


def goals_table(sections: Iterable[Section]) -> str:
    return table(
        ("target", "measured", ""), [(goal.wanted, goal.figure, goal.verdict) for section in sections for goal in section.goals]
    )


def ratio(own: float, other: float) -> str:
    """How many times `own` is `other`."""
    return "-" if other <= 0 else f"{own / other:.3g} ×"


def megabytes(count: int) -> str:
    return f"{count / 1e6:.0f} MB"
