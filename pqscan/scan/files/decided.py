"""What comments decide (`pqscan: ignore`) of what stands on their line, whatever probe found it: it is kept beside the fact, and
judged later.

Only what is there is let pass. What the file leaves open stays open, and what has no line, as in programs and databases, is
spoken of by no comment."""

from __future__ import annotations

from dataclasses import replace

from pqscan.model.observation import Observation
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.probe import FileSource
from pqscan.wire.ignored import Ignored, Missing


def with_decisions(facts: Facts, source: FileSource, around: Ignored | None = None) -> Facts:
    """The facts that a probe gave of the source, each with what a comment says of its line. The first comment that lacks something
    is told, where nothing keeps the file from being read to its end, which says more.

    `around` is the comment that speaks of the line of a text on which all of the source stands encoded."""
    spoken_of = {place: said for place, one in enumerate(facts.observations) if (said := _said_of(one, source, around)) is not None}
    if not spoken_of:
        return facts
    observations = list(facts.observations)
    for place, said in spoken_of.items():
        observations[place] = _decided(observations[place], said)
    detail, wrong = facts.detail, [said for said in spoken_of.values() if said.problem is not None]
    if wrong and facts.complete and facts.status is OutcomeStatus.COMPLETED:
        detail = _told(min(wrong, key=lambda said: said.line))
    return replace(facts, observations=tuple(observations), detail=detail)


def _said_of(one: Observation, source: FileSource, around: Ignored | None) -> Ignored | None:
    if not one.support.shows_use:
        return None
    return around or (None if one.where is None else source.said_of(one.where))


def _decided(one: Observation, said: Ignored) -> Observation:
    if said.problem is not None or said.until is None:
        return one
    more = (("ignored_reason", said.reason), ("ignored_until", said.until.isoformat()))
    return replace(one, parameters=(*one.parameters, *more))


def _told(said: Ignored) -> Reason:
    code = "ignore_comment_without_reason" if said.problem is Missing.REASON else "ignore_comment_without_day"
    return Reason.of(code, line=said.line)
