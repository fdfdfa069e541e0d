"""What the gateway itself sends: its choice, header, nonces, ciphertexts, and the answer to a request that comes twice. Nothing
wrong is sent to it here."""

from __future__ import annotations

from collections.abc import Callable

from pqscan.harness.conformance.case import Kind, Ruling
from pqscan.harness.conformance.ike.case import Case, Judge, Peer, Scripts
from pqscan.harness.conformance.ike.judging import ruling
from pqscan.harness.conformance.ike.script import Script
from pqscan.harness.conformance.ike.seen import Progress, Seen
from pqscan.model.reason import Reason
from pqscan.model.trial import TrialVerdict
from pqscan.wire.ike.payloads import LEAST_NONCE_BYTES, MOST_NONCE_BYTES
from pqscan.wire.ike.proposals import Transform, decode_proposals
from pqscan.wire.ike.words import ExchangeType, Flag, NotifyType, PayloadType
from pqscan.wire.key_agreement import COMPONENT_KEYS, ComponentKey, KeyMaker

_CIPHERTEXT_BYTES = {36: 1088, 37: 1568}
_CHOICE = "The accepted cryptographic suite MUST contain exactly one transform of each type included in the proposal."
_HEADER = "'X' bits MUST be cleared when sending and MUST be ignored on receipt."
_CRITICAL = "Payloads sent in IKE response messages MUST NOT have the critical flag set."
_NONCES = "The size of the Nonce Data MUST be between 16 and 256 octets, inclusive.  Nonce values MUST NOT be reused."
_REPEATED = (
    "In that event, the responder MUST ignore the retransmitted request except insofar as it causes a retransmission of the "
    "response."
)
_SUPPORTED = (
    "A responder that agrees to an additional key exchange says in the same answer that it supports IKE_INTERMEDIATE, in which "
    "that takes place."
)
_MATCHES = "The answer's KE payload names the additional key exchange that was agreed on, with the ciphertext of its ML-KEM."
_FRESH = "Every exchange with ML-KEM has a key pair and a ciphertext of its own."
_KEYS = (
    "An additional key exchange that was agreed on takes place in IKE_INTERMEDIATE, and both sides use the keys that it renewed "
    "in the next exchange."
)
_ML_KEM, _INIT = "draft-ietf-ipsecme-ikev2-mlkem", "RFC 7296, section 3.1"
_NEEDS_ML_KEM = "conformance.ike.needs.ml_kem"
PASSED = Ruling(TrialVerdict.PASSED)


def _base(peer: Peer) -> tuple[Script, ...]:
    return tuple(Script(*each) for each in (*peer.base, *peer.hybrids))


def _each_chosen(peer: Peer) -> tuple[Script, ...]:
    return tuple(Script(*each) for each in peer.chosen)


def _twice(peer: Peer) -> tuple[Script, ...]:
    return tuple(Script(*each) for each in peer.base for _ in range(2))


def _same_key_twice(peer: Peer) -> tuple[Script, ...]:
    """Each ML-KEM two times with the same encapsulation key."""
    names = {36: "ML-KEM-768", 37: "ML-KEM-1024"}
    found: list[Script] = []
    for group, method in peer.hybrids:
        key = _kept(COMPONENT_KEYS[names[method]]())
        found += [Script(group, method, makers={**COMPONENT_KEYS, names[method]: key})] * 2
    return tuple(found)


def _kept(key: ComponentKey) -> KeyMaker:
    return lambda: key


def _repeating(exchange: ExchangeType, ways: Callable[[Peer], tuple[tuple[int, int | None], ...]]) -> Scripts:
    return lambda peer: tuple(Script(*each, repeats=exchange) for each in ways(peer))


def _unknown(seen: Seen) -> Ruling:
    return ruling(TrialVerdict.UNKNOWN, f"no_answer.{seen.ended.value}", seen)


def _failed(code: str, seen: Seen, **parameters: str | int) -> Ruling:
    return ruling(TrialVerdict.FAILED, code, seen, **parameters)


def _each(judge: Callable[[Seen], Ruling]) -> Judge:
    """Each exchange by itself; the first that does not pass is told."""

    def all_of(_peer: Peer, seen: tuple[Seen, ...]) -> Ruling:
        return next((found for found in map(judge, seen) if found.verdict is not TrialVerdict.PASSED), PASSED)

    return all_of


def _choice(seen: Seen) -> Ruling:
    if seen.question is None or seen.reply is None or seen.reply.chosen is None:
        return _unknown(seen)
    chosen = seen.reply.chosen
    offered = {each.number: each for each in decode_proposals(seen.question.of(PayloadType.SA)[0])}.get(chosen.number)
    if offered is None or offered.protocol != chosen.protocol:
        return _failed("choice_number", seen, number=chosen.number)
    if [each.kind for each in _sorted(chosen.transforms)] != sorted({each.kind for each in offered.transforms}):
        return _failed("choice_types", seen)
    if any(each not in offered.transforms for each in chosen.transforms):
        return _failed("choice_not_offered", seen)
    return PASSED


def _sorted(transforms: tuple[Transform, ...]) -> list[Transform]:
    return sorted(transforms, key=lambda each: each.kind)


def _header(seen: Seen) -> Ruling:
    if seen.answer is None or seen.question is None:
        return _unknown(seen)
    answer = seen.answer
    right = answer.version == (2, 0) and answer.flags == Flag.RESPONSE and answer.message_id == seen.question.message_id
    return PASSED if right and any(answer.responder_spi) else _failed("header_fields", seen)


