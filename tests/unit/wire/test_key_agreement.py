"""Key agreement against recorded handshakes, and between two sides of our own; sizes and order come from the registry."""

from __future__ import annotations

import warnings

import pytest
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec, mlkem, x448, x25519

from pqscan.errors import MalformedMessage
from pqscan.registry.finite_field import finite_fields
from pqscan.registry.tls import NamedGroup, named_group, named_groups
from pqscan.wire.key_agreement import COMPONENT_KEYS, KeyShare, can_carry_through, generate
from tests.unit.wire.tls.recorded import RECORDINGS, Recording

POSSIBLE = [group for group in named_groups() if can_carry_through(group) and named_group(group.value).row is group]
HYBRID = (0x11EB, 0x11EC, 0x11ED)
CURVES = {
    "secp256r1": ec.SECP256R1(),
    "secp384r1": ec.SECP384R1(),
    "secp521r1": ec.SECP521R1(),
    "brainpoolP256r1": ec.BrainpoolP256R1(),
    "brainpoolP384r1": ec.BrainpoolP384R1(),
    "brainpoolP512r1": ec.BrainpoolP512R1(),
}


def row(value: int) -> NamedGroup:
    found = named_group(value).row
    assert found is not None
    return found


def share(value: int) -> KeyShare:
    made = generate(row(value))
    assert made is not None
    return made


def server_part(name: str, client: bytes) -> tuple[bytes, bytes]:
    """The server's part of a share and the secret, straight from `cryptography`."""
    if name == "X25519":
        private = x25519.X25519PrivateKey.generate()
        return private.public_key().public_bytes_raw(), private.exchange(x25519.X25519PublicKey.from_public_bytes(client))
    if name == "X448":
        other = x448.X448PrivateKey.generate()
        return other.public_key().public_bytes_raw(), other.exchange(x448.X448PublicKey.from_public_bytes(client))
    if name.startswith("ML-KEM"):
        kind = {"ML-KEM-768": mlkem.MLKEM768PublicKey, "ML-KEM-1024": mlkem.MLKEM1024PublicKey}[name]
        secret, ciphertext = kind.from_public_bytes(client).encapsulate()
        return ciphertext, secret
    if name.startswith("ffdhe"):
        return finite_field_part(int(name.removeprefix("ffdhe")), client)
    key, size = ec.generate_private_key(CURVES[name]), (CURVES[name].key_size + 7) // 8
    numbers = key.public_key().public_numbers()
    peer = ec.EllipticCurvePublicKey.from_encoded_point(CURVES[name], client)
    return b"\x04" + numbers.x.to_bytes(size, "big") + numbers.y.to_bytes(size, "big"), key.exchange(ec.ECDH(), peer)


