"""The one line of configuration that would make a server hybrid, product by product (data/advice.toml)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pqscan.model.observation import Profile, Support
from pqscan.model.reason import Reason
from pqscan.policy.answers import Answers
from pqscan.policy.rows import DATA_FOLDER, Document
from pqscan.policy.state import Assessment, State

HYBRID, TLS13 = "hybrid", "tls13"


@dataclass(frozen=True, slots=True)
class Advice:
    """`lines` verbatim in the product's language; `since` the first version, with its library; `reason` says where they go
    and what to watch; `aim` is "hybrid" or "tls13" (hybrids exist in TLS 1.3 alone)."""

    id: str
    product: str
    aim: str
    since: str
    lines: tuple[str, ...]
    states: tuple[State, ...]
    source: str

    @property
    def reason(self) -> Reason:
        return Reason.of(f"advice_{self.id}")


@cache
def all_advice() -> tuple[Advice, ...]:
    """Every row in the order of the file. Raises DataError."""
    found = []
    for row in Document.read(DATA_FOLDER / "advice.toml").rows("advice"):
        states = row.texts("states")
        unknown = sorted(set(states) - set(State))
        if unknown or not states:
            raise row.wrong(f"states must name states{': not ' + ', '.join(unknown) if unknown else ''}")
        lines = row.texts("lines")
        if not lines:
            raise row.wrong("it gives no line")
        found.append(
            Advice(
                row.text("id"),
                row.text("product"),
                row.text("aim", among=(HYBRID, TLS13)),
                row.text("since"),
                lines,
                tuple(State(state) for state in states),
                "; ".join(row.references()),
            )
        )
        row.done()
    return tuple(found)


def advice(state: State, profile: Profile | None = None) -> tuple[Advice, ...]:
    """What would change a state of key establishment; nothing where a current client gets a hybrid already, or where the
    state is not known. Lines that turn TLS 1.3 on stand only where the profile shows that it is refused."""
    wants_tls13 = profile is not None and Answers(profile).version("TLS1.3") is Support.REFUSED
    return tuple(row for row in all_advice() if state in row.states and (row.aim == HYBRID or wants_tls13))


def certificate_advice(*assessments: Assessment) -> Reason | None:
    """Where a certificate is below today's floor, no line of configuration helps: it has to be replaced (NIST SP 800-131A
    revision 2, sections 3 and 9)."""
    weak = any(reason.code == "certificate_below_floor" for assessment in assessments for reason in assessment.reasons)
    return Reason.of("advice_certificate") if weak else None
