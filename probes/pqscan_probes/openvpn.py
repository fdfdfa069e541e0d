"""OpenVPN at one address and port, over UDP or TCP: what a current client gets in the TLS of its control channel.

Costs a server a few sessions that it forgets after a minute; nobody logs in, and no key of data is agreed on. With tls-auth or
tls-crypt a server answers only who has its key: silence is told as that may be, and proves nothing. Over
TCP a server closes on what it refuses, which proves it; over UDP it falls silent, which does not."""

from __future__ import annotations

import os
from dataclasses import replace

from pqscan.errors import PeerClosed, PeerTimedOut
from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.net.openvpn import OpenVpnDialer
from pqscan.net.stream import Dialer
from pqscan.probe import NetworkProbe

VERSION = "OpenVPN"


class OpenVpnProbe:
    """Asks one server by a probe of TLS whose depth is `quick`."""

    name = "openvpn"
    serves_names = False

    def __init__(self, tls: NetworkProbe) -> None:
        self._tls = tls

    async def run(self, target: NetworkTarget, means: Dialer) -> Facts:
        """Raises PeerError where another protocol, a closed port or a network answered."""
        dialer = OpenVpnDialer(means, os.urandom)
        try:
            facts = await self._tls.run(target, dialer)
        except (PeerTimedOut, PeerClosed) as error:
            return _without_tls(error, opened=dialer.opened)
        return replace(facts, observations=(_version(Support.ACCEPTED), *facts.observations), further_names=())


def _without_tls(error: PeerTimedOut | PeerClosed, *, opened: bool) -> Facts:
    """Where no session stood, a key may be needed; where one did, the server says no more to whom it refuses."""
    code = "openvpn_says_no_more" if opened else "openvpn_silent"
    return Facts(
        (_version(Support.ACCEPTED if opened else Support.UNKNOWN),),
        depth="quick",
        complete=False,
        status=OutcomeStatus.TIMED_OUT if isinstance(error, PeerTimedOut) else OutcomeStatus.CLOSED_EARLY,
        detail=Reason.of(code),
    )


def _version(support: Support) -> Observation:
    reason = (("reason", "silent_or_keyed"),) if support is Support.UNKNOWN else ()
    return Observation(Subject.PROTOCOL_VERSION, VERSION, support, parameters=reason)
