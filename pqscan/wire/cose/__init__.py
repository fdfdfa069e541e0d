"""COSE (RFC 9052): messages and keys, by their algorithms."""
