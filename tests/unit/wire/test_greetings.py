from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.wire.greetings import is_open, protocol_like


@pytest.mark.parametrize(
    ("start", "like"),
    [
        (b"SSH-2.0-OpenSSH_10.0\r\n", "SSH"),
        (b"220 mail.example.vn ESMTP Postfix\r\n", "SMTP"),
        (b"220 (vsFTPd 3.0.5)\r\n", "FTP"),
        (b"220-welcome\r\n220 ftp.example.vn\r\n", "SMTP/FTP"),
        (b"220", "SMTP/FTP"),
        (b"* OK [CAPABILITY IMAP4rev1] ready\r\n", "IMAP"),
        (b"+OK ready\r\n", "POP3"),
        (b'"IMPLEMENTATION" "Dovecot"\r\n', "ManageSieve"),
        (b"200 news.example.vn ready\r\n", "NNTP"),
        (b"<stream:stream xmlns='jabber:client'", "XMPP"),
        (b"<?xml version='1.0'?><stream:stream", "XMPP"),
        (b"<html>", "HTTP"),
        (b"<!DOCTYPE HTML>", "HTTP"),
        (b"<device>", "XML/HTML"),
        (b"\x5b\x00\x00\x00\x0a11.4.3-MariaDB", "MySQL"),
        (b"\x15\x03\x01\x00\x02\x02\x46", "TLS"),
        (b"HTTP/1.1 400 Bad Request\r\n", "HTTP"),
        (b"", ""),
        (b"\x00\x01", ""),
        (b"221 bye", ""),
    ],
)
def test_an_answer_tells_its_protocol(start: bytes, like: str) -> None:
    assert protocol_like(start) == like


@given(st.binary(max_size=24) | st.sampled_from([b"<stream:stream>", b"220 mail ESMTP\r\n", b"* PREAUTH\r\n", b"* BYE", b"+OKAY"]))
def test_more_bytes_change_nothing_once_it_is_told(data: bytes) -> None:
    for size in range(1, len(data)):
        if not is_open(data[:size]):
            assert protocol_like(data[:size]) == protocol_like(data)
            assert not is_open(data)
