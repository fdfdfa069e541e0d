"""A conformance case of SSH: what is sent, what the standard asks for, and the sentence that says so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from pqscan.harness.conformance.case import Kind, Ruling
from pqscan.harness.conformance.ssh.script import Script
from pqscan.harness.conformance.ssh.seen import Progress, Seen
from pqscan.model.reason import Reason
from pqscan.registry.ssh import SshKind, ssh_algorithm
from pqscan.wire.ssh.kexinit import KexInit
from pqscan.wire.ssh.session import EXT_INFO_SERVER, STRICT_SERVER

CANDIDATES = (
    "mlkem768x25519-sha256",
    "mlkem768nistp256-sha256",
    "mlkem1024nistp384-sha384",
    "curve25519-sha256",
    "ecdh-sha2-nistp256",
    "ecdh-sha2-nistp384",
)
"""Methods that cases are made of, the best first; all can be computed by `cryptography`."""


@dataclass(frozen=True, slots=True)
class Peer:
    """What is known of the server before the cases begin: its lists."""

    lists: KexInit | None = None

    @property
    def methods(self) -> tuple[str, ...]:
        """Those of CANDIDATES that it lists."""
        listed = () if self.lists is None else self.lists.key_exchanges
        return tuple(name for name in CANDIDATES if name in listed)

    @property
    def hybrids(self) -> tuple[str, ...]:
        return tuple(name for name in self.methods if len(components_of(name)) > 1)

    def with_part(self, part: str) -> tuple[str, ...]:
        """Methods with a component, hybrid or not."""
        return tuple(name for name in self.methods if part in components_of(name))

    @property
    def best(self) -> tuple[str, ...]:
        """The method that cases take which need no special one; none where there is none."""
        return self.methods[:1]

    @property
    def is_strict(self) -> bool:
        return self.lists is not None and STRICT_SERVER in self.lists.kex_algorithms

    @property
    def takes_ext_info(self) -> bool:
        return self.lists is not None and EXT_INFO_SERVER in self.lists.kex_algorithms


Scripts = Callable[[Peer], tuple[Script, ...]]
Judge = Callable[[Peer, tuple[Seen, ...]], Ruling]


@dataclass(frozen=True, slots=True)
class Case:
    """One row. `required` are the reasons for a DISCONNECT that the standard asks for; empty: any end will do. `since` is the stage
    from which on the server has gone on. `scripts` gives the variants for a server, none where it lacks what the case needs:
    `needs` is then the reason's code. `judge` is for kind LOOK."""

    id: str
    rests_on: str
    sentence: str
    kind: Kind
    scripts: Scripts
    required: tuple[int, ...] = ()
    since: Progress = Progress.REPLY
    needs: str = "conformance.ssh.needs.method"
    judge: Judge | None = None
    is_quoted: bool = True  # `sentence` is the standard's own, else it says in our words what is meant there

    @property
    def title(self) -> Reason:
        """What is sent, as a sentence."""
        return Reason.of(f"conformance.ssh.case.{self.id}")


def components_of(method: str) -> tuple[str, ...]:
    row = ssh_algorithm(SshKind.KEY_EXCHANGE, method)
    return row.components if row is not None else ()
