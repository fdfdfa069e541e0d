"""SMB at one address and port: dialects, ciphers, ways to sign, and whether SMB 1 is still answered ([MS-SMB2], section 3.3.5.4).

Costs a server one connection (`quick`; three where it has SMB 1 alone), at most nineteen else, each with one NEGOTIATE and nothing
after it: no session is set up and nobody logs in. Monitoring may tell of the question whether SMB 1 is answered. Each refusal is
proven by the first question, which is asked once more at the end."""

from __future__ import annotations

import os
from dataclasses import dataclass, field

from pqscan.errors import MalformedMessage, PeerClosed, PeerError, PeerRejected, PeerTimedOut, WrongProtocol
from pqscan.model.observation import Observation, Preference, Subject, Support
from pqscan.model.outcome import Evidence, Facts, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.net.converse import converse
from pqscan.net.stream import Dialer
from pqscan.net.transcript import Transcript
from pqscan.registry.plain_numbers import EDITION, NumberKind, plain_number
from pqscan.wire.smb.conversation import SmbQuestion
from pqscan.wire.smb.negotiate import NegotiateRequest, NegotiateResponse
from pqscan.wire.smb.words import ENCRYPTION_CAPABILITY, REFUSALS, SUCCESS, ContextType, Dialect, SecurityMode

SMB_1 = "SMB1"
DIALECTS = tuple(sorted(Dialect))
CIPHERS, SIGNING = (2, 1, 4, 3), (2, 1, 0)
"""In the order of current clients of Windows ([MS-SMB2], section 3.2.4.2.2.2, and its product notes)."""
_AES_CMAC, _HMAC_SHA256 = 1, 0
_CONNECTION_SECONDS = 5.0
_MOST_QUESTIONS = 16
_LOGINS = {  # object identifiers of SPNEGO's list, as DER ([MS-SPNG], section 1.9)
    bytes.fromhex("060a2b06010401823702020a"): "login_by_ntlm",
    bytes.fromhex("06092a864886f712010202"): "login_by_kerberos",
    bytes.fromhex("06092a864882f712010202"): "login_by_kerberos",
    bytes.fromhex("060a2b06010401823702021e"): "login_by_negoex",
}


@dataclass(frozen=True, slots=True)
class SmbSettings:
    """`depth` is quick, inventory or exhaustive; the last asks no more than the one before."""

    depth: str = "inventory"
    keep_evidence: bool = True


class SmbProbe:
    """Asks one server of SMB."""

    name = "smb"
    serves_names = False

    def __init__(self, settings: SmbSettings = SmbSettings()) -> None:
        self.settings = settings

    async def run(self, target: NetworkTarget, means: Dialer) -> Facts:
        """Raises PeerError where nothing of SMB came back; what was learned before trouble is always returned."""
        return await _Attempt(self.settings, target, means).run()


@dataclass(slots=True)
class _Axis:
    """What is asked for in turn: taken in the order in which it was chosen, the rest refused where `is_proven`. `contradicts`: the
    server chose what it was not offered, so that it is asked no more and nothing counts as refused."""

    values: tuple[int, ...]
    taken: list[int] = field(default_factory=list)
    is_proven: bool = False
    contradicts: bool = False
    whose: Preference = Preference.UNKNOWN

    @property
    def left(self) -> tuple[int, ...]:
        return () if self.is_proven or self.contradicts else tuple(value for value in self.values if value not in self.taken)

    @property
    def preference(self) -> Preference:
        """Whose order counts, where there was more than one to choose from."""
        return self.whose if len(self.taken) > 1 else Preference.UNKNOWN

    def note(self, chosen: int | None) -> None:
        """What was chosen among `left`; None where nothing was."""
        if chosen is None:
            self.is_proven = True
        elif chosen in self.left:
            self.taken.append(chosen)
            self.is_proven = len(self.taken) == len(self.values)
        else:
            self.contradicts = True


