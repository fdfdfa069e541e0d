"""Handshakes of the harness with real servers: OpenSSL 4 through pyOpenSSL, Go, rustls, Node, the JDK, the system's OpenSSL."""

from __future__ import annotations

import subprocess

import pytest

from pqscan.demo.certificates import CertificateSpec, KeyKind
from pqscan.demo.servers import start
from pqscan.demo.spec import ServerSpec
from pqscan.harness.tls.shares import ShareMaker
from pqscan.model.trial import TrialVerdict
from tests.integration.harness.conftest import Run
from tests.peers.lab import Lab
from tests.peers.proxy import DropsLargeHellos, OneByteWrites, Proxy, SmallRecords

pytestmark = pytest.mark.lab

HYBRIDS = ("X25519MLKEM768", "SecP256r1MLKEM768", "SecP384r1MLKEM1024")
PURE = ("MLKEM512", "MLKEM768", "MLKEM1024")
PASSED, NOT_APPLICABLE = TrialVerdict.PASSED, TrialVerdict.NOT_APPLICABLE


@pytest.mark.parametrize(
    ("server", "groups"),
    [
        ("all-hybrids", HYBRIDS),
        ("mlkem768-only", ("MLKEM768",)),
        ("mlkem1024-only", ("MLKEM1024",)),
        ("hybrid-default", ("X25519MLKEM768",)),
        ("go-default", HYBRIDS),
        ("go-secp384r1mlkem1024", ("SecP384r1MLKEM1024",)),
        ("rustls-default", ("X25519MLKEM768",)),
        ("rustls-all-groups", ("X25519MLKEM768", "SecP256r1MLKEM768", "MLKEM768", "MLKEM1024")),
        ("rustls-client-certificate", ("X25519MLKEM768",)),
        ("rustls-classical", ()),
        ("rustls-tls12-only", ()),
        ("classical", ()),
        ("tls12-only", ()),
        ("java-default", ()),
        ("openssl-default", ()),
    ],
)
def test_a_server_passes_what_it_takes_and_the_rest_does_not_apply(
    lab: Lab, run: Run, maker: ShareMaker, server: str, groups: tuple[str, ...]
) -> None:
    peer = lab[server]
    asked = tuple(group for group in (*HYBRIDS, *PURE) if maker.library == "liboqs" or group != "MLKEM512")
    found = run(maker, peer.address, peer.port, f"{server}.demo.invalid", *asked)
    expected = {f"{group} {way}": PASSED if group in groups else NOT_APPLICABLE for group in asked for way in ("direct", "retry")}
    assert {name: carried.trial.verdict for name, carried in found.items()} == expected
    proven = {carried.proven.name for carried in found.values() if carried.proven is not None}
    assert proven == set(groups)


def test_node_takes_the_hybrid_from_openssl_3_5_on(lab: Lab, run: Run, maker: ShareMaker) -> None:
    peer = lab["node-default"]
    told = subprocess.run(["node", "-p", "process.versions.openssl"], capture_output=True, text=True, check=True, timeout=30)
    major, minor = told.stdout.split(".")[:2]
    found = run(maker, peer.address, peer.port, "node-default.demo.invalid", "X25519MLKEM768")
    expected = PASSED if (int(major), int(minor)) >= (3, 5) else NOT_APPLICABLE
    assert {carried.trial.verdict for carried in found.values()} == {expected}


@pytest.mark.parametrize(
    ("kind", "scheme"),
    [
        (KeyKind.ML_DSA_44, "mldsa44"),
        (KeyKind.ML_DSA_65, "mldsa65"),
        (KeyKind.ML_DSA_87, "mldsa87"),
        (KeyKind.RSA_2048, "rsa_pss_rsae_sha256"),
        (KeyKind.P_256, "ecdsa_secp256r1_sha256"),
        (KeyKind.P_384, "ecdsa_secp384r1_sha384"),
        (KeyKind.ED25519, "ed25519"),
    ],
)
def test_openssl_4_passes_with_every_group_and_every_kind_of_certificate(
    lab: Lab, run: Run, maker: ShareMaker, kind: KeyKind, scheme: str
) -> None:
    spec = ServerSpec("every-group", "", ("TLS1.3",), ":".join((*HYBRIDS, *PURE)), (CertificateSpec(kind, kind),))
    asked = tuple(group for group in (*HYBRIDS, *PURE) if maker.library == "liboqs" or group != "MLKEM512")
    with start(spec, maker=lab.maker) as peer:
        found = run(maker, peer.address, peer.port, spec.host, *asked)
    assert {name: carried.trial.verdict for name, carried in found.items()} == {
        f"{group} {way}": PASSED for group in asked for way in ("direct", "retry")
    }
    assert all(scheme in carried.trial.detail for carried in found.values())


