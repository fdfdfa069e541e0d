"""The SA payload: what is unknown in it, what is missing, and additional key exchanges (RFC 7296, section 3.3; RFC 9370, section
2.2.1)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pqscan.harness.conformance.case import Kind
from pqscan.harness.conformance.ike.case import Case, Peer, Scripts
from pqscan.harness.conformance.ike.script import Change, Script
from pqscan.wire.builder import uint16
from pqscan.wire.ike.header import Message, Payload
from pqscan.wire.ike.payloads import KeyExchange, Notify
from pqscan.wire.ike.proposals import Attribute, Proposal, Transform, decode_proposals, encode_proposals
from pqscan.wire.ike.session import GROUPS, on_wire
from pqscan.wire.ike.words import NotifyType, PayloadType, TransformType
from pqscan.wire.key_agreement import COMPONENT_KEYS

_SECTION = "RFC 7296, section 3.3.6"
_UNKNOWN_TYPE = (
    "If the responder receives a proposal that contains a Transform Type it does not understand, or a proposal that is missing a "
    "mandatory Transform Type, it MUST consider this proposal unacceptable; however, other proposals in the same SA payload are "
    "processed as usual."
)
_UNKNOWN_TRANSFORM = (
    "Similarly, if the responder receives a transform that it does not understand, or one that contains a Transform "
    "Attribute it does "
    "not understand, it MUST consider this transform unacceptable; other transforms with the same Transform Type are "
    "processed as usual."
)
_NO_PROPOSAL = (
    "The responder MUST accept a single proposal or reject them all and return an error.  The error is given in a "
    "notification of type "
    "NO_PROPOSAL_CHOSEN."
)
_LENGTHS = (
    "When parsing an SA, an implementation MUST check that the total Payload Length is consistent with the payload's "
    "internal lengths "
    "and counts."
)
_OTHER_GROUP = (
    "If the selected proposal uses a different Diffie-Hellman group (other than NONE), the message MUST be rejected with a Notify "
    "payload of type INVALID_KE_PAYLOAD."
)
_WITHOUT_INTERMEDIATE = (
    "Where IKE_INTERMEDIATE is not negotiated, additional key exchanges count as transform types that nobody knows, "
    "and the proposals "
    "that have them are skipped."
)
_DUPLICATE = (
    "A responder never chooses the same method for two additional key exchanges; where it cannot choose without that, it answers "
    "NO_PROPOSAL_CHOSEN."
)
_OPTIONAL = "NONE among the transforms of an additional key exchange makes it optional: the responder chooses either."
_ADDITIONAL = "RFC 9370, section 2.2.1"
_NEEDS_ML_KEM = "conformance.ike.needs.ml_kem"
_NO_TYPE, _NO_TRANSFORM, _NO_ATTRIBUTE = 200, 900, 100  # IANA has given none of them away
_REFUSED = (NotifyType.NO_PROPOSAL_CHOSEN,)
_SYNTAX = (NotifyType.INVALID_SYNTAX, NotifyType.NO_PROPOSAL_CHOSEN)
Proposals = tuple[Proposal, ...]


def with_proposals(change: Callable[[Proposals], Proposals]) -> Change:
    """Bends the proposals of a message."""
    return in_payload(PayloadType.SA, lambda body: encode_proposals(change(decode_proposals(body))))


def in_payload(kind: PayloadType, change: Callable[[bytes], bytes]) -> Change:
    """Bends the bodies of all payloads of a kind."""

    def bend(message: Message) -> Message:
        bent = (replace(each, body=change(each.body)) if each.kind == kind else each for each in message.payloads)
        return replace(message, payloads=tuple(bent))

    return bend


def _on_base(*variants: tuple[str, Change]) -> Scripts:
    return lambda peer: tuple(Script(*way, label=label, change=change) for way in peer.base for label, change in variants)


def _on_hybrid(*variants: tuple[str, Change]) -> Scripts:
    return lambda peer: tuple(Script(*way, label=label, change=change) for way in peer.hybrids[:1] for label, change in variants)


def _first_unknown(proposals: Proposals) -> Proposals:
    """A proposal with an unknown transform type before the right one."""
    first = replace(proposals[0], transforms=(*proposals[0].transforms, Transform.of(_NO_TYPE, 1)))
    return (first, *(replace(each, number=each.number + 1) for each in proposals))


def _each_unknown(proposals: Proposals) -> Proposals:
    return tuple(replace(each, transforms=(*each.transforms, Transform.of(_NO_TYPE, 1))) for each in proposals)


def _unknown_beside(proposals: Proposals) -> Proposals:
    """Of every type one transform that nobody knows, before the right ones."""

    def bent(proposal: Proposal) -> Proposal:
        kinds = dict.fromkeys(each.kind for each in proposal.transforms)
        found = [
            transform
            for kind in kinds
            for transform in (Transform.of(kind, _NO_TRANSFORM), *(each for each in proposal.transforms if each.kind == kind))
        ]
        return replace(proposal, transforms=tuple(found))

    return tuple(map(bent, proposals))


def _unknown_alone(proposals: Proposals) -> Proposals:
    def bent(proposal: Proposal) -> Proposal:
        kinds = dict.fromkeys(each.kind for each in proposal.transforms)
        return replace(proposal, transforms=tuple(Transform.of(kind, _NO_TRANSFORM) for kind in kinds))

    return tuple(map(bent, proposals))


def _attribute_beside(proposals: Proposals) -> Proposals:
    """Before each cipher the same with an attribute that nobody knows."""

    def bent(transform: Transform) -> tuple[Transform, ...]:
        if transform.kind != TransformType.ENCR:
            return (transform,)
        attributes = (*transform.attributes, Attribute(_NO_ATTRIBUTE, uint16(1)))
        return (replace(transform, attributes=attributes), transform)

    return tuple(replace(each, transforms=tuple(one for t in each.transforms for one in bent(t))) for each in proposals)


def _attribute_everywhere(proposals: Proposals) -> Proposals:
    attributes = (Attribute(_NO_ATTRIBUTE, uint16(1)),)
    return tuple(
        replace(
            each,
            transforms=tuple(
                replace(one, attributes=(*one.attributes, *attributes)) if one.kind == TransformType.ENCR else one
                for one in each.transforms
            ),
        )
        for each in proposals
    )


def _lacking(kind: TransformType) -> Change:
    def without(proposals: Proposals) -> Proposals:
        return tuple(replace(each, transforms=tuple(one for one in each.transforms if one.kind != kind)) for each in proposals)

    return with_proposals(without)


def _count_lies(body: bytes) -> bytes:
    """One transform more is told than there is."""
    return body[:7] + bytes((body[7] + 1,)) + body[8:]


def _length_lies(body: bytes) -> bytes:
    """The proposal tells more bytes than the payload has."""
    return body[:2] + uint16(int.from_bytes(body[2:4], "big") + 8) + body[4:]


def _other_groups(peer: Peer) -> tuple[Script, ...]:
    """A public value of another group than the only one that is proposed."""

    def change(other: int) -> Change:
        body = KeyExchange(other, on_wire(other, COMPONENT_KEYS[GROUPS[other]]().public)).encode()
        return in_payload(PayloadType.KE, lambda _body: body)

    return tuple(Script(*way, change=change(next(each for each in GROUPS if each != way[0]))) for way in peer.base)


def _without_support(message: Message) -> Message:
    def is_support(payload: Payload) -> bool:
        kind = NotifyType.INTERMEDIATE_EXCHANGE_SUPPORTED
        return payload.kind == PayloadType.NOTIFY and Notify.decode(payload.body).kind == kind

    return replace(message, payloads=tuple(each for each in message.payloads if not is_support(each)))


def _same_again(proposals: Proposals) -> Proposals:
    """The ML-KEM as the second additional key exchange too."""
    return tuple(
        replace(
            each,
            transforms=(*each.transforms, *(Transform.of(TransformType.ADDKE2, one) for one in each.values(TransformType.ADDKE1))),
        )
        for each in proposals
    )


def _or_none(proposals: Proposals) -> Proposals:
    return tuple(replace(each, transforms=(*each.transforms, Transform.of(TransformType.ADDKE1, 0))) for each in proposals)


CASES = (
    Case("type-unknown-first", _SECTION, _UNKNOWN_TYPE, Kind.TAKE, _on_base(("", with_proposals(_first_unknown)))),
    Case(
        "type-unknown-alone",
        _SECTION,
        _UNKNOWN_TYPE,
        Kind.REFUSE,
        _on_base(("", with_proposals(_each_unknown))),
        _REFUSED,
    ),
    Case("transforms-unknown-beside", _SECTION, _UNKNOWN_TRANSFORM, Kind.TAKE, _on_base(("", with_proposals(_unknown_beside)))),
    Case(
        "transforms-unknown-alone",
        "RFC 7296, section 2.7",
        _NO_PROPOSAL,
        Kind.REFUSE,
        _on_base(("", with_proposals(_unknown_alone))),
        _REFUSED,
    ),
    Case("attribute-unknown-beside", _SECTION, _UNKNOWN_TRANSFORM, Kind.TAKE, _on_base(("", with_proposals(_attribute_beside)))),
    Case(
        "attribute-unknown-alone",
        _SECTION,
        _UNKNOWN_TRANSFORM,
        Kind.REFUSE,
        _on_base(("", with_proposals(_attribute_everywhere))),
        _REFUSED,
    ),
    Case(
        "type-missing",
        _SECTION,
        _UNKNOWN_TYPE,
        Kind.REFUSE,
        _on_base(("PRF", _lacking(TransformType.PRF)), ("ENCR", _lacking(TransformType.ENCR)), ("KE", _lacking(TransformType.KE))),
        _REFUSED,
    ),
    Case(
        "sa-inconsistent",
        "RFC 7296, section 3.3",
        _LENGTHS,
        Kind.REFUSE,
        _on_base(
            ("one transform too few", in_payload(PayloadType.SA, _count_lies)),
            ("a proposal longer than its payload", in_payload(PayloadType.SA, _length_lies)),
        ),
        _SYNTAX,
        may_drop=True,
    ),
    Case(
        "group-other",
        "RFC 7296, section 3.4",
        _OTHER_GROUP,
        Kind.REFUSE,
        _other_groups,
        (NotifyType.INVALID_KE_PAYLOAD,),
    ),
    Case(
        "additional-without-intermediate",
        _ADDITIONAL,
        _WITHOUT_INTERMEDIATE,
        Kind.REFUSE,
        _on_hybrid(("", _without_support)),
        _REFUSED,
        needs=_NEEDS_ML_KEM,
        is_quoted=False,
    ),
    Case(
        "additional-twice-the-same",
        _ADDITIONAL,
        _DUPLICATE,
        Kind.REFUSE,
        _on_hybrid(("", with_proposals(_same_again))),
        _REFUSED,
        needs=_NEEDS_ML_KEM,
        is_quoted=False,
    ),
    Case(
        "additional-optional",
        _ADDITIONAL,
        _OPTIONAL,
        Kind.TAKE,
        _on_hybrid(("", with_proposals(_or_none))),
        needs=_NEEDS_ML_KEM,
        is_quoted=False,
    ),
)