class _Attempt:
    def __init__(self, settings: SmbSettings, target: NetworkTarget, dialer: Dialer) -> None:
        self._settings = settings
        self._target = target
        self._dialer = dialer
        self._first: NegotiateResponse | None = None
        self._dialects: dict[int, Support] = {}
        self._capable: dict[int, int] = {}
        self._old: Support | None = None
        self._old_signs = False
        self._ciphers, self._signing = _Axis(CIPHERS), _Axis(SIGNING)
        self._evidence: Evidence | None = None
        self._trouble = ""
        self._asked = 0

    async def run(self) -> Facts:
        try:
            first = await self._ask(DIALECTS)
        except PeerClosed as error:
            await self._ask_old()
            if self._old is not Support.ACCEPTED:
                raise error
            again = await self._ask_again()
            if again is None:
                return self._facts()
            first = again
        if first.status != SUCCESS:
            raise PeerRejected("the server takes none of the dialects of SMB 2 and 3", code=first.status)
        self._note(first)
        self._first = first
        if self._settings.depth != "quick":
            try:
                await self._ask_dialects(first.dialect)
                if first.dialect == Dialect.SMB_3_1_1:
                    await self._ask_algorithms()
                if self._old is None:
                    await self._ask_old()
                await self._control()
            except PeerError as error:
                return self._stopped(error)
        return self._facts()

    def _stopped(self, error: PeerError) -> Facts:
        self._trouble = "out_of_time" if isinstance(error, PeerTimedOut) else "closed_early"
        return self._facts()

    def _note(self, answer: NegotiateResponse) -> None:
        """Raises MalformedMessage where the server chose what no client offers."""
        if answer.dialect not in DIALECTS:
            raise MalformedMessage(f"the server chose the dialect 0x{answer.dialect:04x}, which was not offered")
        self._dialects[answer.dialect] = Support.ACCEPTED
        self._capable[answer.dialect] = answer.capabilities
        if answer.dialect == Dialect.SMB_3_1_1:
            self._ciphers.note(_one(answer, ContextType.ENCRYPTION, none=0))
            self._signing.note(_signs(answer))

    async def _ask_dialects(self, chosen: int) -> None:
        """Each alone; a refusal counts by its own status, and where the server still answers after it."""
        for dialect in DIALECTS:
            if dialect == chosen:
                continue
            try:
                answer = await self._ask((dialect,))
            except PeerClosed:
                self._dialects[dialect] = Support.REFUSED
                continue
            if answer.status == SUCCESS and answer.dialect == dialect:
                self._note(answer)
            else:
                self._dialects[dialect] = Support.REFUSED if answer.status in REFUSALS else Support.UNKNOWN

    async def _ask_algorithms(self) -> None:
        """First the other way round, which tells whose order counts, then what is left of both lists in one question.
        Who refuses that whole, as Samba does where it cannot sign so, is asked for each list beside all of the other."""
        answer = await self._ask((Dialect.SMB_3_1_1,), CIPHERS[::-1], SIGNING[::-1])
        if answer.status == SUCCESS:
            for axis, chosen in (
                (self._ciphers, _one(answer, ContextType.ENCRYPTION, none=0)),
                (self._signing, _signs(answer)),
            ):
                if chosen is not None and axis.taken and chosen in axis.values:
                    axis.whose = Preference.SERVER if chosen == axis.taken[0] else Preference.CLIENT
                    if chosen != axis.taken[0]:
                        axis.note(chosen)
        is_together = True
        while (self._ciphers.left or self._signing.left) and self._asked < _MOST_QUESTIONS:
            ciphers = self._ciphers.left
            signing = self._signing.left if is_together or not ciphers else ()
            answer = await self._ask((Dialect.SMB_3_1_1,), ciphers or CIPHERS, signing or SIGNING)
            if answer.status in REFUSALS:
                if ciphers and signing:
                    is_together = False
                else:
                    (self._ciphers if ciphers else self._signing).note(None)
                continue
            if answer.status != SUCCESS or answer.dialect != Dialect.SMB_3_1_1:
                return
            if ciphers:
                self._ciphers.note(_one(answer, ContextType.ENCRYPTION, none=0))
            if signing:  # Who names none of a list without AES-CMAC takes none of it, and signs by that all the same.
                self._signing.note(_signs(answer) if _AES_CMAC in signing else _one(answer, ContextType.SIGNING))

    async def _ask_old(self) -> None:
        """SMB 1 alone. A server that has none closes without a word: whether that was its answer tells the control."""
        question = SmbQuestion(None)
        try:
            await self._converse(question)
        except (PeerClosed, WrongProtocol):
            self._old = Support.REFUSED
            return
        answer = question.old_answer
        self._old = Support.ACCEPTED if answer is not None and answer.index is not None else Support.REFUSED
        self._old_signs = answer is not None and answer.requires_signing

    async def _ask_again(self) -> NegotiateResponse | None:
        """The first question once more, of who hung up on it and answered SMB 1 then; None where it gets no answer now either."""
        try:
            return await self._ask(DIALECTS)
        except PeerClosed:
            return None
        except PeerError as error:
            self._trouble = "out_of_time" if isinstance(error, PeerTimedOut) else "closed_early"
            return None

    async def _control(self) -> None:
        """The first question once more: without its answer no refusal is one."""
        answer = await self._ask(DIALECTS)
        if answer.status != SUCCESS or self._first is None or answer.dialect != self._first.dialect:
            raise PeerClosed("the server does not answer any more as it did")

    async def _ask(
        self, dialects: tuple[int, ...], ciphers: tuple[int, ...] = CIPHERS, signing: tuple[int, ...] = SIGNING
    ) -> NegotiateResponse:
        question = SmbQuestion(NegotiateRequest(dialects, ciphers, signing, os.urandom(16), os.urandom(32)))
        await self._converse(question)
        if question.answer is None:
            raise MalformedMessage("the server answered SMB 2 with a message of SMB 1")
        return question.answer

    async def _converse(self, question: SmbQuestion) -> None:
        self._asked += 1
        transcript = Transcript(question)
        async with self._dialer.connect(self._target, timeout_seconds=_CONNECTION_SECONDS) as stream:
            await converse(transcript, stream)
        if self._evidence is None:
            self._evidence = transcript.evidence()

    def _facts(self) -> Facts:
        observations = [*self._versions()]
        if self._first is not None:
            observations += self._chosen(self._first)
            observations += self._algorithms()
            observations += self._behaviours(self._first)
        elif self._old is Support.ACCEPTED:
            observations.append(_behaviour(f"signing_{'required' if self._old_signs else 'not_required'}", SMB_1))
        return Facts(
            observations=tuple(dict.fromkeys(observations)),
            preference=self._preference(),
            depth=self._settings.depth,
            asked=EDITION,
            complete=not self._trouble,
            status=_STATUS.get(self._trouble, OutcomeStatus.COMPLETED),
            detail=Reason.of(f"smb_{self._trouble}") if self._trouble else None,
            evidence=self._evidence if self._settings.keep_evidence else None,
        )

    def _versions(self) -> list[Observation]:
        """In the order of their age. What was refused before the control failed is unknown."""
        found = [] if self._old is None else [_version(SMB_1, self._proven(self._old), self._trouble)]
        for dialect in DIALECTS:
            support = self._dialects.get(dialect)
            if support is None and self._settings.depth == "quick":
                continue
            if support is None and self._first is None:
                support = Support.REFUSED if self._old is Support.ACCEPTED else Support.UNKNOWN
            found.append(_version(_name(dialect), self._proven(support or Support.UNKNOWN), self._trouble))
        if self._first is not None:
            found.append(Observation(Subject.SELECTED_VERSION, _name(self._first.dialect), Support.SELECTED))
        return found

    def _proven(self, support: Support) -> Support:
        return Support.UNKNOWN if support is Support.REFUSED and self._trouble else support

    def _chosen(self, first: NegotiateResponse) -> list[Observation]:
        context = _name(first.dialect)
        if first.dialect == Dialect.SMB_3_1_1:
            cipher = _one(first, ContextType.ENCRYPTION, none=0)
            found = [] if cipher is None else [_number(Subject.SELECTED_ENCRYPTION, cipher, Support.SELECTED, context)]
            return [*found, _number(Subject.SELECTED_MAC, _signs(first), Support.SELECTED, context)]
        found = []
        if first.capabilities & ENCRYPTION_CAPABILITY and first.dialect >= Dialect.SMB_3_0:
            found.append(_number(Subject.SELECTED_ENCRYPTION, 1, Support.SELECTED, context))
        return [*found, _number(Subject.SELECTED_MAC, _signs_by(first.dialect), Support.SELECTED, context)]

    def _algorithms(self) -> list[Observation]:
        """Of 3.1.1 what was asked for; the dialects before it have one cipher and one way to sign each (section 3.1.4)."""
        found = []
        for dialect, support in self._dialects.items():
            context = _name(dialect)
            if support is not Support.ACCEPTED:
                continue
            if dialect == Dialect.SMB_3_1_1:
                found += self._listed(Subject.ENCRYPTION, self._ciphers, context)
                found += self._listed(Subject.MAC, self._signing, context)
                continue
            if dialect >= Dialect.SMB_3_0 and self._capable[dialect] & ENCRYPTION_CAPABILITY:
                found.append(_number(Subject.ENCRYPTION, 1, Support.ACCEPTED, context))
            found.append(_number(Subject.MAC, _signs_by(dialect), Support.ACCEPTED, context))
        return found

    def _listed(self, subject: Subject, axis: _Axis, context: str) -> list[Observation]:
        by_server = axis.preference is Preference.SERVER
        found = [
            _number(subject, value, Support.ACCEPTED, context, rank=place if by_server else None)
            for place, value in enumerate(axis.taken, 1)
        ]
        if self._settings.depth == "quick":
            return found
        rest = [value for value in axis.values if value not in axis.taken]
        refused = Support.REFUSED if axis.is_proven and not self._trouble else Support.UNKNOWN
        why = self._trouble or ("contradiction" if axis.contradicts else "not_proven")
        return [*found, *(_number(subject, value, refused, context, why=why) for value in rest)]

    def _behaviours(self, first: NegotiateResponse) -> list[Observation]:
        context = _name(first.dialect)
        required = bool(first.security_mode & SecurityMode.SIGNING_REQUIRED)
        words = ["signing_required" if required else "signing_not_required"]
        words += sorted({word for mark, word in _LOGINS.items() if mark in first.login})
        if not any(one.subject is Subject.SELECTED_ENCRYPTION for one in self._chosen(first)):
            words.append("no_encryption")
        return [_behaviour(word, context) for word in words]

    def _preference(self) -> tuple[tuple[str, Preference], ...]:
        known = self._ciphers.preference
        return () if known is Preference.UNKNOWN else ((_name(Dialect.SMB_3_1_1), known),)


