"""The canonical form of a profile and its digest: same facts, same 32 bytes, whatever the order they were found in.

What the registry adds (name, class, components) is left out, so that a new registry edition does not change identity.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from functools import lru_cache

from pqscan.model.observation import Observation, Profile

_MOST_REMEMBERED = 128  # Neighbours on a network tend to answer alike.

# Members of a StrEnum are texts and are written as such; asking each for its `value` would cost a third of the time.
_ENCODE = json.JSONEncoder(ensure_ascii=False, separators=(",", ":")).encode


def observation_key(observation: Observation) -> tuple[str, str, str, str, int, str]:
    """The order of observations in every output: subject, context, rank (none last), value."""
    return (
        observation.subject,
        observation.context or "",
        f"{observation.rank if observation.rank is not None else 999999:06d}",
        observation.value,
        0 if observation.where is None else (observation.where.line or observation.where.offset or 0),
        observation.support,
    )


@lru_cache(maxsize=_MOST_REMEMBERED)
def canonical(profile: Profile) -> Profile:
    """The same profile with sorted observations and its digest set. Equal profiles give the very same object."""
    observations = tuple(sorted(profile.observations, key=observation_key))
    preference = tuple(sorted(profile.preference))
    document = [
        profile.probe,
        profile.depth,
        profile.asked,
        profile.complete,
        [[context, value] for context, value in preference],
        [
            [
                o.subject,
                o.context,
                o.value,
                o.support,
                o.rank,
                o.rank_basis,
                o.usage,
                o.confidence,
                list(o.parameters),
                [o.where.line, o.where.offset, o.where.symbol] if o.where else None,
            ]
            for o in observations
        ],
    ]
    encoded = _ENCODE(document).encode("utf-8", "surrogatepass")  # Names of files may hold bytes that are no text.
    return replace(profile, observations=observations, preference=preference, digest=hashlib.sha256(encoded).digest())
