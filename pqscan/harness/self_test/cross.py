"""Each library against itself and against the other, with fresh keys: what one makes, the other takes, and what was changed on the
way is noticed. Proves that two implementations agree; the vectors prove that they are right."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from pqscan.harness.library import Kem, KeyPair, Lacks, Library, PrivateKey, Refused, Signer
from pqscan.harness.self_test.attempt import Case, Wanted, attempt, same
from pqscan.model.trial import Trial

FEW, MANY = 2, 25
_MESSAGE, _CONTEXT = b"pqscan harness self-test", b"cross"


def encapsulation(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    """The first library encapsulates to a key of the second, which decapsulates."""
    here = [library for library in libraries if library.missing is None]
    for sender in here:
        for receiver in here:
            for name in sorted(sender.kems.keys() & receiver.kems.keys()):
                if not wanted.takes(name):
                    continue
                for turn in range(1, _turns(wanted, name) + 1):
                    case = Case("cross/kem", f"{name} {turn}, {sender.name} to {receiver.name}", name, _section(name))
                    check = partial(_carry, sender.kems[name], receiver.kems[name])
                    yield attempt(case, _subject(sender, receiver), check)


def signatures(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    """The first library signs, the second verifies."""
    here = [library for library in libraries if library.missing is None]
    for sender in here:
        for receiver in here:
            for name in sorted(sender.signers.keys() & receiver.signers.keys()):
                if not wanted.takes(name):
                    continue
                for turn in range(1, _turns(wanted, name) + 1):
                    case = Case("cross/signature", f"{name} {turn}, {sender.name} to {receiver.name}", name, _section(name))
                    check = partial(_sign, sender.signers[name], receiver.signers[name])
                    yield attempt(case, _subject(sender, receiver), check)


def _turns(wanted: Wanted, name: str) -> int:
    if name.startswith("Classic-McEliece"):
        return 1  # Its keys take long.
    return MANY if wanted.everything else FEW


def _subject(sender: Library, receiver: Library) -> str:
    return sender.name if sender.name == receiver.name else f"{sender.name} + {receiver.name}"


def _section(name: str) -> str:
    return "FIPS 203" if name.startswith("ML-KEM") else "FIPS 204" if name.startswith("ML-DSA") else ""


def _carry(sender: Kem, receiver: Kem) -> None:
    pair, other = receiver.generate(), receiver.generate()
    first, second = sender.encapsulate(pair.public), sender.encapsulate(pair.public)
    same("shared secret", first.secret, receiver.decapsulate(pair.private, first.ciphertext))
    same("another secret each time", True, first.secret != second.secret and first.ciphertext != second.ciphertext)
    strange = {first.secret}
    for place in (0, len(first.ciphertext) // 2, -1):
        made = _decapsulated(receiver, pair.private, _changed(first.ciphertext, place))
        same("another secret for a changed ciphertext", True, made is None or made not in strange)
        if made is not None:
            strange.add(made)
    made = _decapsulated(receiver, other.private, first.ciphertext)
    same("another secret under another key", True, made is None or made not in strange)


def _decapsulated(receiver: Kem, key: PrivateKey, ciphertext: bytes) -> bytes | None:
    """None where the algorithm says no outright, which implicit rejection never does."""
    try:
        return receiver.decapsulate(key, ciphertext)
    except Refused:
        return None


def _sign(sender: Signer, receiver: Signer) -> None:
    pair, other = sender.generate(), sender.generate()
    for context in (b"", _CONTEXT):
        try:
            signature = sender.sign(pair.private, _MESSAGE, context=context)
        except Lacks:
            if context:  # Algorithms before FIPS 204 have no context.
                continue
            raise
        same("verified", True, receiver.verify(pair.public, _MESSAGE, signature, context=context))
        _notices(receiver, pair, other, signature, context)


def _notices(receiver: Signer, pair: KeyPair, other: KeyPair, signature: bytes, context: bytes) -> None:
    for what, public, message, given in (
        ("a changed message is noticed", pair.public, _MESSAGE + b"!", signature),
        ("a changed signature is noticed", pair.public, _MESSAGE, _changed(signature, len(signature) // 2)),
        ("another key is noticed", other.public, _MESSAGE, signature),
    ):
        same(what, False, _verified(receiver, public, message, given, context))
    if context:
        same("a missing context is noticed", False, _verified(receiver, pair.public, _MESSAGE, signature, b""))
        same("another context is noticed", False, _verified(receiver, pair.public, _MESSAGE, signature, context + b"!"))


def _verified(receiver: Signer, public: bytes, message: bytes, signature: bytes, context: bytes) -> bool:
    try:
        return receiver.verify(public, message, signature, context=context)
    except Refused:
        return False


def _changed(data: bytes, place: int) -> bytes:
    """With one bit flipped."""
    changed = bytearray(data)
    changed[place] ^= 1
    return bytes(changed)
