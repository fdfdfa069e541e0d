"""A store with a past, for the tests of lives, decisions, trends and differences."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pqscan.errors import MalformedMessage
from pqscan.model.canonical import canonical
from pqscan.model.certificate import Certificate, PublicKey, SignatureAlgorithm
from pqscan.model.inventory import Batch, Run, RunKind, RunState
from pqscan.model.observation import Observation, Profile, Subject, Support
from pqscan.model.outcome import Chain, Evidence, Outcome, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.registry.quantum import QuantumClass
from pqscan.store.repository import Store

BEGIN = datetime(2026, 1, 1, 8, tzinfo=UTC)
WEB, MAIL = NetworkTarget("192.0.2.1", 443, "www.example", "www.example"), NetworkTarget("192.0.2.2", 993)
SCOPE = "192.0.2.0/28"
RSA_OID, DSA_OID = "1.2.840.113549.1.1.1", "2.16.840.1.101.3.4.3.18"


def moment(number: int) -> datetime:
    return BEGIN + timedelta(days=number)


def an_answer(*, x25519: Support = Support.ACCEPTED, depth: str = "inventory", complete: bool = True, old: bool = False) -> Profile:
    """TLS 1.3 with the hybrid, and X25519 as told; with `old` TLS 1.0 as well."""
    group = Subject.NAMED_GROUP
    return canonical(
        Profile(
            "tls",
            depth,
            "2026-01",
            complete,
            (
                Observation(Subject.PROTOCOL_VERSION, "TLS1.3", Support.ACCEPTED),
                Observation(Subject.PROTOCOL_VERSION, "TLS1.0", Support.ACCEPTED if old else Support.REFUSED),
                Observation(group, "0x11ec", Support.ACCEPTED, "TLS1.3", "X25519MLKEM768", quantum_class=QuantumClass.PQT_HYBRID),
                Observation(group, "0x001d", x25519, "TLS1.3", "x25519", quantum_class=QuantumClass.TRADITIONAL),
                Observation(Subject.CIPHER_SUITE, "0x1301", Support.ACCEPTED, "TLS1.3", "TLS_AES_128_GCM_SHA256"),
            ),
        )
    )


def a_certificate(serial: int, *, algorithm: str = "RSA", expires: int = 800, subject: str = "CN=www.example") -> bytes:
    return f"{subject}|{serial:x}|{algorithm}|{expires}".encode()


def read(der: bytes) -> Certificate:
    """Reads the certificates of these tests."""
    try:
        subject, serial, algorithm, expires = der.decode("utf-8").split("|")
    except ValueError as error:
        raise MalformedMessage("no certificate of these tests") from error
    traditional = algorithm == "RSA"
    quantum = QuantumClass.TRADITIONAL if traditional else QuantumClass.POST_QUANTUM
    key = PublicKey(
        RSA_OID if traditional else DSA_OID,
        algorithm,
        2048 if traditional else None,
        None,
        (algorithm,),
        hashlib.sha256(b"key of " + der).digest(),
        quantum,
    )
    signature = SignatureAlgorithm(
        "1.2.840.113549.1.1.11", "sha256WithRSAEncryption", "SHA-256", ("RSA",), QuantumClass.TRADITIONAL
    )
    return Certificate(
        hashlib.sha256(der).digest(),
        subject,
        "CN=Gốc bí mật",
        serial,
        BEGIN - timedelta(days=30),
        BEGIN + timedelta(days=int(expires)),
        key,
        signature,
        ("www.example",),
        self_signed=True,
    )


def an_outcome(
    target: NetworkTarget, answer: Profile | None, number: int, *ders: bytes, status: OutcomeStatus | None = None
) -> Outcome:
    ended = status or (OutcomeStatus.COMPLETED if answer is not None else OutcomeStatus.TIMED_OUT)
    chains = tuple(Chain(target.server_name, "current_client", (hashlib.sha256(der).digest(),)) for der in ders)
    evidence = None if answer is None else Evidence(b"SENT-BYTES", b"RECEIVED-BYTES")
    return Outcome(target, "tls", ended, moment(number), 0.2, 9, None, answer, chains, ders, evidence)


Day = Callable[[int], Sequence[Outcome]]


def a_store(path: Path, days: Sequence[int], outcomes: Day, *, scope: str = SCOPE) -> Store:
    """A store scanned on these days of January 2026 (0 is the first), at eight in the morning."""
    store = Store.open(str(path / "store.sqlite"), read_certificate=read)
    for number in days:
        scan(store, number, outcomes(number), scope=scope)
    return store


def scan(store: Store, number: int, outcomes: Sequence[Outcome], *, scope: str = SCOPE, name: str | None = None) -> None:
    run = name or f"run-{number}"
    store.begin_run(Run(run, RunKind.NET, moment(number), None, RunState.RUNNING, scope, "", "inventory", "", "0.1", "2026-01"))
    counts: dict[OutcomeStatus, int] = {}
    for outcome in outcomes:
        counts[outcome.status] = counts.get(outcome.status, 0) + 1
    store.commit(Batch(run, tuple(outcomes), len(outcomes), counts))
    store.finish_run(run, RunState.FINISHED, moment(number) + timedelta(hours=1))
