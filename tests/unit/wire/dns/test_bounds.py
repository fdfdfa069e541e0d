from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.dns.bounds import MOST_BINDING, MOST_LABELS, MOST_RECORDS, refuse_costly
from tests.peers.dns_scripted import CNAME, MX, TXT, encoded, healthy, record, reply

QUERY = b"\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00" + encoded("demo.invalid") + b"\x00\x06\x00\x01"
HERE = b"\xc0\x0c"


def labels(count: int) -> bytes:
    return b"\x01a" * count + b"\0"


def test_what_servers_answer_is_let_through() -> None:
    refuse_costly(QUERY)
    refuse_costly(healthy(QUERY))
    refuse_costly(healthy(QUERY) + b"behind it")
    refuse_costly(reply(QUERY, tuple(record(HERE, TXT, b"\0") for _ in range(MOST_RECORDS))))
    refuse_costly(reply(QUERY, (record(labels(MOST_LABELS), CNAME, labels(MOST_LABELS)),)))


@pytest.mark.parametrize(
    "message",
    [
        reply(QUERY, tuple(record(HERE, TXT, b"\0") for _ in range(MOST_RECORDS + 1))),
        reply(QUERY, (record(HERE, TXT, b"\0"),) * 100, (record(HERE, TXT, b"\0"),) * 29),
        reply(QUERY, (record(labels(MOST_LABELS + 1), TXT, b"\0"),)),
        reply(QUERY, (record(HERE, CNAME, labels(MOST_LABELS + 1)),)),
        reply(QUERY, (record(HERE, MX, b"\0\1" + labels(MOST_LABELS + 1)),)),
        reply(QUERY, (record(labels(MOST_LABELS - 1), TXT, b"\0"), record(b"\1b\1b" + b"\xc0\x1e", TXT, b"\0"))),
        reply(QUERY, (record(b"\xc0\x1e", TXT, b"\0"),)),
        reply(QUERY, (record(b"\xc0\x20" + b"\xc0\x0c", TXT, b"\0"),)),
        reply(QUERY, (record(b"\x40a\0", TXT, b"\0"),)),
        reply(QUERY)[:5] + b"\x02" + reply(QUERY)[6:],
        reply(QUERY, (record(HERE, 65, bytes(MOST_BINDING + 1)),)),
    ],
    ids=[
        "records", "records-of-two-sections", "owner", "alias", "mail", "through-a-pointer", "to-itself", "forward",
        "kind-of-label", "questions", "binding",
    ],
)  # fmt: skip
def test_what_would_cost_seconds_is_refused(message: bytes) -> None:
    with pytest.raises(MalformedMessage):
        refuse_costly(message)


@pytest.mark.parametrize("size", range(len(healthy(QUERY))))
def test_a_cut_message_is_malformed(size: int) -> None:
    with pytest.raises(MalformedMessage):
        refuse_costly(healthy(QUERY)[:size])
