"""NIST ACVP vectors of SLH-DSA (FIPS 205). No library here has it: SPHINCS+ of liboqs 0.13 is another algorithm, and is not tried
in its place. Each vector is a listed skip until a library comes that has SLH-DSA."""

from __future__ import annotations

from collections.abc import Iterator

from pqscan.harness.library import KeyPair, Library, Signer
from pqscan.harness.self_test.attempt import Case, Wanted, each, same, signer
from pqscan.harness.vectors import shipped
from pqscan.model.trial import Trial


def key_generation(libraries: tuple[Library, ...], wanted: Wanted) -> Iterator[Trial]:
    for group in shipped.read("acvp/slh-dsa-keygen").rows("testGroups"):
        algorithm = group.text("parameterSet")
        if not wanted.takes(algorithm):
            continue
        for test in group.rows("tests"):
            seed, public = test.octets("skSeed") + test.octets("skPrf") + test.octets("pkSeed"), test.octets("pk")

            def check(tool: Signer, seed: bytes = seed, public: bytes = public) -> None:
                made: KeyPair = tool.from_seed(seed)
                same("public key", public, made.public)

            case = Case("acvp/slh-dsa", f"keygen {test.number('tcId')}", algorithm, "FIPS 205, section 9.1", needs="SLH-DSA")
            yield from each(case, libraries, signer(algorithm), check)
