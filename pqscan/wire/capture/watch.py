"""Watches captured packets for handshakes: TLS (also behind STARTTLS), SSH, IKE, QUIC, DTLS. Application data is not looked at.

A connection is forgotten as soon as its handshake is over; of all others no more than a bounded beginning is read.
"""

from __future__ import annotations

import re
from collections import OrderedDict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto
from itertools import islice

from pqscan.wire.capture.dtls_talk import DtlsTalk, begins_like_dtls, is_stun
from pqscan.wire.capture.file import Packet
from pqscan.wire.capture.frame import FIN, RST, SYN, TCP, Segment, is_known_link, segment_of
from pqscan.wire.capture.ike_talk import IkeTalk, is_opening
from pqscan.wire.capture.quic_talk import QuicTalk, begins_like_quic
from pqscan.wire.capture.ssh_talk import SshTalk
from pqscan.wire.capture.stream import InOrder
from pqscan.wire.capture.tls_talk import TlsTalk

MOST_OPEN = 20_000
"""Connections whose handshake is not over; the oldest is given up for the next one."""
MOST_CLOSED = 100_000
"""Connections remembered as of no more interest, so that their packets cost little; half as many where older ones were just
forgotten."""
MOST_HELD_BYTES = 32 << 20
"""What all open handshakes may hold together; of more, those that hold the most are given up until half of it is left."""
_MOST_PRELUDE = 1 << 14  # bytes of one side before TLS begins, as in front of STARTTLS
_MOST_HANDSHAKE = 1 << 18
_TAIL = 16
_IKE_PORTS = frozenset({500, 4500})
_CLIENT_HELLO = re.compile(rb"\x16\x03[\x00-\x04]..\x01\x00..\x03[\x00-\x03]", re.DOTALL)
_SERVER_START = re.compile(rb"\x16\x03[\x00-\x04]..\x02\x00..\x03[\x00-\x03]|\x15\x03[\x00-\x04]\x00\x02[\x01\x02]", re.DOTALL)
_SSH, _SSH_AFTER_LINES = b"SSH-", b"\nSSH-"

Key = tuple[int, bytes, int, bytes, int]
Said = TlsTalk | SshTalk | IkeTalk | QuicTalk | DtlsTalk


class Ended(Enum):
    """How much of a handshake was there to be seen."""

    WHOLE = auto()
    CUT = auto()


@dataclass(frozen=True, slots=True)
class Talk:
    """One connection on which a handshake was seen. Addresses are 4 or 16 bytes; `seconds` of its first packet, since 1970.

    `behind_prelude`: something else was said before TLS (STARTTLS)."""

    protocol: int
    client: bytes
    server: bytes
    server_port: int
    seconds: float
    said: Said
    ended: Ended
    behind_prelude: bool = False


@dataclass(slots=True)
class Seen:
    """Counts of packets and connections."""

    packets: int = 0
    unknown_links: int = 0
    not_read: int = 0
    connections: int = 0
    given_up: int = 0
    lost: int = 0


class _Connection:
    __slots__ = ("behind_prelude", "client_key", "client_stream", "early", "held", "prelude", "read", "said", "seconds",
                 "server_started", "server_stream", "tails")  # fmt: skip

    def __init__(self, client_key: Key, seconds: float) -> None:
        self.client_key = client_key
        self.seconds = seconds
        self.said: Said | None = None
        self.client_stream: InOrder | None = None
        self.server_stream: InOrder | None = None
        self.server_started = False
        self.early = b""
        self.behind_prelude = False
        self.prelude = 0
        self.read = 0
        self.tails = [b"", b""]
        self.held = 0  # `held_bytes` when it was counted last

    @property
    def lost(self) -> bool:
        return any(stream is not None and stream.lost for stream in (self.client_stream, self.server_stream))

    @property
    def held_bytes(self) -> int:
        """About as much memory as what came and is not read yet, or was read and is kept."""
        waiting = sum(stream.held_bytes for stream in (self.client_stream, self.server_stream) if stream is not None)
        return waiting + len(self.early) + (0 if self.said is None else self.said.held_bytes)


