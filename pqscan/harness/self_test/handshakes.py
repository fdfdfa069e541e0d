"""Recorded TLS 1.3 handshakes, replayed: the agreed secret, with the post-quantum part on each library and the parts in the
order of the registry, then the key schedule, the records, the signature and the Finished of the server by pqscan's `wire.tls`.

RFC 8448, section 3, and handshakes of Go and OpenSSL (`vectors/data/tls/SOURCE.md`)."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from cryptography.hazmat.primitives.asymmetric import ec, x25519

from pqscan.errors import MalformedMessage
from pqscan.harness.library import Kem, KeyPair, Library
from pqscan.harness.self_test.attempt import Case, Differs, Wanted, attempt, each, same
from pqscan.harness.vectors import shipped
from pqscan.harness.vectors.fields import DamagedVectors, Fields
from pqscan.model.trial import Trial
from pqscan.registry.tls import NamedGroup, named_group
from pqscan.wire.key_agreement import ComponentKey, KeyShare
from pqscan.wire.tls.client_hello import ClientHello
from pqscan.wire.tls.key_schedule import SUITES, Protection, Secret, handshake_secret
from pqscan.wire.tls.messages import CertificateVerify, HandshakeMessage, HandshakeReader, ServerHello, decode_certificate_13
from pqscan.wire.tls.signature import verifies
from pqscan.wire.tls.words import ContentType, HandshakeType

_SUITE, _OWN = "tls", "pqscan"
_RFC = "tls/rfc8448-simple-1rtt"
_NO_SECRETS = frozenset({"tls/probe-empty-keyshare", _RFC})
_SHARES = 51  # key_share (RFC 9846, section 4.3.8)
_CURVES: dict[str, ec.EllipticCurve] = {"secp256r1": ec.SECP256R1(), "secp384r1": ec.SECP384R1()}
_CIPHERTEXT_BYTES = {"ML-KEM-768": 1088, "ML-KEM-1024": 1568}
_AGREEMENT, _SCHEDULE = "RFC 9846, section 7.4", "RFC 9846, section 7.1"


def recordings(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    if wanted.takes("TLS 1.3"):
        case = Case(_SUITE, "rfc8448-simple-1rtt, key schedule", "TLS 1.3", "RFC 8448, section 3")
        yield attempt(case, _OWN, partial(_rfc_8448, shipped.read(_RFC)))
    for name in shipped.handshakes():
        if name in _NO_SECRETS:
            continue
        recording = shipped.read(name)
        group = _group(recording)
        if not wanted.takes(group.name):
            continue
        post_quantum = next((part for part in group.components if part.startswith("ML-KEM-")), None)
        short = name.partition("/")[2]
        case = Case(_SUITE, f"{short}, agreed secret", group.name, _AGREEMENT, needs=post_quantum or "")
        if post_quantum is None:
            yield attempt(case, "cryptography", partial(_agree, recording, group, None))
        else:
            yield from each(case, libraries, partial(_kem, post_quantum), partial(_agree, recording, group))
        yield attempt(
            Case(_SUITE, f"{short}, key schedule and records", group.name, _SCHEDULE), _OWN, partial(_schedule, recording)
        )


def _kem(algorithm: str, library: Library) -> Kem | None:
    return library.kems.get(algorithm)


def _number(recording: Fields, name: str) -> int:
    try:
        return int(recording.text(name), 16)
    except ValueError:
        raise DamagedVectors(f"{recording.place}: {name} is no number") from None


def _group(recording: Fields) -> NamedGroup:
    row = named_group(_number(recording, "selected_group")).row
    if row is None:
        raise DamagedVectors(f"{recording.place}: selected_group is none that the registry has")
    return row


@dataclass(frozen=True, slots=True)
class _KemPart:
    """The client's part of a share on the library that is on trial."""

    kem: Kem
    pair: KeyPair
    peer_bytes: int

    @property
    def public(self) -> bytes:
        return self.pair.public

    def agree(self, peer: bytes) -> bytes:
        return self.kem.decapsulate(self.pair.private, peer)


