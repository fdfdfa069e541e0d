"""Which protocol the harness speaks at a target: named behind it (`host:22/ssh`, `host:500/udp`), by an option, or usual on its
port."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import UsageError
from pqscan.model.target import Transport
from pqscan.registry import services
from pqscan.scan.ports import Port

TLS, SSH, IKE = "tls", "ssh", "ike"
PROTOCOLS = (TLS, SSH, IKE)
_DEFAULT_PORTS = {TLS: 443, SSH: 22, IKE: 500}
_UDP = "udp"  # `host:500/udp`, as a scan takes it


@dataclass(frozen=True, slots=True)
class HarnessPlace:
    """`target` without its protocol. `protocol` is one of PROTOCOLS; `starttls` what the target speaks before TLS."""

    target: str
    protocol: str = TLS
    starttls: str | None = None

    @property
    def default_port(self) -> int:
        """Where the target names none."""
        return _DEFAULT_PORTS[self.protocol]

    @property
    def host(self) -> str:
        """The target without its port."""
        return _split(self.target)[0]

    @property
    def port(self) -> Port:
        """The port to ask, over UDP where the protocol goes over that."""
        number = _split(self.target)[1] or self.default_port
        return Port(number, Transport.UDP if self.protocol == IKE else Transport.TCP)


def harness_place(target: str, protocol: str | None = None) -> HarnessPlace:
    """Raises UsageError for a protocol that is none, and for two that differ."""
    if protocol is not None and protocol not in PROTOCOLS:
        raise UsageError(f"the harness speaks {' and '.join(PROTOCOLS)}, not {protocol[:40]!r}")
    place, slash, word = target.rpartition("/")
    if not slash or not place or word.isdigit():  # A network, which is more than one target.
        return HarnessPlace(target, protocol or _usual(target))
    known = services.protocol(IKE if word == _UDP else word)
    if known is None:
        raise UsageError(f"{word[:40]!r} is no protocol that pqscan knows: write host:587/smtp, host:22/ssh, or host:443 alone")
    if known.probe not in PROTOCOLS:
        raise UsageError(f"the harness speaks {' and '.join(PROTOCOLS)}, not {word[:40]!r}")
    if protocol not in (None, known.probe):
        raise UsageError(f"the target says {word}, --protocol says {protocol}: leave one of them out")
    if known.starttls is not None and _split(place)[1] is None:
        raise UsageError(f"{word} speaks before TLS on a port that must be named: write {place[:60]}:PORT/{word}")
    return HarnessPlace(place, known.probe, known.starttls)


def _usual(place: str) -> str:
    port = _split(place)[1]
    if port is None:
        return TLS
    over_tcp, over_udp = services.usual_protocol(port, "tcp"), services.usual_protocol(port, "udp")
    if over_tcp is not None and over_tcp.probe == SSH:
        return SSH
    return IKE if over_tcp is None and over_udp is not None and over_udp.probe == IKE else TLS


def _split(place: str) -> tuple[str, int | None]:
    """Host and port; a bare IPv6 address has none."""
    host, colon, port = place.rpartition(":")
    is_whole = place.count(":") == 1 or host.endswith("]")
    if colon and is_whole and port.isdigit() and len(port) <= 5:
        return host.removeprefix("[").removesuffix("]") if host.startswith("[") else host, int(port)
    return place, None
