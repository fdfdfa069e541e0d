"""The vectors of C2SP CCTV, read from a folder of the user: what random vectors never hit.

Ciphertexts that `strcmp` takes for equal, sampling that reads unusually much, every encapsulation key with one coefficient too
large, and hashes over thousands of signatures with keys that a generator on SHAKE-128 draws."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import partial

from pqscan.harness.library import Kem, Lacks, Library, PrivateKey, Signer
from pqscan.harness.self_test.attempt import Case, Wanted, damaged, each, kem, not_applicable, refuses, same, signer
from pqscan.harness.vectors.extra import ExtraFolder
from pqscan.harness.vectors.fields import DamagedVectors, Fields, parse
from pqscan.model.reason import Reason
from pqscan.model.trial import Trial

_SUITE = "extra/cctv"
_KEMS = ("ML-KEM-512", "ML-KEM-768", "ML-KEM-1024")
_SIGNERS = ("ML-DSA-44", "ML-DSA-65", "ML-DSA-87")
_MOST_LINES = 20_000  # of one file
_DRAFT = Reason.of("self_test.draft_key_generation")


def vectors(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    folder = wanted.extra
    if folder is None or not folder.names("cctv"):
        return
    for algorithm in _KEMS:
        if not wanted.takes(algorithm):
            continue
        size = algorithm.rpartition("-")[2]
        yield from _guarded(f"ml-kem-strcmp-{size}.txt", folder, partial(_strcmp, algorithm, libraries))
        for kind in ("unluckysample", "intermediate"):
            yield from _guarded(f"ml-kem-{kind}-{size}.txt", folder, partial(_steps, algorithm, libraries))
        yield from _guarded(f"ml-kem-modulus-{size}.txt", folder, partial(_modulus, algorithm, libraries))
    yield from _guarded("accumulated.json", folder, partial(_accumulated, libraries, wanted))


def _guarded(name: str, folder: ExtraFolder, run: Callable[[str, bytes], Iterator[Trial]]) -> Iterator[Trial]:
    """A file that is not there is left out; one that is damaged is a failed trial."""
    if not folder.has(f"cctv/{name}"):
        return
    try:
        yield from run(name, folder.read(f"cctv/{name}"))
    except DamagedVectors as error:
        yield damaged(_SUITE, name, error)


def _lines(name: str, data: bytes) -> Fields:
    """`name = value` lines; of a name that comes again, the first counts."""
    found: dict[str, str] = {}
    for line in data.decode("utf-8", "replace").splitlines()[:_MOST_LINES]:
        key, equals, value = line.partition(" = ")
        if equals:
            found.setdefault(key.strip(), value.strip())
    return Fields(name, found)


def _strcmp(algorithm: str, libraries: tuple[Library, ...], name: str, data: bytes) -> Iterator[Trial]:
    test = _lines(name, data)
    key, ciphertext, secret = PrivateKey(expanded=test.octets("dk")), test.octets("c"), test.octets("K")

    def check(tool: Kem) -> None:
        same("shared secret", secret, tool.decapsulate(key, ciphertext))

    yield from each(Case(_SUITE, name, algorithm, "FIPS 203, section 6.3"), libraries, kem(algorithm), check)


def _steps(algorithm: str, libraries: tuple[Library, ...], name: str, data: bytes) -> Iterator[Trial]:
    """Key generation as the draft of FIPS 203 had it is told by ρ, which stands at the end of the key: no library does that."""
    test = _lines(name, data)
    draft = test.octets("ek").endswith(hashlib.sha3_512(test.octets("d")).digest()[:32])
    case = Case(_SUITE, f"{name}, key generation", algorithm, "FIPS 203, section 6.1")
    if draft:
        yield not_applicable(case, _DRAFT)
    else:
        yield from each(case, libraries, kem(algorithm), partial(_key, test))
        case = Case(_SUITE, f"{name}, decapsulation key", algorithm, "FIPS 203, section 6.1")
        yield from each(case, libraries, kem(algorithm), partial(_expanded, test))
    key = PrivateKey(None if draft else test.octets("d") + test.octets("z"), test.octets("dk"))
    case = Case(_SUITE, f"{name}, encapsulation", algorithm, "FIPS 203, section 6.2")
    yield from each(case, libraries, kem(algorithm), partial(_encapsulation, test))
    case = Case(_SUITE, f"{name}, decapsulation", algorithm, "FIPS 203, section 6.3")
    yield from each(case, libraries, kem(algorithm), partial(_decapsulation, test, key))


def _key(test: Fields, tool: Kem) -> None:
    same("encapsulation key", test.octets("ek"), tool.from_seed(test.octets("d") + test.octets("z")).public)


def _expanded(test: Fields, tool: Kem) -> None:
    expanded = tool.from_seed(test.octets("d") + test.octets("z")).private.expanded
    if expanded is None:
        raise Lacks(Reason.of("self_test.lacks.expanded_output"))
    same("decapsulation key", test.octets("dk"), expanded)


def _encapsulation(test: Fields, tool: Kem) -> None:
    made = tool.encapsulate(test.octets("ek"), test.octets("m"))
    same("ciphertext", test.octets("c"), made.ciphertext)
    same("shared secret", test.octets("K"), made.secret)


def _decapsulation(test: Fields, key: PrivateKey, tool: Kem) -> None:
    same("shared secret", test.octets("K"), tool.decapsulate(key, test.octets("c")))


def _modulus(algorithm: str, libraries: tuple[Library, ...], name: str, data: bytes) -> Iterator[Trial]:
    for number, line in enumerate(data.split()[:_MOST_LINES], 1):
        try:
            key = bytes.fromhex(line.decode("ascii", "replace"))
        except ValueError:
            raise DamagedVectors(f"{name}: line {number} is not hexadecimal") from None

        def check(tool: Kem, key: bytes = key) -> None:
            refuses("encapsulation key", lambda: tool.encapsulate(key))

        case = Case(_SUITE, f"{name} {number}", algorithm, "FIPS 203, section 7.2")
        yield from each(case, libraries, kem(algorithm), check)


def _accumulated(libraries: tuple[Library, ...], wanted: Wanted, name: str, data: bytes) -> Iterator[Trial]:
    """10,000 turns of ML-DSA-44 where everything is wanted, 100 else: they take a quarter of a minute.

    Those of ML-KEM hash keys that the draft's key generation made: with the same draws, FIPS 203 as published ends in the other
    hash that Go tests itself with."""
    document = parse(data, name)
    for algorithm in _SIGNERS:
        turns = "10000" if wanted.everything and algorithm == "ML-DSA-44" else "100"
        if wanted.takes(algorithm):
            told = document.part("ml-dsa").part(turns).octets(algorithm)
            case = Case(_SUITE, f"{name}, {turns} turns, {algorithm}", algorithm, "FIPS 204, section 6")
            yield from each(case, libraries, signer(algorithm), partial(_accumulate_signatures, int(turns), told))
    for algorithm in _KEMS:
        if wanted.takes(algorithm):
            yield not_applicable(Case(_SUITE, f"{name}, {algorithm}", algorithm, "FIPS 203, section 6.1"), _DRAFT)


class _Drawn:
    """One stream of SHAKE-128 over nothing, from which everything is drawn in turn."""

    def __init__(self, size: int) -> None:
        self._stream = hashlib.shake_128(b"").digest(size)
        self._place = 0

    def take(self, size: int) -> bytes:
        self._place += size
        return self._stream[self._place - size : self._place]


def _accumulate_signatures(turns: int, told: bytes, tool: Signer) -> None:
    drawn, absorbed = _Drawn(32 * turns), hashlib.shake_128()
    for _ in range(turns):
        pair = tool.from_seed(drawn.take(32))
        absorbed.update(pair.public)
        absorbed.update(tool.sign(pair.private, b"", randomness=bytes(32)))
    same("accumulated hash", told, absorbed.digest(32))
