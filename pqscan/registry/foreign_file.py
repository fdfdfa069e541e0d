"""Files that somebody else named, opened without waiting: a FIFO that nobody writes to would hold the program for ever."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO

_STREAMS = ("/dev/stdin", "/dev/fd/", "/proc/self/fd/", os.devnull)  # What a shell hands over, as in `--config <(command)`.


def open_regular(path: str | Path, *, or_stream: bool = False, follow: bool = True) -> BinaryIO:
    """Opens a regular file to be read; with `or_stream` also an open descriptor by its name, and the null device. Without `follow`
    a link by that name is refused (ELOOP).

    Raises OSError, its `strerror` a phrase that fits behind "cannot be read:"."""
    name = os.fspath(path)
    if or_stream and name.startswith(_STREAMS):
        return open(name, "rb")
    flags = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
    descriptor = os.open(name, flags if follow else flags | getattr(os, "O_NOFOLLOW", 0))
    mode = os.fstat(descriptor).st_mode
    if stat.S_ISREG(mode):
        return os.fdopen(descriptor, "rb")
    os.close(descriptor)
    if stat.S_ISDIR(mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), name)
    raise OSError(errno.EINVAL, "it is no regular file", name)
