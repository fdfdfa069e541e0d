"""SSH_MSG_KEXINIT and what two of them agree on (RFC 4253, section 7.1)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from pqscan.errors import MalformedMessage
from pqscan.registry.ssh import SshKind, ssh_algorithm
from pqscan.wire.cursor import Cursor
from pqscan.wire.ssh.fields import names, read_names
from pqscan.wire.ssh.words import Message

_COOKIE_BYTES = 16
_LISTS = (
    "kex_algorithms",
    "server_host_key_algorithms",
    "encryption_algorithms_client_to_server",
    "encryption_algorithms_server_to_client",
    "mac_algorithms_client_to_server",
    "mac_algorithms_server_to_client",
    "compression_algorithms_client_to_server",
    "compression_algorithms_server_to_client",
    "languages_client_to_server",
    "languages_server_to_client",
)
_MOST_REMEMBERED = 4096  # names, each of bounded length
Names = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class KexInit:
    """Every list in the sender's order of preference, names as sent."""

    cookie: bytes
    kex_algorithms: Names
    server_host_key_algorithms: Names
    encryption_client_to_server: Names
    encryption_server_to_client: Names
    mac_client_to_server: Names
    mac_server_to_client: Names
    compression_client_to_server: Names
    compression_server_to_client: Names
    languages_client_to_server: Names = ()
    languages_server_to_client: Names = ()
    first_kex_packet_follows: bool = False

    @classmethod
    def decode(cls, payload: bytes) -> KexInit:
        """A whole payload, message number included. Raises MalformedMessage."""
        cursor = Cursor(payload)
        if cursor.uint8("KEXINIT") != Message.KEXINIT:
            raise MalformedMessage("the message is no KEXINIT")
        cookie = cursor.take(_COOKIE_BYTES, "KEXINIT.cookie")
        read = [read_names(cursor, f"KEXINIT.{name}") for name in _LISTS]
        follows = cursor.uint8("KEXINIT.first_kex_packet_follows") != 0
        cursor.uint32("KEXINIT.reserved")
        cursor.finish("KEXINIT")
        kex, keys, *algorithms, languages_to_server, languages_to_client = read
        to_server, to_client = algorithms[::2], algorithms[1::2]
        return cls(
            cookie,
            kex,
            keys,
            encryption_client_to_server=to_server[0],
            encryption_server_to_client=to_client[0],
            mac_client_to_server=to_server[1],
            mac_server_to_client=to_client[1],
            compression_client_to_server=to_server[2],
            compression_server_to_client=to_client[2],
            languages_client_to_server=languages_to_server,
            languages_server_to_client=languages_to_client,
            first_kex_packet_follows=follows,
        )

    def encode(self) -> bytes:
        """The payload. Names that no KEXINIT can carry are our own mistake and raise UnicodeEncodeError."""
        head = bytes((Message.KEXINIT,)) + self.cookie
        return head + b"".join(map(names, self.lists)) + bytes((self.first_kex_packet_follows, 0, 0, 0, 0))

    @property
    def lists(self) -> tuple[Names, ...]:
        """All ten, as they follow each other on the wire."""
        return (
            *(self.kex_algorithms, self.server_host_key_algorithms),
            *(self.encryption_client_to_server, self.encryption_server_to_client),
            *(self.mac_client_to_server, self.mac_server_to_client),
            *(self.compression_client_to_server, self.compression_server_to_client),
            *(self.languages_client_to_server, self.languages_server_to_client),
        )

    @property
    def key_exchanges(self) -> Names:
        """The key exchange methods: `kex_algorithms` without what only marks an ability, each name once."""
        return tuple(dict.fromkeys(name for name in self.kex_algorithms if not is_marker(name)))

    @property
    def markers(self) -> Names:
        return tuple(dict.fromkeys(name for name in self.kex_algorithms if is_marker(name)))


@dataclass(frozen=True, slots=True)
class Agreement:
    """What a client's and a server's KEXINIT lead to; None where they have nothing in common. `mac` is None where the cipher needs
    none (RFC 5647, section 5.1). Of encryption and MAC those from client to server."""

    kex_method: str | None
    host_key: str | None
    encryption: str | None
    mac: str | None


@lru_cache(maxsize=_MOST_REMEMBERED)
def is_marker(name: str) -> bool:
    """Whether a name among the key exchange methods is none of them (RFC 8308, section 2.1)."""
    row = ssh_algorithm(SshKind.KEY_EXCHANGE, name)
    return row is not None and row.kind is SshKind.MARKER


def agree(client: KexInit, server: KexInit) -> Agreement:
    """The first name of each of the client's lists that the server has too."""
    encryption = _first(client.encryption_client_to_server, server.encryption_client_to_server)
    row = ssh_algorithm(SshKind.CIPHER, encryption) if encryption is not None else None
    mac = _first(client.mac_client_to_server, server.mac_client_to_server)
    return Agreement(
        _first(client.key_exchanges, server.key_exchanges),
        _first(client.server_host_key_algorithms, server.server_host_key_algorithms),
        encryption,
        None if row is not None and row.aead else mac,
    )


Suite = tuple[str | None, str | None]
"""A cipher and a MAC; None where the sides have none in common."""


def agreed_suites(client: KexInit, server: KexInit) -> tuple[Suite, Suite]:
    """What protects packets from client to server, and back."""
    return (
        (
            _first(client.encryption_client_to_server, server.encryption_client_to_server),
            _first(client.mac_client_to_server, server.mac_client_to_server),
        ),
        (
            _first(client.encryption_server_to_client, server.encryption_server_to_client),
            _first(client.mac_server_to_client, server.mac_server_to_client),
        ),
    )


def _first(client: Names, server: Names) -> str | None:
    return next((name for name in client if name in server), None)
