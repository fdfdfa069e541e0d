"""Proposals, transforms and attributes."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.ike.header import Message
from pqscan.wire.ike.proposals import Attribute, Proposal, Transform, decode_proposals, encode_proposals
from pqscan.wire.ike.words import PayloadType, TransformType
from tests.unit.wire.ike.recorded import RECORDINGS

PROPOSALS = (
    Proposal(1, (Transform.of(1, 20, 256), Transform.of(2, 6), Transform.of(4, 31), Transform.of(6, 36))),
    Proposal(2, (Transform(1, 12, (Attribute(14, b"\0\x80"), Attribute(77, b"long", fixed=False))),), protocol=3, spi=b"spis"),
)


def test_a_real_choice_of_ml_kem_is_read() -> None:
    answer = Message.decode(RECORDINGS["6.1 with ML-KEM-768 alone"].received[-1])
    (chosen,) = decode_proposals(answer.of(PayloadType.SA)[0])
    assert [(each.kind, each.value, each.key_bits) for each in chosen.transforms] == [
        (1, 20, 256), (2, 6, None), (4, 31, None), (6, 36, None),
    ]  # fmt: skip
    assert chosen.values(TransformType.ADDKE1) == (36,)


def test_the_bytes_are_those_of_the_document() -> None:
    """RFC 7296, sections 3.3.1, 3.3.2 and 3.3.5, by hand."""
    written = "00000014010100010000000c01000014800e0100"
    assert encode_proposals((Proposal(1, (Transform.of(1, 20, 256),)),)).hex() == written


def test_what_is_written_is_read_back() -> None:
    assert decode_proposals(encode_proposals(PROPOSALS)) == PROPOSALS


@pytest.mark.parametrize("size", range(len(encode_proposals(PROPOSALS))))
def test_no_proper_prefix_of_an_sa_is_one(size: int) -> None:
    with pytest.raises(MalformedMessage):
        decode_proposals(encode_proposals(PROPOSALS)[:size])


@pytest.mark.parametrize(
    ("place", "value", "complaint"),
    [
        (0, 1, "neither the last one"),
        (0, 0, "left over"),
        (3, 7, "header of 8"),
        (7, 5, "otherwise whether it is the last"),
        (7, 3, "otherwise whether it is the last"),
        (8, 2, "neither the last one"),
        (11, 7, "header of 8"),
    ],
)
def test_a_length_or_count_that_lies_is_refused(place: int, value: int, complaint: str) -> None:
    wrong = bytearray(encode_proposals(PROPOSALS))
    wrong[place] = value
    with pytest.raises(MalformedMessage, match=complaint):
        decode_proposals(bytes(wrong))


def test_a_key_length_that_is_not_in_the_fixed_format_counts_for_nothing() -> None:
    assert Transform(1, 12, (Attribute(14, b"\1\0", fixed=False),)).key_bits is None
