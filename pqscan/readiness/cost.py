"""What hybrid key establishment costs: bytes on the wire from the registry's share sizes, time from a benchmark of this machine.

Nothing here is an estimate: sizes are those of the documents, times those that `pqscan harness benchmark` measured. Those are
of calls from Python in one process, so that they compare algorithms and say nothing of a server written in C."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from pqscan.model.timing import Operation, Purpose, Timing
from pqscan.registry import tls
from pqscan.registry.tls_rows import NamedGroup

BASE_GROUP = "x25519"  # what a hybrid is compared with: most clients and servers take it today
_CLIENT = (Operation.KEY_GENERATION, Operation.DECAPSULATION)
_SERVER = (Operation.ENCAPSULATION,)


@dataclass(frozen=True, slots=True)
class Work:
    """Microseconds that one key establishment takes on each side, in one library on the machine that was timed."""

    library: str
    client_microseconds: int
    server_microseconds: int


@dataclass(frozen=True, slots=True)
class Cost:
    """One group beside `base`. Bytes are those of the key shares in the client's first message and in the server's answer;
    `work` and `base_work` come by library, empty where nothing was timed."""

    group: str
    hello_bytes: int
    server_bytes: int
    base: str
    base_hello_bytes: int
    base_server_bytes: int
    work: tuple[Work, ...] = ()
    base_work: tuple[Work, ...] = ()

    @property
    def more_hello_bytes(self) -> int:
        return self.hello_bytes - self.base_hello_bytes

    @property
    def more_server_bytes(self) -> int:
        return self.server_bytes - self.base_server_bytes


def cost(group: str, timings: Iterable[Timing] = (), base: str = BASE_GROUP) -> Cost | None:
    """What a group costs beside another; None where the registry gives no sizes of one of them."""
    wanted, beside = _row(group), _row(base)
    if wanted is None or beside is None:
        return None
    sizes, base_sizes = _sizes(wanted), _sizes(beside)
    if sizes is None or base_sizes is None:
        return None
    timed = tuple(timings)
    return Cost(wanted.name, *sizes, beside.name, *base_sizes, _work(wanted, timed), _work(beside, timed))


def _row(name: str) -> NamedGroup | None:
    return next((row for row in tls.named_groups() if row.name == name), None)


def _sizes(row: NamedGroup) -> tuple[int, int] | None:
    if row.client_share_bytes is None or row.server_share_bytes is None:
        return None
    return row.client_share_bytes, row.server_share_bytes


def _work(row: NamedGroup, timings: tuple[Timing, ...]) -> tuple[Work, ...]:
    """By library. The benchmark names a group of one component as the component is published (X25519, ML-KEM-768)."""
    names = {row.name.lower(), *(part.lower() for part in row.components if len(row.components) == 1)}
    found = []
    for timing in timings:
        if timing.purpose is Purpose.KEY_ESTABLISHMENT and timing.algorithm.lower() in names:
            client, server = _microseconds(timing, _CLIENT), _microseconds(timing, _SERVER)
            if client is not None and server is not None:
                found.append(Work(timing.library, client, server))
    return tuple(sorted(found, key=lambda work: work.library))


def _microseconds(timing: Timing, operations: tuple[Operation, ...]) -> int | None:
    """The sum of the operations' medians; None where one of them was not timed."""
    total = 0.0
    for operation in operations:
        rate = timing.rate(operation)
        if rate is None or not rate.median_per_second > 0:
            return None
        total += 1_000_000 / rate.median_per_second
    return round(total)
