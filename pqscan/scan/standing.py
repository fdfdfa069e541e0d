"""What a run has seen of each address so far: enough to spare an address that is dead, or that accepts everything and says nothing.

Only whole timeouts count, on TCP ports that are asked for the first time, and one answer of any kind ends the suspicion. An address
says nothing about its neighbour. Memory is bounded: of more addresses than `most` the further ones are asked on every port.
"""

from __future__ import annotations

from array import array

from pqscan.net.budget import is_loopback

SILENT_PORTS = 4
"""Ports without any answer after which an address's others are left: those asked first by default (443, 22, 25, 3389) differ in
what they serve, and each is given two tries by the system (SYN again after 1 s). They are asked side by side: one timeout."""

_THERE: tuple[int, ...] = (-1,)
"""In the place of ports: it answered, so no silence of its ports counts any more."""


class _Tally:
    """Ports with a bad end by address, until one has a good end."""

    __slots__ = ("_enough", "_most", "_ports")

    def __init__(self, enough: int, most: int) -> None:
        self._ports: dict[str, tuple[int, ...]] = {}
        self._enough = enough
        self._most = most

    def bad(self, address: str, port: int) -> None:
        ports = self._ports.get(address)
        if ports is None:
            if len(self._ports) < self._most:
                self._ports[address] = (port,)
        elif ports is not _THERE and port not in ports and len(ports) < self._enough:
            self._ports[address] = (*ports, port)

    def good(self, address: str) -> None:
        if address in self._ports or len(self._ports) < self._most:
            self._ports[address] = _THERE

    def is_enough(self, address: str) -> bool:
        ports = self._ports.get(address, _THERE)
        return ports is not _THERE and 0 < self._enough <= len(ports)

    def forget_bad(self) -> None:
        for address in [address for address, ports in list(self._ports.items()) if ports is not _THERE]:
            del self._ports[address]

    def was_good(self, address: str) -> bool:
        return self._ports.get(address) is _THERE

    def relent(self) -> None:
        """One more bad end is needed."""
        for address, ports in list(self._ports.items()):
            if ports is not _THERE and len(ports) >= self._enough:
                self._ports[address] = ports[:-1]


class _Ports:
    """Ports by address, of which each takes two octets: a run meets as many as it has targets."""

    __slots__ = ("_by_address", "_left")

    def __init__(self, most: int) -> None:
        self._by_address: dict[str, array[int]] = {}
        self._left = most

    def add(self, address: str, port: int) -> None:
        if self.has(address, port) or not self._left:
            return
        self._left -= 1
        ports = self._by_address.get(address)
        if ports is None:
            self._by_address[address] = array("H", (port,))
        else:
            ports.append(port)

    def has(self, address: str, port: int) -> bool:
        return port in self._by_address.get(address, ())


class Standing:
    """`enough` ports that time out make an address silent, `enough` that accept and say nothing make it mute; 0: never.

    Loopback addresses are always asked. The sweep's thread and the loop may share one: each call is one step."""

    def __init__(self, enough: int = SILENT_PORTS, most: int = 1 << 17) -> None:
        self._connects = _Tally(enough, most)
        self._words = _Tally(enough, most)
        self._accepted, self._spoke = _Ports(most), _Ports(most)

    def gave_nothing(self, address: str, port: int) -> None:
        """A port did not answer the whole time that a connection was waited for."""
        if not is_loopback(address):
            self._connects.bad(address, port)

    def answered(self, address: str) -> None:
        """It accepted or refused a connection: somebody is there."""
        self._connects.good(address)

    def accepted(self, address: str, port: int) -> None:
        self.answered(address)
        self._accepted.add(address, port)

    def said_nothing(self, address: str, port: int) -> None:
        """A port accepted a connection and said nothing to anything it was asked."""
        if not is_loopback(address):
            self._words.bad(address, port)

    def spoke(self, address: str, port: int) -> None:
        """It said something, whatever it was."""
        self._words.good(address)
        self.answered(address)
        self._accepted.add(address, port)
        self._spoke.add(address, port)

    def is_silent(self, address: str) -> bool:
        return self._connects.is_enough(address)

    def is_there(self, address: str) -> bool:
        """Whether any port has answered a connection."""
        return self._connects.was_good(address)

    def is_mute(self, address: str) -> bool:
        return self._words.is_enough(address)

    def has_accepted(self, address: str, port: int) -> bool:
        return self._accepted.has(address, port)

    def has_spoken(self, address: str, port: int) -> bool:
        return self._spoke.has(address, port)

    def forget_silence(self) -> None:
        """What was silent may have been so by this machine's own fault."""
        self._connects.forget_bad()
        self._words.forget_bad()

    def relent(self) -> None:
        """Gives every address one more port to answer on: at the end of a run."""
        self._connects.relent()
        self._words.relent()
