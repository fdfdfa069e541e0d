from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from pqscan.errors import WorkError
from pqscan.model.outcome import OutcomeStatus
from pqscan.net.budget import Limits, Pace
from pqscan.scan import discover
from pqscan.scan.discover import Sweep, SweepSettings, Swept
from pqscan.scan.ports import tcp_ports
from pqscan.scan.targets import Item, expand
from tests.unit.net.loopback import closed_port, silent_port


class Ear:
    """Hears what the sweep tells, in its thread."""

    def __init__(self) -> None:
        self.found: list[Item] = []
        self.closed: dict[int, OutcomeStatus] = {}
        self.changed = threading.Condition()
        self.ended = threading.Event()

    def __call__(self, swept: Swept | None) -> None:
        with self.changed:
            if swept is None:
                self.ended.set()
            else:
                self.found += swept.found
                assert not set(self.closed) & {index for index, _ in swept.closed}
                self.closed.update(swept.closed)
            self.changed.notify_all()


def listening(stack: ExitStack) -> int:
    sock = stack.enter_context(socket.socket())
    sock.bind(("127.0.0.1", 0))
    sock.listen(512)
    return int(sock.getsockname()[1])


def sweep(items: Iterator[Item], settings: SweepSettings | None = None, limits: Limits | None = None) -> Ear:
    ear = Ear()
    sweeping = Sweep(items, ear, settings or SweepSettings(connect_seconds=0.1), Pace(limits or Limits()))
    sweeping.start()
    sweeping.thread.join()
    assert ear.ended.is_set()
    if sweeping.error is not None:
        raise sweeping.error
    return ear


def test_open_closed_and_silent_ports_are_told_apart() -> None:
    with ExitStack() as stack:
        opened, closed, silent = listening(stack), stack.enter_context(closed_port()), stack.enter_context(silent_port())
        ear = sweep(Item(index, port, "127.0.0.1") for index, port in enumerate([opened, closed, silent, opened]))
    assert sorted(item.index for item in ear.found) == [0, 3]
    assert ear.closed == {1: OutcomeStatus.REFUSED, 2: OutcomeStatus.TIMED_OUT}


def test_open_ports_are_found_where_connecting_takes_until_the_loop_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pqscan.net.connection._SECOND_CONNECT_TELLS", False)
    with ExitStack() as stack:
        opened, closed = listening(stack), stack.enter_context(closed_port("::1"))
        ear = sweep(iter([Item(0, opened, "127.0.0.1"), Item(1, closed, "::1")]))
    assert [item.index for item in ear.found] == [0]
    assert ear.closed == {1: OutcomeStatus.REFUSED}


def test_every_address_of_a_large_range_is_told_once() -> None:
    with closed_port() as port:
        targets = expand([f"127.0.0.0/18:{port}"])
        ear = sweep(targets.items())
    assert len(ear.closed) + len(ear.found) == targets.count == 16384


def test_names_pass_without_a_packet() -> None:
    ear = sweep(iter([Item(0, 443, None, "example.vn", "example.vn"), Item(1, 443, "192.0.2.1", "a.vn", "a.vn")]))
    assert [item.index for item in ear.found] == [0, 1]


def test_the_sweep_waits_while_nobody_takes_what_it_found() -> None:
    with ExitStack() as stack:
        port = listening(stack)
        ear = Ear()
        settings = SweepSettings(most_waiting=10)
        sweeping = Sweep((Item(index, port, "127.0.0.1") for index in range(100)), ear, settings, Pace(Limits()))
        sweeping.start()
        taken = 0
        while taken < 100:
            with ear.changed:
                ear.changed.wait_for(lambda: len(ear.found) > taken)  # noqa: B023 - called at once.
                assert len(ear.found) <= taken + 10
                fresh = len(ear.found) - taken
            taken += fresh
            sweeping.taken(fresh)
        sweeping.thread.join()
    assert [item.index for item in ear.found] == list(range(100))


def test_the_sweep_stays_within_reach_of_the_cursor() -> None:
    ear = Ear()
    pulled = 0

    def items() -> Iterator[Item]:
        nonlocal pulled
        for index in range(100):
            pulled = index
            yield Item(index, 443, None, "example.vn", "example.vn")

    sweeping = Sweep(items(), ear, SweepSettings(most_ahead=10), Pace(Limits()))
    sweeping.start()
    with ear.changed:
        ear.changed.wait_for(lambda: len(ear.found) == 10)
    assert pulled <= 10
    sweeping.advance(100)
    sweeping.thread.join()
    assert len(ear.found) == 100


def test_stopping_closes_every_socket_and_tells_nothing_more() -> None:
    if not Path("/proc/self/fd").exists():
        pytest.skip("this system does not list open files under /proc")
    with silent_port() as port:
        ear = Ear()
        before = len(os.listdir("/proc/self/fd"))
        sweeping = Sweep(
            (Item(index, port, "127.0.0.1") for index in range(50)), ear, SweepSettings(connect_seconds=3600), Pace(Limits())
        )
        sweeping.start()
        sweeping.stop()
        sweeping.thread.join()
        assert len(os.listdir("/proc/self/fd")) == before
    assert ear.ended.is_set()
    assert not ear.closed


def test_the_rate_of_all_connections_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    dialled: list[tuple[float, str]] = []

    def refuse(sock: socket.socket, address: str, port: int) -> int:
        dialled.append((now[0], address))
        return 111

    monkeypatch.setattr(discover, "begin_connect", refuse)
    monkeypatch.setattr(discover.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds + 1e-6))
    ear = Ear()
    items = expand(["192.0.2.0/24", "127.0.0.1"], tcp_ports(443)).items()
    sweeping = Sweep(items, ear, SweepSettings(), Pace(Limits(global_rate=50.0)), clock=lambda: now[0])
    sweeping.start()
    sweeping.thread.join()
    assert len(ear.closed) == 257
    outside = [time for time, address in dialled if address != "127.0.0.1"]
    for start in range(len(outside) - 60):
        assert outside[start + 60] - outside[start] >= 1.0


def test_one_address_is_not_hurried_by_many_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [1000.0]
    dialled: list[float] = []

    def refuse(sock: socket.socket, address: str, port: int) -> int:
        dialled.append(now[0])
        return 111

    monkeypatch.setattr(discover, "begin_connect", refuse)
    monkeypatch.setattr(discover.time, "sleep", lambda seconds: now.__setitem__(0, now[0] + seconds + 1e-6))
    sweeping = Sweep(expand(["192.0.2.1:1-104"]).items(), Ear(), SweepSettings(), Pace(Limits()), clock=lambda: now[0])
    sweeping.start()
    sweeping.thread.join()
    assert dialled[-1] - dialled[0] >= 9.99


def test_a_lasting_shortage_of_sockets_ends_the_sweep_with_one_error(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_left(address: str, *, sends: bool) -> socket.socket:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(discover, "new_socket", none_left)
    with pytest.raises(WorkError, match="EMFILE"):
        sweep(iter([Item(0, 443, "127.0.0.1")]), SweepSettings(shortage_seconds=0.05))


def test_the_sweep_leaves_file_descriptors_for_the_probes_and_the_store() -> None:
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        assert discover.most_sockets() == 128
        with silent_port() as port:
            ear = sweep((Item(index, port, "127.0.0.1") for index in range(400)), SweepSettings(connect_seconds=0.05))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    assert list(ear.closed.values()) == [OutcomeStatus.TIMED_OUT] * 400
