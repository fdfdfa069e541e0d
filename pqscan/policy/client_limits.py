"""Where a client ends a handshake before TLS 1.3 although it shares everything with the server: finite-field parameters that
are too small for it, a signature that is too old (OpenSSL calls it a security level, the JDK disabled algorithms).

The limits are facts of the client's row. Certificates are left out: a profile holds none.
"""

from __future__ import annotations

from collections.abc import Callable

from pqscan.model.observation import Subject, Support
from pqscan.model.reason import Reason
from pqscan.policy.answers import REST, VERSIONS, Answers, code_point_value, suite_row
from pqscan.registry import tls
from pqscan.registry.clients import Client

Ends = frozenset[Reason | None]
"""How it may end: None where the client goes on, else why it stops. Several where the facts leave several open."""

_SIGNING = frozenset({"RSA", "ECDSA", "DSS"})
_NOT_KNOWN = Reason.of("client_facts_missing")


def ends(answers: Answers, client: Client, version: str, suite: str) -> Ends:
    """How a handshake before TLS 1.3 may end for the client, where the server takes this suite."""
    if suite in open_suites(answers, version):
        return frozenset({None, _NOT_KNOWN})  # It draws an alert, and that was not proven to be its refusal.
    return _ends(client, version, suite, lambda: _sizes(answers, client, version))


def seen_ends(answers: Answers, client: Client, version: str) -> Ends:
    """The same for what the probe got in the client's place: it goes on with anything, the client may not."""
    if answers.selected_suite is None or version == "TLS1.3":
        return frozenset({None})
    bits = None if answers.selected_group is None else _bits(answers.selected_group)
    return _ends(client, version, answers.selected_suite, lambda: frozenset() if bits is None else frozenset({bits}))


def _ends(client: Client, version: str, suite: str, sizes: Callable[[], frozenset[int]]) -> Ends:
    row = suite_row(suite)
    if row is None or row.key_exchange not in ("ECDHE", "DHE"):
        return frozenset({None})
    least = client.least_signed_version
    if least is not None and row.authentication in _SIGNING and VERSIONS.index(version) < VERSIONS.index(least):
        return frozenset({Reason.of("client_old_signature", version=version)})
    if row.key_exchange == "DHE" and client.least_finite_field_bits is not None:
        return _by_size(sizes(), client.least_finite_field_bits)
    return frozenset({None})


def _by_size(sizes_bits: frozenset[int], least: int) -> Ends:
    if not sizes_bits:
        return frozenset({None, _NOT_KNOWN})
    return frozenset(
        None if bits >= least else Reason.of("client_finite_field_small", bits=bits, least=least) for bits in sizes_bits
    )


def _sizes(answers: Answers, client: Client, version: str) -> frozenset[int]:
    """In bits, the finite-field parameters that the client may be sent: a named group that it lists (RFC 7919, section 4), or
    the server's own, which need not be listed and may be a named group too."""
    values = [o.value for o in answers.accepted(Subject.NAMED_GROUP, version)]
    own = {bits for value in values if (bits := _own_bits(value)) is not None}
    named = {number: bits for value in values if (bits := _named_bits(number := code_point_value(value))) is not None}
    listed = {bits for number, bits in named.items() if number in client.groups}
    return frozenset(own | listed if own or listed else named.values())


def _bits(value: str) -> int | None:
    own = _own_bits(value)
    return _named_bits(code_point_value(value)) if own is None else own


def _own_bits(value: str) -> int | None:
    digits = value.removeprefix("dh:")
    return int(digits) if digits != value and digits.isdecimal() and len(digits) < 7 else None


def _named_bits(number: int | None) -> int | None:
    row = None if number is None else tls.named_group(number).row
    return row.client_share_bytes * 8 if row is not None and row.kind == "ffdh" and row.client_share_bytes else None


def open_suites(answers: Answers, version: str) -> frozenset[str]:
    """Suites that could not be settled one by one; those that no answer speaks of are not among them."""
    found = (o.value for o in answers.of(Subject.CIPHER_SUITE, version) if o.support is Support.UNKNOWN)
    return frozenset(value for value in found if value != REST)
