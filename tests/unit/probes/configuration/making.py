"""What the probe of configurations tells of a text, in short."""

from __future__ import annotations

import functools

from pqscan_probes.configuration_file import ConfigurationFileProbe

from pqscan.model.canonical import canonical
from pqscan.model.observation import Observation, Profile, Subject
from pqscan.model.outcome import Facts
from pqscan.policy.state import Assessment
from pqscan.policy.states import authentication, key_establishment
from tests.unit.scan.files.making import facts_of


@functools.cache
def _probe() -> ConfigurationFileProbe:
    return ConfigurationFileProbe()


def facts(text: str | bytes) -> Facts:
    """Raises WrongProtocol where it is no configuration."""
    return facts_of(_probe(), text if isinstance(text, bytes) else text.encode())


def product(text: str) -> str:
    (software,) = (one for one in facts(text).observations if one.subject is Subject.SOFTWARE)
    return str(dict(software.parameters)["product"])


def of(text: str, subject: Subject, context: str | None = None) -> list[str]:
    """Names of what is in force (`*` where more may be), in their order."""
    found = [one for one in facts(text).observations if one.subject is subject and context in (None, one.context)]
    return [one.name or one.value for one in found]


def parts(text: str) -> list[str]:
    return list(dict.fromkeys(one.context or "" for one in facts(text).observations if one.subject is not Subject.SOFTWARE))


def line_of(text: str, subject: Subject) -> list[int | None]:
    return [None if one.where is None else one.where.line for one in facts(text).observations if one.subject is subject]


def profile(text: str) -> Profile:
    found = facts(text)
    return canonical(Profile("configuration_file", found.depth, found.asked, found.complete, found.observations))


def state(text: str) -> str:
    return key_establishment(profile(text)).state.value


def states(text: str) -> tuple[Assessment, Assessment]:
    return key_establishment(profile(text)), authentication(profile(text), ())


MOST_SHOWN = 200


def judged(found: Facts, data: bytes) -> None:
    """Whether what is told of a file can be judged and shown: short texts of one line each, that stand in the file."""
    one_profile = canonical(Profile("configuration_file", found.depth, found.asked, found.complete, found.observations))
    key_establishment(one_profile)
    authentication(one_profile, ())
    assert found.observations
    assert found.complete == (found.detail is None)
    lines = data.count(b"\n") + 1
    for one in found.observations:
        texts = [one.value, one.name or "", one.context or "", *(str(value) for _, value in one.parameters)]
        assert all(len(text) <= MOST_SHOWN and text.isprintable() for text in texts)
        assert one.where is None or one.where.line is None or 1 <= one.where.line <= lines


def parameters(one: Observation) -> dict[str, str | int]:
    return dict(one.parameters)