class Watch:
    """Feed it packets in the order of the file; it gives the talks that are over. `finish` gives what was still open."""

    def __init__(self) -> None:
        self.seen = Seen()
        self._open: OrderedDict[Key, _Connection] = OrderedDict()  # The oldest is found at once, however many were before it.
        self._closed: dict[Key, None] = {}
        self._given_up: deque[Talk] = deque()  # what they told until then
        self._held = 0  # by all open connections

    def read(self, packets: Iterable[Packet]) -> Iterator[Talk]:
        """Everything that a file tells."""
        for packet in packets:
            talk = self.feed(packet)
            if talk is not None:
                yield talk
        yield from self.finish()

    def feed(self, packet: Packet) -> Talk | None:
        talk = self._feed(packet)
        if self._held > MOST_HELD_BYTES:
            self._relieve()
        return self._given_up.popleft() if talk is None and self._given_up else talk

    def _feed(self, packet: Packet) -> Talk | None:
        seen = self.seen
        seen.packets += 1
        segment = segment_of(packet.link, packet.data)
        if segment is None:
            if is_known_link(packet.link):
                seen.not_read += 1
            else:
                seen.unknown_links += 1
            return None
        protocol, source, source_port, destination, destination_port, _, flags, payload = segment
        key = (protocol, source, source_port, destination, destination_port)
        if key in self._closed and not flags & SYN:
            return None
        back = (protocol, destination, destination_port, source, source_port)
        connection = self._open.get(key)
        from_client = connection is not None
        if connection is None:
            connection = self._open.get(back)
        if connection is None or flags & SYN:
            if back in self._closed and not flags & SYN:
                return None
            if not payload and not flags & SYN:
                return None
            return self._begin(segment, key, back, packet.seconds, connection)
        if protocol != TCP:
            return self._datagram(connection, payload, from_client=from_client)
        return self._tcp(connection, segment, from_client=from_client)

    def finish(self) -> Iterator[Talk]:
        """What was seen of connections whose handshake did not end."""
        while self._given_up:
            yield self._given_up.popleft()
        for connection in list(self._open.values()):
            talk = self._close(connection, Ended.CUT)
            if talk is not None:
                yield talk

    def _begin(self, segment: Segment, key: Key, back: Key, seconds: float, known: _Connection | None) -> Talk | None:
        """The first packet of a connection, or its second SYN; a connection that began before the capture is told by its hello."""
        flags, payload = segment.flags, segment.payload
        if segment.protocol != TCP:
            return self._begin_datagrams(segment, key, back, seconds)
        from_client = bool(flags & SYN and not flags & 16) or (not flags & SYN and _CLIENT_HELLO.match(payload) is not None)
        if not flags & SYN and not from_client:
            if not payload.startswith(_SSH):
                self._forget(key)
                return None
            from_client = segment.source_port > segment.destination_port
        talk = None
        if known is not None and flags & SYN and not flags & 16:  # The same ports again: what came before is over.
            talk = self._close(known, Ended.CUT)
            known = None
        connection = known if known is not None else self._new(key if from_client else back, seconds)
        start = segment.sequence + 1 if flags & SYN else segment.sequence
        if from_client:
            connection.client_stream = InOrder(start)
        else:
            connection.server_stream = InOrder(start)
        if payload:
            sent = self._tcp(connection, segment._replace(sequence=start), from_client=from_client)
            talk = talk or sent
        return talk

    def _begin_datagrams(self, segment: Segment, key: Key, back: Key, seconds: float) -> Talk | None:
        said: Said | None = None
        if segment.destination_port in _IKE_PORTS or segment.source_port in _IKE_PORTS:
            if not is_opening(segment.payload):
                return None  # Others may follow: both ends keep their ports for years.
            said = IkeTalk()
        elif begins_like_quic(segment.payload):
            said = QuicTalk()
        elif begins_like_dtls(segment.payload):
            said = DtlsTalk()
        elif is_stun(segment.payload):
            return None  # DTLS may follow on the same ports.
        if said is None:
            self._forget(key)
            return None
        connection = self._new(key, seconds)
        connection.said = said
        return self._datagram(connection, segment.payload, from_client=True)

    def _new(self, key: Key, seconds: float) -> _Connection:
        back = (key[0], key[3], key[4], key[1], key[2])
        self._closed.pop(key, None)
        self._closed.pop(back, None)
        if len(self._open) >= MOST_OPEN:
            self._give_up(next(iter(self._open.values())))
        self.seen.connections += 1
        connection = self._open[key] = _Connection(key, seconds)
        return connection

    def _give_up(self, connection: _Connection) -> None:
        """Ends it early; what it told until now counts."""
        self.seen.given_up += 1
        talk = self._close(connection, Ended.CUT)
        if talk is not None:
            self._given_up.append(talk)

    def _relieve(self) -> None:
        for connection in sorted(self._open.values(), key=lambda each: each.held, reverse=True):
            if self._held <= MOST_HELD_BYTES // 2:
                return
            self._give_up(connection)

    def _count(self, connection: _Connection) -> None:
        """Takes down what it holds now."""
        held = connection.held_bytes
        self._held += held - connection.held
        connection.held = held

    def _datagram(self, connection: _Connection, payload: bytes, *, from_client: bool) -> Talk | None:
        said = connection.said
        assert isinstance(said, IkeTalk | QuicTalk | DtlsTalk)  # noqa: S101  # Set when the connection began.
        connection.read += len(payload)
        (said.client if from_client else said.server)(payload)
        self._count(connection)
        if said.finished:
            return self._close(connection, Ended.WHOLE)
        return self._close(connection, Ended.CUT) if connection.read > _MOST_HANDSHAKE else None

    def _tcp(self, connection: _Connection, segment: Segment, *, from_client: bool) -> Talk | None:
        stream = connection.client_stream if from_client else connection.server_stream
        if stream is None:  # Its SYN was not captured.
            stream = InOrder(segment.sequence)
            if from_client:
                connection.client_stream = stream
            else:
                connection.server_stream = stream
        data = stream.feed(segment.sequence, segment.payload) if segment.payload else b""
        if data:
            talk = self._bytes(connection, data, from_client=from_client)
            if connection.client_key in self._open:
                self._count(connection)
            if talk is not None or connection.client_key not in self._open:
                return talk
        if segment.flags & (FIN | RST):
            return self._close(connection, Ended.CUT)
        if segment.payload and not data:
            self._count(connection)
        return self._close(connection, Ended.CUT) if stream.lost else None

    def _bytes(self, connection: _Connection, data: bytes, *, from_client: bool) -> Talk | None:
        connection.read += len(data)
        if connection.said is None:
            self._look(connection, data, from_client=from_client)
            said = connection.said
            if said is None:
                return self._close(connection, Ended.CUT) if connection.prelude > _MOST_PRELUDE else None
        else:
            said = connection.said
            self._pass_on(connection, said, data, from_client=from_client)
        if said.finished:
            return self._close(connection, Ended.WHOLE)
        return self._close(connection, Ended.CUT) if connection.read > _MOST_HANDSHAKE else None

    def _look(self, connection: _Connection, data: bytes, *, from_client: bool) -> None:
        """For the beginning of a handshake. The last bytes of what came before are kept, for it may be cut anywhere."""
        side = 0 if from_client else 1
        data = connection.tails[side] + data
        if from_client and (found := _CLIENT_HELLO.search(data)):
            connection.said = TlsTalk()
            connection.behind_prelude = connection.prelude > len(connection.early) or found.start() > 0
            connection.said.client(data[found.start() :])
            if connection.early:
                self._pass_on(connection, connection.said, connection.early, from_client=False)
                connection.early = b""
            return
        if not from_client and (connection.early or _SERVER_START.match(data)):  # It was captured before what it answers.
            connection.early += data
            connection.prelude += len(data)
            return
        start = 0 if data.startswith(_SSH) else data.find(_SSH_AFTER_LINES) + 1
        if start or data.startswith(_SSH):
            connection.said = SshTalk()
            (connection.said.client if from_client else connection.said.server)(data[start:])
            return
        connection.prelude += len(data) - len(connection.tails[side])
        connection.tails[side] = data[-_TAIL:]

    def _pass_on(self, connection: _Connection, said: Said, data: bytes, *, from_client: bool) -> None:
        if from_client:
            said.client(data)
        elif isinstance(said, TlsTalk) and not connection.server_started:
            data = connection.tails[1] + data
            found = _SERVER_START.search(data)
            if found is None:
                connection.tails[1] = data[-_TAIL:]
                return
            connection.server_started = True
            said.server(data[found.start() :])
        else:
            said.server(data)

    def _close(self, connection: _Connection, ended: Ended) -> Talk | None:
        key, said = connection.client_key, connection.said
        if self._open.get(key) is connection:
            del self._open[key]
            self._held -= connection.held
        if connection.lost:
            self.seen.lost += 1
        if not isinstance(said, IkeTalk):
            self._forget(key)
        if said is None or not _tells(said):
            return None
        return Talk(key[0], key[1], key[3], key[4], connection.seconds, said, ended, connection.behind_prelude)

    def _forget(self, key: Key) -> None:
        closed = self._closed
        closed[key] = None
        closed[(key[0], key[3], key[4], key[1], key[2])] = None
        if len(closed) > 2 * MOST_CLOSED:  # Many at once: to find the oldest costs as much as there were before it.
            for old in list(islice(closed, MOST_CLOSED)):
                del closed[old]


def _tells(said: Said) -> bool:
    if isinstance(said, SshTalk):
        return said.client_end.kexinit is not None or said.server_end.kexinit is not None
    if isinstance(said, IkeTalk):
        return bool(said.proposals or said.offered_v1)
    return (said.tls if isinstance(said, QuicTalk | DtlsTalk) else said).offer is not None
