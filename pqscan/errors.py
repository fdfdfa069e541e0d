"""The errors of pqscan. Each class says whose doing it is; `scan/attempt.py` alone turns them into outcomes.

A message is one sentence: what happened, where, and what to do. Peers and files can cause nothing but `PqscanError`.
"""

from __future__ import annotations


class PqscanError(Exception):
    """The root of everything that pqscan raises on purpose."""


class UsageError(PqscanError):
    """The caller asked for something that cannot be: a bad option, target, file or date. Exit code 2."""


class WorkError(PqscanError):
    """The work could not be done here (no database, no permission, a missing program). Exit code 3."""


class DataError(PqscanError):
    """A row in our own data files is wrong: names the file and the row."""


class StoreError(WorkError):
    """The store is damaged, newer than this program, or refuses to be opened."""


class ReadOnlyStore(StoreError):
    """The store may be read here and not be changed."""


class PeerError(PqscanError):
    """The peer's doing. Subclasses map one to one to an `OutcomeStatus`."""


class MalformedMessage(PeerError):
    """Bytes that do not follow the format they claim; the only error a codec raises."""


class BeyondBounds(MalformedMessage):
    """Bytes that begin as the format they claim, and go beyond what is read of it: too deep, too many, or what could grow."""


class PeerRefused(PeerError):
    """The connection attempt was answered by a TCP reset or an ICMP refusal."""


class PeerUnreachable(PeerError):
    """No route, or the network answered that the address cannot be reached."""

    def __init__(self, message: str, *, from_here: bool = False) -> None:
        """`from_here`: this machine itself knows no way, so that nothing was sent and nothing learned of the peer."""
        super().__init__(message)
        self.from_here = from_here


class PeerTimedOut(PeerError):
    """Nothing came within the time that was set."""


class PeerClosed(PeerError):
    """The peer ended an established connection (FIN or reset) before the conversation was through."""

    def __init__(self, message: str, *, by_reset: bool = False) -> None:
        super().__init__(message)
        self.by_reset = by_reset


class PeerRejected(PeerError):
    """The peer answered with its protocol's own refusal (a TLS alert, an SSH disconnect, an IKE notify)."""

    def __init__(self, message: str, *, code: int | None = None, phrase: str = "") -> None:
        """`phrase` is the word of `locale/labels.toml`, [unproven], that tells the refusal in the reader's language."""
        super().__init__(message)
        self.code = code
        self.phrase = phrase


class PeerThrottled(PeerError):
    """The peer answered before and does not now: it limits how often it may be asked."""


class WrongProtocol(PeerError):
    """The peer speaks, but another protocol than the one asked for."""

    def __init__(self, message: str, *, like: str = "") -> None:
        """`like` is the name of the protocol that the answer begins like; empty where that is none that we know."""
        super().__init__(message)
        self.like = like
