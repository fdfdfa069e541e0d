"""Reads a server's own order of cipher suites from what it chose and what it could have chosen instead.

Before TLS 1.3 a suite can only be chosen where the hello also lists a group and a scheme that fit it, so the order of
discovery is not yet the server's order: a suite counts as passed over only where everything it needs was listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from pqscan.registry.tls import cipher_suite, signature_scheme


@dataclass(frozen=True, slots=True)
class Found:
    """What was accepted in a version, as far as it decides which suites are possible. `schemes` is empty before TLS 1.2."""

    curves: tuple[int, ...]
    finite_fields: tuple[int, ...]
    custom_primes: bool
    schemes: tuple[int, ...]
    certificate_group: int | None


Chosen = tuple[int, tuple[int, ...]]
"""A value that was chosen, and those that were listed and possible beside it."""


def ranks(values: Sequence[int], choices: Iterable[Chosen], *, against_the_list: bool = False) -> dict[int, int]:
    """The place (from 1) of every value whose place is certain: as many are known before it as leave no doubt.

    Contradictory choices (the order follows the client, or changes) give no ranks at all."""
    known = set(values)
    after: dict[int, set[int]] = {value: set() for value in values}
    for chosen, others in choices:
        if chosen in known:
            # Listed behind what was chosen: the client's own order may be why (tuples of groups in OpenSSL 3.5 are left to it).
            passed = others[: others.index(chosen)] if against_the_list and chosen in others else others
            after[chosen].update(other for other in passed if other in known and other != chosen)
    changed = True
    while changed:  # The transitive closure: at most a few dozen values.
        changed = False
        for later in after.values():
            reached = set().union(*(after[value] for value in later)) - later
            if reached:
                later |= reached
                changed = True
    if any(value in later for value, later in after.items()):
        return {}
    before = {value: sum(value in later for later in after.values()) for value in values}
    return {value: before[value] + 1 for value in values if before[value] + len(after[value]) == len(values) - 1}


def whose_order(values: Sequence[int], choices: Iterable[Chosen]) -> str:
    """ "server" where something was chosen that was not listed first, "client" where the choice followed two lists that
    disagree, empty where neither has been seen. Lists are in the order in which they were sent."""
    known = set(values)
    pairs: set[tuple[int, int]] = set()
    for chosen, others in choices:
        possible = [value for value in others if value in known]
        if chosen not in possible or len(possible) < 2:
            continue  # Chosen where it seemed impossible: what it passed over is not known either.
        if possible[0] != chosen:
            return "server"
        pairs.update((chosen, other) for other in possible[1:])
    return "client" if any((other, chosen) in pairs for chosen, other in pairs) else ""


def possible(suites: Sequence[int], found: Found, groups: Sequence[int], schemes: Sequence[int]) -> tuple[int, ...]:
    """Before TLS 1.3: those of the suites that the server could have chosen in a hello that listed these groups and schemes."""
    fitting: dict[tuple[str, str], bool] = {}  # Hundreds of suites, a dozen ways to exchange keys and to sign.
    kept: list[int] = []
    for suite in suites:
        ways = _ways(suite)
        fits = fitting.get(ways)
        if fits is None:
            fits = fitting[ways] = _fits(*ways, found, groups, schemes)
        if fits:
            kept.append(suite)
    return tuple(kept)


@lru_cache(maxsize=1024)
def _ways(suite: int) -> tuple[str, str]:
    row = cipher_suite(suite).row
    return ("", "") if row is None else (row.key_exchange, row.authentication)


def _fits(key_exchange: str, authentication: str, found: Found, groups: Sequence[int], schemes: Sequence[int]) -> bool:
    if key_exchange == "ECDHE":
        if not any(group in groups for group in found.curves):
            return False
        if authentication == "ECDSA" and found.certificate_group is not None and found.certificate_group not in groups:
            return False
    elif key_exchange == "DHE":
        if not found.custom_primes and not any(group in groups for group in found.finite_fields):
            return False
    elif key_exchange != "RSA":
        return False
    if key_exchange == "RSA" or authentication == "anon" or not found.schemes:
        return True
    families = _FAMILIES.get(authentication, ())
    return any(scheme in schemes and _family(scheme) in families for scheme in found.schemes)


_FAMILIES = {
    "RSA": ("RSASSA-PKCS1-v1_5", "RSASSA-PSS"),
    "ECDSA": ("ECDSA", "Ed25519", "Ed448"),
    "DSS": ("DSA",),
}


def _family(scheme: int) -> str:
    row = signature_scheme(scheme).row
    return row.components[0] if row is not None and row.components else ""
