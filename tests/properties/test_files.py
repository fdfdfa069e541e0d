"""Whatever a file holds, examining it ends with outcomes and never with a fault of ours."""

from __future__ import annotations

import base64
import gzip
import lzma
import tempfile
from pathlib import Path

import zstandard
from hypothesis import given
from hypothesis import strategies as st
from pqscan_probes.certificate_file import CertificateFileProbe
from pqscan_probes.identity_metadata import IdentityMetadataProbe

from pqscan.model.outcome import OutcomeStatus
from pqscan.model.target import FileTarget
from pqscan.scan.files.bounds import Bounds
from pqscan.scan.files.examine import Examined
from tests.unit.scan.files.test_examine import PEM, ar, cpio, examiner, rpm, saml, tarred, zipped

MANIFEST = b'[{"Layers": ["1/layer.tar", "2/layer.tar"]}]'
SAMPLES = (
    PEM,
    zipped({"a": PEM, "b": b"text"}),
    tarred({"a": PEM, "b": b"text" * 200}),
    gzip.compress(PEM),
    lzma.compress(PEM),
    ar({"a": PEM, "b": b"x"}),
    zipped({"a": tarred({"b": gzip.compress(PEM)})}),
    cpio({"a": PEM, "b": b"x"}),
    rpm(gzip.compress(cpio({"a": PEM}))),
    zstandard.compress(tarred({"a": PEM})),
    tarred({"1/layer.tar": tarred({"a": PEM}), "2/layer.tar": tarred({".wh.a": b""}), "manifest.json": MANIFEST}),
    b"#!" + zipped({"a": PEM}),
    b"SAMLResponse=" + base64.b64encode(saml()),
    b"a:\n  " + base64.encodebytes(saml()).replace(b"\n", b"\n  ") + b"b: " + base64.b64encode(PEM),
    b'{"keys": [{"kty": "RSA", "n": "AQAB"}]}',
)
MOST_OCTETS = 4 << 20


def examined(data: bytes) -> Examined:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "file"
        path.write_bytes(data)
        probes = (CertificateFileProbe(), IdentityMetadataProbe())
        return examiner(*probes, bounds=Bounds(octets=MOST_OCTETS)).examine(FileTarget("m", str(path)))


def holds(result: Examined) -> None:
    assert all(outcome.status is not OutcomeStatus.BUG for outcome in result.outcomes), result.outcomes
    assert result.octets <= MOST_OCTETS + (2 << 20)


@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_containers_end_with_reasons(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 4))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    holds(examined(bytes(damaged)))


@given(st.sampled_from(SAMPLES), st.data())
def test_cut_containers_end_with_reasons(sample: bytes, data: st.DataObject) -> None:
    holds(examined(sample[: data.draw(st.integers(0, len(sample)))]))


@given(st.sampled_from(SAMPLES), st.binary(max_size=400))
def test_anything_behind_a_beginning_ends_with_reasons(sample: bytes, rest: bytes) -> None:
    holds(examined(sample[:10] + rest))
