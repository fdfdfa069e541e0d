"""The budgets of connections and the buckets that keep them, without a clock of their own: every call is told the time.

An address, the network that it lies in, and all peers together each have a rate and a number of connections at once.
"""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from ipaddress import ip_address

from pqscan.errors import UsageError

EVERYTHING = ""
"""The name of the level that every connection outside loopback belongs to."""

MOST_SLOWNESS = 16.0
RECOVERY_SECONDS = 60.0
"""An address that pushed back is asked at half its rate, at most four times halved; each quiet minute doubles it again."""

_BURST_SECONDS = 0.05  # so much of a rate at once after a rest, for networks and everything together
_TINY = 1e-6  # seconds: less is no wait, and more than the error of a clock that has run for years


@dataclass(frozen=True, slots=True)
class Limits:
    """How hard peers outside loopback may be asked: connections at once and connections a second. None means no limit.

    For one address the defaults follow what real servers bear: OpenSSH 10 refuses a source after 17 quick connections,
    strongSwan is silent after 5 half-open exchanges (measured with their default configurations). A network of `v4_bits` or
    `v6_bits` mostly stands behind one router and one line: Linux keeps 128 neighbours before it throws any out (arp(7),
    gc_thresh1), and each silent address takes one; 100 connections a second of some 2.7 kB (the inventory of a TLS
    endpoint) are 2.2 Mbit/s. In all, 500 a second make 1500 at once while each silent one is waited for 3 s."""

    per_address_concurrent: int | None = 4
    per_address_rate: float | None = 10.0
    global_concurrent: int | None = 1500
    global_rate: float | None = 500.0
    per_network_concurrent: int | None = 128
    per_network_rate: float | None = 100.0
    v4_bits: int = 24
    v6_bits: int = 64

    def __post_init__(self) -> None:
        for name in _BUDGETS:
            value = getattr(self, name)
            if value is not None and not value > 0:
                raise UsageError(f"{name} is {value}; a limit is a number above 0")
        if not 0 < self.v4_bits <= 32:
            raise UsageError(f"a network of IPv4 has 1 to 32 bits, not {self.v4_bits}")
        if not 0 < self.v6_bits <= 128:
            raise UsageError(f"a network of IPv6 has 1 to 128 bits, not {self.v6_bits}")

    def share(self, parts: int) -> Limits:
        """The limits of one of `parts` processes that divide the networks between them; one of them is the sweep.

        The sweep and one worker may be at the same address and network at once, so each has half of those. Of what cannot be
        halved, one connection at once, each has one: the sweep's ends before the worker hears of it."""
        return replace(
            self,
            per_address_concurrent=_part(self.per_address_concurrent, 2),
            per_address_rate=None if self.per_address_rate is None else self.per_address_rate / 2,
            global_concurrent=_part(self.global_concurrent, parts),
            global_rate=None if self.global_rate is None else self.global_rate / parts,
            per_network_concurrent=_part(self.per_network_concurrent, 2),
            per_network_rate=None if self.per_network_rate is None else self.per_network_rate / 2,
        )

    def network_of(self, address: str) -> str:
        """The network of an address in canonical text, as a name that is compared and never shown."""
        if ":" not in address:
            if self.v4_bits == 24:
                return address.rpartition(".")[0]
            number = int.from_bytes(socket.inet_aton(address))
            return f"4/{number >> (32 - self.v4_bits)}"
        number = int.from_bytes(socket.inet_pton(socket.AF_INET6, address.partition("%")[0]))
        return f"6/{number >> (128 - self.v6_bits)}"


_BUDGETS = tuple(name for name in Limits.__dataclass_fields__ if not name.endswith("_bits"))

NO_LIMITS = Limits(None, None, None, None, None, None)


