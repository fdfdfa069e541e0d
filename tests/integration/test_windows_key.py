"""Keys of Windows: PVK and blobs of CryptoAPI as OpenSSL writes them, those of CNG as Microsoft documents them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_der_public_key
from pqscan_probes.windows_key import WindowsKeyProbe

from pqscan.app import assess, open_store, scan_files
from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.observation import Observation, Subject, Where
from pqscan.model.outcome import Facts
from pqscan.policy.state import State
from pqscan.registry.quantum import QuantumClass
from tests.corpus.foreign_keys import capi, cng_elliptic, cng_post_quantum, cng_rsa, pvk
from tests.corpus.material import key, public_der
from tests.unit.scan.files.making import facts_of


def probe(data: bytes) -> Facts:
    return facts_of(WindowsKeyProbe(), data)


def one(data: bytes) -> tuple[Observation, dict[str, str | int]]:
    (observation,) = probe(data).observations
    return observation, dict(observation.parameters)


def openssl(*arguments: str | Path) -> None:
    if shutil.which("openssl") is None:
        pytest.skip("this machine has no openssl")
    done = subprocess.run(["openssl", *arguments], capture_output=True)
    if done.returncode:
        pytest.skip(f"this openssl does not write it: {done.stderr.decode(errors='replace')[:200]}")


def made(folder: Path, family: str) -> Path:
    """A private key of 1024 bits; of DSA with a q of 160, for the form has no other."""
    if family == "RSA":
        openssl("genpkey", "-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024", "-out", folder / "key")
        return folder / "key"
    sizes = ("-pkeyopt", "dsa_paramgen_bits:1024", "-pkeyopt", "dsa_paramgen_q_bits:160")
    openssl("genpkey", "-genparam", "-algorithm", "DSA", *sizes, "-out", folder / "parameters")
    openssl("genpkey", "-paramfile", folder / "parameters", "-out", folder / "key")
    return folder / "key"


@pytest.mark.parametrize("family", ["RSA", "DSA"])
@pytest.mark.parametrize(
    ("options", "form", "lock"),
    [
        (("MSBLOB",), "capi", {}),
        (("PVK", "-pvk-none"), "pvk", {}),
        (("PVK", "-pvk-weak"), "pvk", {"locked_by": "RC4", "kdf": "SHA-1"}),
        (("PVK", "-pvk-strong"), "pvk", {"locked_by": "RC4", "kdf": "SHA-1"}),
    ],
    ids=lambda value: "-".join(value) if isinstance(value, tuple) else None,
)
def test_a_private_key_is_told_as_openssl_writes_it(
    tmp_path: Path, family: str, options: tuple[str, ...], form: str, lock: dict[str, str]
) -> None:
    providers = ("-provider", "legacy", "-provider", "default")
    written = ("-out", tmp_path / "written", "-passout", "pass:secret", *providers)
    openssl(family.lower(), "-in", made(tmp_path, family), "-outform", *options, *written)
    observation, stated = one((tmp_path / "written").read_bytes())
    assert (observation.subject, observation.name, observation.where) == (Subject.PRIVATE_KEY, family, Where(offset=0))
    assert stated == {"form": form, "size_bits": 1024, **lock}


@pytest.mark.parametrize("family", ["RSA", "DSA"])
def test_a_public_key_is_the_same_key_as_in_x509(tmp_path: Path, family: str) -> None:
    private = made(tmp_path, family)
    openssl(family.lower(), "-in", private, "-pubout", "-outform", "MSBLOB", "-out", tmp_path / "blob")
    openssl("pkey", "-in", private, "-pubout", "-outform", "DER", "-out", tmp_path / "der")
    facts = probe((tmp_path / "blob").read_bytes())
    assert facts.certificates == ((tmp_path / "der").read_bytes(),)
    assert facts.observations[0].subject is Subject.PUBLIC_KEY


def test_keys_of_strong_names_are_read_with_their_head() -> None:
    blob = capi("rsa1024", is_private=False)
    head = b"\0\x24\0\0\4\x80\0\0" + len(blob).to_bytes(4, "little")
    assert probe(head + blob).certificates == (public_der("rsa1024"),)
    assert one(capi("rsa1024", is_private=True))[1] == {"form": "capi", "size_bits": 1024}


@pytest.mark.parametrize(
    ("data", "subject", "name", "bits", "of"),
    [
        (cng_rsa("rsa2048", is_private=False), Subject.PUBLIC_KEY, "RSA", 2048, "rsa2048"),
        (cng_rsa("rsa2048", is_private=True), Subject.PRIVATE_KEY, "RSA", 2048, "rsa2048"),
        (cng_elliptic("p384", b"ECS3"), Subject.PUBLIC_KEY, "EC", 384, "p384"),
        (cng_elliptic("p521", b"ECK6"), Subject.PRIVATE_KEY, "EC", 521, "p521"),
    ],
    ids=["rsa-public", "rsa-private", "p384-public", "p521-private"],
)
def test_keys_of_cng_are_told_with_their_public_half(data: bytes, subject: Subject, name: str, bits: int, of: str) -> None:
    observation, stated = one(data)
    assert (observation.subject, observation.name, stated["size_bits"]) == (subject, name, bits)
    assert probe(data).certificates == (public_der(of),)


def test_post_quantum_keys_of_cng_are_told_by_their_parameter_set() -> None:
    raw = key("mldsa65").public_key().public_bytes_raw()
    (kept,) = probe(cng_post_quantum(b"DSPK", "65", raw)).certificates
    assert load_der_public_key(kept).public_bytes(Encoding.Raw, PublicFormat.Raw) == raw
    observation, stated = one(cng_post_quantum(b"MLKR", "1024", bytes(3168)))
    assert (observation.quantum_class, stated["parameter"], stated["encoding"]) == (
        QuantumClass.POST_QUANTUM, "ML-KEM-1024", "expanded"
    )  # fmt: skip


@pytest.mark.parametrize(
    "data",
    [
        cng_rsa("rsa1024", is_private=False) + b"\0",
        cng_elliptic("p256", b"ECS1")[:-1],
        cng_elliptic("p256", b"ECS3"),
        cng_post_quantum(b"DSPK", "66", bytes(1952)),
        b"RSA1 is what it begins with, and a text follows",
    ],
    ids=["longer", "shorter", "another curve", "another set", "text"],
)
def test_what_does_not_fit_the_whole_file_is_no_key_of_cng(data: bytes) -> None:
    with pytest.raises(WrongProtocol):
        probe(data)


def test_a_damaged_pvk_is_told() -> None:
    with pytest.raises(MalformedMessage):
        probe(pvk(capi("rsa1024", is_private=True))[:-1])


def test_keys_of_windows_are_judged(tmp_path: Path) -> None:
    (tmp_path / "a.pvk").write_bytes(pvk(capi("rsa2048", is_private=True), bytes(16)))
    (tmp_path / "b.blob").write_bytes(cng_post_quantum(b"DSSS", "65", bytes(32)))
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        scan_files([tmp_path / "a.pvk", tmp_path / "b.blob"], store, machine="here")
        states = [target.authentication.state for target in assess(store).targets()]
    assert states == [State.VULNERABLE, State.EXCLUSIVE]
