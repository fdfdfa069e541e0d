"""Configuration languages as statements with their places, and the lists of cryptography that stand in them. No I/O; no product."""
