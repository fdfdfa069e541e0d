"""Conformance cases: what a TLS 1.3 server must take and what it must refuse, each with the sentence of the standard behind it."""
