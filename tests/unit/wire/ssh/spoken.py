"""Lets a conversation and a model of a server talk, whole or byte by byte."""

from __future__ import annotations

from pqscan.registry import ssh
from pqscan.wire.ssh.conversation import SshConversation
from pqscan.wire.ssh.exchange import DEFAULT_FIELD, FieldSize, can_carry_through
from pqscan.wire.ssh.kexinit import KexInit
from tests.unit.wire.ssh.server_model import ServerModel


def offer(*methods: str, keys: tuple[str, ...] = ("ssh-ed25519", "rsa-sha2-256")) -> KexInit:
    own = ssh.own_offer()
    known = methods or tuple(name for name in own.kex_methods if can_carry_through(name))
    lists = (own.ciphers, own.ciphers, own.macs, own.macs, own.compressions, own.compressions)
    return KexInit(bytes(16), known, keys, *lists)


def talk(
    server: ServerModel,
    client: SshConversation | None = None,
    *,
    step: int = 1 << 20,
    field: FieldSize = DEFAULT_FIELD,
    only_field: bool = False,
) -> SshConversation:
    """Everything that the two say to each other until nobody has anything left to say."""
    client = client or SshConversation(offer(), field=field, only_field=only_field)
    waiting = server.greeting()
    while True:
        sent = client.bytes_to_send()
        waiting += server.receive(sent) if sent else b""
        if client.finished or not (waiting or sent):
            return client
        part, waiting = waiting[:step], waiting[step:]
        client.receive(part)
