"""The protocol before TLS in a target of the harness: `host:587/smtp`, written as in every other target (`scan/ports.py`)."""

from __future__ import annotations

from pqscan.errors import UsageError
from pqscan.registry import services
from pqscan.scan.targets import Item


def starttls_of(item: Item) -> str | None:
    """What is said before TLS to the service that the user named; None where TLS begins at once. Raises UsageError for a service
    that has no TLS."""
    named = services.protocol(item.service) if item.service else None
    if named is not None and named.probe != "tls":
        raise UsageError(f"{item.label}: {named.name} has no TLS, and handshakes are those of TLS")
    return None if named is None else named.starttls
