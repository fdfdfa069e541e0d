"""Keys and certificates for programs that sign, and what a scan says of the file that they wrote."""

from __future__ import annotations

import shutil
import subprocess
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pqscan_probes.signature_file import SignatureFileProbe

from pqscan.model.observation import Observation, Subject
from pqscan.model.outcome import Outcome
from pqscan.model.target import FileTarget
from pqscan.scan.files.bounds import Bounds
from pqscan.scan.files.examine import Examiner
from tests.unit.wire.pki.making import signed

RSA_KEY, EC_KEY = rsa.generate_private_key(65537, 3072), ec.generate_private_key(ec.SECP384R1())
RSA_CERTIFICATE, EC_CERTIFICATE = (x509.load_der_x509_certificate(signed("a.example", key=key)) for key in (RSA_KEY, EC_KEY))
Told = tuple[str, str | None, str | None, dict[str, str | int]]


def needs(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"this machine has no {program}")


def run(folder: Path, *command: str) -> bytes:
    return subprocess.run(command, cwd=folder, check=True, capture_output=True, stdin=subprocess.DEVNULL).stdout


def pem_of(key: Any) -> bytes:  # Any: private keys of `cryptography` share no class.
    octets: bytes = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    return octets


def with_keys(folder: Path) -> Path:
    """Writes rsa.pem, ec.pem and the certificates rsa.crt, ec.crt, and a message."""
    for name, key, certificate in (("rsa", RSA_KEY, RSA_CERTIFICATE), ("ec", EC_KEY, EC_CERTIFICATE)):
        (folder / f"{name}.pem").write_bytes(pem_of(key))
        (folder / f"{name}.crt").write_bytes(certificate.public_bytes(Encoding.PEM))
    (folder / "message").write_bytes(b"a message of nobody to nobody\n")
    return folder


def outcomes_of(path: Path) -> tuple[Outcome, ...]:
    """What the probe of signatures says, in everything that the file holds."""
    examiner = Examiner((SignatureFileProbe(),), Bounds(), lambda: datetime.now(UTC), time.monotonic)
    return examiner.examine(FileTarget("machine", str(path))).outcomes


def observations_in(path: Path) -> list[Observation]:
    return [one for outcome in outcomes_of(path) if outcome.profile is not None for one in outcome.profile.observations]


def told(path: Path, subject: Subject = Subject.DOCUMENT_SIGNATURE) -> list[Told]:
    """Value, form, name and parameters of every observation about the subject."""
    return [(one.value, one.context, one.name, dict(one.parameters)) for one in observations_in(path) if one.subject is subject]
