"""A TLS server as its rules alone: gives the answer that a conversation would come back with, without bytes and sockets.

Written from RFC 9846, RFC 5246, RFC 8422 and RFC 7919, not from the code under test. `drive` runs an inquiry against a
peer, which may throttle; time is counted, never waited for.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from pqscan.registry.finite_field import group_of_prime
from pqscan.registry.tls import cipher_suite, named_group, signature_scheme
from pqscan.wire.key_agreement import can_carry_through
from pqscan.wire.tls.answer import Answer, Ending
from pqscan.wire.tls.client_hello import Offer, client_hello, hello_record
from pqscan.wire.tls.inquiry import Ask, Inquiry, ResultT, Wait
from pqscan.wire.tls.version_survey import is_post_quantum
from pqscan.wire.tls.words import Version

CURVES = {0x0017: b"leaf EC P-256", 0x0018: b"leaf EC P-384", 0x0019: b"leaf EC P-521"}
FINITE_FIELDS = {0x0100, 0x0101, 0x0102, 0x0103, 0x0104}
RSA_LEAF = b"leaf RSA"
OTHER_LEAF = b"leaf with another key"


def leaf_curve(leaf: bytes) -> int | None:
    return next((curve for curve, der in CURVES.items() if der == leaf), None)


@dataclass(frozen=True)
class VersionModel:
    """What a server does in one version; every tuple in its own order. `rsa` and `ec_curve` say which certificates it has.

    `scheme_leaf` False in TLS 1.3: one certificate for everything. `dhe_bits`: the size of its own prime, 0 for ffdhe2048.
    `fixed_group`: it answers with this group whatever the client lists."""

    version: Version
    suites: tuple[int, ...]
    groups: tuple[int, ...] = ()
    schemes: tuple[int, ...] = ()
    server_order: bool = True
    rsa: bool = True
    ec_curve: int | None = None
    needs_curve_listed: bool = True
    dhe_bits: int = 0
    strict_ffdhe: bool = False  # RFC 7919, section 4: no DHE with a client that lists finite fields, but not the right one
    fixed_group: int | None = None
    takes_offered_share: bool = False
    shares_only: bool = False  # no HelloRetryRequest: a share that fits, or an alert
    asks_for_certificate: bool = False
    keys_by_scheme: tuple[str, ...] = ()  # in TLS 1.3, as rustls: the first kind of key that can sign by any scheme listed, PKCS #1
    # among them, and then nothing but what that key signs with
    signs_late: bool = False  # before TLS 1.3: chooses the suite first, and alerts after its hello where no scheme fits (Go)
    lacks_parameters: bool = False  # it takes DHE suites and has no prime for them: internal_error once it picked one (GnuTLS)

    def pick(self, ours: tuple[int, ...], theirs: tuple[int, ...]) -> int | None:
        first, second = (ours, theirs) if self.server_order else (theirs, ours)
        return next((value for value in first if value in second), None)

    def schemes_with(self, offered: tuple[int, ...]) -> tuple[int, ...]:
        """What it signs with where a client lists these schemes."""
        if not self.keys_by_scheme:
            return self.schemes
        kinds = {family(scheme)[:3] for scheme in offered if scheme in self.schemes or family(scheme) == "RSASSA-PKCS1-v1_5"}
        drawn = next((kind for kind in self.keys_by_scheme if kind in kinds), "")
        return tuple(scheme for scheme in self.schemes if drawn and family(scheme).startswith(drawn))

    def leaf_of(self, suite: int, scheme: int | None) -> bytes:
        row = cipher_suite(suite).row
        if self.version < Version.TLS13:
            assert row is not None
            return CURVES[self.ec_curve or 0x0017] if row.authentication == "ECDSA" else RSA_LEAF
        families = {"ECDSA": CURVES.get(self.ec_curve or 0x0017, OTHER_LEAF)}
        return families.get(family(scheme), RSA_LEAF if family(scheme).startswith("RSA") else OTHER_LEAF)

    # Before TLS 1.3

    def usable(self, suite: int, groups: tuple[int, ...], schemes: tuple[int, ...]) -> bool:
        """Whether the suite can be negotiated with a client that lists these groups and schemes."""
        row = cipher_suite(suite).row
        if suite not in self.suites or row is None:
            return False
        if row.authentication == "ECDSA":
            if self.ec_curve is None or (self.needs_curve_listed and self.fixed_group is None and self.ec_curve not in groups):
                return False
        elif not self.rsa:
            return False
        if row.key_exchange == "ECDHE" and self.fixed_group is None and not set(self.groups) & set(groups):
            return False
        names_others = bool(set(groups) & FINITE_FIELDS) and (self.dhe_bits != 0 or 0x0100 not in groups)
        if row.key_exchange == "DHE" and self.strict_ffdhe and names_others:
            return False
        if row.key_exchange in ("ECDHE", "DHE") and self.version == Version.TLS12 and not self.signs_late:
            return self.scheme_for(row.authentication, schemes) is not None
        return True

    def scheme_for(self, authentication: str, offered: tuple[int, ...]) -> int | None:
        wanted = ("ECDSA",) if authentication == "ECDSA" else ("RSASSA-PKCS1-v1_5", "RSASSA-PSS")
        return self.pick(tuple(scheme for scheme in self.schemes if family(scheme) in wanted), offered)


def family(scheme: int | None) -> str:
    row = signature_scheme(scheme).row if scheme is not None else None
    return row.components[0] if row is not None and row.components else ""


@dataclass
class Server:
    """`versions` by version. `old_dialect`: it does not know supported_versions and answers by the legacy field."""

    versions: dict[Version, VersionModel]
    old_dialect: bool = False
    version_alert: int = 70
    drops_above: int | None = None  # hellos larger than this get no answer
    needs_name: bool = False
    refusal: Callable[[], Answer] | None = None  # instead of an alert where nothing fits (a reset, silence)

    def answer(self, ask: Ask) -> Answer:
        offer = ask.offer
        size = hello_bytes(offer, ask.real_shares)
        answer = Answer(hello_bytes=size)
        if self.drops_above is not None and size > self.drops_above:
            return _ended(answer, Ending.SILENCE)
        if self.needs_name and offer.server_name is None:
            return self._alert(answer, 112)
        chosen = self._version(offer)
        if chosen is None:
            return self._alert(answer, self.version_alert)
        model = self.versions[chosen]
        if chosen not in offer.versions:  # A conversation does not go along with it.
            suite = next((suite for suite in offer.cipher_suites if model.usable(suite, offer.groups, offer.schemes)), None)
            if suite is None:
                return self._alert(answer, 40)
            answer.version, answer.cipher_suite = chosen, suite
            return _ended(answer, Ending.HELLO)
        return self._modern(model, ask, answer) if chosen == Version.TLS13 else self._old(model, offer, answer)

    def _version(self, offer: Offer) -> Version | None:
        if offer.newest >= Version.TLS13 and not self.old_dialect:
            return max((version for version in self.versions if version in offer.versions), default=None)
        legacy = min(offer.newest, Version.TLS12)
        return max((version for version in self.versions if version <= legacy), default=None)

    def _alert(self, answer: Answer, description: int) -> Answer:
        if self.refusal is not None:
            other = self.refusal()
            answer.ending, answer.alert = other.ending, other.alert
            return answer
        answer.ending, answer.alert = Ending.ALERT, description
        return answer

    def _modern(self, model: VersionModel, ask: Ask, answer: Answer) -> Answer:
        offer = ask.offer
        suite = model.pick(model.suites, offer.cipher_suites)
        shares = tuple(group for group in ask.real_shares if group in offer.groups)
        group = model.pick(model.groups, offer.groups)
        if (model.takes_offered_share or model.shares_only) and (ready := model.pick(model.groups, shares)) is not None:
            group = ready
        if suite is None or group is None or (model.shares_only and group not in shares):
            return self._alert(answer, 40)
        answer.version = Version.TLS13
        if group not in shares:
            answer.retry_suite, answer.retry_group = suite, group
            row = named_group(group).row
            second = 5 + answer.hello_bytes + (row.client_share_bytes or 0 if row else 0)
            too_large = ask.most_hello_bytes is not None and second > ask.most_hello_bytes
            is_enough = not ask.follow_retry or (ask.only_resistant and not is_post_quantum(group))
            if is_enough or row is None or not can_carry_through(row) or too_large:
                return _ended(answer, Ending.RETRY)
            if self.drops_above is not None and second > self.drops_above:
                return _ended(answer, Ending.SILENCE)
        scheme = model.pick(model.schemes_with(offer.schemes), offer.schemes)
        if scheme is None:
            return self._alert(answer, 40)
        answer.cipher_suite, answer.group, answer.scheme = suite, group, scheme
        answer.certificates = (model.leaf_of(suite, scheme),)
        answer.client_certificate_requested, answer.finished_verified = model.asks_for_certificate, True
        return _ended(answer, Ending.FLIGHT)

    def _old(self, model: VersionModel, offer: Offer, answer: Answer) -> Answer:
        schemes = offer.schemes
        possible = tuple(suite for suite in model.suites if model.usable(suite, offer.groups, schemes))
        suite = model.pick(possible, offer.cipher_suites)
        if suite is None:
            return self._alert(answer, 40)
        row = cipher_suite(suite).row
        assert row is not None
        answer.version, answer.cipher_suite = model.version, suite
        if row.key_exchange == "ECDHE":
            answer.group = model.fixed_group if model.fixed_group is not None else model.pick(model.groups, offer.groups)
        elif row.key_exchange == "DHE":
            if model.lacks_parameters:
                answer.version = answer.cipher_suite = None  # The alert comes instead of the ServerHello.
                return self._alert(answer, 80)
            answer.prime_bits = model.dhe_bits or 2048
            answer.prime_sha256 = bytes(32) if model.dhe_bits else FFDHE2048
        if row.key_exchange in ("ECDHE", "DHE") and model.version == Version.TLS12:
            answer.scheme = model.scheme_for(row.authentication, schemes)
            if answer.scheme is None:  # After the ServerHello: nothing of the key exchange was seen.
                answer.group = answer.prime_bits = answer.prime_sha256 = None
                return self._alert(answer, 40)
        answer.certificates = (model.leaf_of(suite, answer.scheme),)
        answer.client_certificate_requested = model.asks_for_certificate
        return _ended(answer, Ending.FLIGHT)


def _ended(answer: Answer, ending: Ending) -> Answer:
    answer.ending = ending
    return answer


def hello_bytes(offer: Offer, real_shares: tuple[int, ...]) -> int:
    """What the hello weighs, its real shares counted by the registry's sizes."""
    rows = [named_group(group).row for group in real_shares]
    shares = sum(4 + (row.client_share_bytes or 0) for row in rows if row is not None)
    return len(hello_record(client_hello(offer, bytes(32), bytes(32)))) + shares


