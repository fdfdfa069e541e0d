"""The recorded handshakes of pqscan/harness/vectors as values: what went over the wire, the client's keys, every secret."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.asymmetric import ec, mlkem, x25519

from pqscan.registry.tls import named_group
from pqscan.wire import key_agreement
from pqscan.wire.key_agreement import ComponentKey, KeyShare
from pqscan.wire.tls.client_hello import ClientHello, Offer
from pqscan.wire.tls.conversation import ClientConversation
from pqscan.wire.tls.words import ContentType, Version

FOLDER = Path(__file__).parents[4] / "pqscan" / "harness" / "vectors" / "data" / "tls"


def load(name: str) -> dict[str, Any]:  # Any: the JSON of a vector file.
    found: dict[str, Any] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return found


def record(kind: int, data: bytes) -> bytes:
    return bytes((kind, 3, 3)) + len(data).to_bytes(2, "big") + data


@dataclass(frozen=True)
class Recording:
    """One full handshake; `fields` are those of its file."""

    name: str

    @cached_property
    def fields(self) -> dict[str, Any]:  # Any: the JSON of a vector file.
        return load(self.name)

    def octets(self, field: str) -> bytes:
        return bytes.fromhex(self.fields[field])

    @property
    def group(self) -> int:
        return int(self.fields["selected_group"], 16)

    @property
    def suite(self) -> int:
        return int(self.fields["cipher"], 16)

    @property
    def first_shares(self) -> tuple[int, ...]:
        return tuple(int(value, 16) for value in self.fields["key_shares"])

    @property
    def retried(self) -> bool:
        return "hello_retry_request" in self.fields

    @property
    def decrypted(self) -> list[bytes]:
        return [bytes.fromhex(message["hex"]) for message in self.fields["decrypted_handshake"]]

    @property
    def encrypted(self) -> list[bytes]:
        return [bytes.fromhex(each) for each in self.fields["encrypted_records"]]

    @property
    def server_hello_transcript(self) -> tuple[bytes, ...]:
        """The plain handshake messages in order, the first hello whole."""
        names = ("client_hello", "hello_retry_request", "client_hello_2", "server_hello")
        return tuple(self.octets(name) for name in names if name in self.fields)

    def component(self, name: str) -> ComponentKey:
        """Our key of one component, made from the recorded private key; a fresh one where a share was sent in vain."""
        private = self.fields["client_private"]
        if not self._is_recorded(name):
            return key_agreement.COMPONENT_KEYS[name]()
        seed = bytes.fromhex(private.get("mlkem_seed_d_z", ""))
        if name == "X25519":
            return key_agreement._X25519Key(x25519.X25519PrivateKey.from_private_bytes(bytes.fromhex(private["x25519_private"])))
        if name == "ML-KEM-768":
            return key_agreement._MlKem768Key(mlkem.MLKEM768PrivateKey.from_seed_bytes(seed))
        if name == "ML-KEM-1024":
            return key_agreement._MlKem1024Key(mlkem.MLKEM1024PrivateKey.from_seed_bytes(seed))
        curve = {"secp256r1": ec.SECP256R1(), "secp384r1": ec.SECP384R1()}[name]
        return key_agreement.CurveKey(curve, ec.derive_private_key(int(private["ec_private"], 16), curve))

    def _is_recorded(self, component: str) -> bool:
        fields = {"X25519": "x25519_private", "ML-KEM-768": "mlkem_seed_d_z", "ML-KEM-1024": "mlkem_seed_d_z"}
        return fields.get(component, "ec_private") in self.fields["client_private"]

    def share(self, group: int) -> KeyShare | None:
        row = named_group(group).row
        if row is None or not key_agreement.can_carry_through(row):
            return None
        return key_agreement.generate(row, {name: lambda name=name: self.component(name) for name in row.components})

    def conversation(self) -> ClientConversation:
        """A conversation in the place of the recorded client: it has said the recorded hello, and holds its keys."""
        said = self.octets("client_hello")
        hello = ClientHello.decode(said)
        groups = tuple(int(value, 16) for value in self.fields["offered_groups"])
        offer = Offer((Version.TLS13,), hello.cipher_suites, groups, (0x0403,))
        shares = {group: share for group in self.first_shares if (share := self.share(group)) is not None}
        conversation = ClientConversation(offer, hello.random, hello.session_id, shares=shares, share_source=self.share)
        conversation._hello = hello
        conversation._first_message = conversation._transcript = said
        conversation.bytes_to_send()
        return conversation

    def server_bytes(self) -> bytes:
        """Everything that the server sent, in records."""
        retry = record(ContentType.HANDSHAKE, self.octets("hello_retry_request")) if self.retried else b""
        hello = record(ContentType.HANDSHAKE, self.octets("server_hello"))
        return retry + hello + record(ContentType.CHANGE_CIPHER_SPEC, b"\x01") + b"".join(self.encrypted)


NAMES = sorted(path.stem for path in FOLDER.glob("*.json") if path.stem not in ("rfc8448-simple-1rtt", "probe-empty-keyshare"))
RECORDINGS = [Recording(name) for name in NAMES]