def test_rustls_passes_with_an_ml_dsa_certificate_and_no_traditional_group(lab: Lab, run: Run, maker: ShareMaker) -> None:
    """Key agreement and signature are both post-quantum, both by aws-lc on its side and by none of it on ours."""
    peer = lab["rustls-mldsa65"]
    found = run(maker, peer.address, peer.port, "rustls-mldsa65.demo.invalid", "X25519MLKEM768", "SecP256r1MLKEM768", "MLKEM1024")
    assert {carried.trial.verdict for carried in found.values()} == {PASSED}
    assert all("mldsa65" in carried.trial.detail for carried in found.values())


def test_an_http_answer_tickets_and_the_close_are_told(lab: Lab, run: Run, maker: ShareMaker) -> None:
    peer = lab["all-hybrids"]
    detail = run(maker, peer.address, peer.port, None, "X25519MLKEM768")["X25519MLKEM768 direct"].trial.detail
    assert "HTTP/1.0 200 OK" in detail
    assert "NewSessionTicket x" in detail
    assert detail.endswith("; close_notify")


def test_tickets_and_a_close_without_notice_prove_nothing_where_no_request_is_sent(lab: Lab, run: Run, maker: ShareMaker) -> None:
    peer = lab["all-hybrids"]
    carried = run(maker, peer.address, peer.port, None, "X25519MLKEM768", request=b"", answer_seconds=0.5)["X25519MLKEM768 direct"]
    assert (carried.trial.verdict, carried.proven) == (TrialVerdict.TOLERATED, None)
    assert "NewSessionTicket x2" in carried.trial.detail
    assert "HTTP" not in carried.trial.detail


def test_a_server_that_wants_a_client_certificate_has_proven_its_keys(lab: Lab, run: Run, maker: ShareMaker) -> None:
    peer = lab["client-certificate"]
    trial = run(maker, peer.address, peer.port, "client-certificate.demo.invalid", "X25519MLKEM768")["X25519MLKEM768 direct"].trial
    assert trial.verdict is PASSED
    assert "certificate_required (116)" in trial.detail


def test_a_server_that_needs_a_name_says_so_without_one(lab: Lab, run: Run, maker: ShareMaker) -> None:
    peer = lab["needs-name"]
    trial = run(maker, peer.address, peer.port, None, "X25519MLKEM768")["X25519MLKEM768 direct"].trial
    assert trial.verdict is TrialVerdict.UNKNOWN
    assert trial.reason is not None
    assert trial.reason.code == "handshake_control_refused"


@pytest.mark.parametrize("between", [OneByteWrites, SmallRecords])
def test_a_handshake_in_small_pieces_passes_all_the_same(lab: Lab, run: Run, maker: ShareMaker, between: type[Proxy]) -> None:
    peer = lab["all-hybrids"]
    with between(peer.port) as proxy:
        found = run(maker, proxy.address, proxy.port, "all-hybrids.demo.invalid", "X25519MLKEM768")
    assert {carried.trial.verdict for carried in found.values()} == {PASSED}


@pytest.mark.parametrize(("how", "code"), [("silence", "peer_timed_out"), ("reset", "peer_reset")])
def test_a_path_that_drops_large_first_hellos_is_no_refusal_of_the_group(
    lab: Lab, run: Run, maker: ShareMaker, how: str, code: str
) -> None:
    """The proxy looks at first hellos only: through HelloRetryRequest the large one gets by."""
    peer = lab["all-hybrids"]
    with DropsLargeHellos(peer.port, 1400, how) as proxy:
        found = run(maker, proxy.address, proxy.port, "all-hybrids.demo.invalid", "X25519MLKEM768", seconds=4.0)
    direct = found["X25519MLKEM768 direct"].trial
    assert direct.verdict is TrialVerdict.UNKNOWN
    assert direct.reason is not None
    assert direct.reason.code == code
    assert found["X25519MLKEM768 retry"].trial.verdict is PASSED
