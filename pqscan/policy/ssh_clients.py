"""What a client of SSH would get from a server, told from the server's lists without a packet (RFC 4253, section 7.1): of each list
the first name of the client's that the server has too. The pinned client's row is what was seen.

Left out: which of them a client warns of before it goes on, and how large keys and groups have to be for it."""

from __future__ import annotations

from collections.abc import Iterable

from pqscan.model.observation import Profile, Subject
from pqscan.model.reason import Reason
from pqscan.policy.answers import QUANTUM_RESISTANT
from pqscan.policy.clients import CLASSICAL, FAILS, POST_QUANTUM, UNKNOWN, ClientOutcome
from pqscan.policy.ssh_uses import is_marker, method_class
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.ssh import SshClient, current_client
from pqscan.registry.ssh import clients as known_clients

SSH_2 = "SSH-2.0"
_AEAD = ("@openssh.com", "poly1305", "gcm", "GCM")  # how ciphers end that need no MAC (RFC 5647; chacha20-poly1305)


def ssh_views(profile: Profile, clients: Iterable[SshClient] | None = None) -> tuple[ClientOutcome, ...]:
    """One row a client, in the order of the registry."""
    lists = _Lists(profile)
    pinned = current_client().name
    return tuple(
        _seen(profile, client) or _foreseen(lists, client) if client.name == pinned else _foreseen(lists, client)
        for client in (known_clients() if clients is None else clients)
    )


class _Lists:
    """What the server lists, by subject and direction; None where it was not told."""

    def __init__(self, profile: Profile) -> None:
        self.is_whole = not profile.is_imported and any(one.subject is Subject.KEX_METHOD for one in profile.observations)
        self._names: dict[tuple[Subject, str | None], set[str]] = {}
        for one in profile.observations:
            if one.support.shows_use and not (one.subject is Subject.KEX_METHOD and is_marker(one.value)):
                self._names.setdefault((one.subject, one.context), set()).add(one.value)

    def of(self, subject: Subject) -> tuple[frozenset[str], ...]:
        """The list, or both where they differ by direction."""
        return tuple(frozenset(names) for (kind, _context), names in self._names.items() if kind is subject)


def _seen(profile: Profile, client: SshClient) -> ClientOutcome | None:
    """None where the probe came to no agreement as this client: then it is thought through like any other."""
    gets = next((one.value for one in profile.observations if one.subject is Subject.SELECTED_KEX_METHOD), None)
    return None if gets is None or gets not in client.kex_methods else _outcome(client, gets, Reason.of("client_seen"))


def _foreseen(lists: _Lists, client: SshClient) -> ClientOutcome:
    if not lists.is_whole:
        return ClientOutcome(client.name, UNKNOWN, reason=Reason.of("client_facts_missing"))
    needs = (
        (Subject.KEX_METHOD, client.kex_methods),
        (Subject.HOST_KEY, client.host_keys),
        (Subject.ENCRYPTION, client.ciphers),
    )
    first: dict[Subject, str] = {}
    for subject, names in needs:
        for listed in lists.of(subject):
            common = next((name for name in names if name in listed), None)
            if common is None:
                return ClientOutcome(client.name, FAILS, SSH_2, reason=Reason.of("ssh_client_no_common", part=subject.value))
            first[subject] = common
    if any(subject not in first for subject, _names in needs):
        return ClientOutcome(client.name, UNKNOWN, SSH_2, reason=Reason.of("client_facts_missing"))
    for listed in lists.of(Subject.MAC):
        if not first[Subject.ENCRYPTION].endswith(_AEAD) and not listed & set(client.macs):
            return ClientOutcome(client.name, FAILS, SSH_2, reason=Reason.of("ssh_client_no_common", part=Subject.MAC.value))
    return _outcome(client, first[Subject.KEX_METHOD], Reason.of("ssh_client_foreseen", key=first[Subject.HOST_KEY]))


def _outcome(client: SshClient, method: str, reason: Reason) -> ClientOutcome:
    kind = method_class(Subject.KEX_METHOD, method)
    outcome = POST_QUANTUM if kind in QUANTUM_RESISTANT else CLASSICAL if kind is QuantumClass.TRADITIONAL else UNKNOWN
    return ClientOutcome(client.name, outcome, SSH_2, group=method, reason=reason)
