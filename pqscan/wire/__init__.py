"""Codecs without I/O: bytes in, values out. A decoder raises `MalformedMessage` and nothing else, whatever it is given."""
