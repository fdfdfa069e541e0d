"""Signatures in texts of their own: those of SSH (also in commits of Git) and those of signify and minisign."""

from __future__ import annotations

import binascii
import re

from pqscan.errors import MalformedMessage
from pqscan.probe import FileSource, Mark
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.ssh import SshKind, ssh_algorithm
from pqscan.wire.ssh.signature_file import read_ssh_signature
from pqscan_probes.signature_file.found import Found
from pqscan_probes.signature_file.messages import octets_of_base64

_SSH = Mark("ssh-signature", "U1NIU0lHAAAAAQAAA")  # SSHSIG, version 1, the length of a key, in Base64
_SIGNIFY = Mark("signify", "untrusted comment: ", at_start=True)  # signify(1); minisign 0.12, Signature format
MARKS = (_SSH, _SIGNIFY)
_MOST = 1000
_MOST_TEXT = 1 << 16
_SIGNED = re.compile(rb"[^\r\n]{0,1100}\r?\n([A-Za-z0-9+/]{99}=)\s")
_HASHED, _BARE = b"ED", b"Ed"
_UNLISTED = "unlisted"


def find_in_texts(source: FileSource, found: Found) -> None:
    """What the text holds of signatures, each with its line."""
    for offset in found.within(source.places(_SSH).offsets, _MOST):
        _find_ssh(source, offset, found)
    if source.places(_SIGNIFY).offsets:
        _find_signify(source, found)


def _find_ssh(source: FileSource, offset: int, found: Found) -> None:
    try:
        signature = read_ssh_signature(octets_of_base64(source.data, offset, offset + _MOST_TEXT)[0])
    except MalformedMessage:
        found.unreadable += 1
        return
    key = signature.key.public_key
    listed = ssh_algorithm(SshKind.HOST_KEY, signature.algorithm) is not None
    found.signature(
        signature.algorithm if listed else _UNLISTED,
        "ssh",
        source.where(offset),
        ("hash", signature.hash if signature.hash in ("sha256", "sha512") else None),
        ("size_bits", key.size_bits),
        ("parameter", key.parameter),
        name=key.algorithm if listed else None,
        quantum_class=key.quantum_class if listed else QuantumClass.UNKNOWN,
        components=key.components if listed else (),
    )


def _find_signify(source: FileSource, found: Found) -> None:
    """A signature is 74 octets: two letters, the number of a key, and what Ed25519 makes; a key has other sizes."""
    text = _SIGNED.match(source.data)
    if text is None:
        return
    kind = binascii.a2b_base64(text[1])[:2]
    if kind in (_HASHED, _BARE):
        found.signature(
            "Ed25519",
            "minisign" if kind == _HASHED else "signify",
            source.where(text.start(1)),
            ("hash", "blake2b512" if kind == _HASHED else None),
            ("size_bits", 256),
            name="Ed25519",
            quantum_class=QuantumClass.TRADITIONAL,
        )
