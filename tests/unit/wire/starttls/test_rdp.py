"""Security layers of RDP: which the server takes, and what is left where it takes none."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage, PeerRejected
from pqscan.wire.starttls.rdp_standard import connect_initial, decode_connect_response
from tests.peers.dialogues import rdp_confirm
from tests.unit.wire.starttls.play import fresh, say

RESPONSE_HEAD = bytes.fromhex(
    "02f0807f66820145 0a0100 020100 301a020122020103020100020101020100020101020300fff8020102"
    "0482011f 000500147c00012a14760a01010001c000"
)


def response(method: int = 2, level: int = 2) -> bytes:
    """An MCS Connect Response as in [MS-RDPBCGR], section 4.1.4, with blocks of core, network and security."""
    core = bytes.fromhex("010c0c000400080000000000")
    net = bytes.fromhex("030c0800eb030000")
    security = bytes.fromhex("020c0c00") + method.to_bytes(4, "little") + level.to_bytes(4, "little")
    blocks = core + net + security
    return RESPONSE_HEAD + b"McDn" + (0x8000 | len(blocks)).to_bytes(2, "big") + blocks


@pytest.mark.parametrize(("layer", "told"), [(1, "rdp_tls"), (2, "rdp_nla"), (8, "rdp_nla")])
def test_the_layer_that_the_server_takes_is_told(layer: int, told: str) -> None:
    made = say("rdp", rdp_confirm(2, layer))
    assert made.finished
    assert tuple(made.said.behaviours) == (told,)


@pytest.mark.parametrize("confirm", [rdp_confirm(None), rdp_confirm(2, 0)])
def test_a_server_without_tls_is_asked_what_it_encrypts_with(confirm: bytes) -> None:
    made, _ = fresh("rdp")
    made.receive(confirm)
    asked = made.bytes_to_send()
    assert asked[:4] == b"\x03\x00" + len(asked).to_bytes(2, "big")
    assert asked[4:] == connect_initial()
    answer = response()
    with pytest.raises(PeerRejected) as caught:
        made.receive(b"\x03\x00" + (4 + len(answer)).to_bytes(2, "big") + answer)
    assert caught.value.phrase == "starttls_standard_security"
    assert "starttls_not_offered" in made.said.behaviours
    assert made.said.behaviours["rdp_standard_security"] == (("level", 2), ("method", "RC4 128"))


@pytest.mark.parametrize("size", range(len(response())))
def test_no_prefix_of_the_answer_tells_anything(size: int) -> None:
    with pytest.raises(MalformedMessage):
        decode_connect_response(response()[:size])


def test_lengths_in_our_question_fit() -> None:
    asked = connect_initial()
    assert int.from_bytes(asked[6:8], "big") == len(asked) - 8
    at = asked.index(b"Duca") + 4
    assert int.from_bytes(asked[at : at + 2], "big") & 0x7FFF == len(asked) - at - 2
    assert int.from_bytes(asked[at + 4 : at + 6], "little") == 216  # [MS-RDPBCGR], section 4.1.3: the whole core block
