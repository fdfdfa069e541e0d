"""SSH handshakes carried through: with servers of other hands, with one that holds us to the documents, and with those that do
not.
"""

from __future__ import annotations

import contextlib
import itertools
from collections.abc import Iterator

import pytest

from pqscan.harness import liboqs
from pqscan.harness.handshake import Carried
from pqscan.harness.ssh.handshake import SshPlan
from pqscan.harness.ssh.methods import DEFAULT_METHODS, default_methods, every_method, methods_named
from pqscan.harness.tls.shares import LIBRARIES, ShareMaker
from pqscan.model.observation import Subject, Support
from pqscan.model.target import NetworkTarget
from pqscan.model.trial import TrialVerdict
from pqscan.net import loop
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from tests.peers.ssh_programs import load_ssh_truth, missing, running, ssh_truth_names
from tests.peers.ssh_scripted import Sends, Tires, disconnects, huge_packet
from tests.peers.ssh_server import Served, SshServer
from tests.unit.net.loopback import closed_port
from tests.unit.wire.ssh.server_model import ServerModel
from tests.unit.wire.ssh.test_session import EndsInstead, ForeignSignature, GrantsNothing, OtherSecret, Silent, TalksBeforeNewkeys

HYBRID = "mlkem768x25519-sha256"
PASSED, FAILED, UNKNOWN = TrialVerdict.PASSED, TrialVerdict.FAILED, TrialVerdict.UNKNOWN
TOLERATED, LACKS, SKIPPED = TrialVerdict.TOLERATED, TrialVerdict.NOT_APPLICABLE, TrialVerdict.SKIPPED


def maker(library: str) -> ShareMaker:
    try:
        return ShareMaker.on(library)
    except liboqs.LiboqsMissing:
        pytest.skip("liboqs is not on this machine")


def carry_out(port: int, *names: str, library: str = "cryptography", seconds: float = 20.0) -> tuple[list[Carried], int]:
    """Each handshake, and how many connections were made."""
    settings = DialSettings(connection_seconds=seconds, attempt_seconds=seconds)
    dialers: list[TcpDialer] = []

    async def run() -> list[Carried]:
        throttle = Throttle()

        def dialer() -> TcpDialer:
            dialers.append(TcpDialer(throttle, settings))
            return dialers[-1]

        plan = SshPlan(methods_named(names) or default_methods(), maker(library))
        return [each async for each in plan.carry_out(NetworkTarget("127.0.0.1", port), dialer)]

    carried = loop.run(run())
    return carried, sum(dialer.connections_used for dialer in dialers)


def verdicts(carried: list[Carried]) -> dict[str, TrialVerdict]:
    return {each.trial.name: each.trial.verdict for each in carried}


def reason_of(carried: Carried) -> str:
    return "" if carried.trial.reason is None else carried.trial.reason.code


@pytest.mark.parametrize("library", LIBRARIES)
def test_every_method_of_a_server_is_proven_and_what_it_lacks_costs_no_connection(library: str) -> None:
    with Served() as peer:
        carried, connections = carry_out(peer.port, library=library)
    hybrids = DEFAULT_METHODS[:3]
    has_sntrup = "sntrup761" in maker(library).mechanisms
    assert verdicts(carried) == dict.fromkeys(hybrids, PASSED) | dict.fromkeys(DEFAULT_METHODS[3:], LACKS)
    assert connections == len(hybrids)
    assert has_sntrup or library == "cryptography"
    proven = [each.proven for each in carried if each.proven is not None]
    assert [(one.subject, one.value, one.support, one.context) for one in proven] == [
        (Subject.KEX_METHOD, name, Support.ACCEPTED, "SSH-2.0") for name in hybrids
    ]
    reason = carried[3].trial.reason
    assert reason is not None
    assert (reason.code, dict(reason.parameters)["methods"]) == ("handshake_ssh_lacks", ", ".join(SshServer.methods))


@pytest.mark.parametrize(
    ("server", "verdict", "reason"),
    [
        (ForeignSignature, FAILED, "handshake_ssh_signature"),
        (OtherSecret, FAILED, "handshake_not_verified"),
        (TalksBeforeNewkeys, FAILED, "handshake_not_verified"),
        (EndsInstead, FAILED, "handshake_ssh_disconnected_after"),
        (GrantsNothing, PASSED, ""),
        (Silent, TOLERATED, "handshake_ssh_ours_not_seen"),
    ],
)
def test_a_server_that_breaks_it_is_told_apart(server: type[SshServer], verdict: TrialVerdict, reason: str) -> None:
    with Served(server) as peer:
        carried, _ = carry_out(peer.port, HYBRID, seconds=2.0)
    assert (carried[0].trial.verdict, reason_of(carried[0])) == (verdict, reason)
    assert (carried[0].proven is not None) is (verdict is PASSED)


