"""TLS 1.3 servers with one fault each: the loop-back server with one step replaced. Each names the published bug it is made after.

`FAULTS` says which conformance cases must fail on each of them, and no other may.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from cryptography.hazmat.primitives.asymmetric import mldsa

from pqscan.harness.tls.encapsulation import ENCAPSULATORS, Encapsulator, encapsulate
from pqscan.harness.tls.identity import ServerIdentity
from pqscan.harness.tls.offered import Offered, check_hello, read_offer
from pqscan.harness.tls.records import Records, Refusal, framed
from pqscan.harness.tls.server import ServerConversation
from pqscan.harness.tls.server_settings import ServerSettings, Waiting
from pqscan.registry.tls import named_group
from pqscan.wire import builder
from pqscan.wire.tls.client_hello import ClientHello, KeyShareEntry
from pqscan.wire.tls.words import AlertDescription, HandshakeType, Version
from tests.peers.faulty_shares import (
    Curve,
    Reducing,
    Repeating,
    TakesLongShare,
    TakesParts,
    TakesShareOneShort,
    ZeroSecret,
    any_point,
    hybrid_form,
    ml_kem,
    with_component,
)

X25519MLKEM768, SECP256R1MLKEM768, SECP384R1MLKEM1024 = 0x11EC, 0x11EB, 0x11ED
X25519, SECP256R1 = 0x001D, 0x0017
ALL = (X25519MLKEM768, SECP256R1MLKEM768, X25519, SECP256R1)


class RefusesTwoHybrids(ServerConversation):
    """wolfSSL #10287: two post-quantum shares in one hello, and the handshake fails."""

    def choose_group(self, offered: Offered) -> int:
        if sum(len(entry.key_exchange) > 1000 for entry in offered.shares or ()) > 1:
            raise Refusal(AlertDescription.HANDSHAKE_FAILURE, "two large shares")
        return super().choose_group(offered)


class _LaxSecond(ServerConversation):
    """Does not hold the second hello against its HelloRetryRequest; what it does then, each subclass says."""

    def check_second(self, first: ClientHello, second: ClientHello) -> None:
        share = read_offer(second).shares or ()
        if tuple(entry.group for entry in share) == (self.retry_group,):
            super().check_second(first, second)
        else:
            self.other_shares(first, second)

    def other_shares(self, first: ClientHello, second: ClientHello) -> None:
        super().check_second(first, second)


class TakesOtherGroup(_LaxSecond):
    """JDK 17: goes on with whatever share the second hello holds, of the group that was asked for or of another."""

    def other_shares(self, first: ClientHello, second: ClientHello) -> None:
        shares = read_offer(second).shares or ()
        if len(shares) != 1 or shares[0].group not in self.settings.groups:
            super().other_shares(first, second)
        self.retry_group = shares[0].group


class RetriesTwice(_LaxSecond):
    """JDK 17: a second hello without a share is answered with one more HelloRetryRequest."""

    def take_second_hello(self, message: bytes) -> None:
        hello = ClientHello.decode(message)
        if read_offer(hello).shares == ():
            self.send_plain(self.hello_retry_request(self.choose_suite(hello)))
        else:
            super().take_second_hello(message)


class UnreducedInRetry(ServerConversation):
    """The checks of the first hello's share are missing on the way through HelloRetryRequest."""

    def key_agreement(self, entry: KeyShareEntry) -> tuple[bytes, bytes]:
        row = named_group(entry.group).rows[0]
        lax: Mapping[str, Encapsulator] = (
            with_component("ML-KEM-768", Reducing(ml_kem())) if self.outcome.retried else ENCAPSULATORS
        )
        try:
            return encapsulate(row, entry.key_exchange, lax)
        except ValueError as error:
            raise Refusal(AlertDescription.ILLEGAL_PARAMETER, str(error)) from error


class OtherSuiteAfterRetry(ServerConversation):
    """Chooses its suite anew for the second hello, among those with the same hash."""

    def choose_suite(self, hello: ClientHello) -> int:
        chosen = super().choose_suite(hello)
        return 0x1303 if self.outcome.retried and 0x1303 in hello.cipher_suites else chosen


