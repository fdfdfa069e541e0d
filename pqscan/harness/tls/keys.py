"""The keys of both directions of one TLS 1.3 connection, as they come one after another (RFC 9846, sections 7.1 and 7.2)."""

from __future__ import annotations

import hashlib

from pqscan.wire.tls.key_schedule import Protection, Secret, SuiteSecrets, handshake_secret


class ConnectionKeys:
    """Begins with the handshake traffic secrets, right after the ServerHello. `transcript` is every message up to then."""

    def __init__(self, suite: SuiteSecrets, shared_secret: bytes, transcript: bytes) -> None:
        self.suite = suite
        self._base = handshake_secret(suite.hash_name, shared_secret)
        digest = self.digest(transcript)
        self.client_handshake = self._base.derive(b"c hs traffic", digest)
        self.server_handshake = self._base.derive(b"s hs traffic", digest)
        self.client_application: Secret = self.client_handshake  # until `turn_to_application`
        self.server_application: Secret = self.server_handshake

    def digest(self, transcript: bytes) -> bytes:
        """The transcript hash of this suite."""
        return hashlib.new(self.suite.hash_name, transcript).digest()

    def turn_to_application(self, transcript: bytes) -> None:
        """The application traffic secrets; `transcript` ends with the server's Finished."""
        digest, main = self.digest(transcript), self._base.main_secret()
        self.client_application = main.derive(b"c ap traffic", digest)
        self.server_application = main.derive(b"s ap traffic", digest)

    def protection(self, secret: Secret) -> Protection:
        return Protection(self.suite, secret)

    def next_client_application(self) -> Protection:
        """After a KeyUpdate of the client."""
        self.client_application = self.client_application.derive(b"traffic upd", b"")
        return self.protection(self.client_application)

    def next_server_application(self) -> Protection:
        """After a KeyUpdate of the server."""
        self.server_application = self.server_application.derive(b"traffic upd", b"")
        return self.protection(self.server_application)
