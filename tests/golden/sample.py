"""A made-up inventory that holds every state, every Vietnamese letter and hostile text, for golden files and screenshots.

Addresses are of the documentation ranges (RFC 5737, RFC 3849), names of the `example` domain."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from pqscan.model.certificate import Certificate
from pqscan.model.inventory import Coverage, NotRead, Run, RunKind, RunState
from pqscan.model.observation import Profile, Subject
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.policy.finding import Finding, Verdict
from pqscan.policy.rule import PolicyEdition, PolicyStatus, Purpose, Rule, RuleState, Source
from pqscan.registry.quantum import QuantumClass
from pqscan.report import AdviceLine, AssessedInventory, ClientView, Contradiction
from tests.golden.pieces import (
    ALL_LETTERS,
    AS_OF,
    BROKEN,
    CAPABLE,
    CERTIFICATES,
    CLASSES,
    DEFAULT,
    EVIL,
    EXCLUSIVE,
    GROUPS,
    HOSTILE,
    MAIL,
    OLD,
    PARTIAL,
    PORTAL,
    PQ,
    PROFILES,
    ROOT,
    RUN,
    SEEN,
    SUB,
    VULNERABLE,
    targets,
)

__all__ = ["ALL_LETTERS", "EXCLUSIVE", "HOSTILE", "sample"]


def rule(identity: str, purpose: Purpose, state: RuleState, due: date | None, summary: str) -> Rule:
    return Rule(identity, purpose, state, Source("NIST IR 8547 ipd", "table 2", date(2026, 9, 6)), due, summary=summary)


VIETNAM = "Vietnam, migration to quantum-resistant cryptography"
CNSA = "CNSA 2.0, questions and answers (National Security Systems)"
POLICIES = (
    PolicyEdition(
        "vietnam",
        "VN",
        "state of November 2026",
        "Vietnam, migration to quantum-resistant cryptography",
        PolicyStatus.AWAITING_GUIDANCE,
        (),
    ),
    PolicyEdition(
        "nist-ir-8547",
        "US",
        "initial public draft, November 2024",
        "NIST IR 8547, Transition to Post-Quantum Cryptography Standards",
        PolicyStatus.DRAFT,
        (
            rule("nist-ir-8547-named_group", Purpose.KEY_ESTABLISHMENT, RuleState.DISALLOWED, date(2035, 12, 31), ""),
            rule("nist-ir-8547-certificate_key", Purpose.SIGNATURE, RuleState.DISALLOWED, date(2035, 12, 31), ""),
        ),
    ),
    PolicyEdition(
        "cnsa-2.0-faq",
        "US",
        "FAQ version 2.1, December 2024",
        "CNSA 2.0, questions and answers (National Security Systems)",
        PolicyStatus.BINDING,
        (),
    ),
)


CODES = {
    Verdict.OVERDUE: "disallowed_past",
    Verdict.DUE: "disallowed_ahead",
    Verdict.NOT_RECOMMENDED: "not_recommended_now",
    Verdict.UNDETERMINED: "undetermined_algorithm",
    Verdict.AWAITING: "awaiting_guidance",
    Verdict.MEETS: "meets_rule",
}


def found(
    policy: str,
    of: Profile | Certificate,
    verdict: Verdict,
    subject: Subject,
    name: str,
    due: date | None = None,
) -> Finding:
    quantum = CLASSES.get(name, QuantumClass.TRADITIONAL)
    code = CODES[verdict]
    reason = Reason.of(code, algorithm=name, **({"date": due.isoformat()} if due else {}))
    is_profile = isinstance(of, Profile)
    return Finding(
        policy,
        f"{policy}-{subject.value}",
        verdict,
        subject.value,
        GROUPS.get(name, name),
        name,
        "TLS1.3" if is_profile else None,
        quantum,
        due,
        reason,
        profile=of.digest if isinstance(of, Profile) else None,
        certificate=None if isinstance(of, Profile) else of.sha256,
    )


def findings() -> tuple[Finding, ...]:
    end = date(2035, 12, 31)
    group, key, version = Subject.NAMED_GROUP, Subject.CERTIFICATE_KEY, Subject.PROTOCOL_VERSION
    rows = [
        found("nist-ir-8547", DEFAULT, Verdict.MEETS, group, "X25519MLKEM768"),
        found("cnsa-2.0-faq", DEFAULT, Verdict.NOT_RECOMMENDED, group, "X25519MLKEM768"),
        found("nist-ir-8547", BROKEN, Verdict.OVERDUE, version, "TLS1.0", date(2024, 1, 1)),
        found("nist-ir-8547", EXCLUSIVE, Verdict.MEETS, group, "SecP384r1MLKEM1024"),
        found("nist-ir-8547", PQ, Verdict.MEETS, key, "ML-DSA-65"),
    ]
    for p, name in ((VULNERABLE, "secp256r1"), (CAPABLE, "x25519"), (DEFAULT, "x25519"), (PARTIAL, "x25519")):
        rows.append(found("nist-ir-8547", p, Verdict.DUE, group, name, end))
        rows.append(found("vietnam", p, Verdict.AWAITING, group, name))
    for c, name in ((ROOT, "RSA 4096"), (SUB, "RSA 4096"), (PORTAL, "RSA 2048"), (MAIL, "EC P-256")):
        due = date(2030, 12, 31) if name == "RSA 2048" else end
        rows.append(found("nist-ir-8547", c, Verdict.DUE, key, name, due))
        rows.append(found("vietnam", c, Verdict.AWAITING, key, name))
    rows.append(found("nist-ir-8547", OLD, Verdict.OVERDUE, key, "RSA 1024", date(2013, 12, 31)))
    rows.append(found("nist-ir-8547", EVIL, Verdict.UNDETERMINED, key, "1.3.6.1.4.1.99999.1"))
    return tuple(rows)


def views(**outcomes: str) -> tuple[ClientView, ...]:
    names = {
        "chrome": "Chrome 142",
        "firefox": "Firefox 145",
        "openssl": "OpenSSL 3.5",
        "java": "Java 17",
        "windows": "Windows Server 2022",
    }
    return tuple(ClientView(names[key], outcome) for key, outcome in sorted(outcomes.items()))


def sample() -> AssessedInventory:
    """The whole inventory; the same every time."""
    rows = targets()
    pq, old, fails = "post_quantum", "classical", "fails"
    groups = "X25519MLKEM768:X25519:prime256v1:secp384r1"
    line, since = f"ssl_ecdh_curve {groups};", "1.11.0, OpenSSL 3.5"
    nginx = AdviceLine("nginx", (line,), since, "nginx documentation, ngx_http_ssl_module", Reason.of("advice_nginx"))
    apache = AdviceLine(
        "Apache httpd", (f"SSLOpenSSLConfCmd Groups {groups}",), "2.4.8, OpenSSL 3.5", "httpd documentation, mod_ssl"
    )
    java = AdviceLine("Java", ("-Djdk.tls.namedGroups=X25519MLKEM768,x25519,secp256r1",), "27", "JEP 527")
    return AssessedInventory(
        as_of=AS_OF,
        generated_at=datetime(2026, 11, 22, 9, 0, tzinfo=UTC),
        policies=POLICIES,
        runs=(
            Run(
                RUN,
                RunKind.NET,
                SEEN - timedelta(minutes=12),
                SEEN,
                RunState.FINISHED,
                "192.0.2.0/24 198.51.100.7 2001:db8::/126",
                "",
                "inventory",
                "Chrome 142 (2025-10-28)",
                "0.1.0",
                "2026-11",
                authorisation_number="12-KH/ĐU",
            ),
        ),
        profiles=PROFILES,
        certificates=CERTIFICATES,
        targets=lambda: iter(rows),
        findings=findings(),
        coverage=Coverage(
            268,
            {
                OutcomeStatus.COMPLETED: 10,
                OutcomeStatus.THROTTLED: 1,
                OutcomeStatus.TIMED_OUT: 1,
                OutcomeStatus.REFUSED: 244,
                OutcomeStatus.EXCLUDED: 12,
            },
            (NotRead("192.0.2.17:443", Reason.of("peer_timed_out")), NotRead(f"/srv/{HOSTILE}", Reason.of("peer_timed_out"))),
        ),
        client_views={
            DEFAULT.digest: views(chrome=pq, firefox=pq, openssl=pq, java=old, windows=old),
            CAPABLE.digest: views(chrome=old, firefox=old, openssl=pq, java=old, windows=old),
            VULNERABLE.digest: views(chrome=old, firefox=old, openssl=old, java=old, windows=old),
            EXCLUSIVE.digest: views(chrome=fails, firefox=fails, openssl=pq, java=fails, windows=fails),
            BROKEN.digest: views(chrome=fails, firefox=fails, openssl=fails, java=old, windows=fails),
            PARTIAL.digest: views(chrome=old, firefox=old, openssl="unknown", java=old, windows="unknown"),
        },
        advice={
            CAPABLE.digest: (nginx, apache),
            VULNERABLE.digest: (nginx, apache, java),
            BROKEN.digest: (nginx,),
            PARTIAL.digest: (nginx,),
        },
        contradictions=(
            Contradiction(
                "named_group",
                "X25519MLKEM768",
                (("cnsa-2.0-faq", Verdict.NOT_RECOMMENDED), ("nist-ir-8547", Verdict.MEETS), ("vietnam", Verdict.AWAITING)),
            ),
        ),
    )
