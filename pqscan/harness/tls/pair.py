"""A pair of our own on loopback: our client against our server, for groups and signatures that no other peer has.

Both ends are ours and compute with the same library, so that it proves no more than that the two agree; each end checks the other.
"""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import datetime

from pqscan.errors import WorkError
from pqscan.harness.handshake import Carried, DialerMaker
from pqscan.harness.tls.client import ClientSettings
from pqscan.harness.tls.falcon import falcon_identity
from pqscan.harness.tls.handshake import TlsHandshake, Way
from pqscan.harness.tls.identity import ServerIdentity, self_made
from pqscan.harness.tls.loopback import serving
from pqscan.harness.tls.server import ServerConversation
from pqscan.harness.tls.server_settings import ServerOutcome, ServerSettings
from pqscan.harness.tls.shares import ShareMaker
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.model.trial import TrialVerdict
from pqscan.registry.tls import NamedGroup, signature_scheme

SUITE = "tls1.3-loopback"
SUBJECT = "our own pair"
_ADDRESS = "127.0.0.1"
_MAIN_SCHEME = 0x0403
_SCHEMES = (0x0403, 0x0503, 0x0804, 0x0807, 0x0904, 0x0905, 0x0906)
_FALCON = ("Falcon-512", "Falcon-1024")


@dataclass(frozen=True, slots=True)
class LoopbackPair:
    """Every group with an ECDSA certificate, then the first group with every kind of certificate."""

    groups: tuple[NamedGroup, ...]
    maker: ShareMaker
    settings: ClientSettings
    now: datetime

    async def carry_out(self, dialer: DialerMaker) -> AsyncIterator[Carried]:
        """Each handshake as it ends. Raises WorkError where no server can listen on loopback."""
        identity = self_made(_MAIN_SCHEME, self.now)
        for group in self.groups:
            for way in Way:
                yield await self._try(self._handshake(group, way), identity, dialer)
        for signer in self._signers() if self.groups else ():
            scheme = signature_scheme(signer.scheme).name or f"0x{signer.scheme:04x}"
            yield await self._try(self._handshake(self.groups[0], Way.DIRECT, scheme), signer, dialer)

    def _handshake(self, group: NamedGroup, way: Way, note: str = "") -> TlsHandshake:
        return TlsHandshake(group, way, self.maker, self.settings, SUITE, SUBJECT, note)

    def _signers(self) -> list[ServerIdentity]:
        found = [self_made(scheme, self.now) for scheme in _SCHEMES]
        if self.maker.library == "liboqs":
            for component in _FALCON:
                try:
                    found.append(falcon_identity(component, self.now))
                except WorkError:  # Built without it.
                    continue
        return found

    async def _try(self, handshake: TlsHandshake, identity: ServerIdentity, dialer: DialerMaker) -> Carried:
        group = handshake.group
        settings = ServerSettings(identity, (group.value,), secrets.token_bytes, encapsulators=self.maker.encapsulators(group))
        ended: list[ServerOutcome] = []
        try:
            async with serving(
                lambda: ServerConversation(settings), _ADDRESS, lambda conversation: ended.append(conversation.outcome)
            ) as port:
                carried = await handshake.carry_through(NetworkTarget(_ADDRESS, port), dialer())
        except OSError as error:
            raise WorkError(f"no server can listen at {_ADDRESS}: {error.strerror}") from None
        return self._held_against(carried, handshake, ended)

    @staticmethod
    def _held_against(carried: Carried, handshake: TlsHandshake, ended: list[ServerOutcome]) -> Carried:
        """The client's verdict stands only where the server saw the same: its group, our Finished, our request, our close."""
        if carried.trial.verdict is not TrialVerdict.PASSED:
            return replace(carried, proven=None)
        seen = ended[-1] if ended else ServerOutcome()
        agrees = (
            seen.established
            and seen.group == handshake.group.value
            and seen.retried == (handshake.way is Way.RETRY)
            and seen.application_bytes == len(handshake.settings.request)
            and seen.client_closed_in_order
        )
        if agrees:
            return replace(carried, proven=None)  # Nothing was learned about any target.
        reason = Reason.of("handshake_ends_disagree", problem=seen.why or "it did not see the whole exchange")
        return replace(carried, trial=replace(carried.trial, verdict=TrialVerdict.FAILED, reason=reason), proven=None)
