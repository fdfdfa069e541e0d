"""One file with everything in it: opened once, read once, each content asked by the probes whose marks stand in it.

Containers in containers are walked with a stack of our own. Whatever could not be read is an outcome with its reason; nothing that
a file holds ends the walk.
"""

from __future__ import annotations

import errno
import io
import logging
import os
from collections.abc import Callable, Collection, Coroutine, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeVar, cast

from pqscan.errors import MalformedMessage, PqscanError, WrongProtocol
from pqscan.model.canonical import canonical
from pqscan.model.observation import Profile
from pqscan.model.outcome import Facts, Outcome, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.probe import FileProbe, FileSource
from pqscan.registry.foreign_file import open_regular
from pqscan.scan.attempt import MOST_DETAIL, status_of
from pqscan.scan.files.appended import MARK as APPENDED
from pqscan.scan.files.appended import appended_members
from pqscan.scan.files.bounds import Bounds, Counted, Left, Spent
from pqscan.scan.files.containers import BrokenContainer, Member, Opened, is_container, members_of
from pqscan.scan.files.decided import with_decisions
from pqscan.scan.files.encoded import MARKS as ENCODED
from pqscan.scan.files.encoded import encoded_members
from pqscan.scan.files.images import Images
from pqscan.scan.files.marks import MOST_PLACES, Beginnings, Search
from pqscan.scan.files.piece import IGNORE, Piece, pieces
from pqscan.scan.files.reading import filled, of_system, reading_elsewhere
from pqscan.scan.files.written_ahead import WrittenAhead
from pqscan.wire.ignored import Ignored

log = logging.getLogger(__name__)

FILE_PROBE = "file"
"""The probe of outcomes that tell what could not be read; it finds nothing itself."""
_FIRST_OCTETS = 1 << 16  # Most files are no larger, and cost one call of the system.
ResultT = TypeVar("ResultT")


@dataclass(frozen=True, slots=True)
class Examined:
    """`outcomes` has one for each probe that found something in the file or in a member of it, and one for each content that was
    not read to its end. `octets` were read or unpacked, `contents` looked at. `is_through`: nothing was left out.
    `is_lasting`: what was found stands for as long as the file does not change."""

    outcomes: tuple[Outcome, ...]
    octets: int
    contents: int
    is_through: bool
    is_lasting: bool = True


@dataclass(slots=True)
class _Level:
    """A container that is being read, and where in the file it stands."""

    members: Opened
    target: FileTarget


class Examiner:
    """Examines files, one after another. `now` is the time of day, `clock` seconds that never go back. Only files that were `named`
    themselves may be links: any other was none when it was walked, and has become one since."""

    def __init__(
        self,
        probes: Sequence[FileProbe],
        bounds: Bounds,
        now: Callable[[], datetime],
        clock: Callable[[], float],
        named: Collection[str] = (),
    ) -> None:
        self._probes = tuple(probes)
        self._bounds = bounds
        self._now = now
        self._clock = clock
        self._named = frozenset(named)
        marks = (*ENCODED, APPENDED, IGNORE, *(mark for probe in probes for mark in probe.marks))
        self._search = Search(marks)
        self._beginnings = Beginnings(marks)
        self._by_mark: dict[str, tuple[int, ...]] = {}
        for number, probe in enumerate(self._probes):
            for name in {mark.name for mark in probe.marks}:
                self._by_mark[name] = (*self._by_mark.get(name, ()), number)

    def examine(self, target: FileTarget) -> Examined:
        """What lies in the file. Never raises on account of a file."""
        left = Left(self._bounds, self._clock)
        examination = _Examination(target, self._probes, self._by_mark, self._search, self._beginnings, left, self._now)
        return examination.run(follow=target.path in self._named)


