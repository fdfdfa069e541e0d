"""CCTV, LAMPS and composite vectors from a folder of the user: good ones pass, faults show, damage takes nothing down."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import mldsa, mlkem
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from pqscan.harness.library import Kem, Library, PrivateKey
from pqscan.harness.self_test import cctv, composites, lamps
from pqscan.harness.self_test.attempt import Wanted
from pqscan.harness.vectors.extra import ExtraFolder
from pqscan.harness.vectors.fields import DamagedVectors, Fields
from pqscan.model.trial import Trial, TrialVerdict
from tests.unit.harness import broken

SEED = bytes(range(64))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["tests", "tcId", "m", "ctx", "pk", "s", "ml-dsa", "100", "ML-DSA-44"]), inner, max_size=4
        )
    ),
    max_leaves=10,
)


@pytest.fixture
def folder(tmp_path: Path) -> ExtraFolder:
    for name in ("cctv", "lamps"):
        (tmp_path / name).mkdir()
    return ExtraFolder(tmp_path)


def verdicts(trials: list[Trial]) -> dict[str, TrialVerdict]:
    return {trial.name: trial.verdict for trial in trials}


def of_cctv(folder: ExtraFolder, library: Library = broken.GOOD) -> dict[str, TrialVerdict]:
    return verdicts(list(cctv.vectors((library,), Wanted(extra=folder))))


def of_lamps(folder: ExtraFolder, library: Library = broken.GOOD) -> dict[str, TrialVerdict]:
    return verdicts(list(lamps.vectors((library,), Wanted(extra=folder))))


def too_large_coefficient() -> bytes:
    """An encapsulation key whose first coefficient is 3329, the modulus itself."""
    public = bytearray(mlkem.MLKEM768PrivateKey.from_seed_bytes(SEED).public_key().public_bytes_raw())
    public[0], public[1] = 0x01, (public[1] & 0xF0) | 0x0D
    return bytes(public)


@pytest.mark.parametrize(("make", "verdict"), [(broken.AKem, TrialVerdict.PASSED), (broken.TakesAnyKey, TrialVerdict.FAILED)])
def test_a_key_that_is_not_reduced_must_be_refused(make: Callable[[Kem], Kem], verdict: TrialVerdict, folder: ExtraFolder) -> None:
    (folder.path / "cctv" / "ml-kem-modulus-768.txt").write_text(too_large_coefficient().hex() + "\n")
    assert of_cctv(folder, broken.with_kem(make)) == {"ml-kem-modulus-768.txt 1": verdict}


def test_key_generation_of_the_draft_is_not_held_against_anybody(folder: ExtraFolder) -> None:
    public = bytes(1152) + cctv.hashlib.sha3_512(SEED[:32]).digest()[:32]
    fields = {"d": SEED[:32], "z": SEED[32:], "ek": public, "dk": b"", "m": bytes(32), "c": b"", "K": b""}
    text = "".join(f"{name} = {value.hex()}\n" for name, value in fields.items())
    (folder.path / "cctv" / "ml-kem-unluckysample-768.txt").write_text(text)
    found = of_cctv(folder)
    assert found["ml-kem-unluckysample-768.txt, key generation"] is TrialVerdict.NOT_APPLICABLE


def test_key_generation_as_published_is_tried(folder: ExtraFolder) -> None:
    pair = broken.GOOD.kems["ML-KEM-768"].from_seed(SEED)
    fields = {"d": SEED[:32], "z": SEED[32:], "ek": pair.public, "dk": b"", "m": bytes(32), "c": b"", "K": b""}
    text = "".join(f"{name} = {value.hex()}\n" for name, value in fields.items())
    (folder.path / "cctv" / "ml-kem-intermediate-768.txt").write_text(text)
    name = "ml-kem-intermediate-768.txt, key generation"
    assert of_cctv(folder)[name] is TrialVerdict.PASSED
    assert of_cctv(folder, broken.with_kem(broken.WrongKeys))[name] is TrialVerdict.FAILED


@pytest.mark.parametrize("content", [b"", b"dk = 0g\n", b"dk = 00\nc = 00\n", bytes(1000), "ρ = ü\n".encode()])
def test_a_damaged_file_of_cctv_is_a_failed_trial(content: bytes, folder: ExtraFolder) -> None:
    (folder.path / "cctv" / "ml-kem-strcmp-768.txt").write_bytes(content)
    assert of_cctv(folder) == {"ml-kem-strcmp-768.txt": TrialVerdict.FAILED}


def pem(der_or_key: object, name: str, folder: ExtraFolder) -> None:
    data = der_or_key if isinstance(der_or_key, bytes) else b""
    text = base64.encodebytes(data).decode()
    (folder.path / "lamps" / name).write_text(f"-----BEGIN X-----\n{text}-----END X-----\n")


@pytest.fixture
def ml_dsa(folder: ExtraFolder) -> mldsa.MLDSA44PrivateKey:
    key = mldsa.MLDSA44PrivateKey.from_seed_bytes(SEED[:32])
    pem(key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo), "ml-dsa-44-pub.pem", folder)
    return key


def test_a_private_key_as_a_seed_must_be_the_one_of_the_public_key(folder: ExtraFolder, ml_dsa: mldsa.MLDSA44PrivateKey) -> None:
    name = "ml-dsa-44-priv-seed.pem"
    pem(ml_dsa.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), name, folder)
    assert of_lamps(folder) == {name: TrialVerdict.PASSED}
    other = mldsa.MLDSA44PrivateKey.from_seed_bytes(SEED[32:])
    pem(other.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()), name, folder)
    assert of_lamps(folder) == {name: TrialVerdict.FAILED}


def pkcs8(inner: bytes) -> bytes:
    """PrivateKeyInfo for ML-KEM-768 around what stands in its OCTET STRING."""
    body = bytes.fromhex("020100300b0609608648016503040402") + b"\x04\x82" + len(inner).to_bytes(2, "big") + inner
    return b"\x30\x82" + len(body).to_bytes(2, "big") + body


def octets(data: bytes) -> bytes:
    return b"\x04\x82" + len(data).to_bytes(2, "big") + data


def test_every_form_of_a_private_key_is_taken_apart() -> None:
    seed, expanded = SEED, bytes(2400)
    both = b"\x30\x82" + (len(octets(seed)) + len(octets(expanded))).to_bytes(2, "big") + octets(seed) + octets(expanded)
    assert lamps.private_key(pkcs8(b"\x80\x40" + seed), "x") == PrivateKey(seed=seed)
    assert lamps.private_key(pkcs8(octets(expanded)), "x") == PrivateKey(expanded=expanded)
    assert lamps.private_key(pkcs8(both), "x") == PrivateKey(seed, expanded)


@given(st.binary(max_size=80))
def test_any_bytes_are_a_private_key_or_damage(data: bytes) -> None:
    for der in (data, pkcs8(data)):
        try:
            found = lamps.private_key(der, "x")
        except DamagedVectors:
            continue
        assert found.seed is not None or found.expanded is not None


def test_a_bad_private_key_that_is_taken_fails(folder: ExtraFolder) -> None:
    pem(pkcs8(octets(bytes(2399))), "bad-ml-kem-768-1-priv.pem", folder)
    assert of_lamps(folder) == {"bad-ml-kem-768-1-priv.pem": TrialVerdict.PASSED}
    good = mlkem.MLKEM768PrivateKey.from_seed_bytes(SEED).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    pem(good, "bad-ml-kem-768-1-priv.pem", folder)
    assert of_lamps(folder) == {"bad-ml-kem-768-1-priv.pem": TrialVerdict.FAILED}


@pytest.mark.parametrize("name", ["ml-dsa-44-priv-seed.pem", "ml-dsa-44-cert.pem", "bad-ml-dsa-44-1-priv.pem"])
def test_a_file_without_a_pem_block_is_a_failed_trial(name: str, folder: ExtraFolder, ml_dsa: mldsa.MLDSA44PrivateKey) -> None:
    assert ml_dsa is not None
    (folder.path / "lamps" / name).write_text("nothing")
    assert set(of_lamps(folder).values()) == {TrialVerdict.FAILED}


@given(JSON)
def test_any_document_of_composites_is_trials_or_damage(value: object) -> None:
    wanted = Wanted()
    for run in (composites._signatures, composites._kems):
        try:
            trials = list(run(Fields("x", value), (broken.GOOD,), wanted))
        except DamagedVectors:
            continue
        assert all(trial.reason is not None for trial in trials if trial.verdict is not TrialVerdict.PASSED)


@given(JSON)
def test_any_accumulated_file_is_trials_or_damage(value: object) -> None:
    try:
        trials = list(cctv._accumulated((broken.GOOD,), Wanted(), "x", json.dumps(value).encode()))
    except DamagedVectors:
        return
    assert not any(trial.verdict is TrialVerdict.PASSED for trial in trials)


@pytest.mark.parametrize(
    "name", ["id-MLDSA44", "id-MLDSA44-SHA256", "id-MLDSA44-ECDSA-P999-SHA256", "id-MLDSA44-RSA2048-PSS-MD5", "id-"]
)
def test_a_composite_that_nobody_knows_is_no_error(name: str) -> None:
    text = base64.b64encode(bytes(3000)).decode()
    test = {"tcId": name, "pk": text, "s": text, "sWithContext": text}
    document = Fields("x", {"m": "", "ctx": "", "tests": [test]})
    trials = list(composites._signatures(document, (broken.GOOD,), Wanted()))
    assert {trial.verdict for trial in trials} <= {TrialVerdict.FAILED}
    assert not any(trial.reason and trial.reason.code == "self_test.broke" for trial in trials)