def _ffdhe2048() -> bytes:
    """SHA-256 of the prime of RFC 7919, appendix A.1."""
    prime = (
        "FFFFFFFFFFFFFFFFADF85458A2BB4A9AAFDC5620273D3CF1D8B9C583CE2D3695A9E13641146433FBCC939DCE249B3EF97D2FE363630C75D8F681B202"
        "AEC4617AD3DF1ED5D5FD65612433F51F5F066ED0856365553DED1AF3B557135E7F57C935984F0C70E0E68B77E2A689DAF3EFE8721DF158A136ADE73"
        "530ACCA4F483A797ABC0AB182B324FB61D108A94BB2C8E3FBB96ADAB760D7F4681D4F42A3DE394DF4AE56EDE76372BB190B07A7C8EE0A6D709E02FC"
        "E1CDF7E2ECC03404CD28342F619172FE9CE98583FF8E4F1232EEF28183C3FE3B1B4C6FAD733BB5FCBC2EC22005C58EF1837D1683B2C6F34A26C1B2E"
        "FFA886B423861285C97FFFFFFFFFFFFFFFF"
    )
    return hashlib.sha256(bytes.fromhex(prime)).digest()


FFDHE2048 = _ffdhe2048()
assert group_of_prime(FFDHE2048) == 0x0100


