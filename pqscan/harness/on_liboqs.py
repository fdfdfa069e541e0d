"""liboqs through the C calls below its Python binding: whatever key encapsulation and signature algorithms the build has.

The C interface takes lengths from the algorithm alone, so that a wrong length is the caller's to notice: `Lacks`, not a pass. It
has no calls for given randomness; a random number generator of ours takes its place for the length of one call
(`OQS_randombytes_custom_algorithm`, rand.h). Not for threads: that generator is one for the whole process.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from pqscan.harness import liboqs
from pqscan.harness.library import Encapsulation, KeyPair, Lacks, Library, PrivateKey, Refused
from pqscan.model.reason import Reason

NAME = "liboqs"
_OK = 0  # OQS_SUCCESS (common.h)
_KEYS_FROM_DRAWN_SEED = ("ML-DSA-44", "ML-DSA-65", "ML-DSA-87")  # Key generation draws ξ, 32 bytes, and nothing else.
_INTERNALS_KNOWN = "0.13."  # Other versions may want other arguments, and C does not say so.
_GENERATOR = ctypes.CFUNCTYPE(None, ctypes.POINTER(ctypes.c_uint8), ctypes.c_size_t)


def load() -> Library:
    """With `missing` set, and the loader's own sentence in it, where liboqs is not here."""
    try:
        binding = liboqs.load()
        version = liboqs.version()
    except liboqs.LiboqsMissing as error:
        return Library(NAME, missing=Reason.of("self_test.library_missing", library=NAME, error=str(error)))
    kems = {name: _Kem(binding, name) for name in binding.get_enabled_kem_mechanisms()}
    signers = {name: _Signer(binding, name, version) for name in binding.get_enabled_sig_mechanisms() if "SPHINCS" not in name}
    return Library(NAME, version, kems=kems, signers=signers)


def _lacks(what: str) -> Lacks:
    return Lacks(Reason.of(f"self_test.lacks.{what}", library=NAME))


@contextmanager
def _drawing(native: Any, randomness: bytes | None) -> Iterator[None]:
    """Everything that liboqs draws within comes out of `randomness`, which must be used up: None leaves the system's generator.

    Raises Lacks where another number of bytes was drawn: then this is not the randomness that the standard speaks of."""
    if randomness is None:
        yield
        return
    drawn = 0

    def draw(place: Any, size: int) -> None:  # Any: a pointer of ctypes.
        nonlocal drawn
        ctypes.memmove(place, randomness[drawn : drawn + size].ljust(size, b"\0"), size)
        drawn += size

    callback = _GENERATOR(draw)
    native.OQS_randombytes_custom_algorithm(callback)
    try:
        yield
    finally:
        native.OQS_randombytes_switch_algorithm(b"system")
    if drawn != len(randomness):
        raise _lacks("given_randomness")


def _buffer(data: bytes) -> Any:
    return ctypes.create_string_buffer(data, len(data))


def _sized(data: bytes, size: int) -> bytes:
    if len(data) != size:
        raise _lacks("lengths")
    return data


class _Kem:
    """Any: the binding comes without types. The native structure is made once and freed by nobody: it lives as long as we do."""

    def __init__(self, binding: Any, name: str) -> None:
        self._native = binding.native()
        self._kem = self._native.OQS_KEM_new(name.encode())
        sizes = self._kem.contents
        self._public, self._private = int(sizes.length_public_key), int(sizes.length_secret_key)
        self._ciphertext, self._secret = int(sizes.length_ciphertext), int(sizes.length_shared_secret)
        self._seed = int(sizes.length_keypair_seed)

    def generate(self) -> KeyPair:
        public, private = ctypes.create_string_buffer(self._public), ctypes.create_string_buffer(self._private)
        _worked(self._native.OQS_KEM_keypair(self._kem, public, private), "OQS_KEM_keypair")
        return KeyPair(public.raw, PrivateKey(expanded=private.raw))

    def from_seed(self, seed: bytes) -> KeyPair:
        if not self._seed:
            raise _lacks("keys_from_seed")
        public, private = ctypes.create_string_buffer(self._public), ctypes.create_string_buffer(self._private)
        given = _buffer(_sized(seed, self._seed))
        _worked(self._native.OQS_KEM_keypair_derand(self._kem, public, private, given), "OQS_KEM_keypair_derand")
        return KeyPair(public.raw, PrivateKey(seed, private.raw))

    def encapsulate(self, public: bytes, randomness: bytes | None = None) -> Encapsulation:
        given = _buffer(_sized(public, self._public))
        ciphertext, secret = ctypes.create_string_buffer(self._ciphertext), ctypes.create_string_buffer(self._secret)
        with _drawing(self._native, randomness):
            _worked(self._native.OQS_KEM_encaps(self._kem, ciphertext, secret, given), "OQS_KEM_encaps")
        return Encapsulation(ciphertext.raw, secret.raw)

    def decapsulate(self, key: PrivateKey, ciphertext: bytes) -> bytes:
        private = _buffer(_sized(self._expanded(key), self._private))
        given, secret = _buffer(_sized(ciphertext, self._ciphertext)), ctypes.create_string_buffer(self._secret)
        _worked(self._native.OQS_KEM_decaps(self._kem, secret, given, private), "OQS_KEM_decaps")
        return secret.raw

    def _expanded(self, key: PrivateKey) -> bytes:
        if key.expanded is not None:
            return key.expanded
        if key.seed is None:
            raise Refused("a private key without any form")
        expanded = self.from_seed(key.seed).private.expanded
        return expanded if expanded is not None else b""

    def check_private(self, expanded: bytes) -> None:
        """liboqs checks when it decapsulates: any ciphertext of the right length will do."""
        self.decapsulate(PrivateKey(expanded=expanded), bytes(self._ciphertext))


