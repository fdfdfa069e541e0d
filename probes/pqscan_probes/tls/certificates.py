"""What the TLS survey needs to know of the certificates it is shown: the curve of a leaf, names worth asking for."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import islice

from pqscan.errors import MalformedMessage
from pqscan.registry.tls import named_groups
from pqscan.wire.pki.certificate import read_certificate
from pqscan.wire.tls.survey import Survey

_HOST_NAME = re.compile(r"(?=.{1,253}$)(?!-)[a-z0-9_-]{1,63}(?<!-)(\.(?!-)[a-z0-9_-]{1,63}(?<!-))*")


@lru_cache(maxsize=1024)
def leaf_curve(der: bytes) -> int | None:
    """The named group of an elliptic-curve leaf key, None for any other key or one that cannot be read."""
    try:
        key = read_certificate(der).public_key
    except MalformedMessage:
        return None
    if key.algorithm != "EC" or key.parameter is None:
        return None
    return _curves().get(key.parameter.lower())


@lru_cache(maxsize=1)
def _curves() -> dict[str, int]:
    found: dict[str, int] = {}
    for row in reversed(named_groups()):
        if row.kind == "ecdh" and row.minimum_version != "TLS1.3":
            for name in (row.name, *row.aliases):
                found[name.lower()] = row.value
    return found


@lru_cache(maxsize=1024)
def names_of(der: bytes) -> tuple[str, ...]:
    """Host names in a certificate that can be sent as SNI: no wildcard, no address, lower case, each once."""
    try:
        names = read_certificate(der).names
    except MalformedMessage:
        return ()
    lowered = (name.lower().rstrip(".") for name in names)
    return tuple(dict.fromkeys(n for n in lowered if _HOST_NAME.fullmatch(n) and not n.replace(".", "").isdigit()))


def names_to_ask(survey: Survey, most: int, permits: Callable[[str], bool]) -> tuple[str, ...]:
    """Names in the leaves that the default site showed, at most `most`, and none that must not be asked for."""
    found: dict[str, None] = {}
    if survey.current is not None and survey.current.certificates:
        found.update(dict.fromkeys(names_of(survey.current.certificates[0])))
    for entry in survey.versions.values():
        for chain in entry.chains:
            found.update(dict.fromkeys(names_of(chain[0])))
    return tuple(islice(filter(permits, found), most))
