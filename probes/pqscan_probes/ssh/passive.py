"""Facts about SSH servers and clients from connections between others: both say their lists in the clear (RFC 4253, section 7)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace

from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.outcome import Facts
from pqscan.model.passive import ASKED, PASSIVE, Kinds, Shared
from pqscan.model.reason import Reason
from pqscan.registry.ssh import current_client
from pqscan.wire.ssh.banner import Identification
from pqscan.wire.ssh.kexinit import KexInit
from pqscan_probes.ssh.facts import facts_of, listed_name
from pqscan_probes.ssh.survey import Survey

CLIENT_PROBE = "ssh_client"
_NAME_BYTES = 100  # of memory, for a name in a list


@dataclass(slots=True)
class SshServerSeen:
    """The last lists count: a server has one configuration at a time. They are the whole of what it takes; which host keys stand
    behind them was not to be seen."""

    shared: Shared = field(default_factory=Shared)
    said: tuple[Identification | None, KexInit] | None = None

    def take(self, identification: Identification | None, lists: KexInit) -> None:
        """Lists for which `shared` has no room are not kept."""
        who = None if identification is None else replace(identification, raw=b"", lines_before=0)
        said = (who, replace(lists, cookie=b""))
        self.said = self.shared.one(said, _size_bytes(lists)) or self.said

    def facts(self) -> Facts:
        identification, lists = (None, None) if self.said is None else self.said
        facts = facts_of(Survey(PASSIVE, current_client(), identification, lists), None, None)
        return replace(facts, complete=False, asked=ASKED, detail=Reason.of("seen_passively"))


@dataclass(slots=True)
class SshClientSeen:
    """Collects the lists that one address sent; programs are told apart by what they call themselves and what they list. What
    stands behind a blank (RFC 4253, section 4.2, comments) may tell who sits there, and is not kept."""

    kinds: Kinds[tuple[str, KexInit]] = field(default_factory=Kinds)

    def take(self, identification: Identification | None, lists: KexInit) -> None:
        software = "" if identification is None else identification.software.partition(" ")[0]
        program = (software, replace(lists, cookie=b""))
        self.kinds.take(program, _size_bytes(lists))

    def facts(self) -> Facts:
        """Each kind of opening is a `context` of its own, named by a digest of it."""
        found: list[Observation] = []
        for context, (software, lists) in sorted((_name(*program), program) for program in self.kinds.seen):
            if software:
                found.append(Observation(Subject.SOFTWARE, software, Support.OFFERED, context))
            found += _offered(lists, context)
        return self.kinds.facts(found)


def _size_bytes(lists: KexInit) -> int:
    return _NAME_BYTES * sum(map(len, lists.lists))


def _name(software: str, lists: KexInit) -> str:
    digest = hashlib.sha256(software.encode("utf-8", "replace") + lists.encode()).hexdigest()
    return f"opening-{digest[:8]}"


def _offered(lists: KexInit, context: str) -> list[Observation]:
    found: list[Observation] = []
    for subject, names in (
        (Subject.KEX_METHOD, lists.key_exchanges),
        (Subject.HOST_KEY, lists.server_host_key_algorithms),
        (Subject.ENCRYPTION, lists.encryption_client_to_server),
        (Subject.MAC, lists.mac_client_to_server),
    ):
        found += [listed_name(subject, name, rank, context) for rank, name in enumerate(dict.fromkeys(names), 1)]
    return found