class RetriesAlways(ServerConversation):
    """Asks for a share that it was sent, where it was sent several."""

    def take_hello(self, message: bytes) -> None:
        hello = ClientHello.decode(message)
        offered = read_offer(hello)
        shares = offered.shares or ()
        if len(shares) > 2:
            self.first = self.hello = hello
            self.records.may_be_compatible = True
            self.check_hello(hello, offered)
            self.retry(message, replace(offered, shares=()), self.choose_suite(hello), shares[0].group)
        else:
            super().take_hello(message)


class TakesAnyFinished(ServerConversation):
    """tlsfuzzer's test-tls13-finished.py: a Finished of the right size is taken whatever it holds."""

    def check_client_finished(self, verify_data: bytes, expected: bytes) -> None:
        super().check_client_finished(verify_data if len(verify_data) != len(expected) else expected, expected)


class TakesShortFinished(ServerConversation):
    """Compares as many bytes as the client sent: the empty Finished is equal to every other."""

    def check_client_finished(self, verify_data: bytes, expected: bytes) -> None:
        super().check_client_finished(verify_data, expected[: len(verify_data)])


class HybridInTls12(ServerConversation):
    """Takes a group that TLS 1.2 cannot carry for a reason to choose ECDHE."""

    def check_hello(self, hello: ClientHello, offered: Offered) -> None:
        if offered.versions is None and hello.cipher_suites[:1] == (0xC02B,):
            self.first = None
            body = builder.uint16(Version.TLS12) + os.urandom(32) + b"\x00" + builder.uint16(0xC02B) + b"\x00"
            self.send_plain(framed(HandshakeType.SERVER_HELLO, body))
            self.waiting = Waiting.FINISHED
            raise _Answered(AlertDescription.CLOSE_NOTIFY, "")
        super().check_hello(hello, offered)

    def refuse(self, alert: AlertDescription, why: str) -> None:
        if alert != AlertDescription.CLOSE_NOTIFY:
            super().refuse(alert, why)


class _Answered(Refusal):
    """Leaves the step that was replaced: the answer is out already."""


class TakesCompression(ServerConversation):
    """JDK 17: legacy_compression_methods is not looked at."""

    def check_hello(self, hello: ClientHello, offered: Offered) -> None:
        check_hello(replace(hello, compression_methods=b"\x00"), offered)


class WantsKnownGroups(ServerConversation):
    """Stumbles over the values that RFC 8701 was written against: a group that it does not know."""

    def check_hello(self, hello: ClientHello, offered: Offered) -> None:
        super().check_hello(hello, offered)
        if any(not named_group(group).rows or group & 0x0F0F == 0x0A0A for group in offered.groups or ()):
            if set(offered.groups or ()) & set(self.settings.groups):
                raise Refusal(AlertDescription.ILLEGAL_PARAMETER, "a group that nobody knows")
        elif any(group & 0x0F0F == 0x0A0A for group in offered.groups or ()):
            raise Refusal(AlertDescription.ILLEGAL_PARAMETER, "a GREASE group")


class SmallBuffer(ServerConversation):
    """Reads hellos of up to 4,096 bytes: enough until post-quantum shares came."""

    def take_hello(self, message: bytes) -> None:
        if len(message) > 4096:
            self.waiting = Waiting.NOTHING
        else:
            super().take_hello(message)


class SameRandom(ServerConversation):
    """A generator that was never seeded."""

    def server_random(self) -> bytes:
        return hashlib.sha256(b"boot").digest()


class NoEcho(ServerConversation):
    """Sends a session identifier of its own, as before TLS 1.3."""

    def session_id_echo(self) -> bytes:
        return bytes(32)


class IgnoresKeyUpdate(ServerConversation):
    """Takes new keys and never answers with its own."""

    def take_key_update(self, body: bytes) -> None:
        super().take_key_update(b"\x00" if body == b"\x01" else body)


class ClosesAtOnce(ServerConversation):
    """Ends the connection without a close_notify, so that a truncation cannot be told from the end."""

    def close(self) -> None:
        self.waiting = Waiting.NOTHING


