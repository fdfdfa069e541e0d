"""HTTP/1.1 as far as one request and its answer go (RFC 9112)."""
