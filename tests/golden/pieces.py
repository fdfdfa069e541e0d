"""The pieces of the made-up inventory: certificates, profiles, sightings, targets. `sample.py` puts them together."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from pqscan.model.canonical import canonical
from pqscan.model.certificate import Certificate, PublicKey, SignatureAlgorithm
from pqscan.model.inventory import Sighting
from pqscan.model.observation import Observation, Preference, Profile, RankBasis, Subject, Support
from pqscan.model.outcome import Chain, OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget, NetworkTarget, Target
from pqscan.policy.state import Assessment, State
from pqscan.registry.quantum import QuantumClass
from pqscan.report import AssessedTarget

AS_OF = date(2026, 11, 22)
SEEN = datetime(2026, 11, 20, 1, 30, tzinfo=UTC)
RUN = "20261120-013000-net"

# Every Vietnamese vowel with every tone, and đ: 67 letters each way.
VOWELS = "aàáảãạ ăằắẳẵặ âầấẩẫậ eèéẻẽẹ êềếểễệ iìíỉĩị oòóỏõọ ôồốổỗộ ơờớởỡợ uùúủũụ ưừứửữự yỳýỷỹỵ đ"
ALL_LETTERS = f"{VOWELS} {VOWELS.upper()}"
HOSTILE = '=HYPERLINK("http://evil.example";"x")<script>alert(\'1\')</script>\x1b[31m\x9b2J\u202egnp.exe\r\n{{7*7}}'

CLASSES = {
    "X25519MLKEM768": QuantumClass.PQT_HYBRID,
    "SecP256r1MLKEM768": QuantumClass.PQT_HYBRID,
    "SecP384r1MLKEM1024": QuantumClass.PQT_HYBRID,
    "MLKEM768": QuantumClass.POST_QUANTUM,
    "mldsa65": QuantumClass.POST_QUANTUM,
}
GROUPS = {
    "X25519MLKEM768": "0x11ec",
    "SecP256r1MLKEM768": "0x11eb",
    "SecP384r1MLKEM1024": "0x11ed",
    "MLKEM768": "0x0201",
    "x25519": "0x001d",
    "secp256r1": "0x0017",
    "secp384r1": "0x0018",
    "dh:1024": "dh:1024",
}
SUITES = {
    "TLS_AES_128_GCM_SHA256": "0x1301",
    "TLS_AES_256_GCM_SHA384": "0x1302",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256": "0xc02f",
    "TLS_RSA_WITH_3DES_EDE_CBC_SHA": "0x000a",
}


def digest(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def certificate(
    subject: str,
    issuer: str,
    key: tuple[str, int, str | None],
    until: datetime,
    *,
    signature: str = "sha256WithRSAEncryption",
    names: tuple[str, ...] = (),
    ca: bool = False,
) -> Certificate:
    algorithm, bits, parameter = key
    quantum = QuantumClass.POST_QUANTUM if algorithm.startswith("ML-") else QuantumClass.TRADITIONAL
    if algorithm[0].isdigit():
        quantum = QuantumClass.UNKNOWN
    signed = QuantumClass.POST_QUANTUM if signature.startswith("ML-") else QuantumClass.TRADITIONAL
    return Certificate(
        sha256=digest(subject + issuer + algorithm),
        subject=subject,
        issuer=issuer,
        serial=digest(subject)[:8].hex(),
        not_before=until - timedelta(days=365 * (10 if ca else 1)),
        not_after=until,
        public_key=PublicKey("1.2.840.113549.1.1.1", algorithm, bits, parameter, (algorithm,), digest("spki" + subject), quantum),
        signature=SignatureAlgorithm("1.2.840.113549.1.1.11", signature, None, (signature,), signed),
        names=names,
        key_usage=("keyCertSign", "cRLSign") if ca else ("digitalSignature",),
        is_ca=ca,
        self_signed=ca and subject == issuer,
    )


ROOT_NAME = "CN=Cơ quan chứng thực gốc thử nghiệm,O=Đơn vị thử nghiệm,C=VN"
ROOT = certificate(ROOT_NAME, ROOT_NAME, ("RSA", 4096, None), datetime(2048, 8, 14, tzinfo=UTC), ca=True)
SUB = certificate("CN=CA công vụ thử nghiệm,C=VN", ROOT_NAME, ("RSA", 4096, None), datetime(2040, 4, 15, tzinfo=UTC), ca=True)
PORTAL = certificate(
    "CN=dichvucong.example", SUB.subject, ("RSA", 2048, None), datetime(2027, 6, 1, tzinfo=UTC), names=("dichvucong.example",)
)
MAIL = certificate(
    "CN=thu.example,O=Văn phòng Tỉnh uỷ",
    SUB.subject,
    ("EC", 256, "P-256"),
    datetime(2027, 2, 1, tzinfo=UTC),
    names=("thu.example",),
)
OLD = certificate(
    "CN=Máy chủ cũ", "CN=Máy chủ cũ", ("RSA", 1024, None), datetime(2035, 1, 1, tzinfo=UTC), signature="sha1WithRSAEncryption"
)
PQ = certificate(
    "CN=thi-diem.example",
    "CN=thi-diem.example",
    ("ML-DSA-65", 15616, "ML-DSA-65"),
    datetime(2028, 1, 1, tzinfo=UTC),
    signature="ML-DSA-65",
)
EVIL = certificate(
    f"CN={HOSTILE}",
    f"O={ALL_LETTERS}",
    ("1.3.6.1.4.1.99999.1", 512, None),
    datetime(2027, 1, 1, tzinfo=UTC),
    names=(HOSTILE, "*.example"),
)
CERTIFICATES = {c.sha256: c for c in (ROOT, SUB, PORTAL, MAIL, OLD, PQ, EVIL)}


def seen(subject: Subject, name: str, context: str | None, support: Support, rank: int | None = None) -> Observation:
    value = GROUPS.get(name) or SUITES.get(name) or name
    not_listed = value == name and subject is Subject.NAMED_GROUP
    return Observation(
        subject,
        value,
        support,
        context=context,
        name=None if not_listed else name,
        rank=rank,
        rank_basis=RankBasis.HELLO_RETRY if rank else None,
        quantum_class=CLASSES.get(name, QuantumClass.TRADITIONAL)
        if subject in (Subject.NAMED_GROUP, Subject.SELECTED_GROUP, Subject.SIGNATURE_SCHEME)
        else QuantumClass.NOT_PUBLIC_KEY,
    )


def profile(
    versions: tuple[str, ...],
    groups: tuple[str, ...],
    suites: tuple[str, ...],
    *,
    selected: str | None,
    refused: tuple[str, ...] = (),
    complete: bool = True,
    depth: str = "inventory",
    unknown: str | None = None,
) -> Profile:
    best = versions[-1] if versions else "TLS1.3"
    observations = [seen(Subject.PROTOCOL_VERSION, v, None, Support.ACCEPTED) for v in versions]
    observations += [seen(Subject.NAMED_GROUP, g, best, Support.ACCEPTED, rank) for rank, g in enumerate(groups, 1)]
    observations += [seen(Subject.NAMED_GROUP, g, best, Support.REFUSED) for g in refused]
    observations += [seen(Subject.CIPHER_SUITE, s, best, Support.ACCEPTED, rank) for rank, s in enumerate(suites, 1)]
    if selected:
        observations += [
            seen(Subject.SELECTED_VERSION, best, None, Support.SELECTED),
            seen(Subject.SELECTED_GROUP, selected, best, Support.SELECTED),
            seen(Subject.SELECTED_CIPHER_SUITE, suites[0], best, Support.SELECTED),
        ]
    if unknown:
        observations.append(
            Observation(Subject.NAMED_GROUP, "*", Support.UNKNOWN, context="TLS1.3", parameters=(("reason", unknown),))
        )
    return canonical(Profile("tls", depth, "2026-11", complete, tuple(observations), (("TLS1.3", Preference.SERVER),)))


TLS13 = ("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256")
TLS12 = ("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",)
EXCLUSIVE = profile(("TLS1.3",), ("SecP384r1MLKEM1024",), TLS13, selected="SecP384r1MLKEM1024", refused=("x25519", "secp256r1"))
DEFAULT = profile(("TLS1.2", "TLS1.3"), ("X25519MLKEM768", "x25519"), TLS13, selected="X25519MLKEM768", refused=("MLKEM768",))
CAPABLE = profile(("TLS1.2", "TLS1.3"), ("x25519", "SecP256r1MLKEM768"), TLS13, selected="x25519", refused=("X25519MLKEM768",))
VULNERABLE = profile(("TLS1.2",), ("secp256r1", "secp384r1"), TLS12, selected="secp256r1", refused=("X25519MLKEM768", "MLKEM768"))
BROKEN = profile(("SSLv3", "TLS1.0"), ("dh:1024",), ("TLS_RSA_WITH_3DES_EDE_CBC_SHA",), selected=None)
PARTIAL = profile(("TLS1.3",), ("x25519",), TLS13[:1], selected="x25519", complete=False, depth="quick", unknown="throttled")
PROFILES = {p.digest: p for p in (EXCLUSIVE, DEFAULT, CAPABLE, VULNERABLE, BROKEN, PARTIAL)}

STATES: dict[State, Reason] = {
    State.EXCLUSIVE: Reason.of("only_resistant_accepted", group="SecP384r1MLKEM1024"),
    State.DEFAULT: Reason.of("current_client_gets_resistant", group="X25519MLKEM768"),
    State.CAPABLE: Reason.of("resistant_accepted_not_by_default", group="SecP256r1MLKEM768"),
    State.VULNERABLE: Reason.of("every_resistant_group_refused"),
    State.BROKEN: Reason.of("everything_below_floor", version="TLS1.0"),
    State.UNKNOWN: Reason.of("part_not_proven", subject="named_group", reason="throttled", version="TLS1.3"),
    State.NONE: Reason.of("file_establishes_no_keys"),
}
PROOFS: dict[State, Reason] = {
    State.EXCLUSIVE: Reason.of("only_resistant_certificates", key="ML-DSA-65"),
    State.VULNERABLE: Reason.of("every_resistant_scheme_refused"),
    State.BROKEN: Reason.of("certificate_below_floor", part="certificate_key", value="RSA 1024", rule="floor-rsa"),
    State.UNKNOWN: Reason.of("certificate_not_seen"),
}


def sighting(
    target: Target,
    found: Profile | None,
    chain: tuple[Certificate, ...] = (),
    status: OutcomeStatus = OutcomeStatus.COMPLETED,
    detail: Reason | None = None,
) -> Sighting:
    chains = (
        (Chain(target.server_name, "current_client", tuple(c.sha256 for c in chain)),)
        if chain and isinstance(target, NetworkTarget)
        else ()
    )
    if chain and isinstance(target, FileTarget):
        chains = (Chain(None, "file", tuple(c.sha256 for c in chain)),)
    probe = "tls" if isinstance(target, NetworkTarget) else "certificate_file"
    return Sighting(
        target,
        probe,
        RUN,
        status,
        detail,
        24 if found else 1,
        0.75,
        SEEN - timedelta(days=90),
        SEEN,
        found.digest if found else None,
        chains,
    )


def judged(found: Sighting, key_establishment: State, authentication: State) -> AssessedTarget:
    return AssessedTarget(
        found,
        Assessment(key_establishment, (STATES[key_establishment],)),
        Assessment(authentication, (PROOFS[authentication],)),
    )


def web(address: str, name: str | None = None, port: int = 443, *, site: str = "") -> NetworkTarget:
    return NetworkTarget(address, port, server_name=name, host=name, site=site)


def targets() -> tuple[AssessedTarget, ...]:
    """Twelve targets, sorted as the store sorts them: by address, then files."""
    v, d, c, b, e, u, n = (
        State.VULNERABLE,
        State.DEFAULT,
        State.CAPABLE,
        State.BROKEN,
        State.EXCLUSIVE,
        State.UNKNOWN,
        State.NONE,
    )
    throttled = Reason.of("peer_throttled")
    return (
        judged(sighting(web("192.0.2.10", "dichvucong.example"), DEFAULT, (PORTAL, SUB, ROOT)), d, v),
        judged(sighting(web("192.0.2.11", "thu.example"), CAPABLE, (MAIL, SUB)), c, v),
        judged(sighting(web("192.0.2.12", "mot-cua.example"), VULNERABLE, (PORTAL, SUB)), v, v),
        judged(sighting(web("192.0.2.13", "van-ban.example"), VULNERABLE, (PORTAL, SUB)), v, v),
        judged(sighting(web("192.0.2.14", None, 8443), BROKEN, (OLD,)), b, b),
        judged(sighting(web("192.0.2.15", "thi-diem.example"), EXCLUSIVE, (PQ,)), e, e),
        judged(sighting(web("192.0.2.16"), PARTIAL, (PORTAL,), OutcomeStatus.THROTTLED, throttled), u, v),
        judged(sighting(web("192.0.2.17"), None, (), OutcomeStatus.TIMED_OUT, Reason.of("peer_timed_out")), u, u),
        judged(sighting(replace(web("198.51.100.7", "smtp.example", 25), starttls="smtp"), VULNERABLE, (MAIL, SUB)), v, v),
        judged(sighting(web("2001:db8::7", HOSTILE, site=ALL_LETTERS[:12]), DEFAULT, (EVIL,)), d, u),
        judged(sighting(web("2001:db8::8", "du-phong.example"), DEFAULT, (PORTAL, SUB)), d, v),
        judged(sighting(FileTarget("may-chu-01", "/etc/ssl/certs/Gốc thử nghiệm.pem"), None, (ROOT,)), n, v),
    )
