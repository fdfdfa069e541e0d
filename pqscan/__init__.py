"""pqscan: which cryptography is in use here, and is it ready for quantum computers?"""

__version__ = "0.1.0"
