"""Shares of the first hello: sizes, order of parts, encapsulation keys, several shares (RFC 10024; RFC 9846, section 4.3.8)."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from pqscan.harness.conformance import bend
from pqscan.harness.conformance.case import Case, Kind, Peer, components_of, name_of
from pqscan.harness.conformance.ml_kem import KEY_FAULTS
from pqscan.harness.conformance.script import Script
from pqscan.harness.conformance.seen import Progress
from pqscan.harness.tls.encapsulation import is_reduced
from pqscan.registry.tls import named_group
from pqscan.wire import builder
from pqscan.wire.key_agreement import generate
from pqscan.wire.tls.client_hello import ClientHello, KeyShareEntry
from pqscan.wire.tls.words import AlertDescription, ExtensionType

_ILLEGAL, _DECODE = AlertDescription.ILLEGAL_PARAMETER, AlertDescription.DECODE_ERROR
_SIZES = "The size of the client share is 1216 bytes (1184 bytes for the ML-KEM part and 32 bytes for X25519)."
_ORDER = "the client's key_exchange value is the concatenation of the client's ML-KEM-768 encapsulation key and [...] X25519"
_KEY_CHECK = (
    "For all groups, the server MUST perform the encapsulation key check described in Section 7.2 of [FIPS203] on the client's "
    "encapsulation key, and abort with an illegal_parameter alert if it fails."
)
_HYBRID = "conformance.needs.hybrid"
_KEM = "conformance.needs.ml_kem"
_MOST_GROUPS = 3


def faulty(group: int, change: bend.Change, label: str = "") -> Script:
    """One share of one group, and no other group to turn to."""
    named = f"{name_of(group)}: {label}" if label else name_of(group)
    return Script((group,), (group,), label=named, change_hello=change, ends_at=Progress.PROTECTED)


def _of_hybrids(*changes: tuple[str, bend.Bytes]) -> Callable[[Peer], tuple[Script, ...]]:
    def scripts(peer: Peer) -> tuple[Script, ...]:
        groups = peer.hybrids[:_MOST_GROUPS]
        return tuple(faulty(group, bend.share(change), label) for group in groups for label, change in changes)

    return scripts


def _one_part(keep_kem: bool) -> Callable[[Peer], tuple[Script, ...]]:
    def scripts(peer: Peer) -> tuple[Script, ...]:
        return tuple(faulty(group, bend.share(partial(_kept, group, keep_kem))) for group in peer.hybrids[:_MOST_GROUPS])

    return scripts


def _kept(group: int, keep_kem: bool, data: bytes) -> bytes:
    return b"".join(part for name, part in bend.split(group, data) if name.startswith("ML-KEM") is keep_kem)


def _swapped(hello: ClientHello) -> ClientHello:
    """Parts in the other order. A fresh key pair is drawn until what then stands in the encapsulation key's place is not
    reduced, or what stands in the point's place does not begin with 4: else the share would be right by chance."""
    entry = bend.shares_of(hello)[0]
    return bend.with_shares(hello, [KeyShareEntry(entry.group, _swapped_share(entry.group))])


def _swapped_share(group: int) -> bytes:
    row = named_group(group).rows[0]
    while True:
        made = generate(row)
        public = made.public if made is not None else bytes(row.client_share_bytes or 0)
        swapped = b"".join(part for _, part in reversed(bend.split(group, public)))
        parts = dict(bend.split(group, swapped))
        if any(not is_reduced(part) for name, part in parts.items() if name.startswith("ML-KEM")):
            return swapped
        if any(part[0] != 4 for name, part in parts.items() if name.startswith("secp")):
            return swapped
        if made is None:
            return swapped


def _of_kems(peer: Peer) -> tuple[Script, ...]:
    found = []
    for group in peer.kems[:_MOST_GROUPS]:
        name = next(name for name in components_of(group) if name.startswith("ML-KEM"))
        found += [faulty(group, bend.part(name, change), label) for label, change in KEY_FAULTS]
    return tuple(found)


def _two_hybrids(peer: Peer) -> tuple[Script, ...]:
    """Both orders: servers are known that read the second of two post-quantum shares into the first's key."""
    if len(peer.hybrids) < 2:
        return ()
    one, other = peer.hybrids[:2]
    return (
        Script((one, other), (one, other), label=f"{name_of(one)}, {name_of(other)}"),
        Script((other, one), (other, one), label=f"{name_of(other)}, {name_of(one)}"),
    )


def _hybrid_and_classical(peer: Peer) -> tuple[Script, ...]:
    pairs = _pair(peer)
    return (Script(pairs, pairs),) if pairs else ()


def _pair(peer: Peer) -> tuple[int, ...]:
    """A hybrid and a classical group."""
    classical = next((group for group in peer.groups if group not in peer.kems), None)
    return (peer.hybrids[0], classical) if peer.hybrids and classical is not None else ()


def _two(peer: Peer) -> tuple[int, ...]:
    return _pair(peer) or peer.groups[:2]


