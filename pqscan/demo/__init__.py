"""Real TLS servers on loopback, each with another configuration: for `pqscan demo` and for the tests. Needs pyOpenSSL."""
