"""Fills a store with made-up outcomes through the interface that scans use, and prints how long committing took, in seconds.

Run as a process of its own: bench/fill_store.py STORE TARGETS PROFILES. Profiles look like inventories of a modern endpoint;
each leaves out other cipher suites, and every hundredth has no post-quantum group. Certificates are real, one a profile.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

from pqscan.model.canonical import canonical
from pqscan.model.inventory import Batch, Run, RunKind, RunState
from pqscan.model.observation import Confidence, Observation, Profile, Subject, Support
from pqscan.model.outcome import Chain, Outcome, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.registry import universe
from pqscan.registry.code_point import CodePoint
from pqscan.registry.tls import CipherSuite, NamedGroup, SignatureScheme, cipher_suite, named_group, signature_scheme
from pqscan.store.repository import Store

_BATCH = 4000  # as many as the writer of a scan commits at once, where they come faster than once a second
_GROUPS = (0x11EC, 0x11EB, 0x11ED, 0x001D, 0x0017, 0x0018, 0x0019)
_SUITES_13 = (0x1301, 0x1302, 0x1303)
_SUITES_12 = (0xC02B, 0xC02C, 0xC02F, 0xC030, 0xCCA8, 0xCCA9, 0xC009, 0xC00A, 0xC013, 0xC014, 0x009C, 0x009D)
_SCHEMES = (0x0403, 0x0503, 0x0603, 0x0804, 0x0805, 0x0806, 0x0807)
RARE = "SecP384r1MLKEM1024"
COMMON = "X25519MLKEM768"


@dataclass(frozen=True, slots=True)
class Answer:
    """What many targets answer alike."""

    profile: Profile
    chains: tuple[Chain, ...]
    certificate: bytes


def main() -> int:
    url, targets, profiles = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    answers = list(make_answers(profiles))
    now = datetime.now(UTC)
    with Store.open(url) as store:
        store.begin_run(Run("bench", RunKind.NET, now, None, RunState.RUNNING, "made up", "", "inventory", "", "0", "0"))
        seconds, done = 0.0, 0
        while done < targets:
            outcomes = tuple(outcome(number, answers, now) for number in range(done, min(done + _BATCH, targets)))
            done += len(outcomes)
            batch = Batch("bench", outcomes, done, {OutcomeStatus.COMPLETED: len(outcomes)})
            started = time.perf_counter()
            store.commit(batch)
            seconds += time.perf_counter() - started
        store.finish_run("bench", RunState.FINISHED, datetime.now(UTC))
    print(f"{seconds:.3f}")
    return 0


def outcome(number: int, answers: list[Answer], now: datetime) -> Outcome:
    """The outcome of one of up to 2^24 targets; neighbours answer differently."""
    answer = answers[number % len(answers)]
    address = f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    return Outcome(
        NetworkTarget(address, 443), "tls", OutcomeStatus.COMPLETED, now + timedelta(milliseconds=number), 0.2, 28, None,
        answer.profile, answer.chains, (answer.certificate,),
    )  # fmt: skip


def make_answers(count: int) -> Iterator[Answer]:
    key = ec.generate_private_key(ec.SECP256R1())
    for number in range(count):
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, f"host-{number}.test")])
        start = datetime(2026, 1, 1, tzinfo=UTC)
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(number + 1)
            .not_valid_before(start)
            .not_valid_after(start + timedelta(days=365 + number))
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(f"host-{number}.test")]), critical=False)
            .sign(key, hashes.SHA256())
        )
        der = certificate.public_bytes(Encoding.DER)
        yield Answer(_profile(number), (Chain(None, "current_client", (certificate.fingerprint(hashes.SHA256()),)),), der)


def _profile(number: int) -> Profile:
    left_out = {suite for place, suite in enumerate(_SUITES_12) if number >> place & 1}
    groups = tuple(group for group in _GROUPS if group < 0x0100 or (number % 100 and (group != 0x11ED or number % 100 == 1)))
    seen = [Observation(Subject.PROTOCOL_VERSION, version, Support.ACCEPTED) for version in ("TLS1.2", "TLS1.3")]
    seen += [Observation(Subject.PROTOCOL_VERSION, version, Support.REFUSED) for version in ("SSLv3", "TLS1.0", "TLS1.1")]
    seen.append(Observation(Subject.SELECTED_VERSION, "TLS1.3", Support.SELECTED))
    asked = [value for batch in universe.groups_asked("inventory", "TLS1.3") for value in batch]
    for value in asked:
        support = Support.ACCEPTED if value in groups else Support.REFUSED
        seen.append(_observation(Subject.NAMED_GROUP, named_group(value), support))
    seen.append(_observation(Subject.SELECTED_GROUP, named_group(groups[0]), Support.SELECTED))
    seen += [_observation(Subject.CIPHER_SUITE, cipher_suite(value), Support.ACCEPTED) for value in _SUITES_13]
    seen += [
        _observation(Subject.CIPHER_SUITE, cipher_suite(value), Support.ACCEPTED, "TLS1.2")
        for value in _SUITES_12
        if value not in left_out
    ]
    seen += [_observation(Subject.SIGNATURE_SCHEME, signature_scheme(value), Support.ACCEPTED) for value in _SCHEMES]
    seen.append(_observation(Subject.SELECTED_SIGNATURE_SCHEME, signature_scheme(0x0403), Support.SELECTED))
    return canonical(Profile("tls", "inventory", universe.edition_asked("inventory"), True, tuple(seen)))


def _observation(
    subject: Subject,
    point: CodePoint[NamedGroup] | CodePoint[CipherSuite] | CodePoint[SignatureScheme],
    support: Support,
    context: str = "TLS1.3",
) -> Observation:
    row = point.row
    assert row is not None
    components = row.components if isinstance(row, NamedGroup | SignatureScheme) else ()
    return Observation(
        subject, point.text, support, context, point.name, quantum_class=row.quantum_class, components=components,
        confidence=Confidence.OBSERVED,
    )  # fmt: skip


if __name__ == "__main__":
    sys.exit(main())
