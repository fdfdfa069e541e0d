"""Whether a server sends a chain that fits: the name asked for is in the leaf, and each certificate leads to its issuer.

Whether clients trust the root is not judged: no trust anchors are shipped. Dates are findings of the floor."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.model.certificate import Certificate
from pqscan.model.reason import Reason
from pqscan.policy.chains import OTHER_SITES, STANDING_ALONE, NamedChains, paths_of


@dataclass(frozen=True, slots=True)
class ChainCheck:
    """`wrong` is what does not fit, `open` what cannot be told; each reason once, in the order of the chains."""

    wrong: tuple[Reason, ...] = ()
    open: tuple[Reason, ...] = ()


def check_chains(server_name: str | None, chains: NamedChains) -> ChainCheck:
    """Every chain that the target sends for itself; files hold certificates that need not form a chain."""
    wrong: dict[Reason, None] = {}
    not_told: dict[Reason, None] = {}
    for context, certificates in chains:
        if context in STANDING_ALONE | OTHER_SITES or not certificates:
            continue
        leaf = certificates[0]
        if server_name is not None and leaf.names and not any(covers(name, server_name) for name in leaf.names):
            wrong[Reason.of("chain_other_name", name=server_name)] = None
        if leaf.self_signed:
            wrong[Reason.of("chain_self_signed")] = None
        elif not _reaches_an_issuer(certificates):
            not_told[Reason.of("chain_issuer_not_sent")] = None
    return ChainCheck(tuple(wrong), tuple(not_told))


def _reaches_an_issuer(certificates: tuple[Certificate, ...]) -> bool:
    return any(len(path) > 1 for path in paths_of(certificates))


def covers(pattern: str, name: str) -> bool:
    """Whether a dNSName covers a host name (RFC 9525, section 6.3): alike without case, or with `*` as the whole first label."""
    pattern, name = pattern.lower().rstrip("."), name.lower().rstrip(".")
    if pattern == name:
        return True
    star, dot, rest = pattern.partition(".")
    first, _, behind = name.partition(".")
    return star == "*" and bool(dot) and bool(first) and rest == behind and "." in rest
