"""Which protocol the harness speaks at a target: named behind it (`host:22/ssh`), by an option, or usual on its port."""

from __future__ import annotations

from dataclasses import dataclass

from pqscan.errors import UsageError
from pqscan.registry import services

TLS, SSH = "tls", "ssh"
PROTOCOLS = (TLS, SSH)
_DEFAULT_PORTS = {TLS: 443, SSH: 22}


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


def harness_place(target: str, protocol: str | None = None) -> HarnessPlace:
    """Raises UsageError for a protocol that is none, and for two that differ."""
    if protocol is not None and protocol not in PROTOCOLS:
        raise UsageError(f"the harness speaks {' and '.join(PROTOCOLS)}, not {protocol[:40]!r}")
    place, slash, word = target.rpartition("/")
    if not slash or not place or word.isdigit():  # A network, which is more than one target.
        return HarnessPlace(target, protocol or _usual(target))
    known = services.protocol(word)
    if known is None:
        raise UsageError(f"{word[:40]!r} is no protocol that pqscan knows: write host:587/smtp, host:22/ssh, or host:443 alone")
    if known.probe not in PROTOCOLS:
        raise UsageError(f"the harness speaks {' and '.join(PROTOCOLS)}, not {word[:40]!r}")
    if protocol not in (None, known.probe):
        raise UsageError(f"the target says {word}, --protocol says {protocol}: leave one of them out")
    if known.starttls is not None and _port(place) is None:
        raise UsageError(f"{word} speaks before TLS on a port that must be named: write {place[:60]}:PORT/{word}")
    return HarnessPlace(place, known.probe, known.starttls)


def _usual(place: str) -> str:
    port = _port(place)
    usual = None if port is None else services.usual_protocol(port, "tcp")
    return SSH if usual is not None and usual.probe == SSH else TLS


def _port(place: str) -> int | None:
    host, colon, port = place.rpartition(":")
    is_alone = bool(colon) and (":" not in host or host.endswith("]"))  # A bare IPv6 address has none.
    return int(port) if is_alone and port.isdigit() and len(port) <= 5 else None
