"""What each depth asks a TLS peer, in order: the known universe that a complete answer is complete over.

Pure functions over the registry's rows. `inventory` asks what is standardised, drafted or was really deployed;
`exhaustive` everything that any source lists. A hello stays small: each list comes in batches.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import tomli

from pqscan.errors import DataError, UsageError
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.table import DATA_FOLDER, VERSIONS, read_table
from pqscan.registry.tls import cipher_suites, is_grease, named_groups, signature_schemes
from pqscan.registry.tls_rows import CipherSuite, NamedGroup

DEPTHS = ("quick", "inventory", "exhaustive")
LARGEST_BATCH = 100  # groups or signature schemes in one hello
LARGEST_SUITE_BATCH = 115  # some servers stop reading at 128 suites, SCSV and GREASE included
NEEDS_A_SHARED_CREDENTIAL = frozenset({"PSK", "RSA+PSK", "KRB5", "SRP", "ECCPWD"})
NEVER_DEPLOYED = frozenset({"FORTEZZA", "CECPQ1"})

_MOST_REMEMBERED = len(DEPTHS) * len(VERSIONS)  # Every hello of every target asks for the same few lists.

Batch = tuple[int, ...]
Batches = tuple[Batch, ...]

_CLASS_RANK = {QuantumClass.POST_QUANTUM: 0, QuantumClass.PQT_HYBRID: 1, QuantumClass.TRADITIONAL: 2, QuantumClass.UNKNOWN: 3}


@dataclass(frozen=True, slots=True)
class _Lists:
    edition: str
    values: dict[str, Batch]

    def __getitem__(self, name: str) -> Batch:
        return self.values[name]


@lru_cache(maxsize=_MOST_REMEMBERED)
def groups_asked(depth: str, version: str) -> Batches:
    """Named groups in batches, post-quantum and hybrid ones first. None below TLS 1.0, which has no way to name a group.

    `quick` asks TLS 1.3 for the post-quantum and hybrid groups alone. Raises UsageError for an unknown depth or version."""
    _check(depth, version)
    if version in ("SSLv2", "SSLv3"):
        return ()
    lists = _lists()
    chosen: dict[int, tuple[bool, int, int]] = {}
    for group in named_groups():
        if group.value in chosen or is_grease(group.value) or not _within(group.minimum_version, version, group.maximum_version):
            continue
        if _group_is_wanted(group, depth, version, lists["deployed_draft_groups"]):
            order = _place(group.value, lists["group_order"], lists["deployed_draft_groups"])
            chosen[group.value] = (group.quantum_class is QuantumClass.TRADITIONAL, order, group.value)
    return _batches(sorted(chosen, key=chosen.__getitem__), LARGEST_BATCH)


def _group_is_wanted(group: NamedGroup, depth: str, version: str, deployed: Batch) -> bool:
    if depth == "exhaustive":
        return True
    known = group.status in ("standard", "draft") or group.value in deployed
    if version == "TLS1.3":
        return known and (depth != "quick" or group.quantum_class is not QuantumClass.TRADITIONAL)
    # Old servers accept old curves: every curve that has a number of its own is asked.
    return known or (group.status == "obsolete" and bool(group.components))


@lru_cache(maxsize=_MOST_REMEMBERED)
def signature_schemes_asked(depth: str, version: str) -> Batches:
    """Signature schemes in batches. None below TLS 1.2, which has no way to name one.

    SHA-1 schemes are asked in TLS 1.3 too: they may still sign certificates. Raises UsageError as `groups_asked`."""
    _check(depth, version)
    if version not in ("TLS1.2", "TLS1.3"):
        return ()
    lists = _lists()
    chosen: dict[int, tuple[bool, int, int, int]] = {}
    for scheme in signature_schemes():
        if scheme.value in chosen or version not in scheme.versions:
            continue
        old_but_real = scheme.status == "obsolete" and "TLS1.2" in scheme.versions and scheme.hash != "none"
        wanted = scheme.status in ("standard", "draft") or old_but_real or depth == "exhaustive"
        if wanted and scheme.components:  # The anonymous pairs and GREASE sign nothing.
            order = _place(scheme.value, lists["signature_scheme_order"])
            last = scheme.value in lists["schemes_asked_last"]
            chosen[scheme.value] = (last, order, _CLASS_RANK[scheme.quantum_class], scheme.value)
    return _batches(sorted(chosen, key=chosen.__getitem__), LARGEST_BATCH)


@lru_cache(maxsize=_MOST_REMEMBERED)
def cipher_suites_asked(depth: str, version: str) -> Batches:
    """Cipher suites in batches, those of maintained stacks in the first. Never a signalling value.

    A version is asked for everything that began with it or before, whatever its specification ended: stacks are known
    that take export suites in TLS 1.2. `quick` asks the first batch only. Raises UsageError as `groups_asked`."""
    _check(depth, version)
    lists = _lists()
    if version in ("SSLv2", "TLS1.3"):
        order, last = lists["tls13_cipher_suite_order"], lists["tls13_cipher_suites_last"]
        values = {suite.value for suite in cipher_suites() if suite.minimum_version == version}
        return _batches(sorted(values, key=lambda value: (value in last, _place(value, order), value)), LARGEST_SUITE_BATCH)
    first_version = "TLS1.0" if version == "SSLv3" else version  # SSLv3 stacks also take the suites of TLS 1.0.
    possible = {
        suite.value: suite
        for suite in reversed(cipher_suites())
        if suite.key_exchange != "NULL"  # The state before a handshake, which must not be asked for (RFC 5246, section A.5).
        and suite.minimum_version in VERSIONS[1:]
        and VERSIONS.index(suite.minimum_version) <= VERSIONS.index(first_version)
    }
    common = tuple(value for value in lists["common_cipher_suites"] if value in possible)
    if depth == "quick":
        return (common,)
    rest = [suite for value, suite in possible.items() if value not in common and (depth == "exhaustive" or _is_credible(suite))]
    rest.sort(key=lambda suite: (suite.encryption == "CHACHA20", suite.authentication in NEEDS_A_SHARED_CREDENTIAL, suite.value))
    return (common, *_batches([suite.value for suite in rest], LARGEST_SUITE_BATCH))


def registry_edition() -> str:
    """The edition of all data rows: the month they were read and 12 hex digits of SHA-256 over the data files, and over the values
    of a local registry where there is one."""
    return f"{_lists().edition}/{_data_digest()}"


@lru_cache(maxsize=len(DEPTHS))
def edition_asked(depth: str) -> str:
    """A short, stable name for all that a depth asks: `2026.11/inventory/` and 12 hex digits of SHA-256 over it.

    Two answers are comparable value by value where their editions are equal. Raises UsageError for an unknown depth."""
    asked: list[str] = []
    questions: tuple[Callable[[str, str], Batches], ...] = (groups_asked, signature_schemes_asked, cipher_suites_asked)
    for version in VERSIONS:
        for question in questions:
            values = sorted(value for batch in question(depth, version) for value in batch)
            asked.append(f"{version} {question.__name__} {' '.join(f'{value:06x}' for value in values)}")
    digest = hashlib.sha256("\n".join(asked).encode()).hexdigest()[:12]
    return f"{_lists().edition}/{depth}/{digest}"


def _check(depth: str, version: str) -> None:
    if depth not in DEPTHS:
        raise UsageError(f"there is no depth {depth!r}; choose one of {', '.join(DEPTHS)}")
    if version not in VERSIONS:
        raise UsageError(f"there is no TLS version {version!r}; choose one of {', '.join(VERSIONS)}")


def _within(lowest: str, version: str, highest: str) -> bool:
    return VERSIONS.index(lowest) <= VERSIONS.index(version) <= VERSIONS.index(highest)


def _is_credible(suite: CipherSuite) -> bool:
    """Whether a server without shared credentials could have been built with the suite."""
    return not (
        suite.authentication in NEEDS_A_SHARED_CREDENTIAL
        or suite.key_exchange in NEEDS_A_SHARED_CREDENTIAL
        or suite.key_exchange in NEVER_DEPLOYED
        or suite.encryption.startswith("SALSA20")
    )


def _place(value: int, *orders: Batch) -> int:
    """Where a value stands in the first lists that name it; behind all of them where none does."""
    before = 0
    for order in orders:
        if value in order:
            return before + order.index(value)
        before += len(order)
    return before


def _batches(values: Sequence[int], largest: int) -> Batches:
    """As few batches as `largest` allows, of nearly equal size: the hellos then have one shape."""
    if not values:
        return ()
    count = -(-len(values) // largest)
    size = -(-len(values) // count)
    return tuple(tuple(values[start : start + size]) for start in range(0, len(values), size))


@lru_cache(maxsize=1)
def _lists() -> _Lists:
    path = DATA_FOLDER / "universe.toml"
    values: dict[str, Batch] = {}
    for row in read_table(path, "list"):
        name = row.text("name")
        values[name] = row.wholes("values")
        row.done()
        known: Iterable[int] = (
            (each.value for each in cipher_suites())
            if "cipher_suites" in name or "cipher_suite_" in name
            else (each.value for each in signature_schemes())
            if "scheme" in name
            else (each.value for each in named_groups())
        )
        unknown = set(values[name]) - set(known)
        if unknown:
            raise row.wrong(f"no registry row has {', '.join(f'0x{value:04x}' for value in sorted(unknown))}")
    edition = tomli.loads(path.read_text(encoding="utf-8")).get("edition")
    if not isinstance(edition, str):
        raise DataError(f"{path.name} has no edition; correct the file")
    return _Lists(edition, values)


@lru_cache(maxsize=1)
def _data_digest() -> str:
    from pqscan.registry.local import local_registry  # It forgets what is remembered here.

    digest = hashlib.sha256()
    for path in sorted(DATA_FOLDER.glob("*.toml")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    local = local_registry()
    if local is not None:
        digest.update(local.digest.encode())
    return digest.hexdigest()[:12]


REMEMBERED = (groups_asked, signature_schemes_asked, edition_asked, _data_digest)  # what a local registry adds to
