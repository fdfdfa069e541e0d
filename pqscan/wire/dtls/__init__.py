"""DTLS without I/O: the handshakes of TLS over datagrams (RFC 9147, RFC 6347, RFC 4347)."""
