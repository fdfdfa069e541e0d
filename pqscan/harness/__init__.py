"""liboqs at work: algorithms on official vectors, handshakes carried through, cases that a server must refuse, timings.

Scanning never comes here. Nothing outside this package loads liboqs, and nothing in it does at import.
"""
