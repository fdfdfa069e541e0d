"""`pqscan: ignore` in every text: a comment speaks of what stands on its line or on the next one, whatever probe found it, and of
nothing else."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pqscan_probes.jose_file import JoseFileProbe
from pqscan_probes.manifest_file import ManifestFileProbe
from pqscan_probes.parameter_file import ParameterFileProbe
from pqscan_probes.private_key_file import PrivateKeyFileProbe
from pqscan_probes.zone_file import ZoneFileProbe

from pqscan.app.file_probes import every_file_probe
from pqscan.model.observation import Observation, Subject
from pqscan.probe import FileProbe
from pqscan.scan.files import piece as piece_module
from tests.integration.test_private_key_file import pem
from tests.unit.scan.files.making import facts_of
from tests.unit.scan.files.test_examine import PEM as CERTIFICATE
from tests.unit.scan.files.test_examine import Words, examine

KEY = rsa.generate_private_key(65537, 2048)
OF_SSH = KEY.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH).decode()
BASE64 = base64.b64encode(pem(KEY)).decode()
SAID = 'pqscan: ignore reason="moves in May" until=2027-05-01'
DS = "IN DS 1 5 1 0123456789012345678901234567890123456789"
KINDS = {
    "nginx.conf": f"http {{\n server {{\n  listen 443 ssl;\n  # {SAID}\n  ssl_protocols TLSv1.2;\n"
    "  ssl_ciphers AES128-SHA;\n }\n}\n",
    "sshd_config": f"Port 22\n# {SAID}\nKexAlgorithms diffie-hellman-group14-sha1\nMACs hmac-sha1\n",
    "behind.sshd_config": f"Port 22\nKexAlgorithms diffie-hellman-group14-sha1 # {SAID}\nMACs hmac-sha1\n",
    "main.tf": f'resource "tls_private_key" "a" {{\n  // {SAID}\n  algorithm = "RSA"\n}}\n'
    'resource "tls_private_key" "b" {\n  algorithm = "RSA"\n}\n',
    "behind.tf": f'resource "tls_private_key" "a" {{\n  algorithm = "RSA" /* {SAID} */\n}}\n'
    'resource "tls_private_key" "b" {\n  algorithm = "RSA"\n}\n',
    "traefik.yml": f"tls:\n  options:\n    default:\n      # {SAID}\n      minVersion: VersionTLS12\n"
    "      curvePreferences:\n        - CurveP256\n",
    "server.xml": '<Server><Service><Connector port="8443" SSLEnabled="true">\n<SSLHostConfig protocols="TLSv1.2"/>'
    f' <!-- {SAID} -->\n<SSLHostConfig hostName="b"\n protocols="TLSv1.2"/>\n</Connector></Service></Server>\n',
    "router.cfg": f"hostname r1\ncrypto ikev2 proposal P\n encryption aes-cbc-128\n ! {SAID}\n group 14\n",
    "example.zone": f"; {SAID}\na.example. {DS}\nb.example. {DS}\n",
    "authorized_keys": f"# {SAID}\n{OF_SSH} a@b\n{OF_SSH} c@d\n",
    "notes.txt": f"The old key:\n# {SAID}\n{pem(KEY).decode()}And the new one:\n{pem(KEY).decode()}",
    "bundle.txt": f"-- {SAID}\n{CERTIFICATE.decode()}more\n{CERTIFICATE.decode()}",
    "secret.yaml": f"apiVersion: v1\nkind: Secret\ndata:\n  # {SAID}\n  a.key: {BASE64}\n  b.key: {BASE64}\n",
    "behind.service": f"[Service]\n# {SAID}\nEnvironment=A={BASE64}\nEnvironment=B={BASE64}\n",
    "requirements.txt": f"# {SAID}\nrsa==4.9\npyopenssl==24.0\n",
    "a.py": f"import hashlib\nhashlib.md5()  # {SAID}\nhashlib.md5()\n",
}


def found_in(path: Path, text: str) -> list[Observation]:
    outcomes = examine(path, text.encode(), *every_file_probe()).outcomes
    return [one for outcome in outcomes if outcome.profile is not None for one in outcome.profile.observations]


def reason(one: Observation) -> str | int | None:
    return dict(one.parameters).get("ignored_reason")


def bare(one: Observation) -> tuple[object, ...]:
    stated = tuple(pair for pair in one.parameters if not pair[0].startswith("ignored_"))
    return one.subject, one.value, one.context, one.support, stated


@pytest.mark.parametrize("name", KINDS)
def test_a_comment_speaks_of_its_place_and_of_nothing_else(name: str, tmp_path: Path) -> None:
    told = [one for one in found_in(tmp_path / name, KINDS[name]) if one.subject is not Subject.SOFTWARE]
    assert {reason(one) for one in told} == {"moves in May", None}
    assert {dict(one.parameters).get("ignored_until") for one in told} == {"2027-05-01", None}


@pytest.mark.parametrize("name", KINDS)
def test_what_a_comment_speaks_of_is_told_as_ever(name: str, tmp_path: Path) -> None:
    silent = KINDS[name].replace(SAID, "x")
    found = [{bare(one) for one in found_in(tmp_path / name, text)} for text in (KINDS[name], silent)]
    assert found[0] == found[1]


@pytest.mark.parametrize("ends", [f"# {SAID}\n", f"\n\n# {SAID}\n\n"], ids=["first line", "far above"])
def test_a_comment_that_stands_elsewhere_silences_nothing(ends: str, tmp_path: Path) -> None:
    text = f"{ends}\n{pem(KEY).decode()}\n# {SAID}\n"
    assert [reason(one) for one in found_in(tmp_path / "a", text)] == [None]


def test_what_a_configuration_leaves_open_stays_open(tmp_path: Path) -> None:
    """That no line sets the groups is told of the line on which the server begins."""
    text = f"http {{\n server {{ # {SAID}\n  listen 443 ssl;\n  ssl_protocols TLSv1.3;\n }}\n}}\n"
    told = {one.subject: reason(one) for one in found_in(tmp_path / "nginx.conf", text)}
    assert told[Subject.NAMED_GROUP] is None


def test_octets_that_are_no_text_hold_no_comments(tmp_path: Path) -> None:
    octets = f"# {SAID}\nSECRET-ALGORITHM\n".encode()
    for data, expected in ((octets, "moves in May"), (octets + bytes(9000), None), (bytes(10) + octets, None)):
        (outcome,) = examine(tmp_path / "a", data, Words()).outcomes
        assert outcome.profile is not None
        assert [reason(one) for one in outcome.profile.observations] == [expected]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-8-sig"])
def test_comments_are_heeded_in_other_encodings(encoding: str, tmp_path: Path) -> None:
    text = f"# {SAID}\nSECRET-ALGORITHM\nSECRET-ALGORITHM\n"
    (outcome,) = examine(tmp_path / "a", text.encode(encoding), Words()).outcomes
    assert outcome.profile is not None
    assert [reason(one) for one in outcome.profile.observations] == ["moves in May", None]


@pytest.mark.parametrize("room", range(3900, 4101, 10))
def test_a_comment_is_heeded_where_a_large_file_is_cut(room: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The place lies in the piece in front of the thing, in its overlap, or at any place of the line."""
    monkeypatch.setattr(piece_module, "PIECE_OCTETS", 64 << 10)
    monkeypatch.setattr(piece_module, "AT_ONCE", 64 << 10)
    monkeypatch.setattr(piece_module, "OVERLAP_OCTETS", (64 << 10) - 4000)
    line = f"\n# {SAID}\nSECRET-ALGORITHM\nSECRET-ALGORITHM\nSECRET-ALGORITHM # {SAID}\n"
    text = "-" * (room - 100) + line + "-" * (200 << 10)
    (outcome,) = examine(tmp_path / "a", text.encode(), Words()).outcomes
    assert outcome.profile is not None
    assert [reason(one) for one in outcome.profile.observations] == ["moves in May", None, "moves in May"]


