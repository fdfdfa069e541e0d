"""Databases of NSS that its certutil wrote (tests/vectors/keystore), and hostile ones: nothing but three tables is read of any."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography import x509
from pqscan_probes.certificate_file import CertificateFileProbe
from pqscan_probes.nss_database import NssDatabaseProbe

from pqscan.app import assess, open_store, scan_files
from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.observation import Subject
from pqscan.model.outcome import Facts
from pqscan.policy.state import State
from pqscan.wire.keystore.nss import read_nss
from tests.unit.scan.files.making import facts_of
from tests.unit.wire.pki.making import signed

VECTORS = Path(__file__).parents[1] / "vectors" / "keystore"
CERTIFICATE = signed("a.example")


def probe(data: bytes) -> Facts:
    return facts_of(NssDatabaseProbe(), data)


def test_private_keys_are_told_with_size_and_lock() -> None:
    facts = probe((VECTORS / "key4.db").read_bytes())
    lock = {"locked_by": "aes256-cbc", "kdf": "PBKDF2", "prf": "hmacWithSHA256", "iterations": 1}
    assert [(o.subject, o.name, dict(o.parameters)) for o in facts.observations] == [
        (Subject.PRIVATE_KEY, "RSA", {"form": "nss", "size_bits": 2048, **lock}),
        (Subject.PRIVATE_KEY, "EC", {"form": "nss", "parameter": "secp384r1", "size_bits": 384, **lock}),
    ]
    (locked,) = probe((VECTORS / "key4-locked.db").read_bytes()).observations
    assert (dict(locked.parameters)["size_bits"], dict(locked.parameters)["iterations"]) == (4096, 10_000)


def test_certificates_in_one_piece_are_told_by_the_probe_of_certificates_alone() -> None:
    data = (VECTORS / "cert9.db").read_bytes()
    with pytest.raises(WrongProtocol):
        probe(data)
    assert len(facts_of(CertificateFileProbe(), data).certificates) == 2
    assert len(read_nss(data).certificates) == 2


def database(build: Callable[[sqlite3.Connection], object]) -> bytes:
    connection = sqlite3.connect(":memory:")
    build(connection)
    connection.commit()
    return connection.serialize()


def table(connection: sqlite3.Connection, der: bytes = CERTIFICATE) -> None:
    connection.execute("CREATE TABLE nssPublic (id PRIMARY KEY, a0, a11)")
    connection.execute("INSERT INTO nssPublic VALUES (1, ?, ?)", ((1).to_bytes(4), der))


def test_a_certificate_that_sqlite_keeps_in_pieces_is_put_together() -> None:
    many = signed("a.example", names=tuple(x509.DNSName(f"{number}.example") for number in range(800)))
    assert len(many) > 8192
    data = database(lambda connection: table(connection, many))
    assert probe(data).certificates == (many,)
    with pytest.raises(WrongProtocol):  # Its pieces with what stands between them are another one.
        facts_of(CertificateFileProbe(), data)
    with pytest.raises(MalformedMessage):
        facts_of(CertificateFileProbe(), data.replace(b"TABLE nss", b"TABLE css"))


def test_a_certificate_that_two_rows_hold_is_told_once() -> None:
    many = signed("a.example", names=tuple(x509.DNSName(f"{number}.example") for number in range(800)))

    def build(connection: sqlite3.Connection) -> None:
        table(connection, many)
        connection.execute("INSERT INTO nssPublic VALUES (2, ?, ?)", ((1).to_bytes(4), many))

    assert len(probe(database(build)).observations) == len(probe(database(lambda made: table(made, many))).observations)


def test_a_database_that_was_written_ahead_of_is_read_too() -> None:
    data = bytearray(database(lambda connection: table(connection, CERTIFICATE * 20)))
    data[18:20] = b"\2\2"
    assert read_nss(bytes(data)).certificates == (CERTIFICATE * 20,)


HOSTILE = {
    "a view": "CREATE VIEW nssPublic AS SELECT 1 AS id, x'00000001' AS a0, x'41' AS a11",
    "a view without end": (
        "CREATE VIEW nssPublic AS WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i+1 FROM n) SELECT i AS id, x'' AS a0 FROM n"
    ),
    "a virtual table": "CREATE VIRTUAL TABLE nssPublic USING fts5(a0, a11)",
    "a computed column": "CREATE TABLE nssPublic (id, a0 AS (zeroblob(1000000000)), a11)",
    "another name": "CREATE TABLE notNss (id, a0, a11)",
}


@pytest.mark.parametrize("statement", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_schema_gives_nothing_and_ends_soon(statement: str) -> None:
    def build(connection: sqlite3.Connection) -> None:
        connection.execute(statement)
        if statement.startswith("CREATE TABLE nssPublic"):
            connection.execute("INSERT INTO nssPublic (id) VALUES (1)")

    try:
        data = database(build)
    except sqlite3.OperationalError as error:
        pytest.skip(f"this machine's SQLite cannot make one: {error}")
    started = time.monotonic()
    with pytest.raises(MalformedMessage):
        read_nss(data)
    assert time.monotonic() - started < 5


def test_values_of_other_kinds_and_sizes_are_passed_over() -> None:
    def build(connection: sqlite3.Connection) -> None:
        connection.execute("CREATE TABLE nssPublic (id, a0, a11)")
        for value in ("text", 7, None, b"", bytes(2 << 20)):
            connection.execute("INSERT INTO nssPublic VALUES (1, ?, ?)", ((1).to_bytes(4), value))

    assert read_nss(database(build)).certificates == ()


def test_a_damaged_database_is_told_and_the_words_elsewhere_are_none() -> None:
    data = bytearray((VECTORS / "key4.db").read_bytes())
    data[100:4096] = b"\xff" * 3996
    with pytest.raises((MalformedMessage, WrongProtocol)):
        probe(bytes(data))
    with pytest.raises(WrongProtocol):
        probe(b"CREATE TABLE nssPublic (in a program)")


def test_keys_of_a_database_are_judged(tmp_path: Path) -> None:
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        scan_files([VECTORS / "key4.db"], store, machine="here")
        (target,) = assess(store).targets()
    assert target.authentication.state is State.VULNERABLE


def shared(rows: int) -> bytes:
    """A row of a certificate that goes on over further pages, and more rows that go on over the same ones."""
    blob = bytes(1 << 19)

    def build(connection: sqlite3.Connection) -> None:
        connection.execute("PRAGMA page_size = 4096")
        connection.execute("CREATE TABLE nssPublic (a0, a11)")
        connection.execute("INSERT INTO nssPublic VALUES (?, ?)", ((1).to_bytes(4), blob))

    data = bytearray(database(build))
    page = 4096  # The second one: the only leaf of the table.
    begin = int.from_bytes(data[page + 8 : page + 10])
    cell = data[page + begin : page + 4096]
    places = [4096 - (row + 1) * len(cell) for row in range(rows)]
    for row, place in enumerate(places):
        data[page + place : page + place + len(cell)] = cell
        data[page + place + 3] = row + 1  # Its number, behind a length of three octets.
        data[page + 8 + 2 * row : page + 10 + 2 * row] = place.to_bytes(2)
    data[page + 3 : page + 7] = rows.to_bytes(2) + places[-1].to_bytes(2)
    return bytes(data)


def test_rows_that_share_their_pages_are_read_no_further_than_the_file_is_long() -> None:
    assert len(read_nss(shared(1)).certificates) == 1
    data = shared(3)
    found = read_nss(data)
    assert 0 < sum(map(len, found.certificates)) <= len(data)
    assert found.is_cut


def test_what_was_read_of_a_damaged_database_stands_and_is_told_as_cut() -> None:
    blob = bytes(1 << 19)
    data = bytearray(shared(3) + blob + blob)  # Long enough for what the rows share to be within its bound.
    second = 4096 + int.from_bytes(data[4096 + 10 : 4096 + 12])
    data[second - 4 : second] = b"\x7f\xff\xff\xff"  # Where the third row goes on, which ends in front of the second.
    found = read_nss(bytes(data))
    assert found.certificates[0] == blob
    assert found.is_cut


def test_a_row_of_a_certificate_without_one_that_can_be_read_is_told_as_cut() -> None:
    assert read_nss(database(lambda connection: table(connection, bytes(2 << 20)))).is_cut


def test_certificates_behind_the_budget_of_the_search_are_told_as_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    many = [signed("a.example", names=tuple(x509.DNSName(f"{at}.{number}.example") for at in range(800))) for number in range(2)]

    def build(connection: sqlite3.Connection) -> None:
        table(connection, many[0])
        connection.execute("INSERT INTO nssPublic VALUES (2, ?, ?)", ((1).to_bytes(4), many[1]))

    data = database(build)
    assert probe(data).complete
    monkeypatch.setattr("pqscan_probes.nss_database._MOST_SEARCHED", len(data))
    facts = probe(data)
    assert facts.certificates == (many[0],)
    assert not facts.complete
