"""What can be asked: a service at a network address, or a file. Identity only; what is found there is an `Outcome`."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Transport(StrEnum):
    TCP = "tcp"
    UDP = "udp"


@dataclass(frozen=True, slots=True, order=True)
class NetworkTarget:
    """One service: (site, address, port, transport, server_name, starttls). A name with two addresses is two targets.

    `address` is a literal IPv4 or IPv6 address in its canonical text form; `server_name` is the DNS name sent as SNI
    (RFC 6066, section 3) in its ASCII form, None where none is sent; `host` is the name as the user gave it.
    """

    address: str
    port: int
    server_name: str | None = None
    host: str | None = None
    transport: Transport = Transport.TCP
    starttls: str | None = None
    site: str = ""

    @property
    def host_in_url(self) -> str:
        """The address as it stands before a colon and a port: IPv6 in brackets (RFC 3986, section 3.2.2)."""
        return f"[{self.address}]" if ":" in self.address else self.address

    @property
    def is_client(self) -> bool:
        """Whether it is no service but who asks for one, as captured traffic shows it."""
        return not self.port

    @property
    def spelling(self) -> str:
        """`name@address:port`, or `address:port` where no name is sent, with `/smtp` or `/udp` behind it: as a scan takes it."""
        name = f"{self.server_name}@" if self.server_name else ""
        service = self.starttls or ("" if self.transport is Transport.TCP else self.transport.value)
        return f"{name}{self.host_in_url}:{self.port}" + (f"/{service}" if service else "")


@dataclass(frozen=True, slots=True, order=True)
class FileTarget:
    """One file on one machine; `members` are names inside archives, outermost first."""

    machine: str
    path: str
    members: tuple[str, ...] = ()


Target = NetworkTarget | FileTarget
