"""Which key exchange methods of SSH the harness tries, and the makers of their parts."""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.exceptions import UnsupportedAlgorithm

from pqscan.errors import UsageError, WorkError
from pqscan.harness.tls.shares import ShareMaker
from pqscan.registry import ssh
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.ssh import SshAlgorithm, SshKind, ssh_algorithm, ssh_algorithms
from pqscan.wire.key_agreement import ComponentKey, KeyMaker
from pqscan.wire.ssh.exchange import can_carry_through
from pqscan.wire.ssh.public_key import certified_type, knows_type

DEFAULT_METHODS = (
    "mlkem768x25519-sha256",
    "mlkem768nistp256-sha256",
    "mlkem1024nistp384-sha384",
    "sntrup761x25519-sha512",
    "sntrup761x25519-sha512@openssh.com",
)
"""The methods of RFC 10042 and RFC 9941, the latter by both of its names."""


def default_methods() -> tuple[SshAlgorithm, ...]:
    """What is tried where no method is named."""
    return methods_named(DEFAULT_METHODS)


def methods_named(words: tuple[str, ...]) -> tuple[SshAlgorithm, ...]:
    """Methods by name, in the order given, each once. Raises UsageError for a word that is no method with a post-quantum part."""
    found: dict[str, SshAlgorithm] = {}
    for word in words:
        row = ssh_algorithm(SshKind.KEY_EXCHANGE, word.strip().lower())
        if row is None or row.quantum_class not in (QuantumClass.PQT_HYBRID, QuantumClass.POST_QUANTUM) or not row.components:
            known = ", ".join(DEFAULT_METHODS)
            raise UsageError(f"{word!r:.80} names no key exchange method of SSH with a post-quantum part; such are {known}")
        found.setdefault(row.name, row)
    return tuple(found.values())


def every_method(maker: ShareMaker) -> tuple[SshAlgorithm, ...]:
    """All that the library can carry through: the default methods first, then others in the order of the registry."""
    found = {row.name: row for row in default_methods()}
    for row in ssh_algorithms():
        if row.kind is SshKind.KEY_EXCHANGE and row.quantum_class is QuantumClass.PQT_HYBRID:
            found.setdefault(row.name, row)
    return tuple(row for row in found.values() if can_carry_through(row.name, maker.makers(row.components, row.name)))


def fresh_keys(maker: ShareMaker, method: SshAlgorithm) -> Mapping[str, KeyMaker]:
    """Fresh keys for every part of the method, made now, each to be taken once. Raises WorkError where the library has none."""
    makers = maker.makers(method.components, method.name)
    if not can_carry_through(method.name, makers):
        missing = [part for part in method.components if part not in makers]
        raise WorkError(f"{maker.label} has no {' and '.join(missing or method.components)}")
    try:
        return {part: _one(makers[part]()) for part in method.components}
    except UnsupportedAlgorithm:
        raise WorkError(f"{maker.label} has no {' and '.join(method.components)}") from None


def _one(key: ComponentKey) -> KeyMaker:
    return lambda: key


def host_keys() -> tuple[str, ...]:
    """The algorithms of host keys to offer: those of the pinned client first, then others, last those whose signature cannot be
    checked here."""
    names = dict.fromkeys((*ssh.current_client().host_keys, *ssh.own_offer().host_keys))
    return tuple(sorted(names, key=lambda name: not _is_checked(name)))


def _is_checked(name: str) -> bool:
    row = ssh_algorithm(SshKind.HOST_KEY, name)
    kind = name if row is None else row.key_format
    return knows_type(certified_type(kind) or kind)
