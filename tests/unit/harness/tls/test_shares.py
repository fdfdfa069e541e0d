"""Which groups a word means, and that each library's shares have the sizes of the registry and agree with the other's."""

from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage, UsageError, WorkError
from pqscan.harness import liboqs
from pqscan.harness.tls import shares
from pqscan.harness.tls.encapsulation import encapsulate
from pqscan.harness.tls.shares import DEFAULT_GROUPS, ShareMaker, default_groups, every_group, groups_named
from pqscan.registry.tls import NamedGroup, named_group


def on(library: str) -> ShareMaker:
    try:
        return ShareMaker.on(library)
    except liboqs.LiboqsMissing as error:
        pytest.skip(str(error))


def row(value: int) -> NamedGroup:
    found = named_group(value).row
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("X25519MLKEM768", 0x11EC),
        (" x25519mlkem768 ", 0x11EC),
        ("0x11ec", 0x11EC),
        ("mlkem512", 0x0200),  # Of its five code points the registered one.
        ("p256_mlkem512", 0x2F4B),  # Private before obsolete.
        ("0x2f47", 0x2F47),
        ("frodo976aes", 0xFE06),
    ],
)
def test_a_word_means_the_likeliest_group(word: str, value: int) -> None:
    assert [group.value for group in groups_named((word,))] == [value]


@pytest.mark.parametrize("word", ["x25519", "0x001d", "nothing", "0x", "0xzz", "", "0x11ec0", "-1", "x" * 500])
def test_a_word_without_a_post_quantum_part_is_refused_in_one_short_sentence(word: str) -> None:
    with pytest.raises(UsageError) as error:
        groups_named((word,))
    assert len(str(error.value)) < 300


def test_a_group_named_twice_is_tried_once() -> None:
    assert [group.value for group in groups_named(("0x11ec", "X25519MLKEM768", "0x0201"))] == [0x11EC, 0x0201]


def test_the_default_groups_are_the_hybrids_and_pure_ml_kem() -> None:
    assert tuple(group.value for group in default_groups()) == DEFAULT_GROUPS
    assert len(default_groups()) == 6


@pytest.mark.parametrize("library", shares.LIBRARIES)
def test_every_share_has_the_sizes_of_its_row(library: str) -> None:
    maker = on(library)
    groups = every_group(maker)
    assert len({group.value for group in groups}) == len(groups)
    for group in groups:
        share = maker.make(group)
        assert (len(share.public), share.server_bytes) == (group.client_share_bytes, group.server_share_bytes), group.name


def test_liboqs_makes_all_that_it_was_built_with() -> None:
    names = {component for group in every_group(on("liboqs")) for component in group.components}
    assert {"ML-KEM-512", "ML-KEM-768", "ML-KEM-1024", "sntrup761", "FrodoKEM-976", "FrodoKEM-1344"} <= names


@pytest.mark.parametrize("value", [0x11EC, 0x11EB, 0x11ED, 0x0201, 0x0202, 0x2FB7])
@pytest.mark.parametrize(("ours", "theirs"), [("liboqs", "cryptography"), ("cryptography", "liboqs")])
def test_one_library_decapsulates_what_the_other_encapsulated(value: int, ours: str, theirs: str) -> None:
    group, maker = row(value), on(ours)
    share = maker.make(group)
    answer, secret = encapsulate(group, share.public, on(theirs).encapsulators(group))
    assert share.agree(answer) == secret
    assert len(secret) == group.shared_secret_bytes


@pytest.mark.parametrize("value", [0xFE06, 0xFE09, 0xFE0C, 0xFE0E, 0x0233, 0x0200])
def test_what_liboqs_alone_has_agrees_with_itself(value: int) -> None:
    group, maker = row(value), on("liboqs")
    share = maker.make(group)
    answer, secret = encapsulate(group, share.public, maker.encapsulators(group))
    assert share.agree(answer) == secret


def test_the_two_kinds_of_frodo_are_not_mixed_up() -> None:
    maker = on("liboqs")
    assert maker.mechanism("FrodoKEM-976", row(0xFE06).name) == "FrodoKEM-976-AES"
    assert maker.mechanism("FrodoKEM-976", row(0xFE09).name) == "FrodoKEM-976-SHAKE"


def test_a_share_of_the_wrong_size_is_malformed() -> None:
    share = on("liboqs").make(row(0x11EC))
    with pytest.raises(MalformedMessage):
        share.agree(bytes(share.server_bytes - 1))


def test_what_a_library_lacks_is_an_error_in_words() -> None:
    maker = on("cryptography")
    assert not maker.can_make(row(0x0200))
    with pytest.raises(WorkError, match="ML-KEM-512"):
        maker.make(row(0x0200))


class ForeignKem:
    """A build that makes keys of another size."""

    details = {"length_ciphertext": 1000}  # noqa: RUF012

    def __init__(self, _mechanism: str) -> None:
        return

    def generate_keypair(self) -> bytes:
        return bytes(1000)

    def free(self) -> None:
        return


class ForeignLibrary:
    KeyEncapsulation: type = ForeignKem


class BrokenLibrary:
    @staticmethod
    def KeyEncapsulation(_mechanism: str) -> object:
        raise OSError("symbol not found")


@pytest.mark.parametrize(("library", "told"), [(ForeignLibrary, "are right"), (BrokenLibrary, "OSError")])
def test_a_foreign_build_of_liboqs_is_an_error_in_words(library: object, told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liboqs, "load", lambda: library)
    maker = ShareMaker("liboqs", "9.9", frozenset({"ML-KEM-768"}))
    with pytest.raises(WorkError, match=told):
        maker.make(row(0x11EC))


def test_another_library_does_not_exist() -> None:
    with pytest.raises(UsageError, match="liboqs, cryptography"):
        ShareMaker.on("openssl")
