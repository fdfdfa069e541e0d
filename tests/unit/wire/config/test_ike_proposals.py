from __future__ import annotations

import pytest

from pqscan.wire.config.ike_proposals import exchange_named, read_ike_proposals


@pytest.mark.parametrize(
    ("text", "encryption", "integrity", "exchanges", "additional"),
    [
        ("aes256-sha384-x25519-ke1_mlkem768", ((12, 256),), (13,), (31,), ((1, 36),)),
        ("aes128gcm16-prfsha256-ecp256", ((20, 128),), (), (19,), ()),
        ("aes256gcm128-modp2048", ((20, 256),), (), (14,), ()),
        ("aes128ccm64-modp3072", ((14, 128),), (), (15,), ()),
        ("aes_gcm256-sha2_512+sha2_256;dh19", ((20, 256),), (), (19,), ()),
        ("aes_gcm_c-256-null", ((20, 256),), (), (), ()),
        ("3des-md5;modp1024", ((3, None),), (1,), (2,), ()),
        ("chacha20poly1305-prfsha512-curve25519", ((28, None),), (), (31,), ()),
        ("aes256ctr-sha1-dh14", ((13, 256),), (2,), (14,), ()),
        ("null-sha1", ((11, None),), (2,), (), ()),
    ],
)
def test_a_proposal_is_read(
    text: str,
    encryption: tuple[tuple[int, int | None], ...],
    integrity: tuple[int, ...],
    exchanges: tuple[int, ...],
    additional: tuple[tuple[int, int], ...],
) -> None:
    (proposal,) = read_ike_proposals(text).proposals
    assert (proposal.encryption, proposal.integrity, proposal.exchanges, proposal.additional) == (
        encryption,
        integrity,
        exchanges,
        additional,
    )
    assert proposal.unknown == ()


@pytest.mark.parametrize(
    ("text", "integrity", "prf"),
    [
        ("aes_gcm256-sha2_512+sha2_256-dh19", (), (7, 5)),
        ("aes256gcm16-sha384-ecp384", (), (6,)),
        ("aes256gcm16-sha256-prfsha384-ecp384", (), (6,)),
        ("aes256-sha2_512-dh19", (14,), ()),
        ("aes_gcm256-aes256-sha2_256-dh19", (12,), ()),
        ("null-sha1", (2,), ()),
    ],
)
def test_a_hash_beside_a_cipher_that_authenticates_is_that_of_the_function(
    text: str, integrity: tuple[int, ...], prf: tuple[int, ...]
) -> None:
    (proposal,) = read_ike_proposals(text).proposals
    assert (proposal.integrity, proposal.prf) == (integrity, prf)


def test_several_proposals_stand_in_their_order_and_the_default_is_told() -> None:
    found = read_ike_proposals("aes256-sha256-x25519, default")
    assert (len(found.proposals), found.with_default) == (1, True)
    assert read_ike_proposals("aes256-sha256-x25519!").with_default is False
    assert read_ike_proposals("").with_default is True


def test_an_additional_exchange_that_may_be_left_out_is_told() -> None:
    (proposal,) = read_ike_proposals("aes256-sha256-x25519-ke1_mlkem768-ke1_none").proposals
    assert proposal.may_do_without


def test_what_means_nothing_is_kept() -> None:
    (proposal,) = read_ike_proposals("aes256-sha256-newhope128").proposals
    assert proposal.unknown == ("newhope128",)


@pytest.mark.parametrize(
    ("word", "number"), [("modp2048", 14), ("dh31", 31), ("ml_kem_768", 36), ("MLKEM1024", 37), ("dh99", None), ("aes", None)]
)
def test_a_key_exchange_has_a_number(word: str, number: int | None) -> None:
    assert exchange_named(word) == number
