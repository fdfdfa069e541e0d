"""What one IKE_SA_INIT asks in one datagram: proposals with and without an additional key exchange (RFC 7296, section 3.3;
RFC 9370).

Ciphers that authenticate by themselves and those that need an integrity transform stand in proposals of their own (RFC 7296,
section 3.3). The KE payload is of a group that is proposed and that hardly anyone takes: a responder that would take another
one names it in INVALID_KE_PAYLOAD and keeps nothing."""

from __future__ import annotations

from dataclasses import dataclass, replace

from pqscan.wire.builder import uint16_values
from pqscan.wire.ike.header import NO_SPI, Message, Payload
from pqscan.wire.ike.payloads import KeyExchange, Notify
from pqscan.wire.ike.proposals import Proposal, Transform, encode_proposals
from pqscan.wire.ike.words import ExchangeType, Flag, NotifyType, PayloadType, TransformType

DECOY = 26
"""ECP-224: no profile of IPsec asks for it."""
ML_KEM = (36, 37, 35)
NOBODYS_METHOD = 1023
"""Unassigned (IANA, IKEv2 Transform Type 4): whoever takes it as an additional key exchange does not read that transform type."""
FAMILY_WITH = (31, 20, 21, 15, 16, 32, 30)
FAMILY_WITHOUT = (19, 14, 28, 29, 17, 5, 2)
"""The groups in two halves, so that the group that a responder names tells the proposal it is from; the commonest of both kinds
(X25519 and ECP-384; ECP-256 and MODP-2048) are spread over them."""
ALL_GROUPS = (31, 19, 20, 21, 14, 15, 16, 28, 29, 30, 32, 17, 18, 5, 24, 23, 22, 2, 1, 27, 25, 33, 34)

_HASHES = (1, 2, 3, 4, 5)  # SHA-1, SHA-2, and Identity: whoever answers lists its own (RFC 7427, section 4).


@dataclass(frozen=True, slots=True)
class Suite:
    """The transforms of one offer besides key exchanges. `aead` and `encryption` are (id, bits of the key or None)."""

    aead: tuple[tuple[int, int | None], ...] = (
        (20, 256),
        (20, 128),
        (20, 192),
        (28, None),
        (16, 256),
        (16, 128),
        (19, 256),
        (18, 256),
    )
    encryption: tuple[tuple[int, int | None], ...] = ((12, 256), (12, 128), (12, 192), (13, 256), (23, 256), (3, None))
    integrity: tuple[int, ...] = (14, 13, 12, 2, 5, 8, 1)
    prf: tuple[int, ...] = (7, 6, 5, 2, 4, 8, 1)

    def narrowed(self, kind: TransformType, value: int, key_bits: int | None = None) -> Suite:
        """With one transform of a kind, and all others as they are."""
        if kind is TransformType.PRF:
            return replace(self, prf=(value,))
        if kind is TransformType.INTEG:
            return replace(self, aead=(), integrity=(value,))
        if (value, key_bits) in self.aead:
            return replace(self, aead=((value, key_bits),), encryption=())
        return replace(self, aead=(), encryption=((value, key_bits),))


WHOLE_SUITE = Suite()


@dataclass(frozen=True, slots=True)
class Offer:
    """`ke_group` is the group of the KE payload, one of those that the proposals name."""

    proposals: tuple[Proposal, ...]
    ke_group: int

    def message(self, spi: bytes, nonce: bytes, public: bytes, cookie: bytes | None = None) -> Message:
        """A cookie that was demanded comes first (RFC 7296, section 2.6)."""
        notifications = (
            Notify(NotifyType.INTERMEDIATE_EXCHANGE_SUPPORTED),
            Notify(NotifyType.FRAGMENTATION_SUPPORTED),
            Notify(NotifyType.SIGNATURE_HASH_ALGORITHMS, uint16_values(_HASHES)),
            Notify(NotifyType.USE_PPK),
        )
        payloads = (
            *(() if cookie is None else (Payload(PayloadType.NOTIFY, Notify(NotifyType.COOKIE, cookie).encode()),)),
            Payload(PayloadType.SA, encode_proposals(self.proposals)),
            Payload(PayloadType.KE, KeyExchange(self.ke_group, public).encode()),
            Payload(PayloadType.NONCE, nonce),
            *(Payload(PayloadType.NOTIFY, each.encode()) for each in notifications),
        )
        return Message(spi, NO_SPI, ExchangeType.IKE_SA_INIT, Flag.INITIATOR, 0, payloads)


def offer(*parts: tuple[tuple[int, ...], tuple[int, ...]], ke_group: int = DECOY, suite: Suite = WHOLE_SUITE) -> Offer:
    """Each part is (groups, additional key exchanges, empty for none) and stands in up to two proposals, numbered in their order.

    The group of the KE payload is added to the last part where no part names it, for it must be proposed (RFC 7296, section
    3.4)."""
    named = {group for groups, _ in parts for group in groups}
    lists = [*parts]
    if ke_group not in named:
        groups, additional = lists[-1]
        lists[-1] = ((*groups, ke_group), additional)
    wanted = [transforms for groups, additional in lists for transforms in _transforms(suite, groups, additional)]
    return Offer(tuple(Proposal(number, each) for number, each in enumerate(wanted, 1)), ke_group)


def _transforms(suite: Suite, groups: tuple[int, ...], additional: tuple[int, ...]) -> list[tuple[Transform, ...]]:
    kinds = TransformType
    rest = (
        *(Transform.of(kinds.PRF, value) for value in suite.prf),
        *(Transform.of(kinds.KE, value) for value in groups),
        *(Transform.of(kinds.ADDKE1, value) for value in additional),
    )
    integrity = tuple(Transform.of(kinds.INTEG, value) for value in suite.integrity)
    found = []
    if suite.aead:
        found.append((*(Transform.of(kinds.ENCR, *each) for each in suite.aead), *rest))
    if suite.encryption:
        found.append((*(Transform.of(kinds.ENCR, *each) for each in suite.encryption), *integrity, *rest))
    return found
