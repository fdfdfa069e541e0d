"""Signed and encrypted things of any octets: facts or MalformedMessage, within bounds."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

from hypothesis import given
from hypothesis import strategies as st
from pqscan_probes.signature_file import SignatureFileProbe

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.wire.apk import read_apk_block
from pqscan.wire.pdf import read_pdf_lock, read_pdf_signature
from pqscan.wire.pki.cms import read_cms
from pqscan.wire.rpm import read_rpm_signatures
from pqscan.wire.ssh.signature_file import read_ssh_signature
from pqscan.wire.xml_signature import read_xml_security
from tests.unit.scan.files.making import facts_of
from tests.unit.wire.pki.cms_making import (
    PBES2,
    counter,
    encrypted,
    enveloped,
    kem,
    pbes2,
    signed,
    signer,
    transport,
    without_lengths,
)
from tests.unit.wire.ssh.test_signature_file import WHOLE as SSH
from tests.unit.wire.test_apk import WHOLE as APK
from tests.unit.wire.test_apk import WITH_MORE as IDSIG
from tests.unit.wire.test_pdf import BYTE_RANGE, ENCRYPT, a_signature, locked
from tests.unit.wire.test_rpm import WHOLE as RPM
from tests.unit.wire.test_xml_signature import AGILE, ODF
from tests.unit.wire.test_xml_signature import a_signature as an_xml_signature

MESSAGES = (
    signed(signer(unsigned=counter(signer()))),
    enveloped(transport(), kem()),
    without_lengths(signed(signer())),
    without_lengths(enveloped(kem())),
)
PDF = a_signature(MESSAGES[0])
LOCK = locked(b"/Filter /Adobe.PubSec /V 4 /CF << /D << /CFM /AESV2 /Recipients [<30> (\\060)] >> >>")
XML = (an_xml_signature().encode(), ODF.encode(), AGILE.encode())
SAMPLES = (*MESSAGES, encrypted(PBES2, pbes2()), PDF, LOCK, *XML, APK, IDSIG, RPM, SSH)


def of_pdf(data: bytes) -> object:
    """Every place that could be one, as the probe reads it."""
    for mark, read in ((BYTE_RANGE, read_pdf_signature), (ENCRYPT, read_pdf_lock)):
        place = data.find(mark)
        while place >= 0:
            with contextlib.suppress(MalformedMessage):
                read(data, place)
            place = data.find(mark, place + 1)
    return None


READERS: tuple[Callable[[bytes], object], ...] = (
    read_cms, of_pdf, read_xml_security, read_apk_block, read_rpm_signatures, read_ssh_signature,
)  # fmt: skip


def holds(data: bytes) -> None:
    """Neither a reader nor the probe fails in any other way than it says."""
    for read in READERS:
        with contextlib.suppress(MalformedMessage):
            read(data)
    with contextlib.suppress(MalformedMessage, WrongProtocol):
        facts_of(SignatureFileProbe(), data)


@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_signatures_are_read_or_malformed(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    holds(bytes(damaged))


@given(st.sampled_from(SAMPLES), st.integers(0, 4000), st.binary(max_size=60))
def test_cut_signatures_with_anything_behind_them_are_read_or_malformed(sample: bytes, size: int, rest: bytes) -> None:
    holds(sample[:size] + rest)


@given(st.lists(st.sampled_from([*SAMPLES, b"<", b">", b"\0", b"/ByteRange [0 1 2 3]", b"<a>", b"AAAA"]), max_size=4))
def test_signatures_beside_and_in_each_other_are_read_or_malformed(samples: list[bytes]) -> None:
    holds(b"".join(samples))


@given(st.binary(max_size=400))
def test_any_octets_are_read_or_malformed(data: bytes) -> None:
    for beginning in (b"", MESSAGES[0][:20], b"/ByteRange [", APK[:12], IDSIG[:70], RPM[:8], SSH[:10], b"<a "):
        holds(beginning + data)
