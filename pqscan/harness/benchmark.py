"""What migration costs: key generation, encapsulation, decapsulation, signing and verifying, post-quantum beside classical.

Everything runs in this process, one call after another, as Python calls it: rates compare libraries and algorithms on one machine,
and say nothing of a server written in C. A Diffie-Hellman function is counted as the KEM that TLS makes of it."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem, padding, rsa, x25519

from pqscan.harness import on_cryptography, on_liboqs
from pqscan.harness.library import Kem, KeyPair, Library, Refused, Signer
from pqscan.model.timing import Operation, Purpose, Rate, Timing
from pqscan.registry.quantum import QuantumClass

ROUNDS = 5
_MESSAGE = bytes(32)  # what a handshake signs is a hash
_SHARE_BYTES = {"X25519": 32, "P-256": 65}
_MOST_CALLS = 1_000_000  # in one round
Call = Callable[[], object]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Candidate:
    """An algorithm that can be timed: `prepare` makes its keys, and gives the calls and the bytes."""

    purpose: Purpose
    algorithm: str
    library: str
    quantum_class: QuantumClass
    prepare: Callable[[], Prepared]


@dataclass(frozen=True, slots=True)
class Prepared:
    calls: Mapping[Operation, Call]
    sizes: Mapping[str, int] = field(default_factory=dict)  # as the fields of Timing


def measure(candidate: Candidate, seconds: float, clock: Clock = time.perf_counter) -> Timing:
    """Each call for about so many seconds, in rounds. Raises Refused where a library refuses its own key."""
    prepared = candidate.prepare()
    rates = tuple(rate(operation, call, seconds, clock) for operation, call in prepared.calls.items())
    return Timing(candidate.purpose, candidate.algorithm, candidate.library, candidate.quantum_class, rates, **dict(prepared.sizes))


def rate(operation: Operation, call: Call, seconds: float, clock: Clock = time.perf_counter) -> Rate:
    """Rounds of as many calls as fit a round; a call that takes longer than a round is made once in each."""
    started = clock()
    call()
    once = max(clock() - started, 1e-9)
    count = min(max(1, int(seconds / ROUNDS / once)), _MOST_CALLS)
    rates = []
    for _ in range(ROUNDS):
        started = clock()
        for _ in range(count):
            call()
        rates.append(count / max(clock() - started, 1e-9))
    return Rate(operation, statistics.median(rates), max(rates), ROUNDS)


def candidates(libraries: Sequence[Library]) -> Iterator[Candidate]:
    """Classical ones first, then what each library has, hybrids last. Handshakes come from whoever can make them."""
    yield from _classical()
    for library in libraries:
        if library.name == on_cryptography.NAME:
            yield from _of_cryptography()
        elif library.name == on_liboqs.NAME:
            yield from _of_liboqs(library)


def _classical() -> Iterator[Candidate]:
    make = partial(Candidate, library=on_cryptography.NAME, quantum_class=QuantumClass.TRADITIONAL)
    yield make(Purpose.KEY_ESTABLISHMENT, "X25519", prepare=partial(_prepared_kem, _x25519()))
    yield make(Purpose.KEY_ESTABLISHMENT, "P-256", prepare=partial(_prepared_kem, _p256()))
    yield make(Purpose.SIGNATURE, "RSA-2048", prepare=partial(_prepared_rsa, 2048))
    yield make(Purpose.SIGNATURE, "RSA-3072", prepare=partial(_prepared_rsa, 3072))
    yield make(Purpose.SIGNATURE, "ECDSA P-256", prepare=_prepared_ecdsa)
    yield make(Purpose.SIGNATURE, "Ed25519", prepare=_prepared_ed25519)


def _of_cryptography() -> Iterator[Candidate]:
    make = partial(Candidate, library=on_cryptography.NAME)
    kems = {"ML-KEM-768": _ml_kem(mlkem.MLKEM768PrivateKey), "ML-KEM-1024": _ml_kem(mlkem.MLKEM1024PrivateKey)}
    for name, kem in kems.items():
        yield make(Purpose.KEY_ESTABLISHMENT, name, quantum_class=QuantumClass.POST_QUANTUM, prepare=partial(_prepared_kem, kem))
    yield from _hybrids(on_cryptography.NAME, kems["ML-KEM-768"])
    keys = {"ML-DSA-44": mldsa.MLDSA44PrivateKey, "ML-DSA-65": mldsa.MLDSA65PrivateKey, "ML-DSA-87": mldsa.MLDSA87PrivateKey}
    for name, key in keys.items():
        yield make(Purpose.SIGNATURE, name, quantum_class=QuantumClass.POST_QUANTUM, prepare=partial(_prepared_ml_dsa, key))


def _of_liboqs(library: Library) -> Iterator[Candidate]:
    make = partial(Candidate, library=library.name, quantum_class=QuantumClass.POST_QUANTUM)
    for name, kem in sorted(library.kems.items()):
        yield make(Purpose.KEY_ESTABLISHMENT, name, prepare=partial(_prepared_kem, _of_library(kem)))
    if "ML-KEM-768" in library.kems:
        yield from _hybrids(library.name, _of_library(library.kems["ML-KEM-768"]))
    for name, signer in sorted(library.signers.items()):
        yield make(Purpose.SIGNATURE, name, prepare=partial(_prepared_signer, signer))


def _hybrids(library: str, kem: _Calls) -> Iterator[Candidate]:
    """The groups of TLS, the classical half always on `cryptography`."""
    for name, classical in (("X25519MLKEM768", _x25519()), ("SecP256r1MLKEM768", _p256())):
        yield Candidate(
            Purpose.KEY_ESTABLISHMENT, name, library, QuantumClass.PQT_HYBRID, partial(_prepared_kem, _both(classical, kem))
        )


@dataclass(frozen=True, slots=True)
class _Calls:
    """A KEM, or what TLS makes one of, over keys as its library holds them: Any."""

    generate: Callable[[], Any]
    public: Callable[[Any], Any]
    encapsulate: Callable[[Any], Any]  # gives what decapsulate takes
    decapsulate: Callable[[Any, Any], Any]
    share: Callable[[Any], int]  # bytes of a public key
    answer: Callable[[Any], int]  # bytes of what encapsulate gave


def _prepared_kem(calls: _Calls) -> Prepared:
    key = calls.generate()
    public = calls.public(key)
    made = calls.encapsulate(public)
    timed: dict[Operation, Call] = {
        Operation.KEY_GENERATION: calls.generate,
        Operation.ENCAPSULATION: partial(calls.encapsulate, public),
        Operation.DECAPSULATION: partial(calls.decapsulate, key, made),
    }
    return Prepared(timed, {"client_bytes": calls.share(public), "server_bytes": calls.answer(made)})


def _of_library(kem: Kem) -> _Calls:
    return _Calls(
        generate=kem.generate,
        public=lambda pair: pair.public,
        encapsulate=lambda public: kem.encapsulate(public).ciphertext,
        decapsulate=lambda pair, ciphertext: kem.decapsulate(pair.private, ciphertext),
        share=len,
        answer=len,
    )


def _ml_kem(private: Any) -> _Calls:  # Any: a key class of `cryptography`.
    return _Calls(
        generate=private.generate,
        public=lambda key: key.public_key(),
        encapsulate=lambda public: public.encapsulate()[1],
        decapsulate=lambda key, ciphertext: key.decapsulate(ciphertext),
        share=lambda public: len(public.public_bytes_raw()),
        answer=len,
    )


def _x25519() -> _Calls:
    def encapsulate(public: x25519.X25519PublicKey) -> x25519.X25519PublicKey:
        ephemeral = x25519.X25519PrivateKey.generate()
        ephemeral.exchange(public)
        return ephemeral.public_key()

    return _Calls(
        generate=x25519.X25519PrivateKey.generate,
        public=lambda key: key.public_key(),
        encapsulate=encapsulate,
        decapsulate=lambda key, public: key.exchange(public),
        share=lambda _public: _SHARE_BYTES["X25519"],
        answer=lambda _public: _SHARE_BYTES["X25519"],
    )


def _p256() -> _Calls:
    curve, function = ec.SECP256R1(), ec.ECDH()

    def encapsulate(public: ec.EllipticCurvePublicKey) -> ec.EllipticCurvePublicKey:
        ephemeral = ec.generate_private_key(curve)
        ephemeral.exchange(function, public)
        return ephemeral.public_key()

    return _Calls(
        generate=partial(ec.generate_private_key, curve),
        public=lambda key: key.public_key(),
        encapsulate=encapsulate,
        decapsulate=lambda key, public: key.exchange(function, public),
        share=lambda _public: _SHARE_BYTES["P-256"],
        answer=lambda _public: _SHARE_BYTES["P-256"],
    )


def _both(first: _Calls, second: _Calls) -> _Calls:
    """Each call of a hybrid is the calls of its parts."""
    return _Calls(
        generate=lambda: (first.generate(), second.generate()),
        public=lambda key: (first.public(key[0]), second.public(key[1])),
        encapsulate=lambda public: (first.encapsulate(public[0]), second.encapsulate(public[1])),
        decapsulate=lambda key, made: (first.decapsulate(key[0], made[0]), second.decapsulate(key[1], made[1])),
        share=lambda public: first.share(public[0]) + second.share(public[1]),
        answer=lambda made: first.answer(made[0]) + second.answer(made[1]),
    )


def _prepared_signature(generate: Call, sign: Callable[[], bytes], verify: Callable[[bytes], object], public: int) -> Prepared:
    signature = sign()
    timed: dict[Operation, Call] = {
        Operation.KEY_GENERATION: generate,
        Operation.SIGN: sign,
        Operation.VERIFY: partial(verify, signature),
    }
    return Prepared(timed, {"public_key_bytes": public, "signature_bytes": len(signature)})


def _prepared_signer(signer: Signer) -> Prepared:
    pair: KeyPair = signer.generate()

    def verify(signature: bytes) -> None:
        if not signer.verify(pair.public, _MESSAGE, signature):
            raise Refused("a library does not verify its own signature")

    return _prepared_signature(signer.generate, lambda: signer.sign(pair.private, _MESSAGE), verify, len(pair.public))


def _prepared_ml_dsa(private: Any) -> Prepared:  # Any: a key class of `cryptography`.
    key = private.generate()
    public = key.public_key()
    size = len(public.public_bytes_raw())
    return _prepared_signature(private.generate, lambda: key.sign(_MESSAGE), lambda made: public.verify(made, _MESSAGE), size)


def _prepared_rsa(bits: int) -> Prepared:
    """PSS with SHA-256, as TLS 1.3 wants it; the public key is its modulus."""
    scheme, digest = padding.PSS(padding.MGF1(hashes.SHA256()), hashes.SHA256().digest_size), hashes.SHA256()
    generate = partial(rsa.generate_private_key, 65537, bits)
    key = generate()
    public = key.public_key()
    return _prepared_signature(
        generate,
        lambda: key.sign(_MESSAGE, scheme, digest),
        lambda made: public.verify(made, _MESSAGE, scheme, digest),
        bits // 8,
    )


def _prepared_ecdsa() -> Prepared:
    scheme, generate = ec.ECDSA(hashes.SHA256()), partial(ec.generate_private_key, ec.SECP256R1())
    key = generate()
    public = key.public_key()
    return _prepared_signature(
        generate, lambda: key.sign(_MESSAGE, scheme), lambda made: public.verify(made, _MESSAGE, scheme), _SHARE_BYTES["P-256"]
    )


def _prepared_ed25519() -> Prepared:
    key = ed25519.Ed25519PrivateKey.generate()
    public = key.public_key()
    return _prepared_signature(
        ed25519.Ed25519PrivateKey.generate, lambda: key.sign(_MESSAGE), lambda made: public.verify(made, _MESSAGE), 32
    )


def machine() -> str:
    """The processor as Linux names it; what Python says elsewhere."""
    import platform

    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8", "replace").splitlines()
    except OSError:
        lines = []
    named = next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")
    return named or platform.processor() or platform.machine()