def _critical(seen: Seen) -> Ruling:
    if seen.answer is None:
        return _unknown(seen)
    marked = [each for each in (*seen.answer.payloads, *seen.opened) if each.critical]
    return _failed("critical_in_answer", seen, payload=marked[0].kind) if marked else PASSED


def _nonces(_peer: Peer, seen: tuple[Seen, ...]) -> Ruling:
    answers = [one.answer for one in seen if one.answer is not None]
    if len(answers) < len(seen):
        return _unknown(next(one for one in seen if one.answer is None))
    nonces = [answer.of(PayloadType.NONCE)[0] for answer in answers]
    if any(not LEAST_NONCE_BYTES <= len(nonce) <= MOST_NONCE_BYTES for nonce in nonces):
        return _failed("nonce_size", seen[0], found=len(nonces[0]))
    return _failed("nonce_repeated", seen[-1]) if len(set(nonces)) < len(nonces) else PASSED


def _publics(_peer: Peer, seen: tuple[Seen, ...]) -> Ruling:
    spis = [one.answer.responder_spi for one in seen if one.answer is not None]
    if len(spis) < len(seen):
        return _unknown(next(one for one in seen if one.answer is None))
    return _failed("spi_repeated", seen[-1]) if len(set(spis)) < len(spis) else PASSED


def _same_again(seen: Seen) -> Ruling:
    if not seen.first or not seen.again:
        return _unknown(seen)
    return PASSED if sorted(seen.first) == sorted(seen.again) else _failed("answer_changed", seen)


def _supports(seen: Seen) -> Ruling:
    if seen.reply is None or seen.method is None:
        return _unknown(seen)
    kinds = {each.kind for each in seen.reply.notifications}
    return PASSED if NotifyType.INTERMEDIATE_EXCHANGE_SUPPORTED in kinds else _failed("intermediate_not_said", seen)


def _ciphertext(seen: Seen) -> Ruling:
    if seen.ciphertext is None:  # That none came is told by `keys-agree`.
        return Ruling(TrialVerdict.NOT_APPLICABLE, Reason.of(_NEEDS_ML_KEM), seen.told)
    right = _CIPHERTEXT_BYTES[seen.method or 0]
    if seen.ciphertext.group != seen.method:
        return _failed("ciphertext_method", seen, found=seen.ciphertext.group, right=seen.method or 0)
    found = len(seen.ciphertext.value)
    return PASSED if found == right else _failed("ciphertext_size", seen, found=found, right=right)


def _ciphertexts_fresh(_peer: Peer, seen: tuple[Seen, ...]) -> Ruling:
    for first, second in zip(seen[::2], seen[1::2], strict=False):
        if first.ciphertext is None or second.ciphertext is None:
            return _unknown(first if first.ciphertext is None else second)
        if first.ciphertext.value == second.ciphertext.value:
            return _failed("ciphertext_repeated", second)
    return PASSED


def _agreed(seen: Seen) -> Ruling:
    if seen.progress < Progress.CHOSEN:
        return _unknown(seen)
    if seen.progress < Progress.ENCAPSULATED:
        return _failed("not_carried_through", seen)
    return PASSED if seen.progress >= Progress.ANSWERED else _failed("keys_differ", seen)


CASES = (
    Case("choice-offered", "RFC 7296, section 2.7", _CHOICE, Kind.LOOK, _base, judge=_each(_choice)),
    Case("header-fields", _INIT, _HEADER, Kind.LOOK, _base, judge=_each(_header)),
    Case("answers-not-critical", "RFC 7296, section 2.5", _CRITICAL, Kind.LOOK, _base, judge=_each(_critical)),
    Case("nonces-fresh", "RFC 7296, section 3.9", _NONCES, Kind.LOOK, _twice, judge=_nonces),
    Case(
        "spis-fresh",
        _INIT,
        "A value chosen by the responder to identify a unique IKE Security Association.",
        Kind.LOOK,
        _twice,
        judge=_publics,
        is_quoted=False,
    ),
    Case(
        "init-repeated",
        "RFC 7296, section 2.1",
        _REPEATED,
        Kind.LOOK,
        _repeating(ExchangeType.IKE_SA_INIT, lambda peer: peer.base),
        judge=_each(_same_again),
    ),
    Case(
        "intermediate-repeated",
        "RFC 7296, section 2.1",
        _REPEATED,
        Kind.LOOK,
        _repeating(ExchangeType.IKE_INTERMEDIATE, lambda peer: peer.hybrids[:1]),
        needs=_NEEDS_ML_KEM,
        judge=_each(_same_again),
    ),
    Case(
        "intermediate-said",
        "RFC 9370, section 2.2.1",
        _SUPPORTED,
        Kind.LOOK,
        _each_chosen,
        needs=_NEEDS_ML_KEM,
        judge=_each(_supports),
        is_quoted=False,
    ),
    Case(
        "ciphertext-fits",
        f"RFC 9370, section 2.2.2; {_ML_KEM}",
        _MATCHES,
        Kind.LOOK,
        _each_chosen,
        needs=_NEEDS_ML_KEM,
        judge=_each(_ciphertext),
        is_quoted=False,
    ),
    Case(
        "ciphertexts-fresh",
        _ML_KEM,
        _FRESH,
        Kind.LOOK,
        _same_key_twice,
        needs=_NEEDS_ML_KEM,
        judge=_ciphertexts_fresh,
        is_quoted=False,
    ),
    Case(
        "keys-agree",
        "RFC 9370, section 2.2.2",
        _KEYS,
        Kind.LOOK,
        _each_chosen,
        needs=_NEEDS_ML_KEM,
        judge=_each(_agreed),
        is_quoted=False,
    ),
)
