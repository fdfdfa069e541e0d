"""Pitfalls of probing, each with a server or something in front of one that shows it: P1 to P15 of the survey's design.

P2 (real ML-KEM keys as shares), P4 (one post-quantum share a hello), P7, P8 and P9 (sizes and lists of hellos) are read from
the hellos that a scripted peer saw; the others from the facts. Waiting is counted, not done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import replace

import pytest
from pqscan_probes.tls import TlsProbe, TlsSettings

from pqscan.errors import MalformedMessage, PeerClosed, PeerError, PeerRejected, PeerTimedOut, WrongProtocol
from pqscan.model.observation import Confidence, Observation, Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.stream import Stream
from pqscan.net.throttle import Throttle
from pqscan.wire.tls.client_hello import ClientHello
from tests.peers import hostile, messages, programs, proxy
from tests.peers.lab import Lab
from tests.peers.scripted import ScriptedServer
from tests.peers.truth import load_truth

SHORT = 0.5  # seconds, for peers that stay silent
HYBRID, MODERN = "hybrid-default", "two-certificates"


class Unhurried:
    """A dialer on which a pause takes no time: it counts towards `most_seconds` of waiting all the same.

    `connection_seconds` ends a connection early where silence itself is what is tested."""

    def __init__(self, most_seconds: float, connection_seconds: float | None) -> None:
        self._inner = TcpDialer(Throttle(), DialSettings())
        self._most_seconds = most_seconds
        self._connection_seconds = connection_seconds
        self.waited = 0.0

    @property
    def connections_used(self) -> int:
        return self._inner.connections_used

    @property
    def seconds_left(self) -> float:
        return self._inner.seconds_left

    def connect(self, target: NetworkTarget, *, timeout_seconds: float | None = None) -> AbstractAsyncContextManager[Stream]:
        return self._inner.connect(target, timeout_seconds=self._connection_seconds or timeout_seconds)

    def permits_name(self, name: str) -> bool:
        return self._inner.permits_name(name)

    async def pause(self, seconds: float) -> None:
        if self.waited + seconds > self._most_seconds:
            raise PeerTimedOut("no time left")
        self.waited += seconds


class Seen:
    def __init__(self, facts: Facts, dialer: Unhurried) -> None:
        self.facts = facts
        self.dialer = dialer

    def of(self, subject: Subject, support: Support, context: str | None = None) -> list[Observation]:
        found = [each for each in self.facts.observations if each.subject is subject and each.support is support]
        return [each for each in found if context is None or each.context == context]

    def values(self, subject: Subject, support: Support, context: str | None = None) -> set[str]:
        return {each.value for each in self.of(subject, support, context)}

    @property
    def behaviours(self) -> set[str]:
        return {each.value for each in self.facts.observations if each.subject is Subject.BEHAVIOUR}


def look(
    port: int, name: str | None = None, *, depth: str = "inventory", most_seconds: float = 60.0, patience: float | None = None
) -> Seen:
    async def run() -> Seen:
        dialer = Unhurried(most_seconds, patience)
        facts = await TlsProbe(TlsSettings(depth=depth)).run(NetworkTarget("127.0.0.1", port, name), dialer)
        return Seen(facts, dialer)

    return asyncio.run(run())


def fails(peer: ScriptedServer, kind: type[PeerError], depth: str = "inventory") -> PeerError:
    with peer, pytest.raises(kind) as caught:
        look(peer.port, depth=depth, patience=SHORT)
    return caught.value


def name_of(server: str) -> str:
    return f"{server}.demo.invalid"


def same_facts(seen: Seen, plain: Seen) -> None:
    assert set(seen.facts.observations) == set(plain.facts.observations)
    assert set(seen.facts.certificates) == set(plain.facts.certificates)
    assert seen.facts.status is OutcomeStatus.COMPLETED


@pytest.fixture(scope="module")
def plain(lab: Lab) -> Seen:
    """The server that the proxies of this module stand in front of, without any."""
    return look(lab[MODERN].port, name_of(MODERN))


# P1: large hellos


@pytest.mark.parametrize("how", ["silence", "reset", "close"])
def test_p1_where_large_hellos_are_dropped_the_small_ones_tell_what_there_is(lab: Lab, plain: Seen, how: str) -> None:
    with proxy.DropsLargeHellos(lab[MODERN].port, 1400, how) as peer:
        seen = look(peer.port, name_of(MODERN), patience=SHORT)
    assert "large_hello_intolerant" in seen.behaviours
    (fails_,) = [each for each in seen.facts.observations if each.value == "current_client_fails"]
    assert dict(fails_.parameters)["reason"] in ("silence", "reset", "closed_early")
    for subject in (Subject.NAMED_GROUP, Subject.CIPHER_SUITE, Subject.SIGNATURE_SCHEME):
        assert seen.values(subject, Support.ACCEPTED) == plain.values(subject, Support.ACCEPTED)


# P2, P4, P7, P8, P9: what the hellos look like


class Keeps(proxy.Proxy):
    """Passes everything on and keeps each first hello."""

    def play(self, stream: object, number: int) -> None:
        data = self.read_hello(stream)  # type: ignore[arg-type]
        self.pass_on(stream, data)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def hellos(lab: Lab) -> list[ClientHello]:
    with Keeps(lab[MODERN].port) as peer:
        look(peer.port, name_of(MODERN))
        return [ClientHello.decode(data[5:]) for data in peer.hellos]


def test_p1_only_the_current_clients_own_hello_is_larger_than_a_segment(hellos: list[ClientHello]) -> None:
    large = [number for number, hello in enumerate(hellos) if len(hello.encode()) > 1300]
    assert large == [0]


def test_p2_an_ml_kem_share_is_a_real_key(hellos: list[ClientHello]) -> None:
    share = dict(hellos[0].extensions or ())[51]
    at = share.index(b"\x11\xec\x04\xc0") + 4
    key = share[at : at + 1152]
    values = [
        value for a, b, c in zip(key[0::3], key[1::3], key[2::3], strict=True) for value in (a | (b & 0x0F) << 8, b >> 4 | c << 4)
    ]
    assert max(values) < 3329  # FIPS 203, section 7.2: the modulus check that servers make.


def test_p4_no_hello_carries_two_post_quantum_shares(hellos: list[ClientHello]) -> None:
    for hello in hellos:
        shares = messages.read_hello(messages.record(22, hello.encode())).shares
        assert sum(share in (0x11EB, 0x11EC, 0x11ED, 0x0200, 0x0201, 0x0202) for share in shares) <= 1


def test_p7_no_hello_reaches_a_size_that_old_servers_stop_at(hellos: list[ClientHello]) -> None:
    for hello in hellos:
        size = len(hello.encode())
        assert len(hello.cipher_suites) < 128
        assert not 256 <= size < 512
        assert size % 256 not in (10, 14)
        assert hello.extensions is None or hello.extensions[-1][1]


def test_p8_weak_schemes_never_come_first_in_a_full_list(hellos: list[ClientHello]) -> None:
    full = dict(hellos[0].extensions or ())[13][2:]
    first = int.from_bytes(full[:2], "big")
    assert first >> 8 not in (0x01, 0x02) or first >= 0x0800


def test_p9_the_list_for_certificates_never_shrinks(hellos: list[ClientHello]) -> None:
    sizes = set()
    for hello in hellos[1:]:
        extensions = dict(hello.extensions or ())
        if 13 in extensions:
            sizes.add(len(extensions.get(50, extensions[13])))
    assert min(sizes) >= 28 * 2


# P3, P5, P6: shares, retries, choices


def test_p3_a_server_that_takes_the_first_offered_share_is_told(lab: Lab) -> None:
    name = "takes-offered-share"
    seen = look(lab[name].port, name_of(name))
    assert seen.values(Subject.GROUP_SELECTION, Support.ACCEPTED) == {"takes_offered_share"}


def test_p3_a_server_that_upgrades_by_retry_is_told(plain: Seen) -> None:
    assert plain.values(Subject.GROUP_SELECTION, Support.ACCEPTED) == {"hello_retry_upgrade"}


def test_p5_a_server_that_retries_forever_ends_as_malformed(lab: Lab) -> None:
    assert "retr" in str(fails(hostile.RetriesForever(), MalformedMessage)).lower()


@pytest.mark.parametrize("how", hostile.RetriesBadly.WAYS)
def test_p5_a_retry_that_breaks_a_rule_is_never_a_finished_handshake(how: str) -> None:
    with hostile.RetriesBadly(how) as peer:
        try:
            seen = look(peer.port, patience=SHORT)
        except PeerError:
            return
    assert not seen.of(Subject.SELECTED_VERSION, Support.SELECTED)


@pytest.mark.parametrize("what", hostile.PicksUnoffered.CHOICES)
@pytest.mark.parametrize("depth", ["quick", "inventory"])
def test_p6_a_choice_that_was_not_offered_is_told_and_never_what_a_client_gets(what: str, depth: str) -> None:
    with hostile.PicksUnoffered(what) as peer:
        try:
            seen = look(peer.port, depth=depth, patience=SHORT)
        except PeerError:
            return
    assert not seen.of(Subject.SELECTED_VERSION, Support.SELECTED)
    assert {"selected_not_offered", "current_client_fails"} & seen.behaviours  # An older version may be all that it speaks.


def test_p5_a_retry_that_only_hands_out_a_cookie_is_followed(lab: Lab) -> None:
    reason = programs.missing_program("openssl")
    if reason is not None:
        pytest.skip(f"peer not at hand: {reason}")
    truth = load_truth("openssl-default")
    with programs.running(replace(truth, options=(*truth.options, "-stateless")), lab.maker) as peer:
        seen = look(peer.port, depth="quick")
    assert "current_client_fails" not in seen.behaviours
    (selected,) = seen.of(Subject.SELECTED_GROUP, Support.SELECTED)
    assert (selected.value, selected.confidence) == ("0x001d", Confidence.CONFIRMED)


# P10, P11, P14: throttling, ends without a word


@pytest.mark.parametrize("how", ["alert", "reset", "silence", "close"])
@pytest.mark.parametrize("after", [4, 11])
def test_p10_a_server_that_throttles_and_recovers_is_found_whole(lab: Lab, plain: Seen, how: str, after: int) -> None:
    with proxy.Throttles(lab[MODERN].port, after, how, recover_after_attempts=3) as peer:
        seen = look(peer.port, name_of(MODERN), most_seconds=600, patience=SHORT)
    assert peer.throttled == 3
    for subject in (Subject.PROTOCOL_VERSION, Subject.NAMED_GROUP, Subject.CIPHER_SUITE, Subject.SIGNATURE_SCHEME):
        for support in (Support.ACCEPTED, Support.REFUSED):
            assert seen.values(subject, support) == plain.values(subject, support), subject


@pytest.mark.parametrize("how", ["alert", "reset", "silence", "close"])
@pytest.mark.parametrize("after", [3, 9, 15])
def test_p10_a_server_that_throttles_for_good_keeps_what_was_learned_and_refuses_nothing_else(
    lab: Lab, plain: Seen, how: str, after: int
) -> None:
    with proxy.Throttles(lab[MODERN].port, after, how, alert_description=40) as peer:
        seen = look(peer.port, name_of(MODERN), most_seconds=20, patience=SHORT)
    assert seen.facts.status is OutcomeStatus.THROTTLED
    assert not seen.facts.complete
    assert seen.values(Subject.SELECTED_GROUP, Support.SELECTED) == {"0x11ec"}
    for subject in (Subject.PROTOCOL_VERSION, Subject.NAMED_GROUP, Subject.SIGNATURE_SCHEME):
        for context in (None, "TLS1.3", "TLS1.2"):
            accepted = plain.values(subject, Support.ACCEPTED, context)
            if context is not None or subject is Subject.PROTOCOL_VERSION:
                assert not seen.values(subject, Support.REFUSED, context) & accepted


@pytest.mark.parametrize(
    ("make", "kind"),
    [
        (lambda: hostile.ResetsAfterHello(), PeerClosed),
        (lambda: hostile.ClosesAfterHello(), PeerClosed),
        (lambda: hostile.AcceptsAndCloses(), PeerClosed),
        (lambda: hostile.NeverAnswers(), PeerTimedOut),
        (lambda: hostile.Drips(), PeerTimedOut),
        (lambda: hostile.AlwaysAlert(40), PeerRejected),
        (lambda: hostile.AlwaysAlert(80, level=1), PeerRejected),
        (lambda: hostile.SshBanner(), WrongProtocol),
        (lambda: hostile.Garbage(), PeerError),
        (lambda: hostile.ClosesMidRecord(), PeerError),
        (lambda: hostile.ClosesMidRecord(by_reset=True), PeerError),
    ],
    ids=[
        "reset",
        "close",
        "close-unread",
        "silence",
        "drips",
        "alert-40",
        "alert-80",
        "ssh",
        "garbage",
        "cut",
        "cut-reset",
    ],
)
@pytest.mark.parametrize("depth", ["quick", "inventory"])
def test_p11_a_peer_that_never_makes_a_choice_gives_one_error_and_no_facts(
    make: Callable[[], ScriptedServer], kind: type[PeerError], depth: str
) -> None:
    fails(make(), kind, depth)


@pytest.mark.parametrize("kind", ["records", "empty", "warnings", "zeros", "certificate"])
def test_a_flood_ends_and_is_no_handshake(kind: str) -> None:
    with hostile.HugeCertificate() if kind == "certificate" else hostile.Floods(kind, 3_000_000) as peer:
        try:
            seen = look(peer.port, patience=2.0)
        except PeerError:
            return
    assert not seen.of(Subject.SELECTED_VERSION, Support.SELECTED)
    assert not seen.facts.certificates


@pytest.mark.parametrize("where", hostile.LiesAboutLength.PLACES)
def test_a_lie_about_a_length_gives_no_finished_handshake(where: str) -> None:
    with hostile.LiesAboutLength(where) as peer:
        try:
            seen = look(peer.port, patience=SHORT)
        except PeerError:
            return
    assert not seen.facts.certificates


@pytest.mark.parametrize(
    "make", [proxy.OneByteWrites, lambda port: proxy.SmallRecords(port, 1), lambda port: proxy.SmallRecords(port, 7)]
)
def test_p14_bytes_and_records_that_come_one_by_one_say_the_same(lab: Lab, plain: Seen, make: object) -> None:
    assert callable(make)
    with make(lab[MODERN].port) as peer:
        same_facts(look(peer.port, name_of(MODERN)), plain)


# P12: names


def test_p12_an_address_is_never_sent_as_a_name(lab: Lab) -> None:
    with Keeps(lab[HYBRID].port) as peer:
        look(peer.port, depth="quick")
        assert all(0 not in dict(ClientHello.decode(data[5:]).extensions or ()) for data in peer.hellos)


def test_p12_a_server_that_needs_a_name_says_so_without_one_and_all_with_it(lab: Lab) -> None:
    name = "needs-name"
    with pytest.raises(PeerRejected):
        look(lab[name].port)
    seen = look(lab[name].port, name_of(name))
    assert seen.values(Subject.DEFAULT_SITE, Support.OFFERED) == {"alert_112"}


class WarnsAboutName(proxy.Proxy):
    """A warning that the name is not known before each answer of the server behind it (some IIS and Java servers)."""

    def splitter(self) -> object:  # type: ignore[override]
        sent = False

        def send(stream: object, data: bytes) -> None:
            nonlocal sent
            stream.sendall((b"" if sent else messages.alert(112, level=1)) + data)  # type: ignore[attr-defined]
            sent = True

        return send


def test_p12_a_warning_about_the_name_is_told_and_not_taken_for_a_refusal(lab: Lab, plain: Seen) -> None:
    with WarnsAboutName(lab[MODERN].port) as peer:
        seen = look(peer.port, name_of(MODERN))
    assert seen.behaviours == {"warning_unrecognized_name"}
    assert seen.values(Subject.NAMED_GROUP, Support.ACCEPTED) == plain.values(Subject.NAMED_GROUP, Support.ACCEPTED)


# P13, P15


def test_p13_an_old_server_is_not_taken_for_a_new_one(lab: Lab) -> None:
    seen = look(lab["tls10-only"].port, name_of("tls10-only"))
    assert seen.values(Subject.PROTOCOL_VERSION, Support.ACCEPTED) == {"TLS1.0"}
    assert {"TLS1.3", "TLS1.2", "TLS1.1"} <= seen.values(Subject.PROTOCOL_VERSION, Support.REFUSED)
    assert "current_client_fails" in seen.behaviours


def test_p15_a_wish_for_a_client_certificate_is_read_from_the_flight(lab: Lab) -> None:
    name = "client-certificate"
    seen = look(lab[name].port, name_of(name))
    assert seen.values(Subject.CLIENT_CERTIFICATE, Support.OFFERED, "TLS1.3") == {"requested"}
    assert seen.values(Subject.SELECTED_GROUP, Support.SELECTED) == {"0x11ec"}
