"""Discovery by nmap (`--discover nmap`): what the connect sweep does, done by nmap, which also hears what speaks on open ports.

nmap is given addresses and ports that may be asked, in portions, and nothing else: no ranges, no names, no scripts of the user's,
no guess of the system (-A), no look-ups (-n), no ping before it (-Pn). It keeps to the rates of the scan (--max-rate, and
--scan-delay for one address), and hears services (-sV with few questions) at open ports alone, few of one address at a time. As
root it may send bare SYN packets (-sS), and asks UDP ports 500, 4500 and 161. It runs through python-nmap, which is under the GPL
and is imported only here.
"""

from __future__ import annotations

import os
import tempfile
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Protocol

from pqscan.errors import MalformedMessage, WorkError
from pqscan.model.observation import Observation
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.target import Transport
from pqscan.net.budget import NO_LIMITS, Limits, is_loopback
from pqscan.scan import nmap_words
from pqscan.scan.discover import LeftOut, SweepSettings, Swept
from pqscan.scan.targets import Item
from pqscan.wire.nmap_xml import NmapHost, NmapRun, read_hosts

UDP_PORTS = frozenset({500, 4500, 161})
MOST_ITEMS = 4096  # of one portion
PORTION_SECONDS = 15.0  # about so long nmap is at a portion: a signal waits for its end, and a run that was killed asks it again
_TICK_SECONDS = 0.05
_SLACK_SECONDS = 60.0
_SECONDS_A_SERVICE = 30.0  # nmap asks a few things of a port that says nothing, each of which may take five
_MOST_SERVICES_AT_ONCE = 64
_MOST_HEARD = 64  # open ports of one address in a portion: more is a tarpit, and the probes tell what the others are

Place = tuple[str, int, Transport]


class Nmap(Protocol):
    """What runs nmap: gives its XML. Raises WorkError in one sentence where it is not there, fails or is killed."""

    def run(self, options: list[str], addresses: Iterable[str], seconds: float) -> bytes: ...


class PythonNmap:
    """nmap through python-nmap. Options are a list that no shell sees; addresses lie in a file of ours."""

    def __init__(self) -> None:
        try:
            import nmap  # type: ignore[import-not-found,import-untyped,unused-ignore]  # It ships no types.
        except ImportError:
            raise WorkError(
                "--discover nmap needs python-nmap, which is missing: install pqscan with [discovery], or use --discover connect"
            ) from None
        try:
            self._scanner = nmap.PortScanner()
        except nmap.PortScannerError:
            raise WorkError(
                "--discover nmap needs nmap, which is missing: install it (apt install nmap), or use --discover connect"
            ) from None

    def run(self, options: list[str], addresses: Iterable[str], seconds: float) -> bytes:
        with tempfile.NamedTemporaryFile("w", prefix="pqscan-nmap-", suffix=".txt", encoding="ascii") as listed:
            listed.writelines(f"{address}\n" for address in addresses)
            listed.flush()
            arguments = " ".join([*options, "-iL", listed.name])  # Of our own making: python-nmap splits it into a list again.
            try:
                self._scanner.scan(hosts="", ports=None, arguments=arguments, timeout=seconds)
            except Exception as error:  # Its own error, and others where nmap was killed and its XML ends early.
                raise WorkError(
                    f"nmap ended without a result ({_first_line(error)}); go on with --resume, or use --discover connect"
                ) from None
        output = self._scanner.get_nmap_last_output()
        return output if isinstance(output, bytes) else str(output).encode()


def _first_line(error: Exception) -> str:
    """What nmap said, short and on one line."""
    told = str(getattr(error, "value", None) or "")  # Other errors speak of the library's insides.
    if "<nmaprun" in told or not told.strip():
        return type(error).__name__
    return "".join(c if c.isprintable() else " " for c in told.strip().splitlines()[0])[:200]


@dataclass(frozen=True, slots=True)
class Means:
    """How nmap is run. `is_root`: bare SYN packets and UDP are possible."""

    nmap: Nmap
    is_root: bool = field(default_factory=lambda: hasattr(os, "geteuid") and os.geteuid() == 0)


