"""WireGuard at one address and port over UDP: nothing is sent, for it answers nobody without a key that it knows.

So the outcome is that nothing is known, not even whether anybody listens, and why (WireGuard, Protocol & Cryptography)."""

from __future__ import annotations

from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.outcome import Facts
from pqscan.model.reason import Reason
from pqscan.model.target import NetworkTarget
from pqscan.net.stream import Dialer
from pqscan.registry.plain_numbers import EDITION


class WireGuardProbe:
    """Asks nothing; costs nothing."""

    name = "wireguard"
    serves_names = False

    async def run(self, target: NetworkTarget, means: Dialer) -> Facts:
        unknown = Observation(Subject.PROTOCOL_VERSION, "WireGuard", Support.UNKNOWN, parameters=(("reason", "needs_key"),))
        return Facts((unknown,), depth="quick", asked=EDITION, complete=False, detail=Reason.of("wireguard_not_asked"))