class _Signer:
    """Any: as above."""

    def __init__(self, binding: Any, name: str, version: str) -> None:
        self._native = binding.native()
        self._name, self._version = name, version
        self._sig = self._native.OQS_SIG_new(name.encode())
        sizes = self._sig.contents
        self._public, self._private = int(sizes.length_public_key), int(sizes.length_secret_key)
        self._signature, self._has_context = int(sizes.length_signature), bool(sizes.sig_with_ctx_support)

    def generate(self) -> KeyPair:
        public, private = ctypes.create_string_buffer(self._public), ctypes.create_string_buffer(self._private)
        _worked(self._native.OQS_SIG_keypair(self._sig, public, private), "OQS_SIG_keypair")
        return KeyPair(public.raw, PrivateKey(expanded=private.raw))

    def from_seed(self, seed: bytes) -> KeyPair:
        if self._name not in _KEYS_FROM_DRAWN_SEED:
            raise _lacks("keys_from_seed")
        with _drawing(self._native, _sized(seed, 32)):
            pair = self.generate()
        return KeyPair(pair.public, PrivateKey(seed, pair.private.expanded))

    def sign(self, key: PrivateKey, message: bytes, *, context: bytes = b"", randomness: bytes | None = None) -> bytes:
        if context and not self._has_context:
            raise _lacks("contexts")
        private = self._expanded(key)
        signature, size = ctypes.create_string_buffer(self._signature), ctypes.c_size_t(self._signature)
        arguments = [signature, ctypes.byref(size), _buffer(message), ctypes.c_size_t(len(message))]
        call = self._native.OQS_SIG_sign
        if context:
            call = self._native.OQS_SIG_sign_with_ctx_str
            arguments += [_buffer(context), ctypes.c_size_t(len(context))]
        with _drawing(self._native, randomness):
            _worked(call(self._sig, *arguments, private), "OQS_SIG_sign")
        return signature.raw[: size.value]

    def sign_mu(self, key: PrivateKey, mu: bytes, *, randomness: bytes | None = None) -> bytes:
        raise _lacks("external_mu")

    def sign_prefixed(self, key: PrivateKey, prefixed: bytes, *, randomness: bytes | None = None) -> bytes:
        """Through the portable code's own function, which liboqs 0.13 exports and does not document; where it is gone: Lacks."""
        call = self._internal("signature_internal")
        if randomness is None:
            raise _lacks("hedged_internal")
        private = self._expanded(key)
        signature, size = ctypes.create_string_buffer(self._signature), ctypes.c_size_t(0)
        rnd = _buffer(_sized(randomness, 32))
        message, none = _buffer(prefixed), _buffer(b"")
        done = call(signature, ctypes.byref(size), message, ctypes.c_size_t(len(prefixed)), none, ctypes.c_size_t(0), rnd, private)
        _worked(done, "signature_internal")
        return signature.raw[: size.value]

    def verify(self, public: bytes, message: bytes, signature: bytes, *, context: bytes = b"") -> bool:
        if context and not self._has_context:
            raise _lacks("contexts")
        key = _buffer(_sized(public, self._public))
        arguments = [_buffer(message), ctypes.c_size_t(len(message)), _buffer(signature), ctypes.c_size_t(len(signature))]
        if context:
            given = [_buffer(context), ctypes.c_size_t(len(context))]
            return bool(self._native.OQS_SIG_verify_with_ctx_str(self._sig, *arguments, *given, key) == _OK)
        return bool(self._native.OQS_SIG_verify(self._sig, *arguments, key) == _OK)

    def verify_mu(self, public: bytes, mu: bytes, signature: bytes) -> bool:
        raise _lacks("external_mu")

    def verify_prefixed(self, public: bytes, prefixed: bytes, signature: bytes) -> bool:
        """As `sign_prefixed`."""
        call = self._internal("verify_internal")
        key, none = _buffer(_sized(public, self._public)), _buffer(b"")
        message, given = _buffer(prefixed), _buffer(signature)
        sizes = ctypes.c_size_t(len(signature)), ctypes.c_size_t(len(prefixed)), ctypes.c_size_t(0)
        return bool(call(given, sizes[0], message, sizes[1], none, sizes[2], key) == _OK)

    def _internal(self, what: str) -> Any:
        if not self._version.startswith(_INTERNALS_KNOWN):
            raise _lacks("internal_interface")
        symbol = f"pqcrystals_{self._name.lower().replace('-', '_')}_ref_{what}"
        try:
            return getattr(self._native, symbol)
        except AttributeError:
            raise _lacks("internal_interface") from None

    def _expanded(self, key: PrivateKey) -> Any:
        expanded = key.expanded
        if expanded is None and key.seed is not None:
            expanded = self.from_seed(key.seed).private.expanded
        if expanded is None:
            raise Refused("a private key without any form")
        return _buffer(_sized(expanded, self._private))


def _worked(status: int, call: str) -> None:
    if status != _OK:
        raise Refused(f"{call} gave {status}")
