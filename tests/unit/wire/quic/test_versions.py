from __future__ import annotations

from pqscan.wire.quic.header import VERSION_1, VERSION_2
from pqscan.wire.quic.versions import kept_versions, listed_versions, version_name, version_question

ID = bytes(range(8))


def listing(*versions: int, destination: bytes = b"", source: bytes = ID) -> bytes:
    ids = bytes((len(destination),)) + destination + bytes((len(source),)) + source
    return b"\x80\x00\x00\x00\x00" + ids + b"".join(version.to_bytes(4, "big") for version in versions)


def test_the_question_is_as_large_as_a_server_wants_it_and_of_a_reserved_version() -> None:
    question = version_question(ID)
    assert (len(question), question[:15].hex()) == (1200, "c01a2a3a4a08" + ID.hex() + "00")


def test_a_list_is_read_once_each_and_without_the_reserved_ones() -> None:
    assert listed_versions(listing(VERSION_2, 0x0A1A2A3A, VERSION_1, VERSION_2), ID) == (VERSION_2, VERSION_1)


def test_a_list_for_someone_else_is_no_answer() -> None:
    assert listed_versions(listing(VERSION_1, source=b"other"), ID) is None
    assert listed_versions(listing(VERSION_1, destination=b"\x01"), ID) is None
    assert listed_versions(b"\xff" * 40, ID) is None
    assert listed_versions(listing(VERSION_1)[:-1], ID) is None


def test_a_list_is_bounded() -> None:
    assert len(kept_versions(tuple(range(1, 300)))) == 64
    assert kept_versions((*range(0x100, 0x200), VERSION_2))[-1] == VERSION_2, "what is asked for is found wherever it stands"


def test_versions_have_names() -> None:
    names = [version_name(version) for version in (VERSION_1, VERSION_2, 0xFF00001D, 0x51303530)]
    assert names == ["QUICv1", "QUICv2", "QUIC-draft-29", "0x51303530"]
