"""TLS 1.3 carried through on both sides: a client whose key agreement runs on a chosen library, and a loop-back server."""
