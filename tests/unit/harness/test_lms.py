"""The LMS verifier against the example of RFC 8554, and against whatever anybody sends it."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pqscan.harness.lms import LmsVerifier, verify
from pqscan.harness.vectors import shipped
from pqscan.harness.vectors.fields import Fields


def valid_vectors() -> list[tuple[bytes, bytes, bytes]]:
    found = []
    for name in ("acvp/lms-sigver", "acvp/lms-sigver-sp800-208"):
        for group in shipped.read(name).rows("testGroups"):
            for test in group.rows("tests"):
                if test.is_true("testPassed"):
                    found.append((group.octets("publicKey"), test.octets("message"), test.octets("signature")))
    return found


VALID = valid_vectors()


def test_valid_signatures_verify() -> None:
    assert len(VALID) == 4
    assert all(LmsVerifier().verify(*vector) for vector in VALID)


@given(st.sampled_from(VALID), st.data())
def test_one_changed_bit_anywhere_is_noticed(vector: tuple[bytes, bytes, bytes], data: st.DataObject) -> None:
    which = data.draw(st.integers(0, 2))
    place = data.draw(st.integers(0, 8 * len(vector[which]) - 1))
    changed = bytearray(vector[which])
    changed[place // 8] ^= 1 << place % 8
    assert not verify(*(bytes(changed) if index == which else part for index, part in enumerate(vector)))


@given(st.sampled_from(VALID), st.data())
def test_no_prefix_of_a_key_or_a_signature_verifies(vector: tuple[bytes, bytes, bytes], data: st.DataObject) -> None:
    public, message, signature = vector
    assert not verify(public[: data.draw(st.integers(0, len(public) - 1))], message, signature)
    assert not verify(public, message, signature[: data.draw(st.integers(0, len(signature) - 1))])
    assert not verify(public, message, signature + b"\0")


@given(st.binary(max_size=80), st.binary(max_size=20), st.binary(max_size=300))
def test_any_bytes_at_all_are_no_signature_and_no_error(public: bytes, message: bytes, signature: bytes) -> None:
    assert verify(public, message, signature) is False


def test_the_vectors_are_those_that_ship() -> None:
    assert isinstance(shipped.read("acvp/lms-sigver"), Fields)
