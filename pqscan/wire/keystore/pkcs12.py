"""PKCS#12 (RFC 7292) as far as it is in the clear: which bags lie in it, and by what those that are locked are locked. MACs by
PBMAC1 (RFC 9579) are told by its name. Certificates and keys that are not locked are read where they lie, as in any file."""

from __future__ import annotations

from dataclasses import dataclass, field

from pqscan.errors import MalformedMessage
from pqscan.wire.pki.algorithms import read_algorithm
from pqscan.wire.pki.der import INTEGER, OBJECT_IDENTIFIER, OCTET_STRING, SEQUENCE, DerReader, Element, dotted
from pqscan.wire.pki.flaw import Flaw
from pqscan.wire.pki.private_key import Lock, read_lock

_DATA, _ENCRYPTED = "1.2.840.113549.1.7.1", "1.2.840.113549.1.7.6"
_SHROUDED = "1.2.840.113549.1.12.10.1.2"
_SECRET = "1.2.840.113549.1.12.10.1.5"  # noqa: S105  # A kind of bag.
_NESTED = "1.2.840.113549.1.12.10.1.6"
_IN_PIECES = 0x24
_MOST_BAGS = 10_000
_MOST_DEPTH = 8


@dataclass(frozen=True, slots=True)
class LockedBag:
    """A private key with its lock; `der` is its EncryptedPrivateKeyInfo (RFC 5958, section 3)."""

    lock: Lock
    der: bytes


@dataclass(slots=True)
class Pkcs12:
    """`keys` are private keys, `secrets` the locks of secret ones, `contents` those of whole safes, mostly of certificates. `mac`
    is the algorithm by which a password is checked, None where there is none; `iterations` are the most that any lock or MAC asks
    for."""

    keys: list[LockedBag] = field(default_factory=list)
    secrets: list[Lock] = field(default_factory=list)
    contents: list[Lock] = field(default_factory=list)
    bags: int = 0
    mac: str | None = None
    iterations: int = 0

    def took(self, lock: Lock) -> Lock:
        self.iterations = max(self.iterations, lock.iterations or 0)
        return lock


def read_pkcs12(der: bytes) -> Pkcs12:
    """Raises MalformedMessage."""
    outer = DerReader(der, set())
    reader = outer.enter("PFX", SEQUENCE)
    if Flaw.LENGTH_OVERRUN in outer.flaws:
        raise MalformedMessage("the PKCS#12 file is cut off")
    reader.read("version", INTEGER)
    found = Pkcs12()
    kind, safe = _content_info(reader)
    if kind != _DATA or safe is None:
        raise MalformedMessage("the PKCS#12 file is protected by a public key, which is not read here")
    safes = _octets(reader, safe).enter("AuthenticatedSafe", SEQUENCE)
    while not safes.exhausted:
        kind, content = _content_info(safes)
        if kind == _DATA and content is not None:
            _safe_contents(_octets(safes, content).enter("SafeContents", SEQUENCE), found)
        elif kind == _ENCRYPTED and content is not None:
            found.contents.append(found.took(_encrypted(safes, content)))
        else:  # For the holder of a private key (RFC 7292, section 3.1).
            found.contents.append(Lock(None))
    if not reader.exhausted:
        _mac(reader.enter("macData", SEQUENCE), found)
    return found


def _content_info(reader: DerReader) -> tuple[str, Element | None]:
    inside = reader.enter("ContentInfo", SEQUENCE)
    kind = dotted(inside.read("contentType", OBJECT_IDENTIFIER).value)
    return kind, inside.read_if("content", 0xA0)


def _octets(reader: DerReader, content: Element) -> DerReader:
    """The inside of an octet string; one in pieces (X.690, section 8.7.3) is put together."""
    inside = reader.inside(content)
    if inside.next_tag != _IN_PIECES:
        return reader.inside(inside.read("data", OCTET_STRING))
    pieces, parts = inside.enter("data", _IN_PIECES), list[bytes]()
    while not pieces.exhausted:
        parts.append(pieces.read("piece of data", OCTET_STRING).value)
    return DerReader(b"".join(parts), set())


def _safe_contents(reader: DerReader, found: Pkcs12) -> None:
    stack = [reader]
    while stack:
        if stack[-1].exhausted:
            stack.pop()
            continue
        found.bags += 1
        if found.bags > _MOST_BAGS:
            raise MalformedMessage(f"the PKCS#12 file has more than {_MOST_BAGS} bags")
        bag = stack[-1].enter("SafeBag", SEQUENCE)
        kind = dotted(bag.read("bagId", OBJECT_IDENTIFIER).value)
        value = bag.inside(bag.read("bagValue", 0xA0))
        if kind == _SHROUDED:
            element = value.read("EncryptedPrivateKeyInfo", SEQUENCE)
            found.keys.append(LockedBag(found.took(_lock(value.inside(element))), element.encoded))
        elif kind == _SECRET:
            found.secrets.append(found.took(_secret(value)))
        elif kind == _NESTED:
            if len(stack) >= _MOST_DEPTH:
                raise MalformedMessage(f"the PKCS#12 file has bags in more than {_MOST_DEPTH} others")
            stack.append(value.enter("SafeContents", SEQUENCE))


def _lock(reader: DerReader) -> Lock:
    return read_lock(read_algorithm(reader.enter("encryptionAlgorithm", SEQUENCE)), reader)


def _secret(reader: DerReader) -> Lock:
    """Of a secret key (RFC 7292, section 4.2.5), which Java writes as a shrouded key in an octet string; one in another form is
    locked in a way that is not known here."""
    bag = reader.enter("SecretBag", SEQUENCE)
    bag.read("secretTypeId", OBJECT_IDENTIFIER)
    try:
        value = bag.enter("secretValue", 0xA0).enter("secret", OCTET_STRING)
        return _lock(value.enter("EncryptedPrivateKeyInfo", SEQUENCE))
    except MalformedMessage:
        return Lock(None)


def _encrypted(reader: DerReader, content: Element) -> Lock:
    """EncryptedData (RFC 5652, section 8)."""
    data = reader.inside(content).enter("EncryptedData", SEQUENCE)
    data.read("version", INTEGER)
    info = data.enter("encryptedContentInfo", SEQUENCE)
    info.read("contentType", OBJECT_IDENTIFIER)
    return read_lock(read_algorithm(info.enter("contentEncryptionAlgorithm", SEQUENCE)), info)


def _mac(reader: DerReader, found: Pkcs12) -> None:
    digest = read_algorithm(reader.enter("mac", SEQUENCE).enter("digestAlgorithm", SEQUENCE))
    found.mac = digest.name
    reader.read("macSalt", OCTET_STRING)
    count = reader.read_if("iterations", INTEGER)
    rounds = 1 if count is None or count.content_end - count.content > 8 else int.from_bytes(count.value)
    found.iterations = max(found.iterations, rounds)
    if digest.parameters is not None and digest.parameters.tag == SEQUENCE:  # PBMAC1: the derivation stands in its parameters.
        try:
            inside = reader.inside(digest.parameters)
            derivation = read_algorithm(inside.enter("keyDerivationFunc", SEQUENCE))
            if derivation.parameters is not None and derivation.parameters.tag == SEQUENCE:
                pbkdf2 = inside.inside(derivation.parameters)
                pbkdf2.read("salt")
                found.iterations = max(found.iterations, int.from_bytes(pbkdf2.read("iterationCount", INTEGER).value[:8]))
        except MalformedMessage:
            return
