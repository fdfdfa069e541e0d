"""What captured IKE_SA_INIT messages tell of both ends where the additional key exchange is none that resists (RFC 9370)."""

from __future__ import annotations

import pytest
from pqscan_probes.ike.passive import CLIENT_PROBE, IkeClientSeen, IkeServerSeen

from pqscan.model.observation import Profile, Subject
from pqscan.model.outcome import Facts
from pqscan.policy.state import State
from pqscan.policy.states import key_establishment
from pqscan.wire.capture.ike_talk import IkeTalk
from pqscan.wire.ike.header import NO_SPI, Message, Payload
from pqscan.wire.ike.payloads import KeyExchange
from pqscan.wire.ike.proposals import Proposal, Transform, encode_proposals
from pqscan.wire.ike.words import ExchangeType, Flag, PayloadType, TransformType

P256, ML_KEM_768, NONE, UNLISTED = 19, 36, 0, 999


def datagram(additional: tuple[int, ...], flags: Flag, responder_spi: bytes) -> bytes:
    transforms = (
        Transform.of(TransformType.ENCR, 20, 256),
        Transform.of(TransformType.PRF, 5),
        Transform.of(TransformType.KE, 31),
        *(Transform.of(TransformType.ADDKE1, each) for each in additional),
    )
    payloads = (
        Payload(PayloadType.SA, encode_proposals((Proposal(1, transforms),))),
        Payload(PayloadType.KE, KeyExchange(31, bytes(32)).encode()),
        Payload(PayloadType.NONCE, bytes(32)),
    )
    return Message(b"initiate", responder_spi, ExchangeType.IKE_SA_INIT, flags, 0, payloads).encode()


def talk(offered: tuple[int, ...], chosen: int) -> IkeTalk:
    said = IkeTalk()
    said.client(datagram(offered, Flag.INITIATOR, NO_SPI))
    said.server(datagram((chosen,), Flag.RESPONSE, b"responds"))
    return said


def state(probe: str, facts: Facts) -> State:
    return key_establishment(Profile(probe, facts.depth, facts.asked, facts.complete, facts.observations, facts.preference)).state


@pytest.mark.parametrize(
    ("offered", "expected"),
    [
        ((ML_KEM_768,), State.DEFAULT),
        ((P256,), State.VULNERABLE),
        ((UNLISTED,), State.VULNERABLE),
        ((NONE,), State.VULNERABLE),
    ],
)
def test_a_client_is_hybrid_only_by_an_additional_key_exchange_that_resists(offered: tuple[int, ...], expected: State) -> None:
    seen = IkeClientSeen()
    seen.take(talk(offered, offered[0]))
    assert state(CLIENT_PROBE, seen.facts()) is expected


def test_a_server_that_chose_no_additional_key_exchange_chose_its_group_alone() -> None:
    seen = IkeServerSeen()
    seen.take(talk((ML_KEM_768, NONE), NONE))
    facts = seen.facts()
    assert [one.context for one in facts.observations if one.subject is Subject.IKE_KEY_EXCHANGE and one.value == "31"] == ["IKEv2"]
    assert state("ike", facts) is State.UNKNOWN