class _Examination:
    def __init__(
        self,
        target: FileTarget,
        probes: Sequence[FileProbe],
        by_mark: Mapping[str, tuple[int, ...]],
        search: Search,
        beginnings: Beginnings,
        left: Left,
        now: Callable[[], datetime],
    ) -> None:
        self._target = target
        self._probes = probes
        self._by_mark = by_mark
        self._search = search
        self._beginnings = beginnings
        self._left = left
        self._now = now
        self._started = now()
        self._outcomes: list[Outcome] = []
        self._names: dict[FileTarget, int] = {}
        self._images = Images()
        self._ahead = WrittenAhead(target.path)
        self._contents = 0
        self._not_read_of: dict[FileTarget, int] = {}  # where the outcome of a content stands that was not read
        self._is_through = True

    def run(self, *, follow: bool) -> Examined:
        try:
            with open_regular(self._target.path, follow=follow) as file:
                before = os.fstat(file.fileno())
                self._whole(cast("io.BufferedReader", file))
                after = os.fstat(file.fileno())
            if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
                self._changed_meanwhile()
        except OSError as error:
            if error.errno == errno.ELOOP and not follow:  # It was a file when it was listed.
                self._changed_meanwhile()
            else:
                self._not_read(self._target, of_system(error), OutcomeStatus.UNREACHABLE)
        except Exception as error:
            log.exception("the file %s could not be examined: this is a fault of pqscan", ascii(self._target.path))
            self._not_read(self._target, Reason.of("internal_error", error=type(error).__name__), OutcomeStatus.BUG)
        octets = self._left.bounds.octets - self._left.octets
        lacking = self._ahead.lacking()
        outcomes = self._images.told(self._ahead.told(self._outcomes, lacking))
        is_lasting = self._ahead.is_lasting(self._outcomes)
        return Examined(outcomes, octets, self._contents, self._is_through and not lacking, is_lasting)

    def _whole(self, file: io.BufferedIOBase) -> None:
        stack: list[_Level] = []
        at = self._target
        try:
            counted = Counted(file, self._left)
            first = counted.read(_FIRST_OCTETS)
            self._enter(stack, first, counted if len(first) == _FIRST_OCTETS else None, file, self._target)
            while stack:
                at = stack[-1].target
                try:
                    member = next(stack[-1].members, None)
                    if member is None:
                        stack.pop()
                        continue
                    at = self._named(at, member.name)
                    self._member(stack, member, at)
                except BrokenContainer as error:
                    self._not_read(at, error.reason, OutcomeStatus.MALFORMED)
                    if at.members == stack[-1].target.members:
                        stack.pop()
        except Spent as error:
            self._not_read(at, error.reason, OutcomeStatus.TIMED_OUT)

    def _named(self, container: FileTarget, name: str) -> FileTarget:
        """The target of a member. Archives may hold a name twice; the second is told apart, so that it does not hide the first."""
        target = replace(self._target, members=(*container.members, name))
        count = self._names[target] = self._names.get(target, 0) + 1
        return target if count == 1 else replace(target, members=(*container.members, f"{name}#{count}"))

    def _member(self, stack: list[_Level], member: Member, target: FileTarget) -> None:
        self._left.take_member()
        if member.stream is None:
            self._not_read(target, member.reason or Reason.of("member_broken"), OutcomeStatus.REJECTED)
            return
        first = filled(member.stream, _FIRST_OCTETS)
        self._images.member(target.members, first)
        self._enter(stack, first, member.stream if len(first) == _FIRST_OCTETS else None, None, target, member.said)

    def _enter(
        self,
        stack: list[_Level],
        first: bytes,
        rest: io.RawIOBase | None,
        file: io.BufferedIOBase | None,
        target: FileTarget,
        said: Ignored | None = None,
    ) -> None:
        kind = is_container(first)
        if kind is None:
            inside = self._content(first, rest, file, target, said)
            if len(target.members) < self._left.bounds.depth:
                stack.extend(_Level(members, target) for members in inside)
            return
        if len(target.members) >= self._left.bounds.depth:
            self._not_read(target, Reason.of("container_too_deep", depth=self._left.bounds.depth), OutcomeStatus.EXCLUDED)
            return
        name = (target.members or (os.path.basename(target.path),))[-1]
        self._images.container(target.members, kind.name)
        try:
            stack.append(_Level(members_of(kind, first, rest, file, name, self._left), target))
        except BrokenContainer as error:
            self._not_read(target, error.reason, OutcomeStatus.EXCLUDED)

    def _content(
        self, first: bytes, rest: io.RawIOBase | None, file: io.BufferedIOBase | None, target: FileTarget, said: Ignored | None
    ) -> list[Opened]:
        """Asks the probes about plain content; gives what is encoded in it, and the members of an archive at its end."""
        self._contents += 1
        self._ahead.content(target.members, first)
        found: dict[FileProbe, list[Facts]] = {}
        encoded: list[Member] = []
        inside: list[Opened] = []
        is_cut = False
        try:
            elsewhere = None if file is None else reading_elsewhere(file, self._left)
            for piece in pieces(first, rest, self._search, self._beginnings, elsewhere):
                is_cut = is_cut or piece.is_cut
                encoded.extend(encoded_members(piece, self._left))
                for probe in self._asked(piece):
                    facts = self._ask(probe, target, piece, said)
                    if facts is not None:
                        found.setdefault(probe, []).append(facts)
            inside = [iter(encoded), appended_members(piece, file, self._left)]
        except Exception:
            for parts in found.values():
                parts[0] = replace(parts[0], complete=False)
            raise
        finally:  # What was found until then stands.
            if is_cut:
                self._not_read(target, Reason.of("file_marks_spent", places=MOST_PLACES), OutcomeStatus.EXCLUDED)
            self._outcomes.extend(self._outcome(probe, target, _joined(parts)) for probe, parts in found.items())
        return inside

    def _asked(self, piece: Piece) -> Sequence[FileProbe]:
        """The probes of which a mark stands in the piece, in their order. Most files have none, so it begins at the marks."""
        numbers = {number for name in piece.marks for number in self._by_mark.get(name, ())}
        return [self._probes[number] for number in sorted(numbers)]

    def _ask(self, probe: FileProbe, target: FileTarget, piece: FileSource, said: Ignored | None) -> Facts | None:
        try:
            return with_decisions(_driven(probe.run(target, piece)), piece, said)
        except WrongProtocol:
            return None
        except MalformedMessage as error:
            status, reason = OutcomeStatus.MALFORMED, Reason.of("file_part_malformed", detail=str(error)[:MOST_DETAIL])
        except Spent:
            raise
        except PqscanError as error:
            status, reason = status_of(error)
        except Exception as error:
            log.exception("the probe %s failed on %s: this is a fault of pqscan", probe.name, ascii(target.path))
            status, reason = OutcomeStatus.BUG, Reason.of("internal_error", error=type(error).__name__)
        return Facts((), complete=False, status=status, detail=reason)

    def _outcome(self, probe: FileProbe, target: FileTarget, facts: Facts) -> Outcome:
        self._is_through = self._is_through and facts.status is OutcomeStatus.COMPLETED and facts.complete
        profile = None
        if facts.observations:
            complete = facts.complete and facts.status is OutcomeStatus.COMPLETED
            profile = canonical(Profile(probe.name, facts.depth, facts.asked, complete, facts.observations, facts.preference))
        return Outcome(
            target, probe.name, facts.status, self._started, self._elapsed(), 0, facts.detail, profile, facts.chains,
            facts.certificates,
        )  # fmt: skip

    def _not_read(self, target: FileTarget, reason: Reason, status: OutcomeStatus) -> None:
        """The first reason of a content is the one that is told."""
        self._is_through = False
        if target not in self._not_read_of:
            self._not_read_of[target] = len(self._outcomes)
            self._outcomes.append(Outcome(target, FILE_PROBE, status, self._started, self._elapsed(), 0, reason))

    def _changed_meanwhile(self) -> None:
        """What was found was there, but may be of two states of the file, and is not all of either. That explains what was not read
        of the file itself, unless a bound was reached: of a file that grows for ever that is why it ended."""
        place = self._not_read_of.get(self._target)
        if place is not None and self._outcomes[place].status is not OutcomeStatus.TIMED_OUT:
            del self._outcomes[place], self._not_read_of[self._target]
        self._outcomes = [_incomplete(outcome) for outcome in self._outcomes]
        self._not_read(self._target, Reason.of("file_changed_meanwhile"), OutcomeStatus.CLOSED_EARLY)

    def _elapsed(self) -> float:
        return max(0.0, (self._now() - self._started).total_seconds())


def _incomplete(outcome: Outcome) -> Outcome:
    profile = outcome.profile
    return outcome if profile is None else replace(outcome, profile=canonical(replace(profile, complete=False)))


def _driven(coroutine: Coroutine[object, object, ResultT]) -> ResultT:
    """The result of a coroutine that waits for nothing."""
    try:
        coroutine.send(None)
    except StopIteration as stop:
        result: ResultT = stop.value
        return result
    coroutine.close()
    raise RuntimeError("a file probe waits for something")


def _joined(parts: list[Facts]) -> Facts:
    """What the pieces of one content gave, as one. The first failure is told."""
    if len(parts) == 1:
        return parts[0]
    failed = next((part for part in parts if part.status is not OutcomeStatus.COMPLETED), parts[0])
    return replace(
        parts[0],
        observations=tuple(observation for part in parts for observation in part.observations),
        chains=tuple(dict.fromkeys(chain for part in parts for chain in part.chains)),
        certificates=tuple(dict.fromkeys(der for part in parts for der in part.certificates)),
        complete=all(part.complete for part in parts),
        status=failed.status,
        detail=failed.detail or next((part.detail for part in parts if part.detail is not None), None),
    )
