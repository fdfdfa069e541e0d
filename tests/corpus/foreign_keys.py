"""Keys in the forms of single makers, with what looks like them and is none."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from tests.corpus.material import KINDS, key
from tests.corpus.truth import Asset, Sample

_AGE = Path(__file__).parents[1] / "vectors" / "age"


def samples() -> Iterator[Sample]:
    yield from _of_ssh()
    yield from _of_windows()
    yield from _in_xml()
    yield from _of_age()


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


def capi(name: str, *, is_private: bool) -> bytes:
    """A blob of CryptoAPI with a key of RSA."""
    numbers = key(name).private_numbers()
    n, whole, half = numbers.public_numbers.n, key(name).key_size // 8, key(name).key_size // 16
    private = b"".join(one.to_bytes(half, "little") for one in (numbers.p, numbers.q, numbers.dmp1, numbers.dmq1, numbers.iqmp))
    private += numbers.d.to_bytes(whole, "little")
    head = bytes((7 if is_private else 6, 2)) + b"\0\0\0\xa4\0\0" + (b"RSA2" if is_private else b"RSA1")
    sizes = (8 * whole).to_bytes(4, "little") + numbers.public_numbers.e.to_bytes(4, "little")
    return head + sizes + n.to_bytes(whole, "little") + (private if is_private else b"")


def pvk(blob: bytes, salt: bytes = b"") -> bytes:
    """With `salt`, as if it were locked by a password."""
    numbers = (0xB0B5F11E, 0, 1, int(bool(salt)), len(salt), len(blob))
    sealed = blob[:8] + blob[8:][::-1] if salt else blob
    return b"".join(one.to_bytes(4, "little") for one in numbers) + salt + sealed


def cng(magic: bytes, *parts: int | bytes) -> bytes:
    """A blob of CNG: numbers of its head, then the numbers of the key."""
    return magic + b"".join(part.to_bytes(4, "little") if isinstance(part, int) else part for part in parts)


def cng_rsa(name: str, *, is_private: bool) -> bytes:
    numbers = key(name).private_numbers()
    n = numbers.public_numbers.n.to_bytes(key(name).key_size // 8)
    primes = [one.to_bytes(len(n) // 2) for one in (numbers.p, numbers.q)] if is_private else []
    sizes = (8 * len(n), 3, len(n), len(n) // 2 if is_private else 0, len(n) // 2 if is_private else 0)
    return cng(b"RSA2" if is_private else b"RSA1", *sizes, b"\1\0\1", n, *primes)


def cng_elliptic(name: str, magic: bytes) -> bytes:
    numbers = key(name).private_numbers()
    octets = -(-key(name).key_size // 8)
    parts = (numbers.public_numbers.x, numbers.public_numbers.y, *(() if magic[3] & 1 else (numbers.private_value,)))
    return cng(magic, octets, *(one.to_bytes(octets) for one in parts))


def cng_post_quantum(magic: bytes, named: str, content: bytes) -> bytes:
    parameter_set = f"{named}\0".encode("utf-16-le")
    return cng(magic, len(parameter_set), len(content), parameter_set, content)


def _of_windows() -> Iterator[Sample]:
    for name in ("rsa2048", "rsa3072"):
        private, public = (KINDS[name].asset(kind) for kind in ("private_key", "public_key"))
        blob = capi(name, is_private=True)
        yield Sample(f"makers/{name}.pvk", pvk(blob), (private,))
        yield Sample(f"locked/{name}.pvk", pvk(blob, bytes(16)), (private,), is_locked=True)
        yield Sample(f"makers/{name}.snk", blob, (private,))
        yield Sample(f"makers/{name}-public.snk", capi(name, is_private=False), (public,))
        yield Sample(f"makers/{name}-cng", cng_rsa(name, is_private=True), (private,))
        yield Sample(f"makers/{name}-cng-public", cng_rsa(name, is_private=False), (public,))
        yield Sample(f"cut/{name}.pvk", pvk(blob)[:-1])
    for name, magics in (("p256", (b"ECS1", b"ECS2")), ("p384", (b"ECK3", b"ECK4")), ("p521", (b"ECS5", b"ECS6"))):
        for magic, kind in zip(magics, ("public_key", "private_key"), strict=True):
            yield Sample(f"makers/{name}-cng-{kind}", cng_elliptic(name, magic), (KINDS[name].asset(kind),))
    for name, magic, named in (("mldsa65", b"DSPK", "65"), ("mlkem768", b"MLKP", "768")):
        raw = key(name).public_key().public_bytes_raw()
        yield Sample(f"makers/{name}-cng", cng_post_quantum(magic, named, raw), (KINDS[name].asset("public_key"),))
    yield Sample("makers/mldsa65-cng-seed", cng_post_quantum(b"DSSS", "65", bytes(32)), (KINDS["mldsa65"].asset("private_key"),))
    yield Sample("decoys/rsa.bin", b"RSA1" + (2048).to_bytes(4, "little") + bytes(500))
    yield Sample("decoys/ecs.bin", b"ECS1" + (32).to_bytes(4, "little") + bytes(80))


def xml_rsa(name: str, *, is_private: bool) -> str:
    """As ToXmlString of .NET writes it."""
    numbers = key(name).private_numbers()
    parts = [("Modulus", numbers.public_numbers.n), ("Exponent", numbers.public_numbers.e)]
    if is_private:
        parts += [("P", numbers.p), ("Q", numbers.q), ("DP", numbers.dmp1), ("DQ", numbers.dmq1), ("InverseQ", numbers.iqmp)]
        parts.append(("D", numbers.d))
    return f"<RSAKeyValue>{''.join(f'<{tag}>{_crypto_binary(number)}</{tag}>' for tag, number in parts)}</RSAKeyValue>"


def _crypto_binary(number: int) -> str:
    return base64.b64encode(number.to_bytes(-(-number.bit_length() // 8))).decode()


def xml_elliptic_of_rfc_4050(name: str, curve: str, element: str = "ECDSAKeyValue") -> str:
    public = key(name).public_key().public_numbers()
    return (
        f'<{element} xmlns="http://www.w3.org/2001/04/xmldsig-more#"><DomainParameters><NamedCurve URN="urn:oid:{curve}" />'
        f'</DomainParameters><PublicKey><X Value="{public.x}" xsi:type="PrimeFieldElemType" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" /><Y Value="{public.y}" xsi:type="PrimeFieldElemType" />'
        f"</PublicKey></{element}>"
    )


def _in_xml() -> Iterator[Sample]:
    for name in ("rsa2048", "rsa4096"):
        private, public = (KINDS[name].asset(kind) for kind in ("private_key", "public_key"))
        yield Sample(f"makers/{name}.xml", xml_rsa(name, is_private=True).encode(), (private,))
        text = json.dumps({"licence": {"key": xml_rsa(name, is_private=False)}})
        yield Sample(f"makers/{name}-licence.json", text.encode(), (public,))
        escaped = xml_rsa(name, is_private=True).replace("<", "&lt;").replace(">", "&gt;")
        yield Sample(f"makers/{name}-web.config", f'<add key="signing" value="{escaped}" />\n'.encode(), (private,))
    elliptic = xml_elliptic_of_rfc_4050("p384", "1.3.132.0.34")
    yield Sample("makers/p384-rfc4050.xml", elliptic.encode(), (KINDS["p384"].asset("public_key"),))
    yield Sample("decoys/keys.xml", b"<RSAKeyValue><Modulus>...</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>\n")
    yield Sample("decoys/keys.cs", b'var tag = "<RSAKeyValue>"; var end = "</RSAKeyValue>"; // <DSAKeyValue>\n')


def _of_age() -> Iterator[Sample]:
    """As its reference implementation writes them."""
    classic, hybrid = Asset("public_key", "X25519", 256), Asset("public_key", "X-Wing", 9728, is_post_quantum=True)
    for name, asset in (("x.key", classic), ("pq.key", hybrid)):
        yield Sample(f"age/{name}", (_AGE / name).read_bytes(), (asset, replace(asset, kind="private_key")))
    yield Sample("age/tag.pub", (_AGE / "tag.pub").read_bytes(), (Asset("public_key", "EC", 256),))
    cipher = Asset("algorithm", "ChaCha20-Poly1305")
    for name, algorithm, is_hybrid in (
        ("x.age", "X25519", False),
        ("pq.age", "X-Wing", True),
        ("pq.txt", "X-Wing", True),
        ("tag.age", "ECDH", False),
        ("tagpq.age", "MLKEM768-P256", True),
        ("scrypt.age", "password", False),
    ):
        held = Asset("document_encryption", algorithm, is_post_quantum=is_hybrid)
        yield Sample(f"age/{name}", (_AGE / name).read_bytes(), (held, cipher))
    yield Sample("decoys/age.md", b"It begins with age-encryption.org/v1, a key with age1 or AGE-SECRET-KEY-1; see page1.\n")
    yield Sample("decoys/age.txt", b"age1" + b"q" * 58 + b"\n")


def _mpint(number: int) -> bytes:
    return number.to_bytes(number.bit_length() // 8 + 1)


def _block(of: str, content: bytes) -> bytes:
    text = base64.b64encode(content).decode()
    lines = "\n".join(text[at : at + 70] for at in range(0, len(text), 70))
    return f'---- BEGIN SSH2 {of} KEY ----\nComment: "an@vn"\n{lines}\n---- END SSH2 {of} KEY ----\n'.encode()
