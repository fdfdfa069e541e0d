"""Certificate stores of Windows: exports of its registry, and stores in files, laid out as [MS-GPEF] and [MS-OSHARED] say."""

from __future__ import annotations

from pathlib import Path

import pytest
from pqscan_probes.certificate_file import CertificateFileProbe
from pqscan_probes.windows_store import WindowsStoreProbe

from pqscan.app import open_store, scan_files
from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.outcome import Facts
from tests.unit.scan.files.making import facts_of
from tests.unit.wire.pki.making import signed

A, B = signed("a.example"), signed("b.example")


def element(kind: int, content: bytes) -> bytes:
    return b"".join(number.to_bytes(4, "little") for number in (kind, 1, len(content))) + content


def blob(certificate: bytes) -> bytes:
    return element(3, bytes(20)) + element(11, "tên".encode("utf-16-le")) + element(32, certificate)


def value(octets: bytes) -> str:
    """As regedit writes it, in lines of 25 octets that a backslash continues."""
    rows = [",".join(f"{octet:02x}" for octet in octets[at : at + 25]) for at in range(0, len(octets), 25)]
    return '"Blob"=hex:' + ",\\\r\n  ".join(rows) + "\r\n"


def exported(*blobs: bytes) -> str:
    path = "[HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\SystemCertificates\\ROOT\\Certificates\\00]"
    return "Windows Registry Editor Version 5.00\r\n\r\n" + "\r\n".join(f"{path}\r\n{value(one)}" for one in blobs)


def probe(text: str) -> Facts:
    return facts_of(WindowsStoreProbe(), text.encode())


def test_certificates_in_an_export_of_the_registry_are_told_with_their_lines() -> None:
    facts = probe(exported(blob(A), blob(B)))
    assert facts.certificates == (A, B)
    lines = [one.where.line for one in facts.observations if one.where and one.subject.value == "certificate_key"]
    assert lines[0] == 4
    assert lines[1] is not None
    assert lines[1] > 10
    assert facts.complete


def test_a_value_that_cannot_be_read_is_counted_and_the_others_stand() -> None:
    facts = probe(exported(blob(A)[:-4], blob(B)))
    assert (facts.certificates, facts.complete) == ((B,), False)
    assert facts.detail is not None
    assert facts.detail.code == "registry_blobs_unreadable"


def test_an_export_of_which_no_certificate_can_be_read_is_told() -> None:
    with pytest.raises(MalformedMessage):
        probe(exported(blob(A)[:-4]))
    with pytest.raises(WrongProtocol):
        probe(value(blob(A)[:-4]))


def test_other_values_of_the_same_name_are_none() -> None:
    for text in ('"Blob"=hex:', '"Blob"=hex:01,02\n', '"Blob"=hex:0', exported(element(3, bytes(20)))):
        with pytest.raises(WrongProtocol):
            probe(text)


def test_an_export_in_utf_16_is_read_as_regedit_writes_it(tmp_path: Path) -> None:
    (tmp_path / "root.reg").write_bytes(b"\xff\xfe" + exported(blob(A)).encode("utf-16-le"))
    with open_store(str(tmp_path / "store.sqlite"), create=True) as store:
        run = scan_files([tmp_path / "root.reg"], store, machine="here")
        assert run.state.value == "finished"
        (sighting,) = store.sightings()
        assert [chain.certificates for chain in sighting.chains]


def test_certificates_in_a_store_in_a_file_are_found_where_they_lie() -> None:
    store = bytes(4) + b"CERT" + blob(A) + blob(B) + bytes(12)
    assert facts_of(CertificateFileProbe(), store).certificates == (A, B)
