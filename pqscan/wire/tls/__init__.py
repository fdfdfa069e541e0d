"""TLS 1.3 (RFC 9846) down to SSLv2: records, handshake messages, key schedule, the client's side of a conversation."""
