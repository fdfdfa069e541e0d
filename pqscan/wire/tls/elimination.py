"""Multi-axis elimination: finds every cipher suite, group and signature scheme of one version in the fewest hellos.

Each hello offers only what is not known yet on every axis; what the server chooses is taken out and the rest is asked again,
so k values on the longest axis cost about k + 1 hellos instead of one for each code point of the universe. A refusal with several
axes open does not tell whose fault it was: axes are then closed one at a time until one stands alone, and only a refusal
that stands alone (or is isolated by a later success) exhausts an axis. No I/O, no time: `next_question` and `take` alternate.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from copy import copy
from dataclasses import dataclass
from enum import StrEnum

from pqscan.wire.tls.axis import Axis

_MOST_SUITES_JOINTLY = 64
_MOST_SUITES_ALONE = 120  # Some servers stop reading at 128 (network probing, pitfall P7).
_MOST_VALUES = 100


class AxisName(StrEnum):
    SUITES = "cipher_suite"
    GROUPS = "named_group"
    SCHEMES = "signature_scheme"


class Verdict(StrEnum):
    """What a hello brought: a choice, a refusal before it, a refusal of the signature after it, or nothing sure.

    STUMBLED: it may have picked a suite and failed with it. That suite hides what else was listed."""

    CHOSEN = "chosen"
    REFUSED = "refused"
    SIGNATURE_REFUSED = "signature_refused"
    STUMBLED = "stumbled"
    UNSURE = "unsure"


@dataclass(frozen=True, slots=True)
class Question:
    """The three lists of the next hello; `open_axes` are those that offer only what is not known yet."""

    suites: tuple[int, ...]
    groups: tuple[int, ...]
    schemes: tuple[int, ...]
    open_axes: frozenset[AxisName]

    def offered(self, axis: AxisName) -> tuple[int, ...]:
        return {AxisName.SUITES: self.suites, AxisName.GROUPS: self.groups, AxisName.SCHEMES: self.schemes}[axis]


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server chose on each axis (None: it did not get to say, or the version has no such axis)."""

    verdict: Verdict
    suite: int | None = None
    group: int | None = None
    scheme: int | None = None
    reason: str = ""  # for UNSURE and STUMBLED, and where a choice was not carried through to a signature

    def chosen(self, axis: AxisName) -> int | None:
        return {AxisName.SUITES: self.suite, AxisName.GROUPS: self.group, AxisName.SCHEMES: self.scheme}[axis]


@dataclass(frozen=True, slots=True)
class SuiteTraits:
    """What elimination must know of a suite before TLS 1.3: does its key exchange use a curve or, ephemerally, a finite field,
    and is that signed?"""

    uses_curve: bool
    is_signed: bool
    authentication: str
    uses_finite_field: bool = False


