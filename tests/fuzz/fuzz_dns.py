"""Feeds grown bytes to the readers of the DNS: `python tests/fuzz/fuzz_dns.py -max_total_time=60`.

Needs atheris. Attacks pqscan.wire.dns.dnskey, pqscan.wire.dns.dkim, pqscan.wire.dns.ech, pqscan.wire.dns.bounds,
pqscan.wire.dns.framing, pqscan.wire.dns.datagrams, pqscan.wire.dns.zone_text and pqscan.wire.dns.cookies, and
pqscan_probes.dns.message.
"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))


def one_input(data: bytes) -> None:
    """One run: as a stream, as an answer to the question that the first byte names, as a key, a mail key, configurations."""
    from pqscan_probes.dns.message import read_answer, written
    from pqscan_probes.dns.records import Query, RecordType

    from pqscan.errors import MalformedMessage, PeerError
    from pqscan.wire.dns.datagrams import Cookies, DatagramExchange
    from pqscan.wire.dns.dkim import read_dkim
    from pqscan.wire.dns.dnskey import read_dnskey
    from pqscan.wire.dns.ech import read_ech_kems
    from pqscan.wire.dns.framing import Exchange
    from pqscan.wire.dns.zone_text import TYPES, read_record, read_zone_private_key

    kinds = tuple(RecordType)
    query = Query("demo.invalid", kinds[data[0] % len(kinds)]) if data else Query("demo.invalid", kinds[0])
    with contextlib.suppress(MalformedMessage):
        read_answer(data[1:], query)
    with contextlib.suppress(PeerError):
        exchange = Exchange(written(query, 0x1234))
        exchange.receive(data)
        exchange.peer_closed()
    datagrams = DatagramExchange(written(query, 0x1234, bytes(8)), Cookies(bytes(8)))
    datagrams.receive(data[1:])
    for kind in TYPES:
        if (place := data.find(kind.encode())) >= 0:
            with contextlib.suppress(MalformedMessage):
                read_record(data, place, kind)
            with contextlib.suppress(MalformedMessage):
                read_record(data, place, kind, kind)  # As octets (RFC 3597).
    for read in (read_dnskey, read_dkim, read_ech_kems, read_zone_private_key):
        with contextlib.suppress(MalformedMessage):
            read(data)


def seeds() -> Iterator[bytes]:
    """Answers of a healthy server, and one of each record that is read."""
    from pqscan_probes.dns.message import written
    from pqscan_probes.dns.records import Query, RecordType

    from tests.peers.dns_scripted import encoded, healthy, record, reply, with_cookie

    rows = {
        RecordType.DNSKEY: (48, b"\1\1\3\x0d" + bytes(64)),
        RecordType.DS: (43, b"\0\1\x0d\2" + bytes(32)),
        RecordType.NSEC3PARAM: (51, b"\1\0\0\5\4abcd"),
        RecordType.MX: (15, b"\0\x0a" + encoded("mx.demo.invalid")),
        RecordType.CAA: (257, b"\0\5issueca"),
        RecordType.TXT: (16, b"\x0bv=DKIM1; p="),
        RecordType.TLSA: (52, b"\3\1\1" + bytes(32)),
        RecordType.SSHFP: (44, b"\4\2" + bytes(32)),
        RecordType.HTTPS: (65, b"\0\1\0\0\1\0\3\2h2"),
    }
    for place, kind in enumerate(RecordType):
        question = written(Query("demo.invalid", kind), 0x1234)
        yield bytes((place,)) + healthy(question)
        yield bytes((place,)) + with_cookie(healthy(question), bytes(24))
        if kind in rows:
            yield bytes((place,)) + reply(question, (record(b"\xc0\x0c", *rows[kind]),))
    yield b"\1\0\3\x08\3\1\0\1" + bytes(range(1, 129))
    yield b"\x00\x2e\xfe\x0d\x00\x2a\x01\x00\x20\x00\x20" + bytes(37)


def main(arguments: list[str]) -> int:
    try:
        import atheris
    except ImportError:
        print("atheris is not installed here; install it (pip install atheris) and run this file again.", file=sys.stderr)
        return 3
    with atheris.instrument_imports(include=["pqscan", "pqscan_probes", "dns"]):
        from pqscan_probes.dns import message  # noqa: F401
    atheris.Setup(arguments, one_input)
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv))
