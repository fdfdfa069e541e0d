"""What one IKE_SA_INIT asks."""

from __future__ import annotations

import pytest

from pqscan.wire.ike.offer import ALL_GROUPS, DECOY, FAMILY_WITH, FAMILY_WITHOUT, ML_KEM, WHOLE_SUITE, Offer, offer
from pqscan.wire.ike.words import PayloadType, TransformType

MOST_BYTES = 1280 - 40 - 8  # the least MTU of IPv6 without its header and that of UDP: nothing is ever fragmented
FIRST = offer((FAMILY_WITH, ML_KEM), (FAMILY_WITHOUT, ()))


@pytest.mark.parametrize("asked", [FIRST, offer((ALL_GROUPS, ML_KEM)), offer((ALL_GROUPS, ()))])
def test_a_question_fits_one_unfragmented_datagram_with_the_longest_cookie(asked: Offer) -> None:
    assert len(asked.message(bytes(8), bytes(32), bytes(56), bytes(64)).encode()) <= MOST_BYTES


def test_the_group_tells_which_proposal_won() -> None:
    with_ml_kem = {
        group for each in FIRST.proposals if each.values(TransformType.ADDKE1) for group in each.values(TransformType.KE)
    }
    without = {
        group for each in FIRST.proposals if not each.values(TransformType.ADDKE1) for group in each.values(TransformType.KE)
    }
    assert with_ml_kem == set(FAMILY_WITH)
    assert without == {*FAMILY_WITHOUT, DECOY}
    assert with_ml_kem.isdisjoint(without)


def test_the_ke_payload_matches_a_proposal() -> None:
    assert any(FIRST.ke_group in each.values(TransformType.KE) for each in FIRST.proposals)
    assert offer(((31,), ML_KEM), ((31,), ()), ke_group=31).proposals[-1].values(TransformType.KE) == (31,)


def test_ciphers_that_authenticate_stand_without_integrity_transforms() -> None:
    for each in FIRST.proposals:
        aead = {(20, 256), (28, None)} & {(one.value, one.key_bits) for one in each.transforms if one.kind == TransformType.ENCR}
        assert bool(aead) != bool(each.values(TransformType.INTEG))


def test_a_demanded_cookie_comes_first() -> None:
    message = FIRST.message(bytes(8), bytes(32), bytes(56), b"crumbs")
    assert [each.kind for each in message.payloads[:4]] == [PayloadType.NOTIFY, PayloadType.SA, PayloadType.KE, PayloadType.NONCE]
    assert message.payloads[0].body.endswith(b"crumbs")


@pytest.mark.parametrize(
    ("kind", "value", "bits", "proposals"),
    [
        (TransformType.ENCR, 20, 256, 1),
        (TransformType.ENCR, 3, None, 1),
        (TransformType.INTEG, 12, None, 1),
        (TransformType.PRF, 5, None, 2),
    ],
)
def test_a_narrowed_suite_asks_one_transform_of_its_kind(kind: TransformType, value: int, bits: int | None, proposals: int) -> None:
    asked = offer(((31,), ()), suite=WHOLE_SUITE.narrowed(kind, value, bits))
    assert len(asked.proposals) == proposals
    for each in asked.proposals:
        assert [(one.value, one.key_bits) for one in each.transforms if one.kind == kind] == [(value, bits)]
