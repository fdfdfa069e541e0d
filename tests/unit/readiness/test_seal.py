"""Seals: both signatures, one purpose, exactly these bytes and exactly these keys."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.app.keys import CryptographyCheck
from pqscan.readiness.seal import PublicKeys, Purpose, Seal, Signatures, context_of, holds, message_of, seal
from tests.unit.readiness.sealing_samples import key_of

DOCUMENT = b'{"a":1}'
CHECK = CryptographyCheck()


@pytest.fixture(scope="module")
def found() -> Seal:
    return seal(DOCUMENT, Purpose.SNAPSHOT, key_of("DU-01"))


def test_a_seal_holds_for_its_document_and_keys(found: Seal) -> None:
    assert holds(found, DOCUMENT, Purpose.SNAPSHOT, key_of("DU-01").public, CHECK)


def test_another_document_other_keys_or_another_purpose_do_not_hold(found: Seal) -> None:
    public = key_of("DU-01").public
    assert not holds(found, DOCUMENT + b" ", Purpose.SNAPSHOT, public, CHECK)
    assert not holds(found, DOCUMENT, Purpose.KEY, public, CHECK)
    assert not holds(found, DOCUMENT, Purpose.SNAPSHOT, key_of("DU-02").public, CHECK)


@pytest.mark.parametrize("which", ["ed25519", "ml_dsa_65"])
def test_one_right_signature_of_the_two_is_not_enough(found: Seal, which: str) -> None:
    value = getattr(found.signatures, which)
    broken = replace(found, signatures=replace(found.signatures, **{which: bytes([value[0] ^ 1]) + value[1:]}))
    assert not holds(broken, DOCUMENT, Purpose.SNAPSHOT, key_of("DU-01").public, CHECK)


def test_a_signature_made_in_a_mixed_pair_is_none_of_either(found: Seal) -> None:
    """Keys are one pair: half of one unit's with half of another's has another fingerprint, which the message names."""
    first, second = key_of("DU-01"), key_of("DU-02")
    mixed = PublicKeys(first.public.ed25519, second.public.ml_dsa_65)
    message, context = message_of(Purpose.SNAPSHOT, found.signer, found.digest), context_of(Purpose.SNAPSHOT)
    signatures = Signatures(found.signatures.ed25519, second.sign(message, context).ml_dsa_65)
    assert not holds(replace(found, signatures=signatures, signer=mixed.fingerprint), DOCUMENT, Purpose.SNAPSHOT, mixed, CHECK)


def test_messages_of_two_purposes_never_are_equal() -> None:
    messages = {message_of(purpose, "ab" * 32, "cd" * 32) for purpose in Purpose}
    assert len(messages) == len(Purpose)


@given(st.binary(max_size=64), st.binary(max_size=4000))
def test_bytes_that_are_no_signature_are_refused_without_an_error(first: bytes, second: bytes) -> None:
    public = key_of("DU-01").public
    assert not CHECK.verifies(public, Signatures(first, second), b"message", b"context")
    assert not CHECK.verifies(PublicKeys(first, second), Signatures(first, second), b"message", b"context")
