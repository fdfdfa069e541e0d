"""Any bytes give keys or MalformedMessage: SAML metadata and JSON Web Key sets come from files of others."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage
from pqscan.wire.kept import read_kept
from pqscan.wire.pki.jwk import read_jwk_set
from pqscan.wire.pki.saml import read_saml_metadata
from tests.integration.test_identity_metadata import EC_KEY, PQ_KEY, RSA_KEY, SIGNING, descriptor, metadata

VALUES = st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.lists(st.text(max_size=8), max_size=2)
NAMES = st.sampled_from(["kty", "crv", "alg", "use", "n", "x", "y", "pub", "x5c", "d", "k"])
KEYS = st.tuples(st.sampled_from([RSA_KEY, EC_KEY, PQ_KEY]), st.dictionaries(NAMES, VALUES, max_size=3)).map(
    lambda parts: {**parts[0], **parts[1]}
)
PIECES = [
    metadata(descriptor(SIGNING)), b"<md:KeyDescriptor>", b"</md:KeyDescriptor>", b"<ds:X509Certificate>", b"<!DOCTYPE a>",
    b"<![CDATA[", b"]]>", b"&a;", b"<?x ?>", b"<!--", b"-->",
]  # fmt: skip
METADATA = metadata(descriptor(SIGNING))


@given(st.binary(max_size=300) | st.lists(KEYS | VALUES, max_size=4).map(lambda keys: json.dumps({"keys": keys}).encode()))
def test_any_bytes_are_a_key_set_or_malformed(data: bytes) -> None:
    try:
        found = read_jwk_set(data)
    except MalformedMessage:
        return
    for key in found.keys:
        assert key.use in ("sig", "enc", "")
        assert 0 < len(key.kty) <= 64
        assert key.size_bits is None or key.size_bits > 0
        assert not key.public or read_kept(key.public).kind == "public_key"


@given(
    st.binary(max_size=300)
    | st.lists(st.sampled_from(PIECES), max_size=6).map(b"".join)
    | st.tuples(st.integers(0, len(METADATA)), st.sampled_from(PIECES)).map(
        lambda cut: METADATA[: cut[0]] + cut[1] + METADATA[cut[0] :]
    )
)
def test_any_bytes_are_metadata_or_malformed(data: bytes) -> None:
    try:
        found = read_saml_metadata(data)
    except MalformedMessage:
        return
    for key in found.keys:
        assert key.use in ("sig", "enc", "")
        assert 0 < key.line <= data.count(b"\n") + 1


@given(st.integers(0, len(METADATA) - 1))
def test_no_proper_prefix_of_metadata_is_metadata(size: int) -> None:
    try:
        read_saml_metadata(METADATA[:size])
    except MalformedMessage:
        return
    raise AssertionError(f"{size} bytes of {len(METADATA)} were read as metadata")
