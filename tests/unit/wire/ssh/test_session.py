"""A session carried past NEWKEYS with a server that holds it to the documents."""

from __future__ import annotations

from dataclasses import replace

import pytest

from pqscan.errors import MalformedMessage, PeerClosed, PeerError, PeerRejected
from pqscan.wire.ssh.kexinit import KexInit
from pqscan.wire.ssh.protection import CIPHERS, MACS
from pqscan.wire.ssh.session import STRICT_CLIENT, SshSession, Stage, hybrid_offer
from tests.peers.ssh_server import METHODS, SshServer
from tests.unit.wire.ssh.server_model import text

HYBRID = "mlkem768x25519-sha256"
OFFER = hybrid_offer(bytes(16), HYBRID, ("ssh-ed25519",))


def talk(server: SshServer, offer: KexInit = OFFER, *, step: int = 1 << 20) -> tuple[SshSession, PeerError | None]:
    """Everything that the two say to each other, until nobody has anything left to say."""
    session, waiting = SshSession(offer), server.bytes_to_send()
    try:
        while True:
            sent = session.bytes_to_send()
            waiting += server.receive(sent) if sent else b""
            if session.finished:
                return session, None
            if not waiting:
                session.peer_closed()
            part, waiting = waiting[:step], waiting[step:]
            session.receive(part)
    except PeerError as error:
        return session, error


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("markers", [(), SshServer.markers])
@pytest.mark.parametrize("step", [1, 1 << 20])
def test_the_service_is_granted_under_the_new_keys(method: str, markers: tuple[str, ...], step: int) -> None:
    server = SshServer.__new__(SshServer)
    server.markers = markers
    server.__init__()  # type: ignore[misc]  # The markers stand in the KEXINIT that it makes.
    session, error = talk(server, hybrid_offer(bytes(16), method, ("ssh-ed25519",)), step=step)
    assert error is None
    assert (session.stage, session.answer) == (Stage.ANSWERED, "SERVICE_ACCEPT ssh-userauth")
    assert session.is_strict is bool(markers)
    assert session.proven is not None
    assert session.proven.verified is True
    assert server.over is True  # Our DISCONNECT opened under its keys.


@pytest.mark.parametrize("cipher", [name for name in CIPHERS if name in SshServer.ciphers])
@pytest.mark.parametrize("mac", [name for name in MACS if name in SshServer.macs])
@pytest.mark.parametrize("strict", [True, False])
def test_every_cipher_counts_as_the_server_does(cipher: str, mac: str, strict: bool) -> None:
    methods = OFFER.kex_algorithms if strict else tuple(name for name in OFFER.kex_algorithms if name != STRICT_CLIENT)
    offer = replace(
        OFFER,
        kex_algorithms=methods,
        encryption_client_to_server=(cipher,),
        encryption_server_to_client=(cipher,),
        mac_client_to_server=(mac,),
        mac_server_to_client=(mac,),
    )
    session, error = talk(SshServer(), offer)
    assert error is None
    assert (session.stage, session.is_strict) == (Stage.ANSWERED, strict)


def test_the_trace_tells_messages_and_sizes_and_no_secret() -> None:
    session, _ = talk(SshServer())
    told = [(event.is_sent, event.what, event.is_protected) for event in session.events]
    assert told == [
        (True, "KEXINIT", False),
        (False, "KEXINIT", False),
        (True, "KEX_HYBRID_INIT", False),
        (False, "KEX_HYBRID_REPLY", False),
        (True, "NEWKEYS", False),
        (True, "SERVICE_REQUEST", True),
        (False, "NEWKEYS", False),
        (False, "EXT_INFO", True),
        (False, "SERVICE_ACCEPT", True),
        (True, "DISCONNECT", True),
    ]
    facts = {name: value for event in session.events for name, value in event.facts}
    assert facts["C_INIT"] == "1216 B"
    assert facts["S_REPLY"] == "1120 B"
    assert facts["server-sig-algs"] == "ssh-ed25519"


class OtherSecret(SshServer):
    """Agrees on another secret than the client: its keys are others."""

    def send_newkeys(self) -> None:
        assert self.agreed is not None
        self.agreed = replace(self.agreed, shared_secret=text(bytes(32)))
        super().send_newkeys()


class ForeignSignature(SshServer):
    def sign(self, digest: bytes) -> bytes:
        return super().sign(bytes(32))


class TalksBeforeNewkeys(SshServer):
    def send_newkeys(self) -> None:
        self.send(b"\x02" + text(b"x"))
        super().send_newkeys()


class TalksFirst(SshServer):
    def __init__(self) -> None:
        super().__init__()
        first = b"\0\0\0\x0c\x06\x02\0\0\0\x00" + bytes(6)
        line, _, rest = self._out.partition(b"\n")
        self._out = line + b"\n" + first + rest


class GrantsNothing(SshServer):
    def take_service(self, service: bytes) -> None:
        super().take_service(b"other")


class EndsInstead(SshServer):
    def take_service(self, service: bytes) -> None:
        self.refuse(2)


class Silent(SshServer):
    def take_service(self, service: bytes) -> None:
        pass


@pytest.mark.parametrize(
    ("server", "stage", "error"),
    [
        (OtherSecret, Stage.NEWKEYS, MalformedMessage),
        (TalksBeforeNewkeys, Stage.PROVEN, MalformedMessage),
        (TalksFirst, Stage.KEXINIT, MalformedMessage),
        (EndsInstead, Stage.OPENED, PeerRejected),
        (Silent, Stage.OPENED, PeerClosed),
    ],
)
def test_a_server_that_breaks_it_is_told_apart(server: type[SshServer], stage: Stage, error: type[PeerError]) -> None:
    session, ended = talk(server())
    assert session.stage is stage
    assert isinstance(ended, error)


def test_a_refused_service_answers_all_the_same() -> None:
    session, error = talk(GrantsNothing())
    assert error is None
    assert (session.stage, session.answer) == (Stage.ANSWERED, "DISCONNECT service_not_available")


def test_nothing_is_sent_under_keys_after_a_signature_that_does_not_verify() -> None:
    session, error = talk(ForeignSignature())
    assert error is None
    assert session.proven is not None
    assert session.proven.verified is False
    assert session.stage is Stage.PROVEN
    assert [event.what for event in session.events if event.is_protected] == []
