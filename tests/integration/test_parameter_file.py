"""Parameters as OpenSSL and ssh-keygen write them: the size of the prime, whose it is, the name of the curve."""

from __future__ import annotations

import base64
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import dsa, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from pqscan_probes.parameter_file import ParameterFileProbe, may_be_prime, name_of_prime

from pqscan.app import assess, open_store, scan_files
from pqscan.errors import WrongProtocol
from pqscan.model.observation import Observation, Where
from pqscan.model.outcome import Facts
from pqscan.policy.state import State
from pqscan.registry.finite_field import finite_fields
from pqscan.registry.modp import modp_groups
from tests.unit.scan.files.making import facts_of
from tests.unit.wire.pki.making import integer, oid, seq


def probe(data: bytes) -> Facts:
    return facts_of(ParameterFileProbe(), data)


def one(data: bytes) -> tuple[Observation, dict[str, str | int]]:
    (observation,) = probe(data).observations
    return observation, dict(observation.parameters)


def pem(label: str, der: bytes) -> bytes:
    return f"-----BEGIN {label}-----\n".encode() + base64.encodebytes(der) + f"-----END {label}-----\n".encode()


def openssl(*arguments: str) -> bytes:
    if shutil.which("openssl") is None:
        pytest.skip("this machine has no openssl")
    return subprocess.run(["openssl", *arguments], capture_output=True, check=True).stdout


FFDHE_2048 = finite_fields()[0].prime
OWN_512 = (
    0xF9F9C05EA9F3E9F1FB1B3FCE0D8BA9A5A1D8A66D5C49D1D3AF1B5CB1BCD9B9E7E5C5D0A5C0A6C9B9E3E9B6B9C1F3A4A2B1C6D7E8F9A0B1C2D3E4F5A6B7C3
)


@pytest.mark.parametrize("written", [lambda der: der, lambda der: b"text\n" + pem("DH PARAMETERS", der)])
@pytest.mark.parametrize(
    ("prime", "parameter", "size"),
    [(FFDHE_2048, "ffdhe2048", 2048), (modp_groups()["modp1024"].prime, "modp1024", 1024)],
)
def test_a_group_of_a_standard_is_told_by_its_name(written: object, prime: int, parameter: str, size: int) -> None:
    data = written(seq(integer(prime), integer(2)))  # type: ignore[operator]  # Both make octets of octets.
    observation, stated = one(data)
    assert (observation.name, observation.context) == ("DH", "key_establishment")
    assert stated == {"size_bits": size, "parameter": parameter, "prime": "of_a_standard"}
    assert observation.where == (Where(line=2, offset=5) if data[:1] == b"t" else Where(offset=0))


def test_a_prime_of_ones_own_is_told_as_that() -> None:
    observation, stated = one(openssl("dhparam", "512"))
    assert (observation.name, stated) == ("DH", {"size_bits": 512, "prime": "own"})


def test_a_number_that_is_no_prime_is_told_as_that() -> None:
    assert one(pem("DH PARAMETERS", seq(integer(3 * OWN_512), integer(2))))[1]["prime"] == "composite"
    assert may_be_prime(FFDHE_2048)
    assert not may_be_prime(FFDHE_2048 - 2)


def test_every_group_of_the_registry_is_known_by_its_prime() -> None:
    assert [name_of_prime(field.prime) for field in finite_fields()][:2] == ["ffdhe2048", "ffdhe3072"]
    assert [name_of_prime(group.prime) for group in modp_groups().values()] == list(modp_groups())
    assert name_of_prime(FFDHE_2048 + 2) is None


def test_parameters_of_dsa_and_of_x942_are_told() -> None:
    numbers = dsa.generate_parameters(1024).parameter_numbers()
    for der in (seq(integer(numbers.p), integer(numbers.q), integer(numbers.g)),):
        for data in (der, pem("DSA PARAMETERS", der)):
            observation, stated = one(data)
            assert (observation.name, observation.context, stated["size_bits"]) == ("DSA", "signature", 1024)
    x942 = seq(integer(numbers.p), integer(numbers.g), integer(numbers.q))
    observation, stated = one(pem("X9.42 DH PARAMETERS", x942))
    assert (observation.name, stated) == ("DH", {"size_bits": 1024, "prime": "own"})


def test_curves_are_told_by_name_and_explicit_ones_too() -> None:
    for options, explicit in (((), False), (("-param_enc", "explicit"), True)):
        observation, stated = one(openssl("ecparam", "-name", "prime256v1", *options))
        assert (observation.name, stated["parameter"], stated["size_bits"]) == ("EC", "secp256r1", 256)
        assert (stated.get("numbers") == "explicit") is explicit
    assert one(oid("1.3.132.0.34"))[1]["parameter"] == "secp384r1"


def test_those_that_openssl_writes_in_front_of_a_key_are_part_of_it() -> None:
    with pytest.raises(WrongProtocol):
        probe(openssl("ecparam", "-name", "prime256v1", "-genkey"))


def test_a_public_key_of_rsa_and_words_are_no_parameters() -> None:
    for exponent in (3, 65537):
        key = rsa.generate_private_key(exponent, 2048).public_key()
        with pytest.raises(WrongProtocol):
            probe(key.public_bytes(Encoding.DER, PublicFormat.PKCS1))
    for data in (
        b"-----BEGIN DH PARAMETERS-----",
        b"# Time Type Tests Tries Size Generator Modulus\n",
        oid("1.2.840.113549.1.1.1"),
    ):
        with pytest.raises(WrongProtocol):
            probe(data)


def test_the_primes_from_which_sshd_chooses_are_told_by_size() -> None:
    def row(size: int) -> str:
        return f"20260101000000 2 6 100 {size - 1} 2 {'F' * (size // 4)}\n"

    text = "# Time Type Tests Tries Size Generator Modulus\n" + row(2048) * 3 + row(4096)
    told = [(dict(o.parameters)["size_bits"], o.where.line if o.where else None) for o in probe(text.encode()).observations]
    assert told == [(2048, 2), (4096, 5)]


def test_a_prime_that_does_not_fill_its_first_digit_has_the_bits_that_it_has() -> None:
    text = f"# Time Type Tests Tries Size Generator Modulus\n20201107073004 2 6 100 7669 2 34{'E' * 1916}\n"
    assert [dict(o.parameters)["size_bits"] for o in probe(text.encode()).observations] == [7670]


def test_short_primes_are_below_the_floor(tmp_path: Path) -> None:
    (tmp_path / "a.pem").write_bytes(pem("DH PARAMETERS", seq(integer(modp_groups()["modp1024"].prime), integer(2))))
    (tmp_path / "b.pem").write_bytes(pem("DH PARAMETERS", seq(integer(FFDHE_2048), integer(2))))
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        scan_files([tmp_path / "a.pem", tmp_path / "b.pem"], store, machine="here")
        states = [target.key_establishment.state for target in assess(store).targets()]
    assert states == [State.BROKEN, State.VULNERABLE]
