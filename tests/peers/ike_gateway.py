"""A responder of IKE in memory, heard over UDP on loopback from a thread of its own: for tests that run the whole program."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

from pqscan.errors import MalformedMessage
from pqscan.wire.ike.header import Message
from tests.unit.wire.ike.responder import AEAD, Responder

HYBRID = (*AEAD, (4, 31, None), (6, 36, None))
"""AES-GCM, X25519, ML-KEM-768."""


@contextlib.contextmanager
def gateway(*policies: tuple[tuple[int, int, int | None], ...], v1: Callable[[Message], bytes] | None = None) -> Iterator[int]:
    """Takes `policies` (the hybrid where none is given); answers IKEv1 as `v1` says, else not. Yields its port."""
    responder = Responder(policies or (HYBRID,))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as heard:
        heard.bind(("127.0.0.1", 0))
        stopping = threading.Event()

        def serve() -> None:
            while True:
                data, sender = heard.recvfrom(0xFFFF)
                if stopping.is_set():
                    return
                with contextlib.suppress(MalformedMessage):
                    message = Message.decode(data)
                    answer = responder.answer(data) if message.version[0] == 2 else v1(message) if v1 is not None else None
                    if answer is not None:
                        heard.sendto(answer, sender)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield heard.getsockname()[1]
        finally:
            stopping.set()
            with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as last:
                last.sendto(b"", heard.getsockname())
            thread.join()
