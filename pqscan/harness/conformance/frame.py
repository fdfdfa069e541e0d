"""The frame of every run of cases: what the peer can do, then for each case its control, the case in its variants and, where the
peer did not say that it ended this, the control once more; within a budget. What a connection is and what it tells is each
protocol's.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from time import monotonic
from typing import ClassVar, Generic, Protocol, TypeVar

from pqscan.harness.conformance.case import Kind, Ruling
from pqscan.harness.conformance.judging import worst
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.model.trial import Trial, TrialVerdict
from pqscan.net.stream import Dialer

_MOST_MUTE = 3  # connections in a row that tell nothing: then the peer is not asked any more
_CONTROL = Reason.of("conformance.seen.control")


class AnyCase(Protocol):
    """What the frame asks of a case; `needs` is the code of the reason where a peer lacks what it needs."""

    @property
    def id(self) -> str: ...

    @property
    def rests_on(self) -> str: ...

    @property
    def kind(self) -> Kind: ...

    @property
    def needs(self) -> str: ...

    @property
    def title(self) -> Reason: ...


class AnySeen(Protocol):
    """What the frame asks of what one connection brought."""

    @property
    def told(self) -> tuple[Reason, ...]: ...


CaseT = TypeVar("CaseT", bound=AnyCase)
ScriptT = TypeVar("ScriptT")
SeenT = TypeVar("SeenT", bound=AnySeen)
GroundT = TypeVar("GroundT")


@dataclass(slots=True)
class Frame(ABC, Generic[CaseT, ScriptT, SeenT, GroundT]):
    """One run against one target. `new_dialer` gives a dialer for each connection; `told` hears of each case when it is through."""

    suite: ClassVar[str]

    target: NetworkTarget
    ground: GroundT
    new_dialer: Callable[[], Dialer]
    budget: int
    told: Callable[[Trial], None] = lambda _trial: None
    connections: int = 0
    _controls: dict[object, SeenT] = field(default_factory=dict)
    _mute: int = 0
    _stopped: Reason | None = None

    async def cases(self, cases: Iterable[CaseT]) -> tuple[Trial, ...]:
        """A trial for each case, in order. Raises WorkError where this machine runs short, nothing that the peer caused."""
        await self.survey()
        trials: list[Trial] = []
        for case in cases:
            started = monotonic()
            ruling = await self._case(case)
            trial = Trial(
                suite=self.suite,
                name=case.id,
                subject=self.target.spelling,
                verdict=ruling.verdict,
                reason=ruling.reason,
                rests_on=case.rests_on,
                seconds=monotonic() - started,
                title=case.title,
                seen=ruling.seen,
            )
            trials.append(trial)
            self.told(trial)
        return tuple(trials)

    @abstractmethod
    async def survey(self) -> None:
        """Finds out what the peer can do; `stop` where there is nothing to go on with."""

    @abstractmethod
    def scripts_of(self, case: CaseT) -> tuple[ScriptT, ...]:
        """The variants of a case for this peer, none where it lacks what the case needs."""

    @abstractmethod
    def control_of(self, case: CaseT, script: ScriptT) -> ScriptT:
        """The same without the fault."""

    @abstractmethod
    def key_of(self, control: ScriptT) -> object:
        """What makes two controls the same."""

    @abstractmethod
    def lacking(self, case: CaseT, control: SeenT) -> Ruling | None:
        """What a case comes to whose control does not hold; None where it holds."""

    @abstractmethod
    def ruled(self, case: CaseT, seen: SeenT, control: SeenT) -> Ruling:
        """The verdict on one connection of a case whose control holds."""

    @abstractmethod
    def proves_life(self, seen: SeenT) -> bool:
        """Whether the peer said that it ended this: else it may be gone, and the control has to follow."""

    @abstractmethod
    def judged(self, case: CaseT, seen: tuple[SeenT, ...]) -> Ruling:
        """The verdict of a case that looks at what the peer itself sends."""

    @abstractmethod
    def variant_told(self, script: ScriptT) -> Reason | None:
        """Names a variant; None where there is nothing to name."""

    @abstractmethod
    def not_asked(self) -> SeenT:
        """What stands in the place of a connection that is not made."""

    @abstractmethod
    async def asked(self, script: ScriptT) -> SeenT:
        """One connection. Raises nothing on account of the peer."""

    @abstractmethod
    def is_mute(self, script: ScriptT, seen: SeenT) -> bool:
        """Whether a connection told nothing."""

    @abstractmethod
    def is_absent(self, seen: SeenT) -> bool:
        """Whether there was no connection."""

    @abstractmethod
    def why_stopped(self, seen: SeenT) -> Reason:
        """Why nothing more is asked after this connection."""

    def excused(self, case: CaseT, ruling: Ruling) -> Ruling:
        """What becomes of a ruling where a peer of this kind is allowed more."""
        return ruling

    async def _case(self, case: CaseT) -> Ruling:
        if self._stopped is not None:
            lacks = ".needs." in self._stopped.code
            return Ruling(TrialVerdict.NOT_APPLICABLE if lacks else TrialVerdict.UNKNOWN, self._stopped)
        scripts = self.scripts_of(case)
        if not scripts:
            return Ruling(TrialVerdict.NOT_APPLICABLE, Reason.of(case.needs))
        if case.kind is Kind.LOOK:
            return self.judged(case, tuple([await self.connect(script) for script in scripts]))
        rulings: list[Ruling] = []
        for script in scripts:
            ruling = await self._variant(case, script)
            named = self.variant_told(script)
            rulings.append(ruling if named is None else replace(ruling, seen=(named, *ruling.seen)))
            if self._stopped is not None:
                break
        return worst(tuple(rulings))

    async def _variant(self, case: CaseT, script: ScriptT) -> Ruling:
        control = self.control_of(case, script)
        before = self._controls.get(self.key_of(control)) or await self.control(control)
        lacking = self.lacking(case, before)
        if lacking is not None:
            return lacking
        seen = await self.connect(script)
        ruling = self.ruled(case, seen, before)
        if case.kind is Kind.TAKE and ruling.verdict is TrialVerdict.FAILED:  # Once more: a connection can fail by chance.
            ruling = self.ruled(case, seen := await self.connect(script), before)
        ruling = self.excused(case, ruling)
        sure = self.proves_life(seen) if case.kind is not Kind.TAKE else ruling.verdict is TrialVerdict.PASSED
        if not sure:
            after = await self.control(control)  # It may have stopped answering anybody.
            if self.lacking(case, after) is not None:
                return Ruling(TrialVerdict.UNKNOWN, Reason.of("conformance.control_failed_after"), (_CONTROL, *after.told))
        return ruling

    async def control(self, script: ScriptT) -> SeenT:
        """A control, kept."""
        seen = await self.connect(script)
        self._controls[self.key_of(script)] = seen
        return seen

    async def connect(self, script: ScriptT) -> SeenT:
        """One connection, within the budget."""
        if self._stopped is not None or self.connections >= self.budget:
            self.stop(Reason.of("conformance.budget_used", count=self.budget))
            return self.not_asked()
        self.connections += 1
        seen = await self.asked(script)
        silent = self.is_mute(script, seen)
        self._mute = self._mute + 1 if silent else 0
        if self._mute >= _MOST_MUTE or (silent and self.connections == 1 and self.is_absent(seen)):
            self.stop(self.why_stopped(seen))
        return seen

    def stop(self, why: Reason) -> None:
        """Nothing more is asked; the first reason counts."""
        self._stopped = self._stopped or why

    @property
    def has_stopped(self) -> bool:
        return self._stopped is not None


def unheld(why: Reason, control: AnySeen) -> Ruling:
    """A control that does not hold tells nothing of its case."""
    return Ruling(TrialVerdict.UNKNOWN, why, (_CONTROL, *control.told))