class NmapSweep:
    """The same face as `Sweep`: runs in a thread of its own and tells found and closed items, and None at the end."""

    def __init__(
        self,
        items: Iterator[Item],
        tell: Callable[[Swept | None], None],
        settings: SweepSettings,
        limits: Limits,
        means: Means,
        *,
        passes: Callable[[Item], bool],
    ) -> None:
        self._items = items
        self._tell = tell
        self._settings = settings
        self._limits = limits
        self._means = means
        self._passes = passes
        self._room = threading.Condition()
        self._unprobed = 0
        self._cursor = 0
        self._stopped = self._paused = self._anew = False
        self._given: deque[Iterator[Item]] = deque()
        self.waits = False  # Whether anybody has yet to answer.
        self.left_out: dict[str, LeftOut] = {}  # Stays empty: nmap is asked about every place.
        self.error: Exception | None = None
        self.thread = threading.Thread(target=self._run, name="pqscan-nmap", daemon=True)

    def start(self) -> None:
        self.thread.start()

    def stop(self) -> None:
        """Ends after the portion that nmap is at, without telling what is under way."""
        with self._room:
            self._stopped = True
            self._room.notify_all()

    def taken(self, count: int) -> None:
        """So many found items were taken off: the sweep may go on."""
        with self._room:
            self._unprobed -= count
            self._room.notify_all()

    def advance(self, cursor: int) -> None:
        """Every place below `cursor` is done."""
        self._cursor = cursor

    def pause(self) -> None:
        """Begins nothing more until `go_on`; the portion that nmap is at ends as it does."""
        self._paused = True

    def go_on(self) -> None:
        with self._room:
            self._paused = False
            self._room.notify_all()

    def begin_anew(self) -> None:
        """The portion that nmap is at is asked once more: what becomes of it would prove nothing."""
        self._anew = self.waits

    def give(self, items: Iterable[Item]) -> None:
        """Puts items back, to be swept before all others."""
        with self._room:
            self._given.append(iter(items))
            self._room.notify_all()

    def _run(self) -> None:
        try:
            while not self._stopped:
                with self._room:
                    self._room.wait_for(lambda: self._stopped or not self._paused)
                portion = self._portion()
                if portion:
                    self._wait_for_room(portion[-1].index)
                    if not self._stopped:
                        self._discover(portion)
                else:
                    self._rest()
        except Exception as error:
            self.error = error
        finally:
            self._tell(None)

    def _rest(self) -> None:
        """Nothing is left to do: until something is given or all is over."""
        with self._room:
            if not self._given:
                self._tell(None)
            self._room.wait_for(lambda: self._stopped or self._given)

    def _coming(self) -> Iterator[Item]:
        """What was given back, and then what was never asked."""
        while True:
            with self._room:
                source = self._given[0] if self._given else None
            item = next(source if source is not None else self._items, None)
            if item is not None:
                yield item
            elif source is None:
                return
            else:
                self._given.popleft()

    def _portion(self) -> list[Item]:
        """The next items, as many as the rates allow in the time of a portion."""
        found: list[Item] = []
        addresses: set[str] = set()
        total, each = self._limits.global_rate, self._limits.per_address_rate
        for item in islice(self._coming(), MOST_ITEMS):
            found.append(item)
            if item.address is None or is_loopback(item.address):
                continue
            addresses.add(item.address)
            rate = min(total or MOST_ITEMS, (each or MOST_ITEMS) * len(addresses))
            if len(found) / rate > PORTION_SECONDS:
                break
        return found

    def _wait_for_room(self, last: int) -> None:
        most_ahead, most_waiting = max(self._settings.most_ahead, MOST_ITEMS), self._settings.most_waiting
        with self._room:
            while not self._stopped and (self._unprobed >= most_waiting or last - self._cursor >= most_ahead):
                self._room.wait(_TICK_SECONDS)

    def _discover(self, portion: list[Item]) -> None:
        asked: dict[Place, Item] = {}
        found: list[Item] = []
        for item in portion:
            if self._passes(item) or item.address is None:
                found.append(item)
            elif item.transport is Transport.UDP and not (self._means.is_root and item.port in UDP_PORTS):
                found.append(item)  # No connection tells, and nobody else may ask.
            else:
                asked[item.address, item.port, item.transport] = item
        self.waits = True
        states = discovered(asked, self._limits, self._means, lambda: self._stopped)
        while self._anew and not self._stopped:
            self._anew = False
            states = discovered(asked, self._limits, self._means, lambda: self._stopped)
        self.waits = False
        if self._stopped:
            return
        closed: list[tuple[Item, OutcomeStatus, bool]] = []
        for place, item in asked.items():
            state = states.get(place)
            if state is None or state.status is not None:
                closed.append((item, OutcomeStatus.TIMED_OUT if state is None else state.status or OutcomeStatus.TIMED_OUT, False))
            else:
                found.append(replace(item, service=item.service or state.service, heard=state.software))
        with self._room:
            self._unprobed += len(found)
        self._tell(Swept(found, closed))


@dataclass(frozen=True, slots=True)
class State:
    """What nmap says of one port: how it is closed, None where it is open; then the protocol of ours that it heard, if any, and
    the software that it names."""

    status: OutcomeStatus | None
    service: str = ""
    software: Observation | None = None


def discovered(places: Iterable[Place], limits: Limits, means: Means, stopped: Callable[[], bool]) -> dict[Place, State]:
    """The states of places, as nmap tells them. Raises WorkError."""
    states: dict[Place, State] = {}
    for is_local, group in _split(places):
        own = NO_LIMITS if is_local else limits
        for transport, ports, addresses in _alike(group):
            if stopped():
                return states
            states.update(_sweep(transport, ports, addresses, own, means))
        open_ones = [
            place for place in group if place[2] is Transport.TCP and (s := states.get(place)) is not None and s.status is None
        ]
        for ports, addresses in _rounds(open_ones, own.per_address_concurrent):
            if stopped():
                return states
            states.update(_hear(ports, addresses, own, means))
    return states