_STATUS = {"out_of_time": OutcomeStatus.TIMED_OUT, "closed_early": OutcomeStatus.CLOSED_EARLY}


def _one(answer: NegotiateResponse, kind: ContextType, *, none: int | None = None) -> int | None:
    """The number that the server chose; None where it chose none, or `none`, which stands for it."""
    values = answer.values(kind)
    return values[0] if values and values[0] != none else None


def _signs(answer: NegotiateResponse) -> int:
    """Of 3.1.1: a server that names no way to sign, as all before Windows Server 2022 and Samba 4.15, signs by AES-CMAC
    ([MS-SMB2], section 3.2.5.2), whatever else it was offered."""
    chosen = _one(answer, ContextType.SIGNING)
    return _AES_CMAC if chosen is None else chosen


def _signs_by(dialect: int) -> int:
    """Before 3.1.1 ([MS-SMB2], section 3.1.4.1)."""
    return _AES_CMAC if dialect >= Dialect.SMB_3_0 else _HMAC_SHA256


def _name(dialect: int) -> str:
    row = plain_number("smb", NumberKind.DIALECT, dialect)
    return f"0x{dialect:04x}" if row is None else row.name


def _version(name: str, support: Support, why: str = "") -> Observation:
    reason = (("reason", why or "not_proven"),) if support is Support.UNKNOWN else ()
    return Observation(Subject.PROTOCOL_VERSION, name, support, parameters=reason)


def _behaviour(word: str, context: str) -> Observation:
    return Observation(Subject.BEHAVIOUR, word, Support.OFFERED, context)


def _number(subject: Subject, value: int, support: Support, context: str, *, rank: int | None = None, why: str = "") -> Observation:
    kind = NumberKind.CIPHER if subject in (Subject.ENCRYPTION, Subject.SELECTED_ENCRYPTION) else NumberKind.MAC
    row = plain_number("smb", kind, value)
    parameters: tuple[tuple[str, str | int], ...] = ()
    if row is not None and row.key_bits is not None and kind is NumberKind.CIPHER:
        parameters = (("key_bits", row.key_bits),)
    if support is Support.UNKNOWN:
        parameters += (("reason", why or "not_proven"),)
    return Observation(
        subject, f"0x{value:04x}", support, context, name=None if row is None else row.name, rank=rank, parameters=parameters
    )