@pytest.mark.parametrize(
    ("peer", "reason"),
    [
        (Sends(b"Exceeded MaxStartups\r\n"), "handshake_ssh_throttled"),
        (Sends(b"HTTP/1.0 400 Bad Request\r\n\r\n"), "handshake_ssh_other_protocol"),
        (Sends(b"SSH-1.5-old\r\n"), "handshake_ssh_version"),
        (Sends(b"", end="silence"), "peer_timed_out"),
        (Sends(b""), "peer_closed"),
        (huge_packet(), "malformed_message"),
        (disconnects(), "handshake_ssh_no_lists"),
    ],
)
def test_a_server_that_tells_no_lists_proves_nothing(peer: Sends, reason: str) -> None:
    with peer:
        carried, _ = carry_out(peer.port, HYBRID, seconds=1.0)
    assert (carried[0].trial.verdict, reason_of(carried[0])) == (UNKNOWN, reason)


def test_one_that_wants_no_more_connections_is_asked_for_nothing_else() -> None:
    def model(_number: int) -> ServerModel:
        return ServerModel(HYBRID)

    with Tires(1, b"Not allowed at this time\r\n", model) as peer:
        carried, connections = carry_out(peer.port, HYBRID, HYBRID.upper(), *DEFAULT_METHODS[1:3], seconds=2.0)
    assert connections == 1  # The others are not in its list.
    with Sends(b"Exceeded MaxStartups\r\n") as tired:
        carried, connections = carry_out(tired.port, seconds=2.0)
    assert connections == 1
    assert {reason_of(each) for each in carried} == {"handshake_ssh_throttled"}


def test_a_port_where_nobody_listens_is_told_once() -> None:
    with closed_port() as port:
        carried, connections = carry_out(port)
    assert {reason_of(each) for each in carried} == {"peer_refused"}
    assert connections == 0


def test_what_a_library_lacks_is_skipped_and_said() -> None:
    class WithSntrup(SshServer):
        methods = (*SshServer.methods, "sntrup761x25519-sha512")

    with Served(WithSntrup) as peer:
        carried, connections = carry_out(peer.port, "sntrup761x25519-sha512")
    assert (carried[0].trial.verdict, reason_of(carried[0]), connections) == (SKIPPED, "handshake_no_share", 0)
    assert carried[0].trial.reason is not None
    assert "sntrup761" in str(dict(carried[0].trial.reason.parameters)["problem"])


def test_no_secret_stands_in_a_trace() -> None:
    with Served() as peer:
        carried, _ = carry_out(peer.port, HYBRID)
    text = "\n".join(carried[0].trace)
    assert "<- SERVICE_ACCEPT" in text
    assert "new keys" in text
    assert max(map(len, carried[0].trace)) <= 76
    assert not any(word in text for word in ("secret", "cookie"))


PEERS = [
    (name, library)
    for name, library in itertools.product(ssh_truth_names(), LIBRARIES)
    if name in ("openssh-modern", "go-default", "paramiko-default") or name.startswith("asyncssh-")
]


@contextlib.contextmanager
def peer_of(name: str) -> Iterator[int]:
    truth = load_ssh_truth(name)
    lacking = missing(truth.peer)
    if lacking is not None:
        pytest.skip(f"peer not at hand: {lacking}")
    with running(truth) as peer:
        yield peer.port


@pytest.mark.lab
@pytest.mark.parametrize(("name", "library"), PEERS)
def test_servers_of_other_hands_agree_on_every_hybrid_that_they_list(name: str, library: str) -> None:
    made = maker(library)
    with peer_of(name) as port:
        carried, _ = carry_out(port, library=library)
    found = verdicts(carried)
    can = {method.name for method in every_method(made)}
    assert {verdict for method, verdict in found.items() if method in can} <= {PASSED, LACKS}
    assert PASSED in found.values() or name == "openssh-modern"
    listed = load_ssh_truth(name).kex_methods
    if listed is not None:
        assert {method for method, verdict in found.items() if verdict is PASSED} == set(listed) & set(DEFAULT_METHODS) & can
    assert {each.trial.detail.partition(";")[0] for each in carried if each.trial.verdict is PASSED} <= {
        "ssh-ed25519",
        "ecdsa-sha2-nistp256",
        "rsa-sha2-512",
    }