@pytest.mark.parametrize(
    ("probe", "line"),
    [
        (ZoneFileProbe(), f"a.example. {DS}"),
        (ManifestFileProbe(), "rsa==4.9"),
        (JoseFileProbe(), "token=eyJhbGciOiJSUzI1NiJ9.e30.AAAA"),
        (ParameterFileProbe(), f"20260101000000 2 6 100 2047 2 C{'0' * 510}3"),
    ],
    ids=["zone", "manifest", "token", "moduli"],
)
def test_a_comment_on_one_of_many_alike_leaves_the_others(probe: FileProbe, line: str) -> None:
    text = f"# {SAID}\n" + f"{line}\n" * 100 + "# Time Type Tests Tries Size Generator Modulus\n"
    told = facts_of(probe, text.encode()).observations
    assert [(one.where and one.where.line, reason(one)) for one in told] == [(2, "moves in May"), (3, None)]


@pytest.mark.parametrize(
    ("lacks", "code"),
    [
        ("pqscan: ignore until=2027-03-01", "ignore_comment_without_reason"),
        ('pqscan: ignore reason="x"', "ignore_comment_without_day"),
    ],
)
def test_a_comment_that_lacks_something_is_told_and_silences_nothing(lacks: str, code: str) -> None:
    facts = facts_of(PrivateKeyFileProbe(), f"# {lacks}\n{pem(KEY).decode()}".encode())
    assert [reason(one) for one in facts.observations] == [None]
    assert facts.detail is not None
    assert (facts.detail.code, dict(facts.detail.parameters)["line"], facts.complete) == (code, 1, True)


def test_what_was_not_read_is_told_rather_than_a_comment_that_lacks_something() -> None:
    lines = pem(KEY).decode().splitlines(keepends=True)
    broken = "".join((*lines[:4], *lines[-1:]))
    facts = facts_of(PrivateKeyFileProbe(), f"# pqscan: ignore\n{pem(KEY).decode()}{broken}".encode())
    assert facts.detail is not None
    assert facts.detail.code == "private_keys_unreadable"