class _X25519Part:
    peer_bytes = 32

    def __init__(self, private: bytes) -> None:
        self._key = x25519.X25519PrivateKey.from_private_bytes(private)
        self.public = self._key.public_key().public_bytes_raw()

    def agree(self, peer: bytes) -> bytes:
        return self._key.exchange(x25519.X25519PublicKey.from_public_bytes(peer))


class _CurvePart:
    def __init__(self, curve: ec.EllipticCurve, scalar: int) -> None:
        self._key = ec.derive_private_key(scalar, curve)
        numbers, size = self._key.public_key().public_numbers(), (curve.key_size + 7) // 8
        self.public = b"\x04" + numbers.x.to_bytes(size, "big") + numbers.y.to_bytes(size, "big")
        self.peer_bytes, self._curve = 1 + 2 * size, curve

    def agree(self, peer: bytes) -> bytes:
        return self._key.exchange(ec.ECDH(), ec.EllipticCurvePublicKey.from_encoded_point(self._curve, peer))


def _part(recording: Fields, name: str, tool: Kem | None) -> ComponentKey:
    private = recording.part("client_private")
    if tool is not None and name in _CIPHERTEXT_BYTES:
        return _KemPart(tool, tool.from_seed(private.octets("mlkem_seed_d_z")), _CIPHERTEXT_BYTES[name])
    if name == "X25519":
        return _X25519Part(private.octets("x25519_private"))
    if name in _CURVES:
        return _CurvePart(_CURVES[name], _number(private, "ec_private"))
    raise DamagedVectors(f"{recording.place}: no key for {name}")


def _agree(recording: Fields, group: NamedGroup, tool: Kem | None) -> None:
    """Our share is the one that was sent, and what comes out of the server's is the (EC)DHE secret that both ends used."""
    parts = tuple((name, _part(recording, name, tool)) for name in group.components)
    share = KeyShare(group, parts, b"".join(part.public for _, part in parts))
    last = "client_hello_2" if "client_hello_2" in recording else "client_hello"
    same("key share sent", True, share.public in (_extension(recording.octets(last)) or b""))
    entry = ServerHello.decode(recording.octets("server_hello")[4:]).key_share
    same("server share", recording.octets("server_share"), entry.key_exchange if entry is not None else None)
    same("agreed secret", recording.octets("dhe_shared_secret"), share.agree(recording.octets("server_share")))


def _extension(hello: bytes) -> bytes | None:
    return next((data for kind, data in ClientHello.decode(hello).extensions or () if kind == _SHARES), None)


def _schedule(recording: Fields) -> None:
    suite = SUITES[_number(recording, "cipher")]
    handshake = handshake_secret(suite.hash_name, recording.octets("dhe_shared_secret"))
    same("handshake secret", recording.octets("handshake_secret"), handshake.value)
    before = _hellos(recording, suite.hash_name)
    transcript = hashlib.new(suite.hash_name, before).digest()
    same("transcript hash of the hellos", recording.octets("transcript_hash_ch_sh"), transcript)
    client, server = (handshake.derive(label, transcript) for label in (b"c hs traffic", b"s hs traffic"))
    same("client handshake traffic secret", recording.octets("client_handshake_traffic_secret"), client.value)
    same("server handshake traffic secret", recording.octets("server_handshake_traffic_secret"), server.value)
    same("server key", recording.octets("server_handshake_key"), server.expand(b"key", b"", suite.key_bytes))
    same("server IV", recording.octets("server_handshake_iv"), server.expand(b"iv", b"", 12))
    opened = _opened(Protection(suite, server), recording)
    told = b"".join(message.octets("hex") for message in recording.rows("decrypted_handshake"))
    same("decrypted handshake", told, opened)
    _proofs(before, list(HandshakeReader().feed(opened)), suite.hash_name, server)


