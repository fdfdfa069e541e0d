"""Facts about the two ends of IKE from exchanges between others: proposals and choice go in the clear (RFC 7296, section 1.2)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.outcome import Facts
from pqscan.model.passive import ASKED, PASSIVE, Kinds, Shared
from pqscan.model.reason import Reason
from pqscan.registry.ike import IkeKind
from pqscan.wire.capture.ike_talk import IkeTalk
from pqscan.wire.ike.main_mode import MainModeResult
from pqscan.wire.ike.proposals import Proposal
from pqscan.wire.ike.reply import Reply, ReplyKind
from pqscan.wire.ike.survey import SurveyResult
from pqscan.wire.ike.v1 import AttributeKind, TransformV1
from pqscan.wire.ike.words import TransformType
from pqscan_probes.ike.facts import (
    IKE_V1,
    IKE_V2,
    MOST_VENDOR_IDS,
    Answers,
    facts_of,
    told_additional,
    told_number,
    told_of,
)

CLIENT_PROBE = "ike_client"
_MOST_PROPOSALS = 32
_TRANSFORM_BYTES = 300  # of memory, for a transform with its attributes
_OF_TYPE = {
    TransformType.ENCR: (Subject.IKE_ENCRYPTION, IkeKind.ENCRYPTION),
    TransformType.PRF: (Subject.IKE_PRF, IkeKind.PRF),
    TransformType.INTEG: (Subject.IKE_INTEGRITY, IkeKind.INTEGRITY),
}
_ADDITIONAL = range(TransformType.ADDKE1, TransformType.ADDKE1 + 7)  # ADDKE1 to ADDKE7

Opening = tuple[tuple[Proposal, ...], tuple[TransformV1, ...], bool]


@dataclass(slots=True)
class IkeServerSeen:
    """The last choice in each version counts: a gateway has one configuration at a time. One for which `shared` has no room is not
    kept."""

    shared: Shared = field(default_factory=Shared)
    reply: Reply | None = None
    chosen_v1: TransformV1 | None = None
    vendor_ids: tuple[bytes, ...] = ()
    aggressive: bool = False

    @property
    def tells(self) -> bool:
        return self.reply is not None or self.chosen_v1 is not None

    def take(self, talk: IkeTalk) -> None:
        if talk.reply is not None and talk.reply.kind is ReplyKind.CHOSEN:
            reply = told_of(talk.reply)
            self.reply = self.shared.one(reply, _size_bytes(reply)) or self.reply
        if talk.chosen_v1 is not None:
            self.chosen_v1, self.vendor_ids = talk.chosen_v1, talk.vendor_ids[:MOST_VENDOR_IDS]
            self.aggressive = self.aggressive or talk.aggressive

    def facts(self) -> Facts:
        main_mode = None if self.chosen_v1 is None else MainModeResult(chosen=self.chosen_v1, vendor_ids=self.vendor_ids)
        facts = facts_of(Answers(SurveyResult(choice=self.reply, answered=self.reply is not None), PASSIVE, main_mode))
        observations = [one for one in facts.observations if not _is_silence(one)]
        if self.aggressive:
            observations.append(Observation(Subject.BEHAVIOUR, "aggressive_mode", Support.OFFERED, IKE_V1))
        return replace(
            facts, observations=tuple(observations), asked=ASKED, complete=False, detail=Reason.of("seen_passively"), evidence=None
        )


@dataclass(slots=True)
class IkeClientSeen:
    """Collects the kinds of opening that one address sent."""

    kinds: Kinds[Opening] = field(default_factory=Kinds)

    def take(self, talk: IkeTalk) -> None:
        program = (talk.proposals[:_MOST_PROPOSALS], talk.offered_v1, talk.aggressive)
        count = len(program[1]) + sum(len(proposal.transforms) for proposal in program[0])
        self.kinds.take(program, _TRANSFORM_BYTES * count)

    def facts(self) -> Facts:
        """Each kind of opening is a `context` of its own, named by a digest of it."""
        found: list[Observation] = []
        for context, (proposals, transforms, aggressive) in sorted(
            ((_name(program), program) for program in self.kinds.seen), key=lambda pair: pair[0]
        ):
            version = IKE_V2 if proposals else IKE_V1
            found.append(Observation(Subject.PROTOCOL_VERSION, version, Support.OFFERED, context))
            found += dict.fromkeys((*_proposed(proposals, context), *_proposed_v1(transforms, context)))
            if aggressive:
                found.append(Observation(Subject.BEHAVIOUR, "aggressive_mode", Support.OFFERED, context))
        return self.kinds.facts(found)


def _size_bytes(reply: Reply) -> int:
    transforms = 0 if reply.chosen is None else len(reply.chosen.transforms)
    texts = (*reply.vendor_ids, *(each.data for each in reply.notifications))
    return _TRANSFORM_BYTES * transforms + sum(map(len, texts))


def _is_silence(one: Observation) -> bool:
    """What the survey says of a version that nobody asked for."""
    return one.subject is Subject.PROTOCOL_VERSION and one.support is Support.UNKNOWN


def _name(program: Opening) -> str:
    proposals, transforms, aggressive = program
    content = repr(([each.transforms for each in proposals], [each.attributes for each in transforms], aggressive))
    return f"opening-{hashlib.sha256(content.encode('ascii')).hexdigest()[:8]}"


def _proposed(proposals: tuple[Proposal, ...], context: str) -> Iterator[Observation]:
    """A key exchange ranks by the first proposal that has it, an additional one before those that it stands on."""
    seen: set[tuple[int, int]] = set()
    for rank, proposal in enumerate(proposals):
        for transform in proposal.transforms:
            kind, value = transform.kind, transform.value
            if kind == TransformType.KE and (kind, value) not in seen:
                seen.add((kind, value))
                yield told_number(
                    Subject.IKE_KEY_EXCHANGE, IkeKind.KEY_EXCHANGE, value, Support.OFFERED, context, rank=2 * rank + 2
                )
            elif kind in _ADDITIONAL and value and (_ADDITIONAL[0], value) not in seen:
                seen.add((_ADDITIONAL[0], value))
                yield told_additional(value, Support.OFFERED, context=context, rank=2 * rank + 1)
            elif (place := next((place for known, place in _OF_TYPE.items() if known == kind), None)) is not None:
                yield told_number(*place, value, Support.OFFERED, context, bits=transform.key_bits)


def _proposed_v1(transforms: tuple[TransformV1, ...], context: str) -> Iterator[Observation]:
    groups: set[int] = set()
    for rank, transform in enumerate(transforms, 1):
        group, cipher = transform.value(AttributeKind.GROUP), transform.value(AttributeKind.ENCRYPTION)
        hashed = transform.value(AttributeKind.HASH)
        if group is not None and group not in groups:
            groups.add(group)
            yield told_number(Subject.IKE_KEY_EXCHANGE, IkeKind.KEY_EXCHANGE, group, Support.OFFERED, context, rank=rank, version=1)
        if cipher is not None:
            bits = transform.value(AttributeKind.KEY_LENGTH)
            yield told_number(Subject.IKE_ENCRYPTION, IkeKind.ENCRYPTION, cipher, Support.OFFERED, context, bits=bits, version=1)
        if hashed is not None:
            yield told_number(Subject.IKE_PRF, IkeKind.HASH, hashed, Support.OFFERED, context, version=1)
