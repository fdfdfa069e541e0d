"""What a run against one SSH server learns, as it is collected; and what it asks for."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache

from pqscan.registry.ssh import SshClient, SshKind, own_offer, ssh_algorithm
from pqscan.wire.ssh.banner import Identification
from pqscan.wire.ssh.conversation import ProvenKey
from pqscan.wire.ssh.exchange import can_carry_through
from pqscan.wire.ssh.fields import is_name
from pqscan.wire.ssh.kexinit import KexInit

MOST_CONNECTIONS = 10  # OpenSSH 10 turns a source away after 17 quick ones (PerSourcePenalties)
FIELD_SIZES = (1024, 2048, 3072, 4096, 8192)
_GROUP_EXCHANGE = "DH-GEX"
_MOST_TAKEN = 50  # names a list, which is what Dropbear reads


@dataclass(slots=True)
class Survey:
    """`unproven` tells, by the format of the host key, why it was not shown; `fields` what size came for each size asked: 0 for a
    refusal. `trouble` is empty, or why the run ended before it was through."""

    depth: str
    client: SshClient
    identification: Identification | None = None
    server: KexInit | None = None
    proven: list[ProvenKey] = field(default_factory=list)
    unproven: dict[str, str] = field(default_factory=dict)
    fields: dict[int, int] = field(default_factory=dict)
    unasked_fields: dict[int, str] = field(default_factory=dict)
    trouble: str = ""

    @property
    def proven_formats(self) -> set[str]:
        return {key_format(key.algorithm) for key in self.proven}

    def further_keys(self) -> dict[str, str]:
        """The first algorithm of each type of host key that was not shown yet, by the type, in the server's order."""
        found: dict[str, str] = {}
        for name in self.server.server_host_key_algorithms if self.server is not None else ():
            found.setdefault(key_format(name), name)
        return {kind: name for kind, name in found.items() if kind not in self.proven_formats}

    @property
    def group_exchange(self) -> str | None:
        """The server's first method whose field it chooses itself; None where it has none that can be asked here."""
        for name in self.server.key_exchanges if self.server is not None else ():
            row = ssh_algorithm(SshKind.KEY_EXCHANGE, name)
            if row is not None and row.primitive == _GROUP_EXCHANGE and can_carry_through(name):
                return name
        return None


def key_format(algorithm: str) -> str:
    """The type of key that a host key algorithm signs with."""
    row = ssh_algorithm(SshKind.HOST_KEY, algorithm)
    return row.key_format if row is not None else algorithm


def client_kexinit(client: SshClient, cookie: bytes) -> KexInit:
    """What a client of that row says."""
    return KexInit(
        cookie,
        client.kex_methods,
        client.host_keys,
        client.ciphers,
        client.ciphers,
        client.macs,
        client.macs,
        client.compressions,
        client.compressions,
    )


def first_offer(client: SshClient, cookie: bytes) -> KexInit:
    """All that the client offers and can be carried through here, in its order, then what else servers have."""
    return replace(_offer(client), cookie=cookie)


@lru_cache(maxsize=16)
def _offer(client: SshClient) -> KexInit:
    """Without a cookie: the same for every server."""
    more = own_offer()
    methods = tuple(name for name in joined(client.kex_methods, more.kex_methods) if can_carry_through(name))
    ciphers, macs = joined(client.ciphers, more.ciphers), joined(client.macs, more.macs)
    compressions = joined(client.compressions, more.compressions)
    keys = joined(client.host_keys, more.host_keys)
    return KexInit(b"", methods, keys, ciphers, ciphers, macs, macs, compressions, compressions)


def matching_offer(offer: KexInit, server: KexInit, method: str) -> KexInit:
    """One method, and the server's own ciphers, MACs and compressions, so that it agrees whatever they are."""

    def taken(theirs: tuple[str, ...], ours: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for name in theirs if is_name(name))[:_MOST_TAKEN] or ours

    return replace(
        offer,
        kex_algorithms=(method,),
        encryption_client_to_server=taken(server.encryption_client_to_server, offer.encryption_client_to_server),
        encryption_server_to_client=taken(server.encryption_server_to_client, offer.encryption_server_to_client),
        mac_client_to_server=taken(server.mac_client_to_server, offer.mac_client_to_server),
        mac_server_to_client=taken(server.mac_server_to_client, offer.mac_server_to_client),
        compression_client_to_server=taken(server.compression_client_to_server, offer.compression_client_to_server),
        compression_server_to_client=taken(server.compression_server_to_client, offer.compression_server_to_client),
    )


def joined(first: tuple[str, ...], second: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*first, *second)))
