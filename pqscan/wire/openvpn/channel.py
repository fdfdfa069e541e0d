"""One session of the control channel as a state machine: opens it, carries bytes of TLS in order, and tells what to acknowledge."""

from __future__ import annotations

from pqscan.errors import MalformedMessage
from pqscan.wire.openvpn.packet import Opcode, Packet

_PAYLOAD_BYTES = 1100  # of TLS in one packet: with all that is around it no more than a datagram carries everywhere
_MOST_UNACKNOWLEDGED = 4  # packets on the way at once, as OpenVPN itself does
_MOST_AHEAD = 64  # numbers of packets that came too early and are kept


class Channel:
    """`session` is random, eight bytes. What was not acknowledged is given again by `repeat`."""

    def __init__(self, session: bytes) -> None:
        self._session = session
        self._peer = b""
        self._waiting: list[bytes] = []  # payloads without a number yet
        self._under_way: dict[int, Packet] = {}
        self._next = 1
        self._expected = 0
        self._early: dict[int, bytes] = {}
        self._acks: list[int] = []
        self._due: list[Packet] = [Packet(Opcode.RESET_CLIENT, session, number=0)]
        self._under_way[0] = self._due[0]
        self._arrived = bytearray()

    @property
    def is_open(self) -> bool:
        """Whether the server has answered the reset."""
        return bool(self._peer)

    def send(self, data: bytes) -> None:
        """Takes bytes of TLS."""
        self._waiting += [data[start : start + _PAYLOAD_BYTES] for start in range(0, len(data), _PAYLOAD_BYTES)]

    def packets_to_send(self) -> list[bytes]:
        """What is due now, each once; acknowledgements ride on packets that go anyway."""
        while self.is_open and self._waiting and len(self._under_way) < _MOST_UNACKNOWLEDGED:
            packet = Packet(Opcode.CONTROL, self._session, number=self._next, payload=self._waiting.pop(0))
            self._under_way[self._next] = packet
            self._due.append(packet)
            self._next += 1
        due, self._due = [self._acknowledging(packet) for packet in self._due], []
        while self._acks:
            due.append(self._acknowledging(Packet(Opcode.ACK, self._session)))
        return [packet.encode() for packet in due]

    def repeat(self) -> None:
        """What was not acknowledged is due again."""
        self._due += [packet for packet in self._under_way.values() if packet not in self._due]

    def receive(self, data: bytes) -> bool:
        """Whether it was a packet of this session that told something new. Never raises on account of the peer."""
        try:
            packet = Packet.decode(data)
        except MalformedMessage:
            return False
        if packet.acked and packet.acked != self._session:
            return False
        if not self._peer:
            if packet.opcode is not Opcode.RESET_SERVER or packet.number != 0:
                return False
            self._peer = packet.session
        elif packet.session != self._peer:
            return False
        news = [number for number in packet.acks if self._under_way.pop(number, None) is not None]
        if packet.number is None:
            return bool(news)
        if packet.number >= self._expected + _MOST_AHEAD:
            return bool(news)
        self._acks.append(packet.number)  # A repeated one, too: our acknowledgement was lost.
        if packet.number < self._expected or packet.number in self._early:
            return bool(news)
        self._early[packet.number] = packet.payload if packet.opcode is Opcode.CONTROL else b""
        while self._expected in self._early:
            self._arrived += self._early.pop(self._expected)
            self._expected += 1
        return True

    def arrived(self) -> bytes:
        """The bytes of TLS that came in order, each once."""
        data = bytes(self._arrived)
        self._arrived.clear()
        return data

    def _acknowledging(self, packet: Packet) -> Packet:
        acks, self._acks = tuple(self._acks[:4]), self._acks[4:]
        acked = self._peer if acks else b""
        return Packet(packet.opcode, packet.session, acks, acked, packet.number, packet.payload)