class EarlyData(ServerConversation):
    """Hands application data up before the client's Finished."""

    def take_application_data(self, content: bytes) -> None:
        if self.waiting is Waiting.FINISHED and content:
            self.outcome.application_bytes += len(content)
        else:
            super().take_application_data(content)


class DropsAcrossKeys(ServerConversation):
    """What follows in a record at a change of keys is dropped, as if it were padding."""

    def _expect_boundary(self, message: str) -> None:
        self.messages._buffer.clear()


class ReadsAcrossKeys(ServerConversation):
    """CVE-2025-61730 (Go), RUSTSEC-2026-0285 (rustls): what follows Finished in its record is read as if under the next keys."""

    def _expect_boundary(self, message: str) -> None:
        if message != "Finished":
            super()._expect_boundary(message)


class _LongRecords(Records):
    def check_header(self, kind: int, major_version: int, size: int) -> None:
        super().check_header(kind, major_version, min(size, 1 << 14))


class TakesLongRecords(ServerConversation):
    """JDK 17: plaintext records may be a little longer than 2^14 bytes."""

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self.records = _LongRecords()


class _LateCompatibility(Records):
    def check_compatibility_record(self, fragment: bytes) -> None:
        if fragment != b"\x01" or self.incoming is None:
            super().check_compatibility_record(fragment)


class TakesLateCcs(ServerConversation):
    """Go 1.26: change_cipher_spec records are dropped after Finished, too."""

    def __init__(self, settings: ServerSettings) -> None:
        super().__init__(settings)
        self.records = _LateCompatibility()


class NoKeyShareIsEmpty(ServerConversation):
    """Go 1.26: a hello without key_share is taken for one that asks for a HelloRetryRequest."""

    def check_hello(self, hello: ClientHello, offered: Offered) -> None:
        check_hello(hello, replace(offered, shares=offered.shares or ()))

    def check_second(self, first: ClientHello, second: ClientHello) -> None:
        if read_offer(second).shares is None:
            raise Refusal(AlertDescription.MISSING_EXTENSION, "no key_share")
        super().check_second(first, second)


class SendsUnasked(ServerConversation):
    """Answers an extension that was never sent, here the maximum fragment length of RFC 6066."""

    def encrypted_extensions(self, offered: Offered) -> bytes:
        return framed(HandshakeType.ENCRYPTED_EXTENSIONS, builder.opaque16(b"\x00\x01\x00\x01\x04"))


class PrefersClassicalShare(ServerConversation):
    """CVE-2026-2673 (OpenSSL): the tuples of the group list are lost, and a classical share wins over a listed hybrid."""

    def choose_group(self, offered: Offered) -> int:
        for entry in offered.shares or ():
            if entry.group in self.settings.groups and entry.group in (offered.groups or ()):
                return entry.group
        return super().choose_group(offered)


class TakesUnlistedGroup(ServerConversation):
    """Looks at the shares alone: a group that supported_groups does not list is taken where its share is there."""

    def choose_group(self, offered: Offered) -> int:
        shares = [entry.group for entry in offered.shares or ()]
        return next((group for group in self.settings.groups if group in shares), None) or super().choose_group(offered)


def with_context(identity: ServerIdentity, key: mldsa.MLDSA65PrivateKey) -> ServerIdentity:
    """Signs with the context string of TLS as ML-DSA's context: two things of one name (draft-ietf-tls-mldsa, section 3.2)."""
    return replace(identity, sign=lambda data: key.sign(data, b"TLS 1.3, server CertificateVerify"))


@dataclass(frozen=True)
class Fault:
    """One faulty server: its class, what else differs, and the cases that must fail on it."""

    name: str
    cases: frozenset[str]
    server: type[ServerConversation] = ServerConversation
    groups: tuple[int, ...] = ALL
    suites: tuple[int, ...] = (0x1302, 0x1301, 0x1303)
    encapsulators: Mapping[str, Encapsulator] = field(default_factory=lambda: ENCAPSULATORS)
    tolerated: frozenset[str] = frozenset()  # cases that tell the fault without failing

    def settings(self, identity: ServerIdentity) -> ServerSettings:
        return ServerSettings(identity, self.groups, os.urandom, self.suites, self.encapsulators)


