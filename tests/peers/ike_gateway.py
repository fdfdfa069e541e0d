"""A responder of IKE in memory, heard over UDP on loopback from a thread of its own: for tests that run the whole program."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.registry.ike import IkeKind, ike_number
from pqscan.wire.ike.header import Message
from pqscan.wire.ike.words import ExchangeType
from tests.unit.wire.ike.responder import AEAD, Responder

Policy = tuple[tuple[int, int, int | None], ...]
X25519, ECP_384, ECP_256 = ((4, group, None) for group in (31, 20, 19))
ML_KEM_768, ML_KEM_1024 = ((6, method, None) for method in (36, 37))
HYBRID: Policy = (*AEAD, X25519, ML_KEM_768)
"""AES-GCM, X25519, ML-KEM-768."""
GATEWAYS: dict[str, tuple[Policy, ...]] = {
    "ML-KEM-768 alone": (HYBRID,),
    "ML-KEM-768 and ML-KEM-1024 on two groups, the same without": (HYBRID, (*AEAD, ECP_384, ML_KEM_1024), (*AEAD, X25519)),
    "ECP-384 first, ML-KEM-768 after it": ((*AEAD, ECP_384), HYBRID),
    "ECP-256 first, ML-KEM-768 after it": ((*AEAD, ECP_256), HYBRID),
    "no ML-KEM": ((*AEAD, X25519), (*AEAD, ECP_256)),
}


@dataclass(slots=True)
class Peer:
    """`heard` are the datagrams that came."""

    port: int
    responder: Responder
    heard: int = 0

    @property
    def ml_kem(self) -> frozenset[str]:
        """The sizes that it takes, by name."""
        methods = {value for policy in self.responder.policies for kind, value, _ in policy if kind == 6}
        rows = (ike_number(IkeKind.KEY_EXCHANGE, method) for method in methods)
        return frozenset(row.name for row in rows if row is not None)


@contextlib.contextmanager
def gateway(*policies: Policy, v1: Callable[[Message], bytes] | None = None) -> Iterator[Peer]:
    """Takes `policies` (the hybrid where none is given); answers IKEv1 as `v1` says, else not."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours:
        ours.bind(("127.0.0.1", 0))
        peer = Peer(ours.getsockname()[1], Responder(policies or (HYBRID,)))
        stopping = threading.Event()

        def serve() -> None:
            while True:
                data, sender = ours.recvfrom(0xFFFF)
                if stopping.is_set():
                    return
                peer.heard += 1
                with contextlib.suppress(MalformedMessage):
                    message = Message.decode(data)
                    if message.version[0] == 2 and message.exchange != ExchangeType.IKE_SA_INIT:
                        continue  # A client that takes its half-open exchange back (RFC 7296, section 1.4).
                    answer = peer.responder.answer(data) if message.version[0] == 2 else v1(message) if v1 is not None else None
                    if answer is not None:
                        ours.sendto(answer, sender)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield peer
        finally:
            stopping.set()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", ours.getsockname())
            thread.join()
