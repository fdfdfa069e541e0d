"""`pqscan scan files`: trees, archives and key stores, and what `explain`, the JSON and CSV say of them; no secret anywhere."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from jsonschema import Draft202012Validator
from pqscan_reports.json_inventory import schema_text

from tests.end_to_end.conftest import Program
from tests.integration.test_keystore_file import EC, LEAF, PASSWORD, RSA, a_pkcs12
from tests.integration.test_private_key_file import pem
from tests.unit.scan.files.test_examine import PEM, zipped

WINDOW = 16


def planted(folder: Path) -> Path:
    tree = folder / "tree"
    tree.mkdir()
    (tree / "key.pem").write_bytes(b"\n" + pem(RSA))
    (tree / "locked.pem").write_bytes(pem(EC, password=PASSWORD.encode()))
    (tree / "a.zip").write_bytes(zipped({"d/c.pem": PEM, "note.txt": b"text"}))
    (tree / "store.p12").write_bytes(a_pkcs12())
    os.mkfifo(tree / "pipe")
    (folder / "words").write_text(f"{PASSWORD}\n", encoding="utf-8")
    return tree


def test_a_tree_is_told_file_by_file_with_place_and_lock(program: Program, tmp_path: Path) -> None:
    tree = planted(tmp_path)
    done = program.works("scan", "files", str(tree), "--machine", "here", "--passwords", str(tmp_path / "words"), "--json")
    assert done.json["by_status"] == {"completed": 4, "excluded": 1}
    document = program.works("report", "json").json
    assert list(Draft202012Validator(json.loads(schema_text())).iter_errors(document)) == []
    states = {
        "!".join((os.path.basename(row["target"]["path"]), *row["target"]["members"])): row["authentication"]["state"]
        for row in document["targets"]
    }
    assert states == {
        "a.zip!d/c.pem": "vulnerable",
        "key.pem": "vulnerable",
        "locked.pem": "vulnerable",
        "pipe": "unknown",
        "store.p12": "vulnerable",
    }
    assert [entry["reason"]["code"] for entry in document["coverage"]["not_read"]] == ["no_regular_file"]


def test_explain_shows_where_a_key_stands_and_by_what_it_is_locked(program: Program, tmp_path: Path) -> None:
    tree = planted(tmp_path)
    program.works("scan", "files", str(tree))
    assert "private key: RSA 2048 (line 2)" in program.works("explain", str(tree / "key.pem")).out
    locked = program.works("explain", str(tree / "locked.pem")).out
    assert "private key: algorithm not known (line 1; locked by PBKDF2 + aes256-cbc)" in " ".join(locked.split())
    assert "locked by a password, so that its algorithm is not known" in " ".join(locked.split())


def test_explain_tells_whose_configuration_a_file_is(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "nginx.conf"
    path.write_text("server { listen 443 ssl; ssl_protocols TLSv1.3; ssl_ecdh_curve X25519; }\n", encoding="utf-8")
    program.within("scan", "files", str(path))
    assert "Product: nginx" in [line.strip() for line in program.within("explain", str(path)).out.splitlines()]


def test_long_paths_are_told_apart_in_a_table(program: Program, tmp_path: Path) -> None:
    folder = tmp_path / "a folder with quite a long name" / "and another one in it that is no shorter"
    folder.mkdir(parents=True)
    for name in ("one.key", "two.key"):
        (folder / name).write_bytes(pem(RSA))
    program.within("scan", "files", str(folder), "--machine", "here")
    shown = program.within("show", "targets").out
    assert "/one.key " in shown
    assert "/two.key " in shown


def windows(secret: bytes) -> set[bytes]:
    return {secret[start : start + WINDOW] for start in range(len(secret) - WINDOW + 1)}


def test_no_window_of_a_secret_is_in_any_output(program: Program, tmp_path: Path) -> None:
    tree = planted(tmp_path)
    numbers = RSA.private_numbers()
    secrets = [
        *(
            number.to_bytes((number.bit_length() + 7) // 8)
            for number in (numbers.d, numbers.p, numbers.q, numbers.dmp1, numbers.iqmp)
        ),
        EC.private_numbers().private_value.to_bytes(32),
        PASSWORD.encode(),
    ]
    text = b"".join(EC.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).split(b"\n")[1:3])
    outputs = [program.works("-vv", "scan", "files", str(tree), "--passwords", str(tmp_path / "words"))]
    outputs += [program.works("-vv", *words) for words in (("show", "targets", "--json"), ("show", "algorithms"), ("acts",))]
    kept = [part.encode() for done in outputs for part in (done.out, done.err)]
    for name in ("json", "csv", "html", "cyclonedx", "sarif"):
        program.works("report", name, "-o", f"report.{name}")
    outside = {tree, tmp_path / "words"}
    kept += [p.read_bytes() for p in program.folder.rglob("*") if p.is_file() and not outside & {p, *p.parents}]
    everything = b"\0".join(kept)
    assert LEAF.fingerprint(LEAF.signature_hash_algorithm).hex().encode() in everything, "what may be kept is"  # type: ignore[arg-type]
    for secret in (*secrets, text):
        for window in windows(secret):
            assert window not in everything
            assert window.hex().encode() not in everything


def test_explain_shows_hash_call_and_version_of_what_is_signed_called_or_linked(program: Program, tmp_path: Path) -> None:
    tree = tmp_path / "code"
    tree.mkdir()
    (tree / "a.py").write_text("import hashlib\n\nhashlib.md5(b'')\n")
    (tree / "go.mod").write_text("module a.vn/b\n\ngo 1.24\n\nrequire golang.org/x/crypto v0.31.0\n")
    program.works("scan", "files", str(tree))
    assert "algorithm: MD5 (line 3; hashlib.md5)" in program.works("explain", str(tree / "a.py")).out
    linked = " ".join(program.works("explain", str(tree / "go.mod")).out.split())
    assert "golang.org/x/crypto (line 5; v0.31.0; linked, which need not be used)" in linked


@pytest.mark.parametrize("written", ["{tree}/a.zip!d/c.pem", "may-1:{tree}/a.zip!d/c.pem", "may-1:{tree}/b!c.pem"])
def test_a_file_is_named_as_tables_show_it(program: Program, tmp_path: Path, written: str) -> None:
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "a.zip").write_bytes(zipped({"d/c.pem": PEM}))
    (tree / "b!c.pem").write_bytes(PEM)
    for machine in (("--machine", "may-1"), ()):
        program.works("scan", "files", str(tree), *machine)
    assert "certificate key" in program.works("explain", written.format(tree=tree)).out
