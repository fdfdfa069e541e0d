"""QUIC's first flight (RFC 9000, RFC 9001, RFC 9369): Initial packets, their protection, and the TLS messages in them."""
