"""What a network scan is asked to do, as it was asked: kept whole in the run's row, so that `--resume` can go on from it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from math import isfinite

from pqscan.errors import StoreError, UsageError
from pqscan.scan.audit import AuditHead
from pqscan.scan.names import ascii_name
from pqscan.scan.target_file import words_of
from pqscan.scan.target_syntax import parse_target

MOST_NAMES = 100_000
MOST_WORKERS = 256


@dataclass(frozen=True, slots=True)
class NetScan:
    """`targets` and `exclude` are words as on the command line, `@file` and `@-` among them; `ports` a list such as
    `443,8000-8010`, None for the ports where TLS lives; `client` empty for the pinned current client.

    `discover` is "connect", "nmap" or "none"; None: a connect sweep, unless few targets are given with their ports. `rate` is
    connections a second in all, `at_once` how many at once; likewise `per_host`, `per_host_rate` for one address and `per_network`,
    `per_network_rate` for one network of `network_bits`, such as `24,64` (loopback has no limits). After `silent_ports` ports
    without an answer an address's others are not asked (0: never). `names` are asked at every address that answers, `ptr` adds
    the name that the DNS gives for it. `workers` are processes.

    `http`: HTTPS is asked where TLS was through, at `http_paths` too (`pqscan_probes.http`).

    `zones`: each target is a zone at a server of the DNS, `zone@address:port`, and asked as such (`app.zone_scan` makes such
    scans); `zone_names` are names in them whose records are asked for, `selectors` those of DKIM."""

    targets: tuple[str, ...]
    ports: str | None = None
    profile: str = "inventory"
    client: str = ""
    authorisation: str | None = None  # a file
    discover: str | None = None
    rate: float | None = None
    per_host: int | None = None
    per_host_rate: float | None = None
    per_network: int | None = None
    per_network_rate: float | None = None
    network_bits: str = ""
    at_once: int | None = None
    silent_ports: int | None = None
    exclude: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    ptr: bool = False
    sslv2: bool = False
    keep_evidence: bool = True
    site: str = ""
    workers: int | None = None
    http: bool = False
    http_paths: tuple[str, ...] = ()
    zones: bool = False
    zone_names: tuple[str, ...] = ()
    selectors: tuple[str, ...] = ()

    def frozen(self) -> NetScan:
        """The same without a file in it but the authorisation: lists are read now. Raises UsageError."""
        return replace(
            self,
            targets=_inlined(self.targets, parse_target),
            exclude=_inlined(self.exclude, partial(parse_target, most_v6_addresses=None, patterns=True)),
            names=_inlined(self.names, ascii_name)[:MOST_NAMES],
        )


@dataclass(frozen=True, slots=True)
class KeptArguments:
    """The arguments of a run as its row keeps them. `targets_sha256` is that of the permitted targets in their order:
    a cursor means something only while it is the same. `audit_head` is the end of the log `audit_log` when the run began; `plan`
    the name of the plan by which it was started, empty where by none."""

    request: NetScan
    targets_sha256: str
    audit_head: AuditHead | None = None
    audit_log: str = ""
    plan: str = ""

    def encode(self) -> str:
        head = None if self.audit_head is None else [self.audit_head.entries, self.audit_head.hash]
        document: dict[str, object] = {"targets_sha256": self.targets_sha256, "audit_head": head, "audit_log": self.audit_log}
        document["request"] = asdict(self.request)
        if self.plan:
            document["plan"] = self.plan
        return json.dumps(document, ensure_ascii=True, separators=(",", ":"), sort_keys=True)

    @classmethod
    def decode(cls, text: str, run: str) -> KeptArguments:
        """Raises StoreError where the row was not written by a scan of the network."""
        try:
            document = json.loads(text)
            values = {field.name: document["request"][field.name] for field in fields(NetScan) if field.name in document["request"]}
            wrong = [name for name, value in values.items() if not _FITS[name](value)]
            if wrong:
                raise ValueError(f"{wrong[0]} is not what a scan keeps")
            values = {name: tuple(value) if isinstance(value, list) else value for name, value in values.items()}
            head = document.get("audit_head")
            noted = None if head is None else AuditHead(int(head[0]), str(head[1]))
            digest, log, plan = (str(document.get(key, "")) for key in ("targets_sha256", "audit_log", "plan"))
            if not digest:
                raise ValueError("the digest of the targets is missing")
            return cls(NetScan(**values), digest, noted, log, plan)
        except (ValueError, LookupError, TypeError, AttributeError, OverflowError, RecursionError):
            raise StoreError(f"the run {run} does not say how it was started: begin a new one") from None


def _is_text(value: object) -> bool:
    return isinstance(value, str)


def _is_text_or_none(value: object) -> bool:
    return value is None or isinstance(value, str)


def _are_words(value: object) -> bool:
    """Lists are in the row itself: an `@file` in it would be read by a run that somebody else's store tells to."""
    return isinstance(value, list) and all(isinstance(word, str) and not word.startswith("@") for word in value)


def _is_count(value: object, most: int = 1 << 31) -> bool:
    return value is None or (isinstance(value, int) and not isinstance(value, bool) and 0 < value <= most)


def _is_rate(value: object) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and value > 0 and isfinite(value))


def _is_switch(value: object) -> bool:
    return isinstance(value, bool)


_FITS: dict[str, Callable[[object], bool]] = {
    "targets": _are_words,
    "ports": _is_text_or_none,
    "profile": _is_text,
    "client": _is_text,
    "authorisation": _is_text_or_none,
    "discover": _is_text_or_none,
    "rate": _is_rate,
    "per_host": _is_count,
    "per_host_rate": _is_rate,
    "per_network": _is_count,
    "per_network_rate": _is_rate,
    "network_bits": _is_text,
    "at_once": _is_count,
    "silent_ports": lambda value: value == 0 or _is_count(value),
    "exclude": _are_words,
    "names": _are_words,
    "ptr": _is_switch,
    "sslv2": _is_switch,
    "keep_evidence": _is_switch,
    "site": _is_text,
    "workers": partial(_is_count, most=MOST_WORKERS),
    "http": _is_switch,
    "http_paths": _are_words,
    "zones": _is_switch,
    "zone_names": _are_words,
    "selectors": _are_words,
}
"""What each field may be in a row: the store may be somebody else's, or damaged."""


def _inlined(words: Iterable[str], read: Callable[[str], object]) -> tuple[str, ...]:
    """Words with lists in their place. What is wrong in a list is told with its line; single words are read later."""
    found: list[str] = []
    for word in words:
        if not word.startswith("@"):
            found.append(word)
            continue
        for text, place in words_of(word):
            try:
                read(text)
            except UsageError as error:
                raise UsageError(f"{place}: {error}") from None
            found.append(text)
    return tuple(found)