def _fault(name: str, server: type[ServerConversation], *cases: str, **others: object) -> Fault:
    return Fault(name, frozenset(cases), server, **others)  # type: ignore[arg-type]  # As the fields are declared.


FAULTS: tuple[Fault, ...] = (
    _fault(
        "reduces-coefficients",
        ServerConversation,
        "key-not-reduced",
        "second-key-not-reduced",
        groups=(SECP256R1MLKEM768, SECP256R1),
        encapsulators=with_component("ML-KEM-768", Reducing(ml_kem())),
    ),
    _fault("unreduced-in-retry", UnreducedInRetry, "second-key-not-reduced", groups=(SECP256R1MLKEM768, SECP256R1)),
    _fault("takes-long-share", TakesLongShare, "share-long"),
    _fault("takes-share-one-short", TakesShareOneShort, "share-short", "second-share-short", groups=(X25519MLKEM768, X25519)),
    _fault("takes-parts-in-any-order", TakesParts, "share-parts-swapped", groups=(X25519MLKEM768, X25519)),
    _fault(
        "zero-secret",
        ServerConversation,
        "x25519-zero-in-hybrid",
        "x25519-low-order-in-hybrid",
        "x25519-low-order",
        encapsulators=with_component("X25519", ZeroSecret()),
    ),
    _fault("any-point", ServerConversation, "point-off-curve", encapsulators=with_component("secp256r1", Curve(any_point))),
    _fault("hybrid-form", ServerConversation, "point-hybrid-form", encapsulators=with_component("secp256r1", Curve(hybrid_form))),
    _fault("two-hybrids", RefusesTwoHybrids, "two-hybrid-shares"),
    _fault("other-group-after-retry", TakesOtherGroup, "second-other-group"),
    _fault("retries-twice", RetriesTwice, "second-no-share"),
    _fault("other-suite-after-retry", OtherSuiteAfterRetry, "retry-consistent", suites=(0x1301, 0x1303)),
    _fault("retries-always", RetriesAlways, "retry-for-offered-share"),
    _fault("any-finished", TakesAnyFinished, "finished-wrong"),
    _fault("short-finished", TakesShortFinished, "finished-of-wrong-size"),
    _fault("hybrid-in-tls12", HybridInTls12, "tls12-hybrids-alone"),
    _fault("compression", TakesCompression, "compression-methods"),
    _fault("known-groups", WantsKnownGroups, "grease-groups", "many-unknown-groups"),
    _fault("small-buffer", SmallBuffer, "hello-large"),
    _fault("same-random", SameRandom, "randoms-fresh"),
    _fault("same-ciphertext", ServerConversation, "shares-fresh", encapsulators=with_component("ML-KEM-768", Repeating(ml_kem()))),
    _fault("no-echo", NoEcho, "server-hello-fields"),
    _fault("no-key-update", IgnoresKeyUpdate, "key-update"),
    _fault("no-close-notify", ClosesAtOnce, "close-notify"),
    _fault("early-data", EarlyData, "data-before-finished"),
    _fault("drops-across-keys", DropsAcrossKeys, "hello-and-more-in-its-record", "finished-and-more-in-its-record"),
    _fault("reads-across-keys", ReadsAcrossKeys, "finished-and-more-in-its-record"),
    _fault("long-records", TakesLongRecords, "record-too-long"),
    _fault("late-ccs", TakesLateCcs, "ccs-after-finished"),
    _fault("no-key-share-is-empty", NoKeyShareIsEmpty, "no-key-share"),
    _fault("unasked-extension", SendsUnasked, "extensions-asked-for"),
    _fault("unlisted-group", TakesUnlistedGroup, "share-outside-supported-groups"),
    _fault(
        "classical-share-wins",
        PrefersClassicalShare,
        tolerated=frozenset({"hybrid-before-classical-share"}),
    ),
)
