"""Keys in the forms of single makers, with what looks like them and is none."""

from __future__ import annotations

import base64
from collections.abc import Iterator

from tests.corpus.material import KINDS, key
from tests.corpus.truth import Asset, Sample


def samples() -> Iterator[Sample]:
    yield from _of_ssh()


def prefixed(*parts: bytes) -> bytes:
    """Each with its length in front (RFC 4251, section 5)."""
    return b"".join(len(part).to_bytes(4) + part for part in parts)


def counted(number: int, octets: int = 4) -> bytes:
    """With its bits in front, as SSH Communications Security and SSH-1 write numbers."""
    bits = number.bit_length()
    return bits.to_bytes(octets) + number.to_bytes(-(-bits // 8))


def sshcom(kind: bytes, private: bytes, cipher: bytes = b"none") -> bytes:
    """What stands in a block of SSH Communications Security."""
    rest = prefixed(kind, cipher, prefixed(private))
    return b"\x3f\x6f\xf9\xeb" + (8 + len(rest)).to_bytes(4) + rest


def _of_ssh() -> Iterator[Sample]:
    for name in ("rsa2048", "rsa4096"):
        numbers = key(name).private_numbers()
        n, e = numbers.public_numbers.n, numbers.public_numbers.e
        private = b"".join(map(counted, (e, numbers.d, n, numbers.iqmp, numbers.q, numbers.p)))
        content, assets = sshcom(b"if-modn{sign{rsa-pkcs1-sha1}}", private), (KINDS[name].asset("private_key"),)
        yield Sample(f"makers/{name}-sshcom", _block("ENCRYPTED PRIVATE", content), assets)
        locked = sshcom(b"if-modn{sign{rsa-pkcs1-sha1}}", private[:800], b"3des-cbc")
        yield Sample(f"locked/{name}-sshcom", _block("ENCRYPTED PRIVATE", locked), (Asset("private_key", "RSA"),), is_locked=True)
        head = b"SSH PRIVATE KEY FILE FORMAT 1.1\n\0\3" + bytes(4) + n.bit_length().to_bytes(4)
        ssh1 = head + counted(n, 2) + counted(e, 2) + prefixed(b"an@vn") + bytes(700)
        yield Sample(f"locked/{name}-ssh1", ssh1, assets, is_locked=True)
        yield Sample(
            f"makers/{name}-4716", _block("PUBLIC", prefixed(b"ssh-rsa", *map(_mpint, (e, n)))), (KINDS[name].asset("public_key"),)
        )
    yield Sample("decoys/sshcom.md", b"It begins with `---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----`.\n")
    yield Sample("decoys/ssh1.md", b"SSH PRIVATE KEY FILE FORMAT 1.1 is that of files before 2001.\n")


def _mpint(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1)


def _block(of: str, content: bytes) -> bytes:
    text = base64.b64encode(content).decode()
    lines = "\n".join(text[at : at + 70] for at in range(0, len(text), 70))
    return f'---- BEGIN SSH2 {of} KEY ----\nComment: "an@vn"\n{lines}\n---- END SSH2 {of} KEY ----\n'.encode()
