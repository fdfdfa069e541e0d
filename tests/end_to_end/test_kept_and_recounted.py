"""What the store, the log and the reports keep of a tree with secrets in it; and printed figures, recounted from exported rows."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter

from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat, pkcs12

from tests.end_to_end.conftest import Program
from tests.unit.wire.pki.making import signed

WINDOW = 16
PERSON = "Nguyễn Văn Thử, số định danh 001099000001, bệnh án mã J45.9, điện thoại 0900000001\n".encode() * 3
REPORTS = ("html", "json", "csv", "text", "xlsx", "docx-section", "cyclonedx", "sarif")


def windows(secret: bytes) -> set[bytes]:
    return {secret[place : place + WINDOW] for place in range(len(secret) - WINDOW + 1)}


def body(pem: bytes) -> bytes:
    """Without the lines that say what it is: those may be told."""
    return b"\n".join(line for line in pem.splitlines() if not line.startswith(b"-----"))


def test_r13_no_sixteen_bytes_of_a_private_key_or_of_personal_data_are_kept_anywhere(program: Program) -> None:
    tree = program.folder / "tree"
    tree.mkdir()
    keys = [ec.generate_private_key(ec.SECP256R1()), rsa.generate_private_key(65537, 2048)]
    pems = [
        key.private_bytes(Encoding.PEM, form, NoEncryption())
        for key in keys
        for form in (PrivateFormat.PKCS8, PrivateFormat.TraditionalOpenSSL)
    ]
    ders = [key.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()) for key in keys]
    bag = pkcs12.serialize_key_and_certificates(b"x", keys[1], None, None, BestAvailableEncryption(b"mat khau cua kho"))
    number = keys[0].private_numbers().private_value  # type: ignore[union-attr]  # The first is a key on a curve.
    jwk = {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA", "d": f"{number:064x}"}
    certificate = signed("web.example")
    contents = {
        "all.pem": b"".join(pems),
        "key.der": ders[0],
        "rsa.der": ders[1],
        "bag.p12": bag,
        "people.txt": PERSON,
        "people-and-key.pem": PERSON + pems[0] + PERSON,
        "jwks.json": json.dumps({"keys": [jwk], "note": PERSON.decode()}).encode(),
        "web.der": certificate,
    }
    for name, content in contents.items():
        (tree / name).write_bytes(content)
    secrets = [*map(body, pems), *ders, bag, PERSON, jwk["d"].encode(), b"mat khau cua kho"]
    before = {path for path in program.folder.rglob("*") if path.is_file()}

    done = program.works("-vv", "scan", "files", *(str(tree / name) for name in contents))
    kept = [done.out.encode(), done.err.encode()]
    for words in (("show", "targets"), ("show", "algorithms"), ("--json", "show", "targets"), ("acts",)):
        shown = program.works("-vv", *words)
        kept += [shown.out.encode(), shown.err.encode()]
    for name in REPORTS:
        program.works("report", name, "-o", f"report.{name}")
    made = [path for path in program.folder.rglob("*") if path.is_file() and path not in before]
    assert {path.name for path in made} >= {"inventory.sqlite", *(f"report.{name}" for name in REPORTS)}
    kept += [path.read_bytes() for path in made]
    assert any(certificate in content for content in kept)  # What may be kept is: the search looks where it has to.
    assert program.works("--json", "show", "targets").json
    public = windows(certificate)  # Which curve a key is on stands in the certificate as well.
    hits = [window for secret in secrets for window in windows(secret) - public for content in kept if window in content]
    assert hits == []


def test_r16_a_recount_of_exported_rows_gives_the_printed_figures(scanned: Program) -> None:
    read = csv.DictReader(io.StringIO(scanned.works("report", "csv").out))
    rows = [row for row in read if row["kind"] != "quality"]
    printed = scanned.works("--json", "assess").json
    assert len(rows) == printed["targets"] > 0
    for purpose in ("key_establishment", "authentication"):
        counted = Counter(row[purpose] for row in rows)
        assert {state: count for state, count in printed[purpose].items() if count} == dict(counted)
        assert len(counted) > 1
    text = scanned.works("report", "text").out
    for state, count in Counter(row["key_establishment"] for row in rows).items():
        assert f" {count} " in text, state
