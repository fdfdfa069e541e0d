"""The hello that answers a HelloRetryRequest (RFC 9846, sections 4.2.2, 4.2.4 and 4.3.8).

What the client must leave as it was is the client's duty: most servers need not check it, so that going on is tolerated there.
Where no right ServerHello can follow, going on is a failure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from pqscan.harness.conformance import bend
from pqscan.harness.conformance.case import Case, Kind, Peer, components_of, name_of
from pqscan.harness.conformance.ml_kem import KEY_FAULTS
from pqscan.harness.conformance.script import Script
from pqscan.harness.conformance.seen import Progress
from pqscan.registry.tls import named_group
from pqscan.wire import builder
from pqscan.wire.key_agreement import generate
from pqscan.wire.tls.client_hello import ClientHello, KeyShareEntry
from pqscan.wire.tls.words import AlertDescription, ExtensionType

_A = AlertDescription
_SAME_HELLO = "the client MUST send the same ClientHello without modification, except as follows"
_ONE_SHARE = "replacing the list of shares with a list containing a single KeyShareEntry from the indicated group"
_SAME_GROUP = "the client MUST verify that the selected NamedGroup in the ServerHello is the same as that in the HelloRetryRequest."
_SAME_VERSION = "The value of selected_version in the HelloRetryRequest [...] MUST be retained in the ServerHello"
_COPY_COOKIE = "the client MUST copy the contents of the extension received in the HelloRetryRequest into a cookie extension"
_MISSING = "Servers receiving a ClientHello which does not conform to these requirements MUST abort the handshake"
_KEY_CHECK = "For all groups, the server MUST perform the encapsulation key check described in Section 7.2 of [FIPS203]"
_RETRY = "conformance.needs.retry"
SecondChange = Callable[[ClientHello, ClientHello], ClientHello]


def _with(*changes: tuple[str, SecondChange]) -> Callable[[Peer], tuple[Script, ...]]:
    def scripts(peer: Peer) -> tuple[Script, ...]:
        if peer.best is None or peer.retried is None:
            return ()
        group = (peer.best,)
        return tuple(Script(group, (), label=label, change_second=change, ends_at=Progress.PROTECTED) for label, change in changes)

    return scripts


def _own_share(group: int) -> KeyShareEntry:
    made = generate(named_group(group).rows[0])
    return KeyShareEntry(group, made.public if made is not None else b"\x00")


def _other_group(peer: Peer) -> tuple[Script, ...]:
    """A share of another group that the server takes as well: if it goes on with that, it went back on its own word."""
    if len(peer.groups) < 2 or peer.retried is None:
        return ()
    one, other = peer.groups[:2]

    def change(second: ClientHello, _first: ClientHello) -> ClientHello:
        asked = bend.shares_of(second)
        return bend.with_shares(second, [_own_share(other if asked and asked[0].group == one else one)])

    return (Script((one, other), (), change_second=change, ends_at=Progress.PROTECTED),)


def _two_shares(peer: Peer) -> tuple[Script, ...]:
    if len(peer.groups) < 2 or peer.retried is None:
        return ()
    one, other = peer.groups[:2]

    def change(second: ClientHello, _first: ClientHello) -> ClientHello:
        asked = bend.shares_of(second)
        return bend.with_shares(second, [*asked, _own_share(other if asked and asked[0].group == one else one)])

    return (Script((one, other), (), change_second=change, ends_at=Progress.PROTECTED),)


def _group_unlisted(peer: Peer) -> tuple[Script, ...]:
    if len(peer.groups) < 2 or peer.retried is None:
        return ()
    one, other = peer.groups[:2]

    def change(second: ClientHello, _first: ClientHello) -> ClientHello:
        asked = bend.shares_of(second)
        left = tuple(group for group in (one, other) if not asked or group != asked[0].group)
        return second.with_extension(ExtensionType.SUPPORTED_GROUPS, builder.uint16_list(left))

    return (Script((one, other), (), change_second=change, ends_at=Progress.PROTECTED),)


def _bad_keys(peer: Peer) -> tuple[Script, ...]:
    if not peer.kems or peer.retried is None:
        return ()
    group = peer.kems[0]
    name = next(name for name in components_of(group) if name.startswith("ML-KEM"))
    return tuple(
        Script((group,), (), label=label, change_second=bend.in_second(bend.part(name, change)), ends_at=Progress.PROTECTED)
        for label, change in KEY_FAULTS[:1]
    )


def _short_share(peer: Peer) -> tuple[Script, ...]:
    if not peer.hybrids or peer.retried is None:
        return ()
    group = peer.hybrids[0]
    change = bend.in_second(bend.share(lambda data: data[:-1]))
    return (Script((group,), (), label=name_of(group), change_second=change, ends_at=Progress.PROTECTED),)


def _no_shares(second: ClientHello, _first: ClientHello) -> ClientHello:
    return bend.with_shares(second, [])


def _more_suites(second: ClientHello, _first: ClientHello) -> ClientHello:
    """One more at the end: the suite of the HelloRetryRequest stays, whichever it is."""
    return replace(second, cipher_suites=(*second.cipher_suites, 0x1305))


def _without_chosen_suite(peer: Peer) -> tuple[Script, ...]:
    if peer.best is None or peer.retried is None or peer.retried.retry is None:
        return ()
    chosen = peer.retried.retry.cipher_suite

    def change(second: ClientHello, _first: ClientHello) -> ClientHello:
        return replace(second, cipher_suites=tuple(suite for suite in second.cipher_suites if suite != chosen))

    return (Script((peer.best,), (), change_second=change, ends_at=Progress.PROTECTED),)


def _other_random(second: ClientHello, _first: ClientHello) -> ClientHello:
    return replace(second, random=bytes(byte ^ 0xFF for byte in second.random))


def _other_session_id(second: ClientHello, _first: ClientHello) -> ClientHello:
    return replace(second, session_id=bytes(byte ^ 0xFF for byte in second.session_id))


def _more_schemes(second: ClientHello, _first: ClientHello) -> ClientHello:
    listed = bend.extension_of(second, ExtensionType.SIGNATURE_ALGORITHMS)[2:]
    return second.with_extension(ExtensionType.SIGNATURE_ALGORITHMS, builder.opaque16(listed + b"\xfe\xfe"))


def _without_psk_modes(second: ClientHello, _first: ClientHello) -> ClientHello:
    return bend.without(ExtensionType.PSK_KEY_EXCHANGE_MODES)(second)


def _cookie(change: SecondChange) -> Callable[[Peer], tuple[Script, ...]]:
    def scripts(peer: Peer) -> tuple[Script, ...]:
        retry = peer.retried.retry if peer.retried is not None else None
        if peer.best is None or retry is None or ExtensionType.COOKIE not in dict(retry.extensions):
            return ()
        return (Script((peer.best,), (), change_second=change, ends_at=Progress.PROTECTED),)

    return scripts


def _bent_cookie(second: ClientHello, _first: ClientHello) -> ClientHello:
    data = bend.extension_of(second, ExtensionType.COOKIE)
    return second.with_extension(ExtensionType.COOKIE, data[:-1] + bytes((data[-1] ^ 1,)))


def _uncalled_cookie(second: ClientHello, _first: ClientHello) -> ClientHello:
    return second.with_extension(ExtensionType.COOKIE, builder.opaque16(b"pqscan"))


def _row(
    name: str,
    section: str,
    sentence: str,
    scripts: Callable[[Peer], tuple[Script, ...]],
    *alerts: int,
    kind: Kind = Kind.REFUSE,
    needs: str = _RETRY,
) -> Case:
    return Case(f"second-{name}", section, sentence, kind, scripts, alerts or (_A.ILLEGAL_PARAMETER,), needs=needs)


_FIRST = "RFC 9846, section 4.2.2"
_MAY = Kind.MAY_REFUSE
CASES = (
    _row("other-group", "RFC 9846, section 4.3.8", _SAME_GROUP, _other_group, needs="conformance.needs.two_groups"),
    _row("no-share", _FIRST, _ONE_SHARE, _with(("", _no_shares))),
    _row("two-shares", _FIRST, _ONE_SHARE, _two_shares, kind=_MAY, needs="conformance.needs.two_groups"),
    _row(
        "group-unlisted",
        _FIRST,
        _SAME_HELLO,
        _group_unlisted,
        kind=_MAY,  # A server may go by the lists of the first hello: the client had no right to change them.
        needs="conformance.needs.two_groups",
    ),
    _row(
        "key-not-reduced",
        "RFC 10024, 'Server share'; FIPS 203, section 7.2",
        _KEY_CHECK,
        _bad_keys,
        needs="conformance.needs.ml_kem",
    ),
    _row(
        "share-short",
        "RFC 10024, 'Client share'",
        "The size of the client share is 1216 bytes",
        _short_share,
        needs="conformance.needs.hybrid",
    ),
    _row(
        "without-chosen-suite",
        _FIRST,
        _SAME_HELLO,
        _without_chosen_suite,
        _A.ILLEGAL_PARAMETER,
        _A.HANDSHAKE_FAILURE,
        kind=_MAY,
    ),
    _row(
        "without-tls13",
        "RFC 9846, section 4.2.4",
        _SAME_VERSION,
        _with(("", bend.in_second(bend.with_extension(ExtensionType.SUPPORTED_VERSIONS, b"\x02\x03\x03")))),
        _A.ILLEGAL_PARAMETER,
        _A.PROTOCOL_VERSION,
    ),
    _row(
        "without-key-share",
        "RFC 9846, section 9.2",
        _MISSING,
        _with(("", bend.in_second(bend.without(ExtensionType.KEY_SHARE)))),
        _A.MISSING_EXTENSION,
    ),
    _row(
        "without-signature-algorithms",
        "RFC 9846, section 9.2",
        _MISSING,
        _with(("", bend.in_second(bend.without(ExtensionType.SIGNATURE_ALGORITHMS, ExtensionType.SIGNATURE_ALGORITHMS_CERT)))),
        _A.MISSING_EXTENSION,
    ),
    _row("suites-changed", _FIRST, _SAME_HELLO, _with(("", _more_suites)), kind=_MAY),
    _row("random-changed", _FIRST, _SAME_HELLO, _with(("", _other_random)), kind=_MAY),
    _row("session-id-changed", _FIRST, _SAME_HELLO, _with(("", _other_session_id)), kind=_MAY),
    _row("schemes-changed", _FIRST, _SAME_HELLO, _with(("", _more_schemes)), kind=_MAY),
    _row("extension-removed", _FIRST, _SAME_HELLO, _with(("", _without_psk_modes)), kind=_MAY),
    _row(
        "cookie-missing",
        "RFC 9846, section 4.3.2",
        _COPY_COOKIE,
        _cookie(bend.in_second(bend.without(ExtensionType.COOKIE))),
        _A.ILLEGAL_PARAMETER,
        _A.MISSING_EXTENSION,
        kind=_MAY,
        needs="conformance.needs.cookie",
    ),
    _row(
        "cookie-changed",
        "RFC 9846, section 4.3.2",
        _COPY_COOKIE,
        _cookie(_bent_cookie),
        kind=_MAY,
        needs="conformance.needs.cookie",
    ),
    _row(
        "cookie-uncalled",
        _FIRST,
        _SAME_HELLO,
        _with(("", _uncalled_cookie)),
        _A.ILLEGAL_PARAMETER,
        _A.UNSUPPORTED_EXTENSION,
        kind=_MAY,
    ),
)
