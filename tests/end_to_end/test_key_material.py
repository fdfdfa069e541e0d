"""Keys, key stores, OpenPGP, JOSE and zones through `pqscan scan files`: what each is told as, and that nothing secret or personal
is kept."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Sequence
from pathlib import Path

from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from tests.corpus.material import key
from tests.corpus.samples import every_sample
from tests.end_to_end.conftest import Done, Program
from tests.integration.test_jose_file import token
from tests.integration.test_keystore_file import EC, PASSWORD, RSA
from tests.integration.test_openpgp_file import VERSION_6, key_packet
from tests.integration.test_revocation_file import crl
from tests.integration.test_stateful_keys import HSS_LMS, pem, pkcs8
from tests.integration.test_zone_file import ZONE

VECTORS = Path(__file__).parents[1] / "vectors" / "keystore"
WINDOW = 16
NAME = "Nguyễn Thị Bí Mật <bi.mat@example.vn>"
ONE_TIME = bytes(range(100, 164))
ZONE_KEY = base64.b64encode(bytes(range(7, 39)))


OF_MAKERS = {
    *(f"makers/rsa2048{end}" for end in (".pvk", ".snk", "-cng", ".xml", "-web.config", "-sshcom")),
    "makers/p384-cng-private_key",
    "age/x.key",
    "age/pq.key",
}


def user_id(text: str) -> bytes:
    octets = text.encode()
    return bytes((0xCD, len(octets))) + octets


def planted(folder: Path) -> Path:
    tree = folder / "tree"
    tree.mkdir()
    lock = BestAvailableEncryption(PASSWORD.encode())
    secret = EC.private_numbers().private_value.to_bytes(32)
    (tree / "a-locked.pem").write_bytes(RSA.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock))
    (tree / "b-old.pem").write_bytes(EC.private_bytes(Encoding.PEM, PrivateFormat.TraditionalOpenSSL, lock))
    (tree / "c-stateful.pem").write_bytes(pem(pkcs8(HSS_LMS, ONE_TIME)))
    (tree / "d-ring.gpg").write_bytes(
        key_packet(27, bytes(32), version=4, tag=5, behind=b"\0" + secret + b"\0\0")
        + user_id(NAME)
        + key_packet(25, bytes(32), version=4, tag=14)
    )
    (tree / "e-armoured.asc").write_text(VERSION_6)
    (tree / "f-token.txt").write_text(token(alg="RS256"))
    (tree / "g-zone.private").write_bytes(b"Private-key-format: v1.3\nAlgorithm: 15 (ED25519)\nPrivateKey: " + ZONE_KEY + b"\n")
    (tree / "h-zone").write_text(ZONE)
    (tree / "i.crl").write_bytes(crl())
    for name in ("bks.store", "bcfks.store", "key4.db"):
        (tree / name).write_bytes((VECTORS / name).read_bytes())
    (folder / "words").write_text(f"{PASSWORD}\n", encoding="utf-8")
    return tree


STATES = {
    "a-locked.pem": "vulnerable",
    "b-old.pem": "vulnerable",
    "bcfks.store": "unknown",
    "bks.store": "vulnerable",
    "c-stateful.pem": "exclusive",
    "d-ring.gpg": "vulnerable",
    "e-armoured.asc": "vulnerable",
    "f-token.txt": "vulnerable",
    "g-zone.private": "vulnerable",
    "h-zone": "vulnerable",
    "i.crl": "vulnerable",
    "key4.db": "vulnerable",
}


def test_each_file_is_judged_and_nothing_secret_or_personal_is_in_any_output(program: Program, tmp_path: Path) -> None:
    tree = planted(tmp_path)
    outputs = [program.works("-vv", "scan", "files", str(tree), "--passwords", str(tmp_path / "words"))]
    document = program.works("report", "json").json
    states = {row["target"]["path"].rpartition("/")[2]: row["authentication"]["state"] for row in document["targets"]}
    assert states == STATES
    outputs += [program.works("explain", str(tree / name)) for name in STATES]
    for name in ("json", "csv", "html"):
        program.works("report", name, "-o", f"report.{name}")
    everything = kept_of(program, outputs, {tree, tmp_path / "words"})
    assert b"HSS/LMS" in everything, "what may be kept is"
    numbers = RSA.private_numbers()
    secrets = [number.to_bytes((number.bit_length() + 7) // 8) for number in (numbers.d, numbers.p, numbers.q)]
    secrets += [EC.private_numbers().private_value.to_bytes(32), ONE_TIME, ZONE_KEY, base64.b64decode(ZONE_KEY)]
    secrets += [PASSWORD.encode(), NAME.encode(), b'{"sub":"secret person"}', b"eyJzdWIiOiJzZWNyZXQgcGVyc29uIn0"]
    holds_none(everything, secrets)


def kept_of(program: Program, outputs: Sequence[Done], outside: set[Path]) -> bytes:
    """All that was said and written, but what lay there before."""
    kept = [part.encode() for done in outputs for part in (done.out, done.err)]
    kept += [p.read_bytes() for p in program.folder.rglob("*") if p.is_file() and not outside & {p, *p.parents}]
    return b"\0".join(kept)


def holds_none(everything: bytes, secrets: Iterable[bytes]) -> None:
    for secret in secrets:
        for start in range(len(secret) - WINDOW + 1):
            window = secret[start : start + WINDOW]
            assert window not in everything
            assert window.hex().encode() not in everything


def test_keys_in_the_forms_of_single_makers_leave_nothing_secret_in_any_output(program: Program, tmp_path: Path) -> None:
    tree = tmp_path / "makers"
    tree.mkdir()
    samples = {one.path.rpartition("/")[2]: one.content for one in every_sample() if one.path in OF_MAKERS}
    for name, content in samples.items():
        (tree / name).write_bytes(content)
    outputs = [program.works("-vv", "scan", "files", str(tree))]
    outputs += [program.works("explain", str(tree / name)) for name in samples]
    told = program.works("report", "json", "-o", "report.json")
    document = program.works("report", "json").json
    assert {row["target"]["path"].rpartition("/")[2] for row in document["targets"]} == set(samples)
    numbers, curve = key("rsa2048").private_numbers(), key("p384").private_numbers()
    secrets = [number.to_bytes(-(-number.bit_length() // 8)) for number in (numbers.d, numbers.p, numbers.q, curve.private_value)]
    secrets += [secret[::-1] for secret in secrets] + [base64.b64encode(secret) for secret in secrets]
    secrets += [samples[name].split()[-1].removeprefix(b"AGE-SECRET-KEY-") for name in ("x.key", "pq.key")]
    holds_none(kept_of(program, [*outputs, told], {tree}), secrets)


def test_explain_tells_a_key_that_may_sign_but_once_and_what_locks_the_others(program: Program, tmp_path: Path) -> None:
    tree = planted(tmp_path)
    program.works("scan", "files", str(tree))
    stateful = " ".join(program.works("explain", str(tree / "c-stateful.pem")).out.split())
    assert "a one-time key is used twice, and signatures can be forged" in stateful
    locked = " ".join(program.works("explain", str(tree / "a-locked.pem")).out.split())
    assert "private key: algorithm not known (line 1; locked by PBKDF2 + aes256-cbc)" in locked
