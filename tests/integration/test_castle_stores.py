"""Key stores that Bouncy Castle wrote (tests/vectors/keystore): what is in the clear is told, and of the rest the lock."""

from __future__ import annotations

from pathlib import Path

import pytest
from pqscan_probes.certificate_file import CertificateFileProbe
from pqscan_probes.keystore_file import KeystoreFileProbe

from pqscan.app import assess, open_store, scan_files
from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.observation import Subject
from pqscan.model.outcome import Facts
from pqscan.policy.state import State
from pqscan.wire.keystore.bouncy_castle import read_bouncy_castle
from tests.unit.scan.files.making import facts_of

VECTORS = Path(__file__).parents[1] / "vectors" / "keystore"
BKS = (VECTORS / "bks.store").read_bytes()


def probe(data: bytes) -> Facts:
    return facts_of(KeystoreFileProbe(), data)


@pytest.mark.parametrize(("kind", "rounds"), [("bks", 1508), ("bks-v1", 2035)])
def test_a_key_of_bks_is_told_by_its_certificate_with_its_lock(kind: str, rounds: int) -> None:
    data = (VECTORS / f"{kind}.store").read_bytes()
    (key,) = probe(data).observations
    assert (key.subject, key.name, dict(key.parameters)) == (
        Subject.PRIVATE_KEY,
        "EC",
        {
            "form": kind,
            "parameter": "secp256r1",
            "size_bits": 256,
            "locked_by": "pbeWithSHA1And3-KeyTripleDES-CBC",
            "iterations": rounds,
        },
    )
    assert probe(data).complete
    assert (
        len(facts_of(CertificateFileProbe(), data).observations) == 4
    )  # Twice the same certificate, each with its key and signature.


@pytest.mark.parametrize(
    ("kind", "lock"),
    [
        ("uber", {"locked_by": "PBEWithSHAAndTwofish-CBC", "iterations": 1599}),
        ("bcfks", {"locked_by": "aes256-ccm", "kdf": "PBKDF2", "prf": "hmacWithSHA512", "iterations": 51_200}),
    ],
)
def test_of_a_store_that_is_locked_as_a_whole_its_lock_is_told(kind: str, lock: dict[str, object]) -> None:
    facts = probe((VECTORS / f"{kind}.store").read_bytes())
    (contents,) = facts.observations
    assert (contents.value, dict(contents.parameters)) == ("locked_contents", lock)
    assert not facts.complete
    assert facts.detail is not None
    assert facts.detail.code == "keystore_locked"


def test_damaged_stores_are_told_and_other_files_are_none() -> None:
    with pytest.raises(MalformedMessage):
        probe(BKS[:-30])
    with pytest.raises(MalformedMessage):
        probe((VECTORS / "bcfks.store").read_bytes()[:-30])
    for data in (BKS[:32], BKS[:32] + bytes(100), b"\0\0\0\2\0\0\0\x14" + b"text" * 40):
        with pytest.raises(WrongProtocol):
            probe(data)


@pytest.mark.parametrize("size", range(0, len(BKS) - 1, 17))
def test_no_beginning_of_a_store_is_one(size: int) -> None:
    with pytest.raises(MalformedMessage):
        read_bouncy_castle(BKS[:size])


def test_stores_are_judged_by_what_can_be_seen(tmp_path: Path) -> None:
    files = [VECTORS / f"{kind}.store" for kind in ("bcfks", "bks", "uber")]
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        scan_files(files, store, machine="here")
        states = {target.sighting.target.path.rpartition("/")[2]: target.authentication.state for target in assess(store).targets()}  # type: ignore[union-attr]
    assert states == {"bcfks.store": State.UNKNOWN, "bks.store": State.VULNERABLE, "uber.store": State.UNKNOWN}
