"""Private keys and requests of any octets: facts or MalformedMessage, and no octet of a key among the facts."""

from __future__ import annotations

import contextlib
from collections.abc import Callable

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import MalformedMessage
from pqscan.wire.pki.private_key import read_private_key
from pqscan.wire.pki.request import read_requested_key
from pqscan.wire.ssh.old_private_key import SSH1_MAGIC, read_ssh1_key, read_sshcom_key
from pqscan.wire.ssh.private_key import MAGIC, read_openssh_key, read_putty_key
from tests.corpus.foreign_keys import counted, sshcom
from tests.integration.test_private_key_file import putty

EC = ec.derive_private_key(77, ec.SECP256R1())
ED = ed25519.Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
REQUEST = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([])).sign(EC, hashes.SHA256()).public_bytes(Encoding.DER)


SSHCOM = sshcom(b"if-modn{sign{rsa-pkcs1-sha1}}", counted(65537) + counted(1 << 511) + counted(1 << 512 | 1))
SSHCOM_DSA = sshcom(b"dl-modp{sign{dsa-nist-sha1}}", bytes(4) + b"".join(counted(one) for one in (1 << 512 | 1, 5, 77, 101)))
SSH1 = SSH1_MAGIC + b"\3" + bytes(4) + (513).to_bytes(4) + counted(1 << 512 | 1, 2) + counted(35, 2) + b"\0\0\0\1a" + bytes(64)
SAMPLES = (
    SSHCOM,
    SSHCOM_DSA,
    SSH1,
    EC.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()),
    EC.private_bytes(Encoding.DER, PrivateFormat.TraditionalOpenSSL, NoEncryption()),
    EC.private_bytes(Encoding.DER, PrivateFormat.PKCS8, BestAvailableEncryption(b"x")),
    MAGIC + b"\0\0\0\4none\0\0\0\4none\0\0\0\0\0\0\0\1\0\0\0\x33\0\0\0\x0bssh-ed25519\0\0\0\x20" + bytes(32),
    REQUEST,
    putty(3, "aes256-cbc", "Key-Derivation: Argon2id\r\n"),
)
READERS: tuple[Callable[[bytes], object], ...] = (
    read_private_key,
    read_openssh_key,
    read_putty_key,
    read_requested_key,
    read_sshcom_key,
    read_ssh1_key,
)


@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_keys_are_read_or_malformed(sample: bytes, data: st.DataObject) -> None:
    damaged = bytearray(sample)
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    for read in READERS:
        with contextlib.suppress(MalformedMessage):
            read(bytes(damaged))


@given(st.binary(max_size=300))
def test_any_octets_are_read_or_malformed(data: bytes) -> None:
    for read in READERS:
        for beginning in (b"", b"\x30\x82", MAGIC, b"PuTTY-User-Key-File-3: ", SSH1_MAGIC, SSHCOM[:8]):
            with contextlib.suppress(MalformedMessage):
                read(beginning + data)


@pytest.mark.parametrize("read", READERS)
def test_a_key_of_another_kind_is_malformed(read: Callable[[bytes], object]) -> None:
    with pytest.raises(MalformedMessage):
        read(b"no key at all")


def test_no_prefix_of_an_old_key_of_ssh_is_one() -> None:
    assert len(read_sshcom_key(SSHCOM).blob) == 87
    assert read_sshcom_key(SSHCOM_DSA).family == "DSA"
    assert read_ssh1_key(SSH1).blob == read_ssh1_key(SSH1[:-69]).blob
    for size in range(len(SSHCOM)):
        with pytest.raises(MalformedMessage):
            read_sshcom_key(SSHCOM[:size])
    for size in range(len(SSH1) - 69):
        with pytest.raises(MalformedMessage):
            read_ssh1_key(SSH1[:size])