def _part(whole: int | None, parts: int) -> int | None:
    return None if whole is None else max(1, whole // parts)


class Bucket:
    """A token bucket kept as the time at which the next token falls due. `rate` None: no limit but what `hold` sets.

    `burst` tokens may be taken at once after a rest. A token that is taken and not used is lost, never lent."""

    __slots__ = ("_burst", "_interval", "_slowed_at", "_slowness", "held_until", "next_at")

    def __init__(self, rate: float | None, burst: float = 1.0) -> None:
        self._interval = 0.0 if rate is None else 1.0 / rate
        self._burst = burst - 1.0
        self._slowness = 1.0
        self._slowed_at = 0.0
        self.next_at = self.held_until = float("-inf")

    def wait(self, now: float) -> float:
        """Seconds until a token may be taken; 0.0 where it may now."""
        left = max(self._due(now), self.held_until) - now
        return left if left > _TINY else 0.0

    def take(self, now: float) -> None:
        """Takes the next token, due or not."""
        self.next_at = max(self._due(now), self.held_until) + self._interval * self._slowness

    def reserve(self, now: float) -> float:
        """Takes the next token; gives the seconds to wait before it may be used, 0.0 for at once."""
        seconds = self.wait(now)
        self.take(now)
        return seconds

    def hold(self, until: float) -> None:
        """No token before `until`."""
        self.held_until = max(self.held_until, until)

    def slow(self, now: float) -> None:
        """Half the rate from now on, and no burst, until it has recovered."""
        self._recover(now)
        self._slowness = min(MOST_SLOWNESS, 2 * self._slowness)
        self._slowed_at = now

    def is_full(self, now: float) -> bool:
        """True where forgetting the bucket changes nothing."""
        self._recover(now)
        return self._slowness == 1.0 and self.held_until <= now and self.next_at <= now - self._burst * self._interval

    def _due(self, now: float) -> float:
        self._recover(now)
        if self._slowness > 1.0:
            return max(self.next_at, now)
        return max(self.next_at, now - self._burst * self._interval)

    def _recover(self, now: float) -> None:
        while self._slowness > 1.0 and now - self._slowed_at >= RECOVERY_SECONDS:
            self._slowness /= 2
            self._slowed_at += RECOVERY_SECONDS


@dataclass(frozen=True, slots=True)
class Hindrance:
    """What keeps a connection from being made: the level (an address, a network, `EVERYTHING`), and for how long.

    `seconds` None: until a connection there ends."""

    level: str
    seconds: float | None


class _Level:
    """What one address, one network or everything together still bears."""

    __slots__ = ("bucket", "free")

    def __init__(self, places: int | None, rate: float | None, burst: float) -> None:
        self.bucket = Bucket(rate, burst)
        self.free = float("inf") if places is None else places

    def seconds(self, now: float) -> float | None:
        """0.0: free; None: all places are taken."""
        return None if self.free <= 0 else self.bucket.wait(now)


class Pace:
    """The connections of one process outside loopback, at once and a second. Safe to share between threads.

    Addresses and networks at rest are forgotten, so memory follows what is under way. `now` is in seconds of one monotonic
    clock. Loopback addresses have no budget: they never hinder and are never held."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._everything = _Level(limits.global_concurrent, limits.global_rate, _burst(limits.global_rate))
        self._addresses: dict[str, _Level] = {}
        self._networks: dict[str, _Level] = {}
        self._in_use: dict[str, int] = {}  # connections under way by level, so that none of these is forgotten
        self._forget_at = 1024
        self._lock = threading.Lock()

    @property
    def addresses_known(self) -> int:
        """How many addresses are remembered now."""
        return len(self._addresses)

    @property
    def under_way(self) -> int:
        """Connections that have begun and not ended."""
        return self._in_use.get(EVERYTHING, 0)

    def begin(self, address: str, now: float) -> Hindrance | None:
        """Takes a place and a token on every level, or nothing: then it says what hinders most. `end` must follow a success."""
        if is_loopback(address):
            return None
        with self._lock:
            worst: Hindrance | None = None
            levels = tuple(self._levels(address, now))
            for name, level in levels:
                seconds = level.seconds(now)
                if seconds is None:
                    return Hindrance(name, None)
                if seconds > 0 and (worst is None or worst.seconds is None or seconds > worst.seconds):
                    worst = Hindrance(name, seconds)
            if worst is not None:
                return worst
            for name, level in levels:
                level.bucket.take(now)
                level.free -= 1
                self._in_use[name] = self._in_use.get(name, 0) + 1
            return None

    def end(self, address: str, now: float) -> None:
        """Gives the places of one connection back."""
        if is_loopback(address):
            return
        with self._lock:
            for name, level in self._levels(address, now):
                level.free += 1
                self._in_use[name] -= 1
                if not self._in_use[name]:
                    del self._in_use[name]

    def reserve(self, address: str, now: float) -> float:
        """Takes a token on every level and no place, as for one more datagram of an exchange that has begun; gives the seconds
        to wait before it is sent."""
        if is_loopback(address):
            return 0.0
        with self._lock:
            return max(level.bucket.reserve(now) for _, level in self._levels(address, now))

    def push_back(self, address: str, now: float, seconds: float) -> None:
        """The address wants less: nothing for so long, and half its rate afterwards."""
        if is_loopback(address):
            return
        with self._lock:
            bucket = self._address(address, now).bucket
            bucket.slow(now)
            bucket.hold(now + seconds)

    def rests(self, address: str, now: float) -> bool:
        """Whether the address still has the pause that `push_back` gave it."""
        with self._lock:
            known = self._addresses.get(address)
            return known is not None and known.bucket.held_until > now

    def _levels(self, address: str, now: float) -> Iterator[tuple[str, _Level]]:
        limits = self.limits
        yield EVERYTHING, self._everything
        network = limits.network_of(address)
        level = self._networks.get(network)
        if level is None:
            level = _Level(limits.per_network_concurrent, limits.per_network_rate, _burst(limits.per_network_rate))
            self._networks[network] = level
        yield network, level
        yield address, self._address(address, now)

    def _address(self, address: str, now: float) -> _Level:
        level = self._addresses.get(address)
        if level is None:
            if len(self._addresses) + len(self._networks) >= self._forget_at:
                self._forget(now)
            limits = self.limits
            burst = float(limits.per_address_concurrent or 1)
            level = self._addresses[address] = _Level(limits.per_address_concurrent, limits.per_address_rate, burst)
        return level

    def _forget(self, now: float) -> None:
        for known in (self._addresses, self._networks):
            for name in [name for name, level in known.items() if name not in self._in_use and level.bucket.is_full(now)]:
                del known[name]
        self._forget_at = max(1024, 2 * (len(self._addresses) + len(self._networks)))


def _burst(rate: float | None) -> float:
    return 1.0 if rate is None else max(1.0, rate * _BURST_SECONDS)


def is_loopback(address: str) -> bool:
    """127.0.0.0/8 and ::1 (RFC 1122, section 3.2.1.3; RFC 4291, section 2.5.3), in canonical text."""
    return address.startswith("127.") or address == "::1" or (":" in address and ip_address(address).is_loopback)
