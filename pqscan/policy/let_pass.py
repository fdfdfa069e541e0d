"""What a comment in a file lets pass (`pqscan: ignore`), until its day: it stays a fact, and stops nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from pqscan.model.observation import Observation, Profile


def let_pass(observation: Observation, as_of: date) -> str | None:
    """The reason that the comment gives; None where there is none, or its day is past. The last day still counts."""
    stated = dict(observation.parameters)
    until, reason = stated.get("ignored_until"), stated.get("ignored_reason")
    return str(reason) if reason is not None and until is not None and str(until) >= as_of.isoformat() else None


def expired(observation: Observation, as_of: date) -> str | None:
    """The last day (ISO 8601) of a comment that let it pass until then, and does no more."""
    until = dict(observation.parameters).get("ignored_until")
    return None if until is None or let_pass(observation, as_of) is not None else str(until)


def without_let_pass(profile: Profile, as_of: date) -> Profile:
    """The same profile, under the same digest, without what comments let pass on that day."""
    kept = tuple(one for one in profile.observations if let_pass(one, as_of) is None)
    return profile if len(kept) == len(profile.observations) else replace(profile, observations=kept)