def _hellos(recording: Fields, hash_name: str) -> bytes:
    """The messages up to ServerHello; of a first hello that was answered by a retry, its hash (RFC 9846, "The Transcript Hash")."""
    first, last = recording.octets("client_hello"), recording.octets("server_hello")
    if "hello_retry_request" not in recording:
        return first + last
    digest = hashlib.new(hash_name, first).digest()
    synthetic = bytes((HandshakeType.MESSAGE_HASH, 0, 0, len(digest))) + digest
    return synthetic + recording.octets("hello_retry_request") + recording.octets("client_hello_2") + last


def _proofs(transcript: bytes, messages: list[HandshakeMessage], hash_name: str, server: Secret) -> None:
    """The server's signature over the handshake, by the key of its certificate, and its Finished."""
    leaf, proven = b"", set()
    for message in messages:
        digest = hashlib.new(hash_name, transcript).digest()
        if message.kind == HandshakeType.CERTIFICATE:
            leaf = decode_certificate_13(message.body)[0]
        elif message.kind == HandshakeType.CERTIFICATE_VERIFY:
            verify = CertificateVerify.decode(message.body)
            same("CertificateVerify verified", True, verifies(leaf, verify.scheme, verify.signature, digest))
        elif message.kind == HandshakeType.FINISHED:
            same("server Finished", message.body, server.finished_mac(digest))
        proven.add(message.kind)
        transcript += message.encoded
    same("proofs seen", True, proven >= {HandshakeType.CERTIFICATE_VERIFY, HandshakeType.FINISHED})


def _opened(incoming: Protection, recording: Fields) -> bytes:
    records = recording.texts("encrypted_records")
    messages = []
    for number, text in enumerate(records, 1):
        record = bytes.fromhex(text)
        try:
            kind, plain = incoming.open(record[:5], record[5:])
        except MalformedMessage:
            raise Differs(f"record {number}", "a record that opens", "one that does not") from None
        same(f"content type of record {number}", int(ContentType.HANDSHAKE), kind)
        messages.append(plain)
    return b"".join(messages)


def _rfc_8448(rfc: Fields) -> None:
    """Every secret of the simple 1-RTT handshake, the server's flight, and both Finished."""
    names = ("client_hello", "server_hello", "encrypted_extensions", "certificate", "certificate_verify", "server_finished")
    messages = [rfc.octets(name) for name in names]

    def transcript(count: int) -> bytes:
        return hashlib.sha256(b"".join(messages[:count])).digest()

    handshake = handshake_secret("sha256", rfc.octets("shared_secret"))
    same("handshake secret", rfc.octets("handshake_secret"), handshake.value)
    main = handshake.main_secret()
    same("master secret", rfc.octets("master_secret"), main.value)
    secrets: dict[str, Secret] = {}
    for name, source, label, count in (
        ("client_handshake_traffic_secret", handshake, b"c hs traffic", 2),
        ("server_handshake_traffic_secret", handshake, b"s hs traffic", 2),
        ("client_application_traffic_secret_0", main, b"c ap traffic", 6),
        ("server_application_traffic_secret_0", main, b"s ap traffic", 6),
        ("exporter_master_secret", main, b"exp master", 6),
    ):
        secrets[name] = source.derive(label, transcript(count))
        same(name.replace("_", " "), rfc.octets(name), secrets[name].value)
    record = rfc.octets("server_flight_record")
    server, client = secrets["server_handshake_traffic_secret"], secrets["client_handshake_traffic_secret"]
    kind, plain = Protection(SUITES[0x1301], server).open(record[:5], record[5:])
    same("server flight", (int(ContentType.HANDSHAKE), b"".join(messages[2:])), (kind, plain))
    same("server Finished", messages[5][4:], server.finished_mac(transcript(5)))
    same("client Finished", rfc.octets("client_finished")[4:], client.finished_mac(transcript(6)))