def _split(places: Iterable[Place]) -> Iterator[tuple[bool, list[Place]]]:
    """This machine has no limits of rate, the others have."""
    sides: dict[bool, list[Place]] = {}
    for place in places:
        sides.setdefault(is_loopback(place[0]), []).append(place)
    yield from sides.items()


def _alike(places: Iterable[Place]) -> Iterator[tuple[Transport, tuple[int, ...], list[str]]]:
    """One run of nmap for all addresses of one family of which the same ports are asked: exactly these pairs, and no others."""
    ports: dict[tuple[str, Transport], list[int]] = {}
    for address, port, transport in places:
        ports.setdefault((address, transport), []).append(port)
    alike: dict[tuple[bool, Transport, tuple[int, ...]], list[str]] = {}
    for (address, transport), numbers in ports.items():
        alike.setdefault((":" in address, transport, tuple(sorted(numbers))), []).append(address)
    for (_is_v6, transport, together), addresses in alike.items():
        yield transport, together, addresses


def _rounds(places: Iterable[Place], most: int | None) -> Iterator[tuple[tuple[int, ...], list[str]]]:
    """Open ports for one run of nmap after another, of no address more at once than may be connected to."""
    ports: dict[str, list[int]] = {}
    for address, port, _transport in places:
        mine = ports.setdefault(address, [])
        if len(mine) < _MOST_HEARD:
            mine.append(port)
    size = most or _MOST_SERVICES_AT_ONCE
    while ports:
        now = [(address, port, Transport.TCP) for address, numbers in ports.items() for port in numbers[:size]]
        for _transport, numbers, addresses in _alike(now):
            yield numbers, addresses
        ports = {address: numbers[size:] for address, numbers in ports.items() if numbers[size:]}


def _sweep(
    transport: Transport, ports: tuple[int, ...], addresses: list[str], limits: Limits, means: Means
) -> Iterator[tuple[Place, State]]:
    is_udp = transport is Transport.UDP
    kind = "-sU" if is_udp else "-sS" if means.is_root else "-sT"
    options = [kind, *_common(ports, addresses, transport), "--max-retries", "1", *_rates(limits)]
    seconds = _SLACK_SECONDS + 4.0 * len(ports) * len(addresses) / _slowest(limits, len(addresses))
    for host in _hosts(means, options, addresses, seconds):
        for address, port, state in nmap_words.ports(host, ports, transport.value):
            yield (address, port, transport), State(state)


def _hear(ports: tuple[int, ...], addresses: list[str], limits: Limits, means: Means) -> Iterator[tuple[Place, State]]:
    """What speaks on open ports. A port that is not open any more stays what it was: the probe will tell."""
    rate = limits.global_rate
    at_once = _MOST_SERVICES_AT_ONCE if rate is None else max(1, min(_MOST_SERVICES_AT_ONCE, int(rate)))
    options = ["-sT", *_common(ports, addresses, Transport.TCP), "-sV", "--version-light", "--max-parallelism", str(at_once)]
    options += _rates(limits)
    seconds = _SLACK_SECONDS + _SECONDS_A_SERVICE * (1 + len(ports) * len(addresses) / at_once)
    for host in _hosts(means, options, addresses, seconds):
        for port in host.ports:
            service, software = nmap_words.protocol(port), nmap_words.software(port)
            if port.is_open and (service or software) and port.number.isdigit():
                yield (host.address, int(port.number), Transport.TCP), State(None, service, software)


def _common(ports: tuple[int, ...], addresses: list[str], transport: Transport) -> list[str]:
    letter = "U" if transport is Transport.UDP else "T"
    family = ["-6"] if ":" in addresses[0] else []
    return [*family, "-n", "-Pn", "--disable-arp-ping", "-p", f"{letter}:{','.join(map(str, ports))}"]


def _rates(limits: Limits) -> list[str]:
    """`--scan-delay` is the time between two questions to one address."""
    found: list[str] = []
    if limits.global_rate is not None:
        found += ["--max-rate", f"{limits.global_rate:g}"]
    if limits.per_address_rate is not None:
        found += ["--scan-delay", f"{max(1, round(1000 / limits.per_address_rate))}ms"]
    return found


def _slowest(limits: Limits, addresses: int) -> float:
    """Questions a second at which a portion goes, at the worst."""
    rates = [50.0]
    if limits.global_rate is not None:
        rates.append(limits.global_rate)
    if limits.per_address_rate is not None:
        rates.append(limits.per_address_rate * addresses)
    return min(rates)


def _hosts(means: Means, options: list[str], addresses: list[str], seconds: float) -> Iterator[NmapHost]:
    output = means.nmap.run(options, addresses, seconds)
    run = NmapRun()
    try:
        yield from read_hosts([output], run, every_port=True)
    except MalformedMessage as error:
        raise WorkError(f"nmap's result cannot be read ({error}); use --discover connect") from None
    if run.is_cut:
        raise WorkError("nmap ended in the middle of its result; go on with --resume, or use --discover connect")
