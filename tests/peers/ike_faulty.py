"""Gateways of IKEv2 with one fault each: the strict one with one step replaced. `FAULTS` says which conformance cases must fail
on each of them, and no other may."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pqscan.errors import MalformedMessage
from pqscan.harness.tls.encapsulation import ENCAPSULATORS, Encapsulator
from pqscan.wire.ike.header import Message, Payload
from pqscan.wire.ike.payloads import KeyExchange, Notify
from pqscan.wire.ike.proposals import Proposal, Transform
from pqscan.wire.ike.words import NotifyType, PayloadType, TransformType
from tests.peers.faulty_shares import Curve, Reducing, Repeating, any_point, ml_kem, with_component
from tests.peers.ike_faulty_answers import (
    AnswersAfresh,
    AnswersWithGroup,
    EncapsulatesAgain,
    MarksCritical,
    OtherNumber,
    OtherSecret,
    SameNonce,
    SameSpi,
    SaysHigherVersion,
    SaysNoIntermediate,
)
from tests.peers.ike_faulty_keys import (
    DiesOfForged,
    KeepsOlderKeys,
    NeverBeginsAnew,
    ReadsAnyLength,
    ReadsInTheClear,
    TakesAnyNumber,
    TakesForged,
    WantsFragmentNumbers,
    WantsFragmentsInOrder,
    WantsFragmentsOnce,
    WantsLittlePadding,
    WantsOneTotal,
)
from tests.peers.ike_strict import Dropped, Refused, StrictGateway

_HEADER_BYTES, _MORE_BYTES = 28, 2


class SkipsUnknownTypes(StrictGateway):
    """Reads over a transform type that it does not know."""

    def fits(self, kinds: tuple[int, ...]) -> bool:
        return super().fits(tuple(each for each in kinds if self.is_known_type(each) or 6 <= each <= 12))


class RefusesUnknownTypes(StrictGateway):
    """Refuses everything where one proposal has a transform type that it does not know."""

    def choose(self, proposals: tuple[Proposal, ...]) -> Proposal:
        if any(each.kind == 200 for proposal in proposals for each in proposal.transforms):
            raise Refused(NotifyType.NO_PROPOSAL_CHOSEN)
        return super().choose(proposals)


class RefusesUnknownTransforms(StrictGateway):
    """Refuses a proposal with a transform that it does not know."""

    def chosen(self, proposal: Proposal) -> tuple[Transform, ...] | None:
        if any(each.value == 900 for each in proposal.transforms):
            return None
        return super().chosen(proposal)


class FallsBack(StrictGateway):
    """Answers with what it likes best where nothing fits."""

    def nothing_fits(self, proposals: tuple[Proposal, ...]) -> Proposal:
        kinds = TransformType
        liked = ((kinds.ENCR, 20, 256), (kinds.PRF, 5, None), (kinds.KE, 31, None))
        return Proposal(1, tuple(Transform.of(*each) for each in liked))


class ReadsOverAttributes(StrictGateway):
    """Reads over an attribute that it does not know."""

    def knows_attributes(self, transform: Transform) -> bool:
        return True


class RefusesAttributes(StrictGateway):
    """Refuses a proposal with an attribute that it does not know."""

    def chosen(self, proposal: Proposal) -> tuple[Transform, ...] | None:
        return super().chosen(proposal) if all(map(self.knows_attributes, proposal.transforms)) else None


class SuppliesWhatIsMissing(StrictGateway):
    """Puts in the pseudorandom function that a proposal lacks."""

    def mandatory(self) -> tuple[int, ...]:
        return TransformType.ENCR, TransformType.KE

    def completed(self, transforms: tuple[Transform, ...]) -> tuple[Transform, ...]:
        has = any(each.kind == TransformType.PRF for each in transforms)
        return transforms if has else (*transforms, Transform.of(TransformType.PRF, 5))


class BelievesCounts(StrictGateway):
    """Reads a proposal whose count lies as far as it goes."""

    def proposals(self, body: bytes) -> tuple[Proposal, ...]:
        try:
            return super().proposals(body)
        except MalformedMessage:
            return super().proposals(body[:7] + bytes((body[7] - 1,)) + body[8:])


class GoesByTheShare(StrictGateway):
    """Takes the group of the public value for the one that was agreed on."""

    def group_of(self, chosen: Proposal, share: KeyExchange) -> int:
        return share.group


class NeedsNoWord(StrictGateway):
    """Takes an additional key exchange from who did not say that it knows IKE_INTERMEDIATE."""

    def knows_intermediate(self) -> bool:
        return True


class TakesTwice(StrictGateway):
    """Chooses the same method for two additional key exchanges."""

    def takes_additional(self, value: int, taken: set[int]) -> bool:
        return super().takes_additional(value, set())


class KnowsNoNone(StrictGateway):
    """Refuses a proposal in which an additional key exchange is optional."""

    def chosen(self, proposal: Proposal) -> tuple[Transform, ...] | None:
        return None if 0 in proposal.values(TransformType.ADDKE1) else super().chosen(proposal)


class LooksAtFlags(StrictGateway):
    """Drops messages with flags that it does not know."""

    unknown = 0xC7

    def check_flags(self, message: Message) -> None:
        super().check_flags(message)
        if message.flags & self.unknown:
            raise Dropped


class LooksAtVersionFlag(LooksAtFlags):
    unknown = 0x10


class LooksAtMinorVersion(StrictGateway):
    """Drops messages with a minor version that it does not know."""

    def check_version(self, message: Message) -> None:
        if message.version != (2, 0):
            raise Dropped


class TakesAnyVersion(StrictGateway):
    """Does not look at the version."""

    def check_version(self, message: Message) -> None:
        pass


class AnswersResponses(StrictGateway):
    """Does not look at the flag of a response."""

    def check_flags(self, message: Message) -> None:
        pass


class LooksAtReservedBits(StrictGateway):
    """Drops messages with reserved bits."""

    def check_raw(self, datagram: bytes) -> None:
        if datagram[_HEADER_BYTES + 1] & 0x7F:
            raise Dropped


class WantsOrder(StrictGateway):
    """Wants SA, KE and nonce in their order."""

    def check_payloads(self, payloads: tuple[Payload, ...]) -> None:
        kinds = [each.kind for each in payloads if each.kind in (PayloadType.SA, PayloadType.KE, PayloadType.NONCE)]
        if PayloadType.SA in kinds and kinds != sorted(kinds):
            raise Refused(NotifyType.INVALID_SYNTAX)
        super().check_payloads(payloads)


class RefusesUnknownPayloads(StrictGateway):
    """Refuses a payload that it does not know, critical or not."""

    def take_unknown(self, payload: Payload) -> None:
        raise Refused(NotifyType.UNSUPPORTED_CRITICAL_PAYLOAD, bytes((payload.kind,)))


class IgnoresCritical(StrictGateway):
    """Reads over a critical payload that it does not know."""

    def take_unknown(self, payload: Payload) -> None:
        pass


class RefusesCritical(StrictGateway):
    """Refuses payloads that it knows where they are critical."""

    def check_payloads(self, payloads: tuple[Payload, ...]) -> None:
        super().check_payloads(payloads)
        if any(each.critical and each.kind == PayloadType.NONCE for each in payloads):
            raise Refused(NotifyType.INVALID_SYNTAX)


class RefusesNotify(StrictGateway):
    """Refuses a notification that it does not know."""

    unknown = 40000

    def take_notify(self, notify: Notify) -> None:
        if notify.kind == self.unknown:
            raise Refused(NotifyType.INVALID_SYNTAX)
        super().take_notify(notify)


class RefusesError(RefusesNotify):
    unknown = 8000


class RefusesCookie(RefusesNotify):
    unknown = NotifyType.COOKIE


class RefusesVendorId(StrictGateway):
    """Knows the vendors whom it talks to."""

    def take_vendor_id(self, body: bytes) -> None:
        raise Refused(NotifyType.INVALID_SYNTAX)


class ShortNonces(StrictGateway):
    """Has room for nonces of 64 bytes."""

    def check_nonce(self, nonce: bytes) -> None:
        super().check_nonce(nonce)
        if len(nonce) > 64:
            raise Refused(NotifyType.INVALID_SYNTAX)


class KeepsHighBit(StrictGateway):
    """Refuses X25519 values that are not below 2 to the 255."""

    def first_exchange(self, group: int, value: bytes) -> tuple[bytes, bytes]:
        if group == 31 and value[-1] & 0x80:
            raise Refused(NotifyType.INVALID_SYNTAX)
        return super().first_exchange(group, value)


@dataclass(frozen=True)
class Fault:
    """One faulty gateway: its class, what else differs, and the cases that must fail on it."""

    name: str
    cases: frozenset[str]
    gateway: Callable[[], StrictGateway] = StrictGateway
    encapsulators: Mapping[str, Encapsulator] = field(default_factory=lambda: ENCAPSULATORS)

    def make(self) -> StrictGateway:
        model = self.gateway()
        model.encapsulators = self.encapsulators
        return model


def _fault(gateway: type[StrictGateway], *cases: str) -> Fault:
    return Fault(gateway.__name__, frozenset(cases), gateway)


def _lax(name: str, encapsulators: Mapping[str, Encapsulator], *cases: str) -> Fault:
    return Fault(name, frozenset(cases), encapsulators=encapsulators)


FAULTS = (
    _fault(OtherNumber, "choice-offered"),
    _fault(SaysHigherVersion, "header-fields"),
    _fault(MarksCritical, "answers-not-critical"),
    _fault(SameNonce, "nonces-fresh"),
    _fault(SameSpi, "spis-fresh"),
    _fault(AnswersAfresh, "init-repeated"),
    _fault(EncapsulatesAgain, "intermediate-repeated"),
    _fault(SaysNoIntermediate, "intermediate-said"),
    _fault(AnswersWithGroup, "ciphertext-fits"),
    _lax("Repeating", with_component("ML-KEM-768", Repeating(ml_kem())), "ciphertexts-fresh"),
    _fault(OtherSecret, "keys-agree"),
    _fault(SkipsUnknownTypes, "type-unknown-alone"),
    _fault(RefusesUnknownTypes, "type-unknown-first"),
    _fault(RefusesUnknownTransforms, "transforms-unknown-beside"),
    _fault(
        FallsBack,
        "type-unknown-alone",
        "transforms-unknown-alone",
        "attribute-unknown-alone",
        "type-missing",
        "additional-without-intermediate",
        "additional-twice-the-same",
    ),
    _fault(ReadsOverAttributes, "attribute-unknown-alone"),
    _fault(RefusesAttributes, "attribute-unknown-beside"),
    _fault(SuppliesWhatIsMissing, "type-missing"),
    _fault(BelievesCounts, "sa-inconsistent"),
    _fault(GoesByTheShare, "group-other"),
    _fault(NeedsNoWord, "additional-without-intermediate"),
    _fault(TakesTwice, "additional-twice-the-same"),
    _fault(KnowsNoNone, "additional-optional"),
    _fault(LooksAtFlags, "flags-unused"),
    _fault(LooksAtVersionFlag, "flag-version"),
    _fault(LooksAtMinorVersion, "version-minor"),
    _fault(TakesAnyVersion, "version-major"),
    _fault(AnswersResponses, "marked-as-response"),
    _fault(LooksAtReservedBits, "reserved-bits"),
    _fault(WantsOrder, "payloads-out-of-order"),
    _fault(RefusesUnknownPayloads, "payload-unknown", "protected-payload-unknown"),
    _fault(IgnoresCritical, "payload-unknown-critical", "protected-payload-unknown-critical"),
    _fault(RefusesCritical, "payloads-known-critical"),
    _fault(RefusesNotify, "notify-status-unknown"),
    _fault(RefusesError, "notify-error-unknown"),
    _fault(RefusesCookie, "cookie-uncalled"),
    _fault(RefusesVendorId, "vendor-id-unknown"),
    _fault(ShortNonces, "nonce-longest"),
    _fault(KeepsHighBit, "x25519-high-bit"),
    _lax("any point", with_component("secp256r1", Curve(any_point)), "point-not-valid"),
    _lax("Reducing", with_component("ML-KEM-768", Reducing(ml_kem())), "key-not-reduced"),
    _fault(ReadsAnyLength, "key-of-wrong-size"),
    _fault(TakesForged, "message-forged", "fragment-forged"),
    _fault(ReadsInTheClear, "intermediate-in-the-clear"),
    _fault(TakesAnyNumber, "message-id-wrong"),
    _fault(WantsLittlePadding, "padding-longest"),
    _fault(WantsFragmentsInOrder, "fragments-backwards"),
    _fault(WantsFragmentsOnce, "fragments-doubled"),
    _fault(DiesOfForged, "fragment-forged"),
    _fault(WantsFragmentNumbers, "fragment-number-wrong"),
    _fault(WantsOneTotal, "fragment-of-fewer"),
    _fault(NeverBeginsAnew, "fragments-anew"),
    _fault(KeepsOlderKeys, "authentication-under-older-keys"),
)