@dataclass
class Throttle:
    """From ask number `after` on, `how` says what comes, for `asks` asks or until `seconds` have been waited (None: never ends)."""

    after: int
    how: Callable[[], Answer]
    asks: int | None = None
    seconds: float | None = None


@dataclass
class Peer:
    """A server behind a throttle. `time_seconds` is all there is for waiting."""

    server: Server
    throttle: Throttle | None = None
    time_seconds: float = 60.0
    asked: list[Ask] = field(default_factory=list)
    answered: list[Answer] = field(default_factory=list)
    waited: float = 0.0
    _met: int = 0
    _since: float | None = None

    def ask(self, ask: Ask) -> Answer:
        self.asked.append(ask)
        answer = self._throttled(ask) or self.server.answer(ask)
        self.answered.append(answer)
        return answer

    def wait(self, seconds: float) -> bool:
        if self.waited + seconds > self.time_seconds:
            return False
        self.waited += seconds
        return True

    def _throttled(self, ask: Ask) -> Answer | None:
        throttle = self.throttle
        if throttle is None or len(self.asked) <= throttle.after:
            return None
        self._since = self.waited if self._since is None else self._since
        if throttle.asks is not None and self._met >= throttle.asks:
            return None
        if throttle.seconds is not None and self.waited - self._since >= throttle.seconds:
            return None
        self._met += 1
        answer = throttle.how()
        answer.hello_bytes = hello_bytes(ask.offer, ask.real_shares)
        return answer


def alerts(description: int) -> Callable[[], Answer]:
    return lambda: Answer(ending=Ending.ALERT, alert=description)


def ends(ending: Ending) -> Callable[[], Answer]:
    return lambda: Answer(ending=ending)


MOST_ASKS = 1000  # No honest inquiry comes near; a loop does.


def drive(inquiry: Inquiry[ResultT], peer: Peer) -> ResultT:
    """Run an inquiry to its end. Fails where it does not end."""
    reply: Answer | bool | None = None
    while True:
        try:
            step = inquiry.send(reply)  # type: ignore[arg-type]  # The first send of a generator is None.
        except StopIteration as end:
            result: ResultT = end.value
            return result
        if isinstance(step, Wait):
            reply = peer.wait(step.seconds)
        else:
            assert len(peer.asked) < MOST_ASKS, "the inquiry does not end"
            reply = peer.ask(step)
