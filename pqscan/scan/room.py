"""How many sockets this process may open, where the system limits it."""

from __future__ import annotations

import contextlib

try:
    import resource
except ImportError:  # Windows has no such limit to ask for.
    resource = None  # type: ignore[assignment]


def make_room(sockets: int) -> None:
    """Lets this process open so many for the sweep, and as many again, as far as the system allows its user."""
    if resource is None:
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = 2 * sockets if hard == resource.RLIM_INFINITY else min(2 * sockets, hard)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        with contextlib.suppress(ValueError, OSError):  # macOS has a lower one that it does not tell.
            resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def most_sockets() -> int:
    """Half of the file descriptors that this process may open: the probes and the store need the others."""
    if resource is None:
        return 256
    soft, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    return 1 << 20 if soft == resource.RLIM_INFINITY else max(16, soft // 2)
