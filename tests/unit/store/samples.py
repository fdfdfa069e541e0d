"""Small true-to-life values for the tests of the store."""

from __future__ import annotations

import hashlib
import zlib
from datetime import UTC, datetime, timedelta

from pqscan.errors import MalformedMessage
from pqscan.model.canonical import canonical
from pqscan.model.certificate import Certificate, PublicKey, SignatureAlgorithm
from pqscan.model.inventory import Batch, Run, RunKind, RunState
from pqscan.model.observation import Confidence, Observation, Preference, Profile, RankBasis, Subject, Support, Where
from pqscan.model.outcome import Chain, Evidence, Outcome, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget, NetworkTarget, Target
from pqscan.registry.quantum import QuantumClass

START = datetime(2026, 1, 2, 3, 4, 5, 678901, tzinfo=UTC)


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def a_run(name: str = "run-1", number: int = 0, scope: str = "192.0.2.0/24", edition: str = "2026-01") -> Run:
    return Run(
        name,
        RunKind.NET,
        day(number),
        None,
        RunState.RUNNING,
        scope,
        "Hà Nội",
        "inventory",
        "chrome-140",
        "0.1.0",
        edition,
        '{"targets": ["192.0.2.0/24"]}',
        authorisation_number="12/QĐ",
    )


def a_target(last: int = 1, port: int = 443, name: str | None = None) -> NetworkTarget:
    return NetworkTarget(f"192.0.2.{last}", port, name, site="Hà Nội")


def a_file(path: str = "/etc/ssl/a.pem") -> FileTarget:
    return FileTarget("máy-1", path, ("inner.jar", "key.pem"))


def code_point(name: str) -> str:
    """A value of its own for every name: names are no part of a profile's identity."""
    return f"0x{zlib.crc32(name.encode('utf-8', 'surrogatepass')) & 0xFFFF:04x}"


def a_profile(*groups: str, depth: str = "inventory", complete: bool = True, asked: str = "2026-01") -> Profile:
    """X25519 is refused in every one of them, and every one has a cipher suite with all the fields set."""
    observations = [
        Observation(
            Subject.NAMED_GROUP,
            code_point(name),
            Support.ACCEPTED,
            "TLS1.3",
            name,
            (name, f"{name}-draft"),
            place + 1,
            RankBasis.HELLO_RETRY,
            QuantumClass.PQT_HYBRID,
            confidence=Confidence.CONFIRMED,
            components=("ML-KEM-768", "P-256"),
        )
        for place, name in enumerate(groups)
    ]
    observations.append(Observation(Subject.NAMED_GROUP, "0x001d", Support.REFUSED, "TLS1.3", "x25519"))
    observations.append(
        Observation(
            Subject.CIPHER_SUITE,
            "0x1301",
            Support.SELECTED,
            "TLS1.3",
            "TLS_AES_128_GCM_SHA256",
            parameters=(("size_bits", 128), ("mode", "GCM")),
            where=Where(1, 2, "ký hiệu"),
        )
    )
    return canonical(Profile("tls", depth, asked, complete, tuple(observations), (("TLS1.3", Preference.SERVER),)))


def a_chain(*ders: bytes, name: str | None = None) -> tuple[Chain, ...]:
    return (Chain(name, "TLS1.3", tuple(hashlib.sha256(der).digest() for der in ders)),)


def read_certificate(der: bytes) -> Certificate:
    """Reads the certificates of these tests: `subject|algorithm|bits|signature`. Anything else is malformed, as with real ones."""
    try:
        subject, algorithm, bits, signature = der.decode("utf-8").split("|")
    except ValueError as error:
        raise MalformedMessage("no certificate of these tests") from error
    key = PublicKey(
        "1.2.3", algorithm, int(bits), None, (algorithm,), hashlib.sha256(b"k" + der).digest(), QuantumClass.TRADITIONAL
    )
    signed = SignatureAlgorithm("1.2.4", signature, "SHA-256", ("RSA",), QuantumClass.TRADITIONAL)
    return Certificate(
        hashlib.sha256(der).digest(),
        subject,
        "CN=Gốc",
        "-0a",
        None,
        day(400),
        key,
        signed,
        ("Www.Example", "b.example"),
        ("digital_signature",),
        ("serverAuth",),
        is_ca=False,
        self_signed=True,
        malformed=("negative_serial",),
    )


def an_outcome(
    target: Target | None = None,
    profile: Profile | None = None,
    *,
    status: OutcomeStatus = OutcomeStatus.COMPLETED,
    at: datetime = START,
    detail: Reason | None = None,
    ders: tuple[bytes, ...] = (),
    evidence: Evidence | None = None,
    probe: str = "tls",
) -> Outcome:
    where = a_target() if target is None else target
    chains = a_chain(*ders) if ders else ()
    return Outcome(where, probe, status, at, 0.25, 24, detail, profile, chains, ders, evidence)


def a_batch(*outcomes: Outcome, run: str = "run-1", cursor: int = 1, counts: dict[OutcomeStatus, int] | None = None) -> Batch:
    return Batch(run, outcomes, cursor, {} if counts is None else counts)