class Elimination:
    """Asks about one version. `traits` is empty for TLS 1.3, where the axes do not depend on each other."""

    def __init__(
        self,
        suites: Sequence[int],
        groups: Sequence[int],
        schemes: Sequence[int],
        *,
        traits: Mapping[int, SuiteTraits] | None = None,
        suite_class: Callable[[int], int] = lambda _suite: 0,
        most_groups: int = _MOST_VALUES,
        known: Reply | None = None,
        is_seen_through: Callable[[int], bool] = lambda _group: True,
        is_curve: Callable[[int], bool] = lambda _group: True,
    ) -> None:
        """`suite_class`: suites are listed by it first, and reversed only within. `most_groups` 1: one group a hello, for
        peers that need its real share. `known`: an answer that came before. `is_seen_through`: a choice of this group is
        followed to the signature."""
        self.axes = {
            AxisName.SUITES: Axis.of(suites, _MOST_SUITES_JOINTLY, _MOST_SUITES_ALONE),
            AxisName.GROUPS: Axis.of(groups, most_groups, most_groups),
            AxisName.SCHEMES: Axis.of(schemes, _MOST_VALUES, _MOST_VALUES),
        }
        self._traits = traits or {}
        self._independent = not traits
        self._suite_class = suite_class
        self._is_seen_through = is_seen_through
        self._is_curve = is_curve
        self._closed: list[AxisName] = []  # axes under suspicion, offered with known values for now
        self._refused: Question | None = None
        self._groups_in_doubt: Question | None = None  # before TLS 1.3: refused, and the groups may be why
        self._schemes_tried: set[int] = set()  # while nothing was accepted yet
        self._says_no_otherwise = False  # than by the alert that may be about a single suite
        self.means_no_by_stumbling = False  # It stumbles whatever it picks.
        self._turn = 0
        self.history: list[tuple[Question, Reply]] = []  # what was chosen, for the order
        self.heard: list[tuple[AxisName, int, tuple[int, ...]]] = []  # choices among known values, from controls
        self.certificate_group: int | None = None  # the curve of an EC leaf, where no other key was seen
        self.leaf_curve: int | None = None  # the curve of any EC leaf
        self._keys_without_signature: set[str] = set()
        self._hides_groups = False  # that curve was chosen before curves that were not known yet
        # Which axis is closed first when a refusal does not tell: the one that likely runs dry first.
        self._suspicion = (
            (AxisName.SUITES, AxisName.SCHEMES, AxisName.GROUPS)
            if self._independent
            else (AxisName.GROUPS, AxisName.SCHEMES, AxisName.SUITES)
        )
        self._before_known: Question | None = None  # refused without the known group, which may be the only one
        if known is not None:
            for name, axis in self.axes.items():
                value = known.chosen(name)
                if value is not None and value in axis.universe:
                    axis.find(value)

    def snapshot(self) -> Elimination:
        """The state as it is now, to go back to where refusals turn out to have been throttling."""
        twin = copy(self)  # Questions and replies never change, so only what holds them has to be a container of its own.
        twin.axes = {name: axis.copy() for name, axis in self.axes.items()}
        twin._closed = [*self._closed]
        twin._keys_without_signature = {*self._keys_without_signature}
        twin._schemes_tried = {*self._schemes_tried}
        twin.history = [*self.history]
        twin.heard = [*self.heard]
        return twin

    @property
    def _open(self) -> frozenset[AxisName]:
        left = frozenset(name for name in self.axes if self.is_open(name))
        return (left - frozenset(self._closed)) or left

    def is_open(self, name: AxisName) -> bool:
        """Something is left to ask. Before TLS 1.3 groups and schemes need a suite that uses them: until all suites are
        known one may come."""
        if self.axes[name].exhausted:
            return False
        if self._independent or name is AxisName.SUITES or not self.axes[AxisName.SUITES].exhausted:
            return True
        return bool(self._suites_for(frozenset({name})))

    def next_question(self) -> Question | None:
        """None when every axis is exhausted."""
        open_axes = self._open
        if not open_axes:
            return None
        self._closed = [name for name in self._closed if name not in open_axes]
        groups = self._listed(AxisName.GROUPS, open_axes)
        suites = self._listed(AxisName.SUITES, open_axes) if AxisName.SUITES in open_axes else self._suites_for(open_axes)
        curve = self._curve_to_list(suites, open_axes)
        if curve is not None and curve not in groups:
            groups = (*groups, curve)  # RFC 8422, section 5.1: its curve has to be listed, so last.
        return Question(suites, groups, self._listed(AxisName.SCHEMES, open_axes), open_axes)

    def _curve_to_list(self, suites: Sequence[int], open_axes: frozenset[AxisName]) -> int | None:
        """The curve of the leaf where nothing but suites signed with it can make the server choose a group."""
        if self._independent or self._hides_groups:
            return None
        if AxisName.SUITES in open_axes:
            return self.certificate_group
        others = (trait for trait in map(self._trait, suites) if trait.uses_curve and trait.authentication != "ECDSA")
        return None if any(others) else self.leaf_curve

    def _listed(self, name: AxisName, open_axes: frozenset[AxisName]) -> tuple[int, ...]:
        axis = self.axes[name]
        if name in open_axes:
            values = axis.fresh(alone=len(open_axes) == 1)
        elif name is AxisName.SCHEMES:
            others = (value for value in axis.universe if value not in axis.found)
            values = (*axis.found, *others)[:_MOST_VALUES]
        elif name is AxisName.GROUPS and not self._independent:
            # All of them: a suite with an elliptic-curve certificate needs that curve listed, seen or not (RFC 8422, section 5.1).
            # Finite fields stay out: a server that has none of those listed could take no DHE suite at all (RFC 7919, section 4).
            others = (value for value in axis.universe if value not in axis.found and self._is_curve(value))
            values = (*axis.found, *others)[: axis.most_joint]
        else:
            seen_through = tuple(value for value in axis.found if name is AxisName.SUITES or self._is_seen_through(value))
            values = seen_through or tuple(axis.found) or axis.universe[: axis.most_joint]
        if self._turn % 2 and len(values) > 1 and name is not AxisName.SCHEMES:
            values = values[::-1]  # Schemes keep theirs, the likely ones first: mbedTLS 3.6 and wolfSSL 5.7 read about twenty.
        if name is AxisName.SUITES:
            values = tuple(sorted(values, key=self._suite_class))
        return values

    def _suites_for(self, open_axes: frozenset[AxisName]) -> tuple[int, ...]:
        """Known suites that make a choice on the open axes necessary."""
        found = tuple(self.axes[AxisName.SUITES].found)
        if self._independent:
            return self._listed(AxisName.SUITES, open_axes)
        if AxisName.GROUPS in open_axes:
            found = tuple(suite for suite in found if self._trait(suite).uses_curve)
            others = tuple(suite for suite in found if self._trait(suite).authentication != "ECDSA")
            return others or found
        signed = (suite for suite in found if self._trait(suite).is_signed)
        return tuple(suite for suite in signed if self._trait(suite).authentication not in self._keys_without_signature)

    def _trait(self, suite: int) -> SuiteTraits:
        return self._traits.get(suite) or SuiteTraits(False, False, "")

    def take(self, question: Question, reply: Reply) -> None:
        """Learn from the answer to `question`."""
        self._turn += 1
        if reply.verdict in (Verdict.CHOSEN, Verdict.SIGNATURE_REFUSED):
            progress = self._learn(question, reply)
            if reply.verdict is Verdict.SIGNATURE_REFUSED:
                if AxisName.SCHEMES in question.open_axes:
                    # Where no scheme was ever accepted, nothing tells that it was the schemes.
                    self._drop(AxisName.SCHEMES, question, "" if self.axes[AxisName.SCHEMES].found else "signature_refused")
                elif not progress:
                    self._narrow(question, "signature_refused")
            elif reply.scheme is None and question.open_axes == {AxisName.SCHEMES}:
                # It chose a suite and then signed nothing: what its other keys sign is still open.
                self._keys_without_signature.add(self._trait(reply.suite or 0).authentication)
                if self._independent or not self._suites_for(question.open_axes):
                    self._drop(AxisName.SCHEMES, question, reply.reason)
            elif not progress and question.open_axes == {AxisName.GROUPS} and self._is_hidden_by_certificate(reply):
                self._hides_groups = True  # Not every server wants the curve listed: once more without it.
            elif not progress:
                self._narrow(question, "")
        elif reply.verdict is Verdict.REFUSED:
            self._says_no_otherwise = True
            self._narrow(question, "")
        elif reply.verdict is Verdict.STUMBLED:
            self._set_apart(question, reply.reason)
        else:
            self._narrow(question, reply.reason or "unsure")

    def _is_hidden_by_certificate(self, reply: Reply) -> bool:
        return not self._independent and not self._hides_groups and reply.group == self.leaf_curve

    def _learn(self, question: Question, reply: Reply) -> bool:
        progress = False
        self.history.append((question, reply))
        for name, axis in self.axes.items():
            value = reply.chosen(name)
            if value is not None:
                progress = axis.find(value) or progress
        self._isolate(question, reply)
        return progress

    def _isolate(self, question: Question, reply: Reply) -> None:
        """A refusal whose other open axes have since proven to be satisfiable was the one closed axis's fault."""
        doubtful = self._groups_in_doubt
        if doubtful is not None and reply.verdict is Verdict.CHOSEN and self._needed_only_a_group(doubtful, reply):
            self._drop(AxisName.GROUPS, doubtful, "")
        refused = self._refused
        if refused is None:
            return
        closed = refused.open_axes - question.open_axes
        satisfied = all(reply.chosen(name) in refused.offered(name) for name in question.open_axes)
        if len(closed) == 1 and question.open_axes < refused.open_axes and satisfied and reply.verdict is Verdict.CHOSEN:
            (name,) = closed
            # Schemes depend on the suite's key type before TLS 1.3: only a refusal that stands alone exhausts them there.
            if self._independent:
                self._drop(name, refused, "")
        self._refused = None

    def _needed_only_a_group(self, refused: Question, reply: Reply) -> bool:
        """Before TLS 1.3: the suite chosen now could have been chosen then, had one of the groups been right."""
        if reply.suite is None or reply.suite not in refused.suites:
            return False
        if self.axes[AxisName.SCHEMES].universe and reply.scheme not in refused.schemes:
            return False  # None too: what it chose it did not sign.
        if reply.group is None or reply.group in refused.groups:
            return False
        trait = self._trait(reply.suite)
        return trait.uses_curve and (trait.authentication != "ECDSA" or self.leaf_curve in refused.groups)

    def _narrow(self, question: Question, unproven: str) -> None:
        """A refusal, or an answer without news: close the next suspect, or exhaust the axis that stood alone."""
        if not self.found_anything:
            if self._independent and self._before_known is None and self.axes[AxisName.GROUPS].found:
                # The known group may be the only one: on with that, and the others once more when the rest is known.
                self._before_known = question
                self._closed.append(AxisName.GROUPS)
                return
            if AxisName.GROUPS in self._closed and self._before_known is not None:
                self._closed.clear()
                question = self._before_known
            self._try_elsewhere(question, unproven)
            return
        if len(question.open_axes) > 1:
            suspect = next(name for name in self._suspicion if name in question.open_axes)
            self._closed.append(suspect)
            self._refused = question if not unproven else None
            if suspect is AxisName.GROUPS and not self._independent:
                self._groups_in_doubt = self._refused
            return
        (name,) = question.open_axes
        self._drop(name, question, unproven)

    def _set_apart(self, question: Question, reason: str) -> None:
        """One suite may be to blame: the others are asked for without it. Those that exchange keys over a finite field are
        suspected first; others only where the server was heard to refuse in another way: else it means no by this."""
        suites = question.suites
        fields = {self._trait(suite).uses_finite_field for suite in suites}
        if fields == {False} and not (self._says_no_otherwise and self.found_anything):
            self.means_no_by_stumbling = True
        may_blame_one = self._says_no_otherwise and (self.found_anything or fields == {True})
        may_blame_field = len(fields) == 2 and not self.means_no_by_stumbling
        if AxisName.SUITES not in question.open_axes or not (may_blame_one or may_blame_field):
            self._narrow(question, reason)
            return
        if self.found_anything:
            self._closed.extend(question.open_axes - {AxisName.SUITES})
            self._refused = None
        kind = self._field if len(fields) > 1 else self._authentication
        self.axes[AxisName.SUITES].split(suites, reason, kind)
        if self.axes[AxisName.SUITES].exhausted:
            self._closed.clear()

    def _field(self, suite: int) -> str:
        return "finite" if self._trait(suite).uses_finite_field else "another or none"

    def _authentication(self, suite: int) -> str:
        return self._trait(suite).authentication

    def _try_elsewhere(self, question: Question, unproven: str) -> None:
        """Nothing was accepted yet: on to suites, then schemes, then groups that no hello has listed."""
        suites, groups, schemes = (self.axes[name] for name in AxisName)
        if groups.most_alone > 1 and len(suites.left) > len(question.suites):
            self._drop(AxisName.SUITES, question, unproven)
            return
        unseen = [value for value in schemes.left if value not in self._schemes_tried and value not in question.schemes]
        if unseen and groups.most_alone > 1:
            self._schemes_tried.update(question.schemes)
            schemes.left = [*unseen, *(value for value in schemes.left if value not in unseen)]
            return
        self._schemes_tried.clear()
        self._drop(AxisName.GROUPS if len(groups.universe) else AxisName.SUITES, question, unproven)

    @property
    def is_independent(self) -> bool:
        """TLS 1.3: suites, groups and schemes are chosen apart from each other."""
        return self._independent

    @property
    def found_anything(self) -> bool:
        """Some hello of this elimination was answered with a choice; what was known before does not count."""
        return bool(self.history)

    @property
    def is_setting_apart(self) -> bool:
        """The next hello is a part of one that the server stumbled over, and may meet with the same."""
        return bool(self.axes[AxisName.SUITES].parts)

    @property
    def is_hopeless(self) -> bool:
        """Everything was listed in some hello and nothing of it was ever accepted."""
        groups = self.axes[AxisName.GROUPS]
        spent = self.axes[AxisName.SUITES].exhausted or (bool(groups.universe) and groups.exhausted)
        return spent and not self.found_anything

    def _drop(self, name: AxisName, question: Question, unproven: str) -> None:
        axis = self.axes[name]
        axis.drop(question.offered(name), unproven)
        self._refused = None
        if name is AxisName.GROUPS:
            self._groups_in_doubt = None
        if name is AxisName.SCHEMES:
            self._keys_without_signature.clear()
        if axis.exhausted:  # With an axis gone the suspects get another hearing; they are closed again where need be.
            self._closed.clear()

    def overheard(self, name: AxisName, chosen: int, listed: tuple[int, ...]) -> None:
        """A control, where everything listed was possible: it speaks of the order too."""
        self.heard.append((name, chosen, listed))

    def doubt(self, name: AxisName, which: Callable[[int], bool]) -> None:
        """Ask once more for those refused values of an axis that `which` picks."""
        axis = self.axes[name]
        axis.left = [value for value in axis.universe if value not in axis.found and which(value)]

    def refused(self, name: AxisName) -> tuple[int, ...]:
        """What was asked on an axis and proven not to be accepted; empty where it could not be proven."""
        axis = self.axes[name]
        if axis.unproven or not axis.exhausted:
            return ()
        return tuple(value for value in axis.universe if value not in axis.found and value not in axis.unsettled)
