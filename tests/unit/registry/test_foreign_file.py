from __future__ import annotations

import os
import socket
from contextlib import closing
from pathlib import Path

import pytest

from pqscan.registry.foreign_file import open_regular


def test_a_regular_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"text")
    for name in (tmp_path / "a", str(tmp_path / "a")):
        with open_regular(name) as file:
            assert file.read() == b"text"


@pytest.mark.parametrize("or_stream", [False, True])
def test_a_fifo_that_nobody_writes_to_is_refused_at_once(tmp_path: Path, or_stream: bool) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(OSError, match="no regular file"):
        open_regular(tmp_path / "pipe", or_stream=or_stream)


def test_a_device_a_folder_a_socket_and_nothing_are_refused(tmp_path: Path) -> None:
    with closing(socket.socket(socket.AF_UNIX)) as listener:
        listener.bind(str(tmp_path / "socket"))
        for name in ("/dev/zero", "/dev/null", tmp_path, tmp_path / "socket", tmp_path / "nothing"):
            with pytest.raises(OSError, match=r".") as refusal:
                open_regular(name)
            assert refusal.value.strerror


def test_what_a_shell_hands_over_is_read_where_a_stream_may_come() -> None:
    reading, writing = os.pipe()
    os.write(writing, b"10.0.0.1\n")
    os.close(writing)
    with open_regular(f"/dev/fd/{reading}", or_stream=True) as file:
        assert file.read() == b"10.0.0.1\n"
    os.close(reading)
    with open_regular("/dev/null", or_stream=True) as file:
        assert file.read() == b""


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    before = len(os.listdir("/proc/self/fd"))
    os.mkfifo(tmp_path / "pipe")
    for name in (tmp_path, tmp_path / "pipe"):
        with pytest.raises(OSError, match=r"regular|directory"):
            open_regular(name)
    assert len(os.listdir("/proc/self/fd")) == before
