"""What is known and what stays the same while one protocol version of one target is surveyed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

from pqscan.registry import universe
from pqscan.registry.finite_field import group_of_prime
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.tls import cipher_suite, named_group
from pqscan.wire.tls.answer import Answer
from pqscan.wire.tls.elimination import AxisName, SuiteTraits
from pqscan.wire.tls.words import Version

_SIGNING = frozenset({"RSA", "ECDSA", "DSS"})


@dataclass(frozen=True, slots=True)
class Terms:
    """What stays the same over all hellos to one target.

    `leaf_curve` tells of a leaf certificate (DER) the named group of its elliptic-curve key, None for any other key.
    `most_hello_bytes`: second hellos larger than this are not sent. `share_by_share`: the peer wants a real share."""

    depth: str
    server_name: str | None
    leaf_curve: Callable[[bytes], int | None]
    most_hello_bytes: int | None = None
    share_by_share: bool = False


@dataclass(slots=True)
class Beside:
    """Another server name (None: none at all) to ask for at the same address. Where it shows the site's own certificate it
    is the same site, and one of the site's controls can carry the question at no cost. `answer` is None until asked."""

    server_name: str | None
    answer: Answer | None = None
    was_refused: bool = False


@dataclass(slots=True)
class VersionSurvey:
    """Everything learned about one version. `support`: accepted, refused or unknown (then `reason` says why).

    `found` is in the order of discovery; `unproven` says why the rest of an axis is not known to be refused, `unsettled` why
    single values are not. `preferences` hold "server", "client" or "unknown" for suites and groups.
    `ranks` hold the places in the server's own order that are certain. `custom_primes` are bit lengths of finite-field
    parameters that are no registered group. `chains` are distinct."""

    version: Version
    support: str = "unknown"
    reason: str = "not_asked"
    found: dict[AxisName, tuple[int, ...]] = field(default_factory=dict)
    refused: dict[AxisName, tuple[int, ...]] = field(default_factory=dict)
    unproven: dict[AxisName, str] = field(default_factory=dict)
    unsettled: dict[AxisName, dict[int, str]] = field(default_factory=dict)
    preferences: dict[AxisName, str] = field(default_factory=dict)
    ranks: dict[AxisName, dict[int, int]] = field(default_factory=dict)
    confirmed_groups: set[int] = field(default_factory=set)
    custom_primes: set[int] = field(default_factory=set)
    explicit_curves: set[int] = field(default_factory=set)
    chains: list[tuple[bytes, ...]] = field(default_factory=list)
    client_certificate: bool | None = None
    group_selection: str = ""

    def see(self, answer: Answer) -> None:
        """Keep what every answer may bring along."""
        if answer.certificates and answer.certificates not in self.chains:
            self.chains.append(answer.certificates)
        if answer.client_certificate_requested is not None:
            self.client_certificate = bool(self.client_certificate) or answer.client_certificate_requested
        if answer.finished_verified and answer.group is not None:
            self.confirmed_groups.add(answer.group)
        if answer.explicit_curve_bits:
            self.explicit_curves.add(answer.explicit_curve_bits)
        if answer.prime_bits and group_of_prime(answer.prime_sha256 or b"") is None:
            self.custom_primes.add(answer.prime_bits)


def flat(batches: tuple[tuple[int, ...], ...]) -> tuple[int, ...]:
    return tuple(value for batch in batches for value in batch)


def chosen_group(answer: Answer) -> int | None:
    """The group of an answer, in TLS 1.2 and older also by the prime of its finite-field parameters."""
    if answer.chosen_group is None and answer.prime_sha256 is not None:
        return group_of_prime(answer.prime_sha256)
    return answer.chosen_group


@lru_cache(maxsize=16)
def certificate_schemes(version: Version) -> tuple[int, ...]:
    """What signatures inside certificates may use: all that an inventory knows, whatever a hello asks for (RFC 9846,
    section 4.3.3: narrowing one list must not refuse the chain)."""
    return flat(universe.signature_schemes_asked("inventory", version.label))


@lru_cache(maxsize=64)
def everything(asked: Callable[[str, str], tuple[tuple[int, ...], ...]], depth: str, version: Version) -> tuple[int, ...]:
    """All that a depth asks on one axis, what an inventory asks first: lists are cut, and the first part must be the likely one."""
    likely = flat(asked("inventory", version.label))
    return tuple(dict.fromkeys((*likely, *flat(asked(depth, version.label))))) if depth == "exhaustive" else likely


@lru_cache(maxsize=1024)
def suite_traits(suite: int) -> SuiteTraits:
    row = cipher_suite(suite).row
    if row is None:
        return SuiteTraits(False, False, "")
    ephemeral = row.key_exchange in ("ECDHE", "DHE")
    signed = ephemeral and row.authentication in _SIGNING
    return SuiteTraits(row.key_exchange == "ECDHE", signed, row.authentication, row.key_exchange == "DHE")


@lru_cache(maxsize=1024)  # Every hello sorts its suites by it.
def suite_class(suite: int) -> int:
    """AES-GCM behind ECDHE or in TLS 1.3 before all others, ChaCha20 behind them: some servers change their own order by
    what a client lists first (OpenSSL's PrioritizeChaCha, Go's preference for AES in hardware), so that never changes."""
    row = cipher_suite(suite).row
    if row is None:
        return 1
    if row.encryption == "CHACHA20":
        return 2
    return 0 if row.encryption == "AES" and row.mode == "GCM" and row.key_exchange in ("ECDHE", "TLS13") else 1


@lru_cache(maxsize=1024)
def is_post_quantum(group: int) -> bool:
    row = named_group(group).row
    return row is not None and row.quantum_class in (QuantumClass.PQT_HYBRID, QuantumClass.POST_QUANTUM)


@lru_cache(maxsize=1024)
def is_finite_field(group: int) -> bool:
    row = named_group(group).row
    return row is not None and row.kind == "ffdh"


@lru_cache(maxsize=1024)
def is_ephemeral_finite_field(suite: int) -> bool:
    row = cipher_suite(suite).row
    return row is not None and row.key_exchange == "DHE"


@lru_cache(maxsize=64)
def every_curve(depth: str, version: Version) -> tuple[int, ...]:
    """All groups of an old version that are no finite field, in the order in which they are asked."""
    return tuple(group for group in everything(universe.groups_asked, depth, version) if not is_finite_field(group))


@lru_cache(maxsize=64)
def every_finite_field(depth: str, version: Version) -> tuple[int, ...]:
    """All named finite-field groups that a depth asks for."""
    return tuple(group for group in everything(universe.groups_asked, depth, version) if is_finite_field(group))
