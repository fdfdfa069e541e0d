"""Turns what a responder of IKE answered into facts. Names and classes come from the registry.

Contexts: `IKEv2`; `IKEv2+ADDKE1` for a key exchange that was taken together with an additional one (RFC 9370); `IKEv1`. A value
is the number in the message, of a cipher with the bits of its key: `20/256`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from pqscan.errors import MalformedMessage
from pqscan.model.observation import Confidence, Observation, Subject, Support
from pqscan.model.outcome import Evidence, Facts, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.registry.ike import EDITION, IkeKind, ike_number
from pqscan.registry.ike_vendors import BEHAVIOUR, vendor_of
from pqscan.registry.quantum import QuantumClass, together_with_another
from pqscan.wire.ike.main_mode import MainModeResult
from pqscan.wire.ike.offer import ALL_GROUPS, ML_KEM
from pqscan.wire.ike.proposals import Proposal
from pqscan.wire.ike.reply import Reply
from pqscan.wire.ike.survey import SurveyResult
from pqscan.wire.ike.v1 import AttributeKind, NotifyV1
from pqscan.wire.ike.words import NotifyType, TransformType

IKE_V1, IKE_V2, WITH_ADDITIONAL = "IKEv1", "IKEv2", "IKEv2+ADDKE1"
REST = "*"
_MOST_EVIDENCE = 1 << 15  # bytes of each direction
MOST_VENDOR_IDS = 16
_MOST_VENDOR_BYTES = 20
_TROUBLES = {
    "throttled": OutcomeStatus.THROTTLED,
    "out_of_time": OutcomeStatus.TIMED_OUT,
    "closed_early": OutcomeStatus.CLOSED_EARLY,
}
_OF_TYPE = {
    TransformType.ENCR: (Subject.IKE_ENCRYPTION, IkeKind.ENCRYPTION),
    TransformType.PRF: (Subject.IKE_PRF, IkeKind.PRF),
    TransformType.INTEG: (Subject.IKE_INTEGRITY, IkeKind.INTEGRITY),
    TransformType.KE: (Subject.IKE_KEY_EXCHANGE, IkeKind.KEY_EXCHANGE),
}
_OF_ATTRIBUTE = {
    AttributeKind.ENCRYPTION: (Subject.IKE_ENCRYPTION, IkeKind.ENCRYPTION),
    AttributeKind.HASH: (Subject.IKE_PRF, IkeKind.HASH),
    AttributeKind.GROUP: (Subject.IKE_KEY_EXCHANGE, IkeKind.KEY_EXCHANGE),
    AttributeKind.AUTHENTICATION: (Subject.IKE_AUTHENTICATION, IkeKind.AUTH_METHOD),
}
_BEHAVIOURS = {
    NotifyType.USE_PPK: "ppk_supported",
    NotifyType.INTERMEDIATE_EXCHANGE_SUPPORTED: "intermediate_exchange_supported",
    NotifyType.FRAGMENTATION_SUPPORTED: "fragmentation_supported",
    NotifyType.MOBIKE_SUPPORTED: "mobike_supported",
}


@dataclass(slots=True)
class Answers:
    """What came until now. `main_mode` is None where IKEv1 was not asked; `trouble`, a key of `_TROUBLES`, ended it early."""

    survey: SurveyResult
    depth: str
    main_mode: MainModeResult | None = None
    trouble: str = ""

    @property
    def answered(self) -> bool:
        return self.survey.answered or (self.main_mode is not None and self.main_mode.answered)

    @property
    def takes_v2(self) -> bool:
        """Whether it named a group, or chose: a responder of another version refuses every proposal."""
        return self.survey.wanted is not None or self.survey.choice is not None

    @property
    def dropped(self) -> int:
        return self.survey.dropped + (0 if self.main_mode is None else self.main_mode.dropped)


def facts_of(found: Answers, *, keep_evidence: bool = True) -> Facts:
    """Everything that was learned, in the words of the model."""
    survey, main_mode = found.survey, found.main_mode
    observations = [*_versions(found)]
    if found.takes_v2:
        observations += _ml_kem(found)
        observations += _groups(found)
        observations += _transforms(found)
    observations += _told(survey)
    if main_mode is not None:
        observations += _suite(main_mode)
    detail = _detail(found)
    exchanges = (survey, *(() if main_mode is None else (main_mode,)))
    evidence = Evidence(
        *(_joined(datagrams) for datagrams in zip(*((each.sent, each.received) for each in exchanges), strict=True))
    )
    return Facts(
        observations=tuple(dict.fromkeys(observations)),
        depth=found.depth,
        asked=EDITION,
        complete=detail is None,
        status=_TROUBLES.get(found.trouble, OutcomeStatus.COMPLETED),
        detail=detail,
        evidence=evidence if keep_evidence else None,
    )


def _joined(exchanges: Iterable[list[bytes]]) -> bytes:
    """Each datagram tells its length in its header, so that they can be told apart again."""
    return b"".join(datagram for datagrams in exchanges for datagram in datagrams)[:_MOST_EVIDENCE]


def _detail(found: Answers) -> Reason | None:
    survey = found.survey
    if found.trouble:
        return Reason.of(f"ike_{found.trouble}")
    takes_v1 = found.main_mode is not None and found.main_mode.chosen is not None
    if survey.choice is not None or (takes_v1 and not found.takes_v2):
        return None
    if survey.last_error is not None:
        return Reason.of("ike_error", number=survey.last_error)
    return Reason.of("ike_not_finished" if found.takes_v2 else "ike_nothing_chosen")


def _versions(found: Answers) -> Iterator[Observation]:
    """A refusal of all that was offered counts where the other version is taken: else the responder may know this address not.
    Whoever says of either version that it speaks only the other one has told nothing."""
    survey, main_mode = found.survey, found.main_mode
    takes_v1 = main_mode is not None and main_mode.chosen is not None
    if survey.old_version and main_mode is not None and main_mode.error == NotifyV1.INVALID_MAJOR_VERSION:
        yield from (_version(each, Support.UNKNOWN, "contradiction") for each in (IKE_V2, IKE_V1))
        return
    silence = found.trouble or "silence"
    if found.takes_v2:
        yield _version(IKE_V2, Support.ACCEPTED)
    elif survey.old_version or (survey.answered and takes_v1):
        yield _version(IKE_V2, Support.REFUSED)
    else:
        yield _version(IKE_V2, Support.UNKNOWN, "nothing_taken" if survey.answered else silence)
    if main_mode is None:
        return
    if takes_v1:
        yield _version(IKE_V1, Support.ACCEPTED)
    elif main_mode.error == NotifyV1.INVALID_MAJOR_VERSION or (main_mode.refused_all and found.takes_v2):
        yield _version(IKE_V1, Support.REFUSED)
    else:
        yield _version(IKE_V1, Support.UNKNOWN, "nothing_taken" if main_mode.answered else silence)


def _version(version: str, support: Support, why: str = "") -> Observation:
    return Observation(Subject.PROTOCOL_VERSION, version, support, parameters=(("reason", why),) if why else ())


def _ml_kem(found: Answers) -> Iterator[Observation]:
    """Each of the three on top of the group that the responder named for it."""
    survey, choice = found.survey, _chosen(found.survey.choice)
    for method in sorted(ML_KEM):
        taken = survey.accepted.get((TransformType.ADDKE1, method, None))
        if choice is not None and method in choice.values(TransformType.ADDKE1):
            yield told_additional(method, Support.SELECTED, next(iter(choice.values(TransformType.KE)), None))
        elif taken and survey.tells_apart:
            yield told_additional(method, Support.ACCEPTED, survey.group_of.get(method))
        elif (taken is False or survey.ml_kem is False) and survey.choice is not None:
            yield told_additional(method, Support.REFUSED)
        else:
            asked = taken is not None or not survey.ml_kem
            why = "silence" if survey.silent_with_additional else found.trouble or ("not_proven" if asked else "not_asked")
            yield told_additional(method, Support.UNKNOWN, why=why)


def told_additional(
    method: int, support: Support, group: int | None = None, why: str = "", context: str = IKE_V2, rank: int | None = None
) -> Observation:
    """One fact about an additional key exchange, on top of `group`. It makes a hybrid where it resists by itself; RFC 9370 lets any
    other method stand there, too."""
    row = ike_number(IkeKind.KEY_EXCHANGE, method)
    under = None if group is None else ike_number(IkeKind.KEY_EXCHANGE, group)
    own = () if row is None else row.components
    return Observation(
        Subject.IKE_ADDITIONAL_KEY_EXCHANGE,
        str(method),
        support,
        context,
        name=None if row is None else row.name,
        rank=rank,
        quantum_class=QuantumClass.UNKNOWN if row is None else together_with_another(row.quantum_class),
        confidence=Confidence.OBSERVED,  # Only an IKE_INTERMEDIATE would confirm it.
        components=own if under is None else (*under.components, *own),
        parameters=(("reason", why),) if why else (),
    )


def _groups(found: Answers) -> Iterator[Observation]:
    """In the order in which the responder wants them; what it refused where all were asked."""
    survey = found.survey
    chosen = _chosen(survey.choice)
    with_additional = chosen is not None and any(chosen.values(TransformType.ADDKE1))  # 0 stands for none.
    selected = None if chosen is None else next(iter(chosen.values(TransformType.KE)), None)
    is_quick = found.depth == "quick"
    if survey.alone is not None:
        yield told_number(Subject.IKE_KEY_EXCHANGE, IkeKind.KEY_EXCHANGE, survey.alone, Support.ACCEPTED, IKE_V2)
    for context, ranked, is_complete in (
        (WITH_ADDITIONAL, survey.hybrid_groups, survey.hybrid_groups_complete),
        (IKE_V2, survey.groups, survey.groups_complete),
    ):
        here = selected if with_additional is (context == WITH_ADDITIONAL) else None
        for rank, group in enumerate(ranked, 1):
            support = Support.SELECTED if group == here else Support.ACCEPTED
            yield told_number(Subject.IKE_KEY_EXCHANGE, IkeKind.KEY_EXCHANGE, group, support, context, rank=rank)
        if here is not None and here not in ranked:
            yield told_number(Subject.IKE_KEY_EXCHANGE, IkeKind.KEY_EXCHANGE, here, Support.SELECTED, context)
        if is_quick or (context == WITH_ADDITIONAL and not survey.ml_kem):
            continue
        if is_complete and survey.choice is not None:
            for group in sorted(set(ALL_GROUPS) - {*ranked, *(() if here is None else (here,))}):
                yield told_number(Subject.IKE_KEY_EXCHANGE, IkeKind.KEY_EXCHANGE, group, Support.REFUSED, context)
        else:
            yield Observation(
                Subject.IKE_KEY_EXCHANGE, REST, Support.UNKNOWN, context, parameters=(("reason", found.trouble or "not_proven"),)
            )


def _transforms(found: Answers) -> Iterator[Observation]:
    survey = found.survey
    chosen = _chosen(survey.choice)
    selected = {} if chosen is None else {(each.kind, each.value, each.key_bits): None for each in chosen.transforms}
    asked = dict.fromkeys((*survey.accepted, *selected))
    for kind, value, bits in sorted(asked, key=lambda each: (each[0], each[1], each[2] or 0)):
        place = next((place for known, place in _OF_TYPE.items() if known == kind and known is not TransformType.KE), None)
        if place is None:
            continue
        taken = survey.accepted.get((TransformType(kind), value, bits))
        if (kind, value, bits) in selected:
            yield told_number(*place, value, Support.SELECTED, IKE_V2, bits=bits)
        elif taken:
            yield told_number(*place, value, Support.ACCEPTED, IKE_V2, bits=bits)
        elif survey.choice is not None:
            yield told_number(*place, value, Support.REFUSED, IKE_V2, bits=bits)
        else:
            yield told_number(*place, value, Support.UNKNOWN, IKE_V2, bits=bits, why=found.trouble or "not_proven")


def _chosen(choice: Reply | None) -> Proposal | None:
    return None if choice is None else choice.chosen


def _told(survey: SurveyResult) -> Iterator[Observation]:
    """What the answers tell beside the suite."""
    if survey.cookies:
        yield _behaviour("cookie_demanded", IKE_V2)
    if survey.not_offered:
        yield _behaviour("selected_not_offered", IKE_V2)
    if survey.choice is None:
        return
    for notify in survey.choice.notifications:
        word = next((word for kind, word in _BEHAVIOURS.items() if kind == notify.kind), None)
        if word is not None:
            yield _behaviour(word, IKE_V2)
        if notify.kind == NotifyType.SIGNATURE_HASH_ALGORITHMS:
            try:
                hashes = dict.fromkeys(notify.numbers())
            except MalformedMessage:
                continue
            for value in list(hashes)[:MOST_VENDOR_IDS]:
                yield told_number(Subject.IKE_AUTHENTICATION, IkeKind.SIGNATURE_HASH, value, Support.OFFERED, IKE_V2)
    if survey.choice.certificate_requests:
        yield _behaviour("certificates_requested", IKE_V2)
    yield from _vendors(survey.choice.vendor_ids, IKE_V2)


def told_of(reply: Reply) -> Reply:
    """A choice with what facts are made of alone: nothing that differs from exchange to exchange."""
    kept = (*_BEHAVIOURS, NotifyType.SIGNATURE_HASH_ALGORITHMS)
    return Reply(
        reply.kind,
        reply.group,
        reply.chosen,
        notifications=tuple(each for each in reply.notifications if each.kind in kept),
        vendor_ids=reply.vendor_ids[:MOST_VENDOR_IDS],
        certificate_requests=reply.certificate_requests[:1],
    )


def _vendors(vendor_ids: tuple[bytes, ...], context: str) -> Iterator[Observation]:
    for data in vendor_ids[:MOST_VENDOR_IDS]:
        row = vendor_of(data)
        if row is not None and row.kind == BEHAVIOUR:
            yield _behaviour(row.name, context)
        elif data:
            name = None if row is None else row.name
            yield Observation(Subject.SOFTWARE, data[:_MOST_VENDOR_BYTES].hex(), Support.OFFERED, name=name)


def _behaviour(word: str, context: str) -> Observation:
    return Observation(Subject.BEHAVIOUR, word, Support.OFFERED, context)


def _suite(main_mode: MainModeResult) -> Iterator[Observation]:
    """The suite of IKEv1 that the responder takes."""
    if main_mode.chosen is None:
        return
    bits = main_mode.chosen.value(AttributeKind.KEY_LENGTH)
    for attribute, place in _OF_ATTRIBUTE.items():
        value = main_mode.chosen.value(attribute)
        if value is not None:
            own = bits if attribute is AttributeKind.ENCRYPTION else None
            yield told_number(*place, value, Support.ACCEPTED, IKE_V1, bits=own, version=1)
    yield from _vendors(main_mode.vendor_ids, IKE_V1)


def told_number(
    subject: Subject,
    kind: IkeKind,
    value: int,
    support: Support,
    context: str,
    *,
    bits: int | None = None,
    rank: int | None = None,
    why: str = "",
    version: int = 2,
) -> Observation:
    """One fact about one number of a transform or attribute."""
    row = ike_number(kind, value, version=version)
    of_keys = subject is Subject.IKE_KEY_EXCHANGE
    suffix = "" if bits is None else f"-{bits}"
    return Observation(
        subject,
        str(value) if bits is None else f"{value}/{bits}",
        support,
        context,
        name=None if row is None else f"{row.name}{suffix}",
        rank=rank,
        quantum_class=row.quantum_class if row is not None else QuantumClass.UNKNOWN if of_keys else QuantumClass.NOT_PUBLIC_KEY,
        components=() if row is None else row.components,
        parameters=(*((("key_bits", bits),) if bits is not None else ()), *((("reason", why),) if why else ())),
    )
