"""QUIC's handshake (RFC 9000, RFC 9001, RFC 9369): packets with long headers, their protection, and the TLS messages in them."""
