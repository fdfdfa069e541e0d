"""liboqs behind the common face: given randomness is used up and given back, wrong lengths are not passed on to C."""

from __future__ import annotations

import pytest

from pqscan.harness import on_cryptography, on_liboqs
from pqscan.harness.library import Lacks, Library, PrivateKey, Refused
from pqscan.harness.on_cryptography import message_representative

SEED = bytes(range(64))


@pytest.fixture(scope="module")
def liboqs() -> Library:
    library = on_liboqs.load()
    if library.missing is not None:
        pytest.skip(f"liboqs is not here: {dict(library.missing.parameters)['error']}")
    return library


def test_given_randomness_fixes_what_comes_out_and_the_next_call_is_random_again(liboqs: Library) -> None:
    kem = liboqs.kems["ML-KEM-768"]
    public = kem.from_seed(SEED).public
    assert kem.encapsulate(public, bytes(32)) == kem.encapsulate(public, bytes(32))
    assert kem.encapsulate(public) != kem.encapsulate(public)
    assert kem.encapsulate(public, bytes(32)) != kem.encapsulate(public, b"\1" * 32)


@pytest.mark.parametrize("size", [0, 31, 33, 64])
def test_randomness_of_another_size_than_is_drawn_is_no_answer(liboqs: Library, size: int) -> None:
    kem = liboqs.kems["ML-KEM-512"]
    with pytest.raises(Lacks):
        kem.encapsulate(kem.from_seed(SEED).public, bytes(size))


@pytest.mark.parametrize("change", [-1, 1])
def test_a_wrong_length_never_reaches_c(liboqs: Library, change: int) -> None:
    kem, signer = liboqs.kems["ML-KEM-768"], liboqs.signers["ML-DSA-65"]
    pair, keys = kem.from_seed(SEED), signer.from_seed(bytes(32))

    def resized(data: bytes | None) -> bytes:
        assert data is not None
        return data + b"\0" if change > 0 else data[:-1]

    ciphertext = kem.encapsulate(pair.public).ciphertext
    for call in (
        lambda: kem.from_seed(resized(SEED)),
        lambda: kem.encapsulate(resized(pair.public)),
        lambda: kem.decapsulate(pair.private, resized(ciphertext)),
        lambda: kem.decapsulate(PrivateKey(expanded=resized(pair.private.expanded)), ciphertext),
        lambda: kem.check_private(resized(pair.private.expanded)),
        lambda: signer.from_seed(resized(bytes(32))),
        lambda: signer.sign(PrivateKey(expanded=resized(keys.private.expanded)), b""),
        lambda: signer.verify(resized(keys.public), b"", b""),
    ):
        with pytest.raises(Lacks):
            call()


def test_a_key_without_any_form_is_refused(liboqs: Library) -> None:
    with pytest.raises(Refused):
        liboqs.kems["ML-KEM-768"].decapsulate(PrivateKey(), bytes(1088))
    with pytest.raises(Refused):
        liboqs.signers["ML-DSA-44"].sign(PrivateKey(), b"")


@pytest.mark.parametrize("algorithm", ["ML-DSA-44", "ML-DSA-65", "ML-DSA-87"])
def test_what_both_libraries_make_of_a_message_is_the_same(liboqs: Library, algorithm: str) -> None:
    ours, theirs = liboqs.signers[algorithm], on_cryptography.load().signers[algorithm]
    key = ours.from_seed(SEED[:32])
    assert key.public == theirs.from_seed(SEED[:32]).public
    prefixed = b"\0\3ctxmessage"
    signature = ours.sign(key.private, b"message", context=b"ctx", randomness=bytes(32))
    assert theirs.verify(key.public, b"message", signature, context=b"ctx")
    assert theirs.verify_prefixed(key.public, prefixed, signature)
    assert theirs.verify_mu(key.public, message_representative(key.public, prefixed), signature)
    try:
        assert ours.sign_prefixed(key.private, prefixed, randomness=bytes(32)) == signature
        assert ours.verify_prefixed(key.public, prefixed, signature)
        assert not ours.verify_prefixed(key.public, prefixed + b"!", signature)
    except Lacks as lacking:
        pytest.skip(lacking.reason.code)


def test_empty_messages_and_signatures_are_taken_and_refused(liboqs: Library) -> None:
    signer = liboqs.signers["ML-DSA-65"]
    pair = signer.generate()
    assert signer.verify(pair.public, b"", signer.sign(pair.private, b""))
    assert not signer.verify(pair.public, b"", b"")


def test_a_context_longer_than_255_bytes_is_refused(liboqs: Library) -> None:
    signer = liboqs.signers["ML-DSA-65"]
    pair = signer.generate()
    with pytest.raises(Refused):
        signer.sign(pair.private, b"", context=bytes(256))
    assert not signer.verify(pair.public, b"", bytes(3309), context=bytes(256))


def test_sphincs_is_not_taken_for_slh_dsa(liboqs: Library) -> None:
    assert not any("SPHINCS" in name or "SLH" in name for name in liboqs.signers)


def test_without_liboqs_there_is_a_reason_and_no_algorithm(monkeypatch: pytest.MonkeyPatch) -> None:
    from pqscan.harness import liboqs as loader

    def missing() -> object:
        raise loader.LiboqsMissing("it is not here")

    monkeypatch.setattr(loader, "load", missing)
    library = on_liboqs.load()
    assert library.algorithms == frozenset()
    assert library.missing is not None
    assert dict(library.missing.parameters) == {"library": "liboqs", "error": "it is not here"}
