"""Token buckets and the limits they serve, without a clock of their own: every call is told the time in seconds."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from ipaddress import ip_address

from pqscan.errors import UsageError


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard peers outside loopback may be asked. Rates are connections per second; None means no limit.

    The defaults follow what real servers bear: OpenSSH 10 refuses a source after 17 quick connections, strongSwan
    is silent after 5 half-open exchanges (measured with their default configurations)."""

    per_address_concurrent: int | None = 4
    per_address_rate: float | None = 10.0
    global_concurrent: int | None = 512
    global_rate: float | None = 500.0

    def __post_init__(self) -> None:
        for name in ("per_address_concurrent", "per_address_rate", "global_concurrent", "global_rate"):
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise UsageError(f"{name} is {value}; a limit is a number above 0")

    def share(self, parts: int) -> Limits:
        """The limits of one of `parts` processes that divide the addresses between them."""
        return Limits(
            self.per_address_concurrent,
            self.per_address_rate,
            None if self.global_concurrent is None else max(1, self.global_concurrent // parts),
            None if self.global_rate is None else self.global_rate / parts,
        )


NO_LIMITS = Limits(None, None, None, None)


class Bucket:
    """A token bucket kept as the time at which the next token falls due. Safe to share between threads.

    `burst` tokens may be taken at once after a rest. A reservation that is not used is lost, never lent."""

    __slots__ = ("_burst_seconds", "_interval", "_lock", "next_at")

    def __init__(self, rate: float, burst: float = 1.0) -> None:
        self._interval = 1.0 / rate
        self._burst_seconds = (burst - 1.0) * self._interval
        self._lock = threading.Lock()
        self.next_at = float("-inf")

    def reserve(self, now: float) -> float:
        """Takes the next token; gives the seconds to wait before it may be used, 0.0 for at once."""
        with self._lock:
            due = max(self.next_at, now - self._burst_seconds)
            self.next_at = due + self._interval
            return max(0.0, due - now)

    def hold(self, until: float) -> None:
        """No token before `until`."""
        with self._lock:
            self.next_at = max(self.next_at, until)

    def is_full(self, now: float) -> bool:
        """True where forgetting the bucket changes nothing."""
        return self.next_at <= now - self._burst_seconds


class Pace:
    """The rates of all connections outside loopback: per address and in all. Safe to share between threads.

    Addresses that rest are forgotten, so memory follows what is under way. `now` is in seconds of one monotonic clock."""

    def __init__(self, limits: Limits) -> None:
        self._rate = limits.per_address_rate
        self._burst = float(limits.per_address_concurrent or 1)
        rate = limits.global_rate
        self._all = None if rate is None else Bucket(rate, max(1.0, rate / 20))  # A twentieth of a second's worth at once.
        self._buckets: dict[str, Bucket] = {}
        self._forget_at = 1024
        self._lock = threading.Lock()

    @property
    def addresses_known(self) -> int:
        """How many addresses are remembered now."""
        return len(self._buckets)

    def reserve(self, address: str, now: float) -> float:
        """Takes leave for one connection; gives the seconds to wait before it is made, 0.0 for at once."""
        if is_loopback(address):
            return 0.0
        bucket = self._bucket(address, now)
        own = 0.0 if bucket is None else bucket.reserve(now)
        return own if self._all is None else max(own, self._all.reserve(now))

    def hold(self, address: str, now: float, seconds: float) -> None:
        """No new connection to `address` for so long."""
        bucket = None if is_loopback(address) else self._bucket(address, now)
        if bucket is not None:
            bucket.hold(now + seconds)

    def _bucket(self, address: str, now: float) -> Bucket | None:
        if self._rate is None:
            return None
        with self._lock:
            bucket = self._buckets.get(address)
            if bucket is None:
                if len(self._buckets) >= self._forget_at:
                    self._buckets = {known: rests for known, rests in self._buckets.items() if not rests.is_full(now)}
                    self._forget_at = max(1024, 2 * len(self._buckets))
                bucket = self._buckets[address] = Bucket(self._rate, self._burst)
            return bucket


def is_loopback(address: str) -> bool:
    """127.0.0.0/8 and ::1 (RFC 1122, section 3.2.1.3; RFC 4291, section 2.5.3), in canonical text."""
    return address.startswith("127.") or address == "::1" or (":" in address and ip_address(address).is_loopback)