def _outside(peer: Peer) -> tuple[Script, ...]:
    """Only the last group is listed: a server that looks at shares alone takes one that it likes better, which is not listed."""
    groups = _two(peer)
    if len(groups) < 2:
        return ()

    def only_last(hello: ClientHello) -> ClientHello:
        return hello.with_extension(ExtensionType.SUPPORTED_GROUPS, builder.uint16_list(groups[1:]))

    return (Script(groups, groups, change_hello=only_last, ends_at=Progress.PROTECTED),)


def _out_of_order(peer: Peer) -> tuple[Script, ...]:
    groups = _two(peer)
    return (Script(groups, groups[::-1], ends_at=Progress.PROTECTED),) if len(groups) == 2 else ()


def _twice(peer: Peer) -> tuple[Script, ...]:
    group = peer.best
    if group is None:
        return ()
    return (faulty(group, lambda hello: bend.with_shares(hello, bend.shares_of(hello) * 2)),)


def _groups_twice(peer: Peer) -> tuple[Script, ...]:
    group = peer.best
    if group is None:
        return ()
    doubled = builder.uint16_list((group, group))
    return (faulty(group, bend.with_extension(ExtensionType.SUPPORTED_GROUPS, doubled)),)


def _by_itself(peer: Peer, script: Script) -> Script:
    return Script(script.groups[:1], script.groups[:1])


def _last_by_itself(peer: Peer, script: Script) -> Script:
    return Script(script.groups[-1:], script.groups[-1:])


CASES = (
    Case(
        "share-short",
        "RFC 10024, 'Client share'",
        _SIZES,
        Kind.REFUSE,
        _of_hybrids(("one byte short", lambda data: data[:-1]), ("half", lambda data: data[: len(data) // 2])),
        (_ILLEGAL,),
        needs=_HYBRID,
    ),
    Case(
        "share-long",
        "RFC 10024, 'Client share'",
        _SIZES,
        Kind.REFUSE,
        _of_hybrids(("one byte more", lambda data: data + b"\x00"), ("twice", lambda data: data * 2)),
        (_ILLEGAL,),
        needs=_HYBRID,
    ),
    Case(
        "share-empty",
        "RFC 9846, section 4.3.8",
        "opaque key_exchange<1..2^16-1>;",
        Kind.REFUSE,
        _of_hybrids(("", lambda data: b"")),
        (_DECODE,),
        needs=_HYBRID,
    ),
    Case(
        "share-classical-part-alone", "RFC 10024, 'Client share'", _ORDER, Kind.REFUSE, _one_part(False), (_ILLEGAL,), needs=_HYBRID
    ),
    Case("share-kem-part-alone", "RFC 10024, 'Client share'", _ORDER, Kind.REFUSE, _one_part(True), (_ILLEGAL,), needs=_HYBRID),
    Case(
        "share-parts-swapped",
        "RFC 10024, 'Client share'",
        _ORDER,
        Kind.REFUSE,
        lambda peer: tuple(faulty(group, _swapped) for group in peer.hybrids[:_MOST_GROUPS] if bend.can_split(group)),
        (_ILLEGAL,),
        needs=_HYBRID,
    ),
    Case(
        "key-not-reduced",
        "RFC 10024, 'Server share'; FIPS 203, section 7.2",
        _KEY_CHECK,
        Kind.REFUSE,
        _of_kems,
        (_ILLEGAL,),
        needs=_KEM,
    ),
    Case(
        "two-hybrid-shares",
        "RFC 9846, section 4.3.8",
        "Clients can offer as many KeyShareEntry values as the number of supported groups it is offering",
        Kind.TAKE,
        _two_hybrids,
        needs="conformance.needs.two_hybrids",
        control=_by_itself,
    ),
    Case(
        "hybrid-and-classical-shares",
        "RFC 9846, section 4.3.8",
        "Clients can offer as many KeyShareEntry values as the number of supported groups it is offering",
        Kind.TAKE,
        _hybrid_and_classical,
        needs=_HYBRID,
        control=_by_itself,
    ),
    Case(
        "share-outside-supported-groups",
        "RFC 9846, section 4.3.8",
        "Clients MUST NOT offer any KeyShareEntry values for groups not listed [...] Servers MAY check for violations",
        Kind.MAY_REFUSE,
        _outside,
        (_ILLEGAL,),
        needs="conformance.needs.two_groups",
        control=_last_by_itself,
    ),
    Case(
        "shares-out-of-order",
        "RFC 9846, section 4.3.8",
        "Each KeyShareEntry value MUST correspond to a group offered [...] and MUST appear in the same order.",
        Kind.MAY_REFUSE,
        _out_of_order,
        (_ILLEGAL,),
        needs="conformance.needs.two_groups",
        control=_by_itself,
    ),
    Case(
        "share-twice",
        "RFC 9846, section 4.3.8",
        "Clients MUST NOT offer multiple KeyShareEntry values for the same group. [...] Servers MAY check for violations",
        Kind.MAY_REFUSE,
        _twice,
        (_ILLEGAL,),
    ),
    Case(
        "groups-twice",
        "RFC 9846, section 4.3.7",
        "A recipient MAY abort a connection with a fatal illegal_parameter alert if it detects a duplicate entry.",
        Kind.MAY_REFUSE,
        _groups_twice,
        (_ILLEGAL,),
    ),
)