def finite_field_part(bits: int, client: bytes) -> tuple[bytes, bytes]:
    field = next(each for each in finite_fields() if each.size_bits == bits)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # A second implementation, though one that is on its way out.
        from cryptography.hazmat.primitives.asymmetric import dh

        numbers = dh.DHParameterNumbers(field.prime, 2)
        private = numbers.parameters().generate_private_key()
        peer = dh.DHPublicNumbers(int.from_bytes(client, "big"), numbers).public_key()
        secret = private.exchange(peer)
    public = private.public_key().public_numbers().y.to_bytes(bits // 8, "big")
    return public, secret.rjust(bits // 8, b"\0")


def serve(group: NamedGroup, client_share: bytes, sizes: list[int]) -> tuple[bytes, bytes]:
    """Answer a share as a server does: its own share and the secret."""
    answer, secrets, at = b"", {}, 0
    for name, size in zip(group.components, sizes, strict=True):
        part, secrets[name] = server_part(name, client_share[at : at + size])
        answer, at = answer + part, at + size
    return answer, b"".join(secrets[name] for name in group.secret_components)


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda recording: recording.name)
def test_recorded_private_keys_give_the_recorded_share_and_secret(recording: Recording) -> None:
    ours = recording.share(recording.group)
    assert ours is not None
    assert len(ours.public) == recording.fields["client_share_len"]
    assert ours.public in recording.octets("client_hello_2" if recording.retried else "client_hello")
    assert ours.server_bytes == recording.fields["server_share_len"]
    assert ours.agree(recording.octets("server_share")) == recording.octets("dhe_shared_secret")


@pytest.mark.parametrize("group", POSSIBLE, ids=lambda group: group.name)
def test_every_group_agrees_with_a_server_that_answers_it(group: NamedGroup) -> None:
    ours = generate(group)
    assert ours is not None
    assert len(ours.public) == group.client_share_bytes
    assert ours.server_bytes == group.server_share_bytes
    answer, secret = serve(group, ours.public, [len(part.public) for _, part in ours.parts])
    assert ours.agree(answer) == secret


def test_the_groups_that_a_current_client_meets_can_all_be_carried_through() -> None:
    values = {group.value for group in POSSIBLE}
    assert values >= {0x001D, 0x001E, 0x0017, 0x0018, 0x0019, 0x0201, 0x0202, *HYBRID}
    assert generate(row(0x0200)) is None  # ML-KEM-512: not in cryptography.
    assert not can_carry_through(row(0x0022))  # GC256A


@pytest.mark.parametrize("value", [0x001D, 0x0017, 0x0201, 0x0202, *HYBRID])
@pytest.mark.parametrize("change", [-1, 1])
def test_a_server_share_of_another_size_is_malformed(value: int, change: int) -> None:
    ours = share(value)
    with pytest.raises(MalformedMessage, match=row(value).name):
        ours.agree(bytes(ours.server_bytes + change))


def test_a_point_that_is_not_on_the_curve_is_malformed() -> None:
    with pytest.raises(MalformedMessage, match="secp256r1 part is invalid"):
        share(0x0017).agree(b"\x04" + bytes(64))


@pytest.mark.parametrize("form", [b"\x02", b"\x03", b"\x00", b"\x06"])
def test_a_point_that_is_not_uncompressed_is_malformed(form: bytes) -> None:
    ours = share(0x0017)
    with pytest.raises(MalformedMessage, match="invalid"):
        ours.agree(form + ours.public[1:])


def test_an_all_zero_x25519_share_is_malformed() -> None:
    with pytest.raises(MalformedMessage, match="X25519 part is invalid"):  # RFC 9846, section 7.4.2
        share(0x001D).agree(bytes(32))


def test_any_ciphertext_of_the_right_size_gives_some_secret() -> None:
    assert len(share(0x0201).agree(bytes(1088))) == 32  # Implicit rejection (FIPS 203, section 6.3): no error to see.


def test_the_parts_of_a_hybrid_stand_in_the_order_of_its_row() -> None:
    for value in HYBRID:
        ours = share(value)
        assert [name for name, _ in ours.parts] == list(row(value).components)
        assert ours.public == b"".join(part.public for _, part in ours.parts)


def test_a_component_that_the_library_lacks_leaves_the_group_uncomputed() -> None:
    def lacking() -> None:
        raise UnsupportedAlgorithm("not built in")

    makers = {**COMPONENT_KEYS, "ML-KEM-768": lacking}
    assert generate(row(0x11EC), makers) is None  # type: ignore[arg-type]
    assert generate(row(0x001D), makers) is not None  # type: ignore[arg-type]


@pytest.mark.parametrize("group", [0x0100, 0x0101, 0x0104])
def test_two_sides_of_a_finite_field_agree_and_refuse_what_is_out_of_range(group: int) -> None:
    row = named_group(group).row
    assert row is not None
    ours, theirs = generate(row), generate(row)
    assert ours is not None
    assert theirs is not None
    assert len(ours.public) == row.client_share_bytes
    assert ours.agree(theirs.public) == theirs.agree(ours.public)
    assert len(ours.agree(theirs.public)) == row.shared_secret_bytes
    for value in (0, 1):
        with pytest.raises(MalformedMessage):
            ours.agree(value.to_bytes(len(ours.public), "big"))
