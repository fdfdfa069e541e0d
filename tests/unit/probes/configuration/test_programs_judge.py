"""What Dovecot, Postfix and BIND themselves say of their files, where they are at hand."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pqscan.model.observation import Subject
from tests.unit.probes.configuration.making import of, parts

PLACES = "/usr/local/sbin:/usr/sbin:/sbin:/usr/bin:/bin"


def program(name: str) -> str:
    found = shutil.which(name, path=PLACES)
    if found is None:
        pytest.skip(f"{name} is not installed here")
    return found


@pytest.mark.parametrize(
    "lines",
    [
        "ssl_curve_list = X25519:P-256",
        "ssl_curve_list = X25519:P-256\nssl_curve_list = P-384",
        "# ssl_curve_list = P-256\nssl_curve_list = X25519 # last",
    ],
)
def test_dovecot_has_in_force_what_is_told(lines: str, tmp_path: Path) -> None:
    text = f"protocols =\nssl = required\nssl_client_ca_dir = /etc/ssl/certs\n{lines}\n"
    (tmp_path / "dovecot.conf").write_text(text, "utf-8")
    ran = subprocess.run(
        [program("doveconf"), "-c", tmp_path / "dovecot.conf", "-h", "ssl_curve_list"], capture_output=True, text=True, check=True
    )
    spelled = {"x25519": "X25519", "secp256r1": "P-256", "secp384r1": "P-384"}
    assert ran.stdout.strip().split(":") == [spelled[name] for name in of(text, Subject.NAMED_GROUP)]


@pytest.mark.parametrize(
    "lines",
    [
        "tls_eecdh_auto_curves = X25519\n  prime256v1",
        "tls_eecdh_auto_curves = X448\ntls_eecdh_auto_curves = X25519\n# X448\n prime256v1",
    ],
)
def test_postfix_has_in_force_what_is_told(lines: str, tmp_path: Path) -> None:
    text = f"compatibility_level = 3.6\nsmtpd_tls_security_level = may\n{lines}\n"
    (tmp_path / "main.cf").write_text(text, "utf-8")
    ran = subprocess.run(
        [program("postconf"), "-c", tmp_path, "-h", "tls_eecdh_auto_curves"], capture_output=True, text=True, check=True
    )
    spelled = {"x25519": "X25519", "secp256r1": "prime256v1", "x448": "X448"}
    assert ran.stdout.split() == [spelled[name] for name in of(text, Subject.NAMED_GROUP)]


def test_postfix_gives_its_services_what_is_told(tmp_path: Path) -> None:
    text = (
        "submission inet n - y - - smtpd\n -o smtpd_tls_security_level=encrypt\n -o\n # a comment\n"
        "  { tls_eecdh_auto_curves = X25519,\n  prime256v1 } -o tls_eecdh_auto_curves=X448\n"
        "smtps inet n - y - 10 smtpd -v -o tls_eecdh_auto_curves=prime256v1 argument -o tls_eecdh_auto_curves=X448\n"
        "#smtp inet n - y - - smtpd\n  -o smtpd_tls_wrappermode=yes\n"
    )
    (tmp_path / "main.cf").write_text("compatibility_level = 3.6\n", "utf-8")
    (tmp_path / "master.cf").write_text(text, "utf-8")
    name = "tls_eecdh_auto_curves"
    ran = subprocess.run([program("postconf"), "-c", tmp_path, "-P", f"*/*/{name}"], capture_output=True, text=True, check=True)
    spelled = {"x25519": "X25519", "secp256r1": "prime256v1", "x448": "X448"}
    told = [(part.split()[1], spelled[one]) for part in parts(text) for one in of(text, Subject.NAMED_GROUP, part)]
    assert [(line.partition("/")[0], line.rpartition("= ")[2]) for line in ran.stdout.splitlines()] == told


def test_bind_takes_the_configuration_that_is_read(tmp_path: Path) -> None:
    text = (
        'key "k" { algorithm hmac-sha256; secret "aGVsbG8="; };\n'
        "// a comment\n"
        'dnssec-policy "p" { keys { csk lifetime unlimited algorithm ecdsap256sha256; }; };\n'
    )
    (tmp_path / "named.conf").write_text(text, "utf-8")
    subprocess.run([program("named-checkconf"), tmp_path / "named.conf"], check=True)
    assert of(text, Subject.ALGORITHM) == ["HMAC"]
    assert of(text, Subject.DNSSEC_ALGORITHM) == ["ECDSAP256SHA256"]
