"""`pqscan harness handshake` as a user runs it: exit codes, permission, audit log, trace, files, and what reports show of it."""

from __future__ import annotations

import json
import signal
import socket
import threading
import xml.etree.ElementTree as ET
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from jsonschema import Draft202012Validator
from pqscan_reports.json_inventory import schema_text

from pqscan.demo.servers import RunningServer
from pqscan.harness import liboqs
from pqscan.store.repository import Store
from tests.end_to_end.conftest import Program
from tests.peers import hostile
from tests.peers.lab import Lab
from tests.peers.proxy import Proxy
from tests.unit.net.loopback import closed_port

pytestmark = pytest.mark.lab

ON_CRYPTOGRAPHY = ("harness", "handshake", "--library", "cryptography")
TODAY = datetime.now(UTC).date()
PERMISSION = f"""
unit = "Văn phòng A"
number = "123/QĐ"
approver = "Nguyễn Văn A"
ranges = ["192.0.2.0/28"]
names = ["www.example"]
from = {TODAY - timedelta(days=1)}
to = {TODAY + timedelta(days=1)}
"""


def audited(program: Program) -> list[dict[str, object]]:
    return [json.loads(line) for line in program.audit_log.read_text("utf-8").splitlines()]


def test_a_hybrid_server_is_proven_in_both_ways(program: Program, place: str) -> None:
    done = program.works(*ON_CRYPTOGRAPHY, place)
    assert done.out.count("passed            X25519MLKEM768 (0x11ec)") == 2
    assert "not applicable    SecP256r1MLKEM768" in done.out
    assert done.out.count("The server does not take this group") == 4  # Once for both ways of each group.
    assert "skipped           MLKEM512" in done.out  # `cryptography` has none: said, not left out.
    assert max(map(len, done.out.splitlines())) <= 80


def test_liboqs_is_the_default_and_without_it_one_sentence_says_what_to_install(
    program: Program, place: str, tmp_path: Path
) -> None:
    done = program("harness", "handshake", place, "--group", "MLKEM768", "--group", "X25519MLKEM768")
    try:
        there = liboqs.version()
    except liboqs.LiboqsMissing:
        there = ""
    if there:
        assert done.code == 0
        assert f"liboqs {there}" in done.out
    else:
        assert done.code == 3
        assert len(done.err.strip().splitlines()) == 1
        assert "install" in done.err


def test_a_trace_shows_sizes_and_order_within_80_columns(program: Program, place: str) -> None:
    out = program.works(*ON_CRYPTOGRAPHY, place, "--group", "x25519mlkem768", "--trace").out
    assert "key_share: X25519MLKEM768 1216 = ML-KEM-768 1184 + X25519 32" in out
    assert "key_share: X25519MLKEM768 1120 = ML-KEM-768 1088 + X25519 32" in out
    for message in ("HelloRetryRequest", "CertificateVerify", "NewSessionTicket", "alert: close_notify (0)"):
        assert message in out
    assert max(map(len, out.splitlines())) <= 80


def test_json_and_junit_say_the_same(program: Program, place: str) -> None:
    done = program.works(*ON_CRYPTOGRAPHY, place, "--json", "--junit", "out.xml")
    document = done.json
    assert document["format"] == "pqscan-trials/1"
    assert document["counts"]["passed"] == 2
    assert document["run"]
    assert any(line.startswith("<- ServerHello") for line in document["trials"][0]["trace"])
    suites = ET.parse(program.folder / "out.xml").getroot()
    assert suites.attrib["failures"] == "0"
    assert len(suites.findall(".//testcase")) == len(document["trials"])


def test_a_classical_server_fails_the_gate_with_1(program: Program, lab: Lab) -> None:
    peer = lab["classical"]
    done = program(*ON_CRYPTOGRAPHY, f"classical.demo.invalid@{peer.address}:{peer.port}")
    assert done.code == 1
    assert "No handshake with a hybrid group was carried through." in done.out


def test_a_group_that_the_server_does_not_take_fails_where_it_was_named(program: Program, place: str) -> None:
    assert program(*ON_CRYPTOGRAPHY, place, "--group", "SecP384r1MLKEM1024").code == 1
    assert program(*ON_CRYPTOGRAPHY, place, "--group", "SecP384r1MLKEM1024", "--group", "0x11ec").code == 0


def test_dead_and_foreign_peers_end_with_3_and_a_reason(program: Program) -> None:
    with closed_port() as port:
        dead = program(*ON_CRYPTOGRAPHY, f"127.0.0.1:{port}")
    assert dead.code == 3
    assert "the connection was refused" in dead.out
    with hostile.PlainHttp() as peer:
        foreign = program(*ON_CRYPTOGRAPHY, f"127.0.0.1:{peer.port}")
    assert foreign.code == 3
    assert "HTTP" in foreign.out
    with hostile.NeverAnswers() as peer:
        silent = program(*ON_CRYPTOGRAPHY, f"127.0.0.1:{peer.port}", "--timeout", "0.5")
    assert silent.code == 3


def test_outside_this_machine_nothing_is_sent_without_permission(program: Program) -> None:
    for target in ("192.0.2.1:443", "www.example:443", "a.example@192.0.2.1:443"):
        done = program(*ON_CRYPTOGRAPHY, target)
        assert done.code == 2
        assert "--authorisation" in done.err
    assert {entry["event"] for entry in audited(program)} == {"refused"}


def test_a_permission_holds_for_its_names_and_addresses_only(program: Program) -> None:
    (program.folder / "permission.toml").write_text(PERMISSION, "utf-8")
    for target in ("198.51.100.1:443", "other.example@192.0.2.1:443", "other.example:443"):
        done = program(*ON_CRYPTOGRAPHY, target, "--authorisation", "permission.toml")
        assert done.code == 2, done
        assert "nothing was sent" in done.err
    reasons = [row["reason"] for entry in audited(program) for row in entry["refusals"]]  # type: ignore[attr-defined]
    assert set(reasons) == {"outside_authorisation", "name_not_authorised"}


def test_every_run_is_in_the_audit_log(program: Program, place: str) -> None:
    program.works(*ON_CRYPTOGRAPHY, place, "--no-store")
    assert [entry["event"] for entry in audited(program)] == ["run_started", "run_ended"]
    assert not Path(program.store).exists()


def test_a_run_in_the_store_vouches_for_the_audit_log_before_it(program: Program, place: str) -> None:
    program.works(*ON_CRYPTOGRAPHY, place, "--group", "0x11ec")
    run = program.works("show", "runs", "--json").json[0]["id"]
    assert run in program.works("audit", "verify").out
    program.audit_log.write_text("")
    assert program("audit", "verify").code == 3


class SilentFromTheFourth(Proxy):
    """Passes the control and one group in both ways, then reads and says nothing."""

    def __init__(self, backend_port: int) -> None:
        super().__init__(backend_port)
        self.is_silent = threading.Event()

    def play(self, stream: socket.socket, number: int) -> None:
        if number < 4:
            self.pass_on(stream)
            return
        self.is_silent.set()
        while stream.recv(65536):
            pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupt_keeps_and_tells_what_is_done(program: Program, server: RunningServer, number: signal.Signals) -> None:
    with SilentFromTheFourth(server.port) as peer:
        target = f"127.0.0.1:{peer.port}"
        program.works("scan", "net", f"127.0.0.1:{server.port}", "--profile", "quick")
        process = program.start(*ON_CRYPTOGRAPHY, target, "--group", "0x11ec", "--group", "0x0201", "--timeout", "60")
        assert peer.is_silent.wait(60)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert out.count("passed ") == 2
    assert "Traceback" not in err
    run = program.works("show", "runs", "--json").json[0]
    assert run["state"] == "interrupted"
    assert [entry["event"] for entry in audited(program)][-2:] == ["run_started", "run_ended"]
    with Store.open(program.store) as store:
        proven = [one.observation.name for proofs in store.proven().values() for one in proofs]
    assert proven == ["X25519MLKEM768"]


def test_sigterm_ends_a_trial_in_the_background_where_ctrl_c_is_ignored(program: Program, server: RunningServer) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)  # What a program inherits that is started with & in a script.
    try:
        with SilentFromTheFourth(server.port) as peer:
            process = program.start(
                *ON_CRYPTOGRAPHY, f"127.0.0.1:{peer.port}", "--group", "0x11ec", "--group", "0x0201", "--timeout", "60"
            )
            assert peer.is_silent.wait(60)
            process.send_signal(signal.SIGTERM)
            _, err = process.communicate(timeout=60)
    finally:
        signal.signal(signal.SIGINT, before)
    assert process.returncode == 130
    assert "Traceback" not in err
    assert program.works("show", "runs", "--json").json[0]["state"] == "interrupted"


def test_a_name_of_this_machine_is_asked_at_the_address_that_answers(program: Program, server: RunningServer) -> None:
    done = program.works(*ON_CRYPTOGRAPHY, f"localhost:{server.port}", "--group", "0x11ec")
    assert f"localhost@127.0.0.1:{server.port}: passed 2" in done.out


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("127.0.0.1:1", "--group", "x25519"),
        ("127.0.0.1:1", "--group", "0xzz"),
        ("127.0.0.1:1", "--group", "\x1b[31m"),
        ("127.0.0.0/30",),
        ("127.0.0.1:1-2",),
        ("127.0.0.1:1", "--loopback"),
        ("127.0.0.1:1", "--timeout", "nan"),
        ("127.0.0.1:1", "--timeout", "0"),
        ("127.0.0.1:1", "--all-groups", "--group", "0x11ec"),
        ("a.example@127.0.0.1:1", "--server-name", "b.example"),
        ("127.0.0.1:1", "--server-name", "not a name"),
        ("127.0.0.1:1", "--authorisation", "missing.toml"),
    ],
)
def test_wrong_usage_is_one_sentence_and_2(program: Program, arguments: tuple[str, ...]) -> None:
    done = program(*ON_CRYPTOGRAPHY, *arguments)
    assert done.code == 2, done
    assert done.out == ""
    assert len(done.err.strip().splitlines()) == 1
    assert "\x1b" not in done.err


def test_our_own_pair_says_that_both_ends_are_ours(program: Program) -> None:
    done = program.works(*ON_CRYPTOGRAPHY, "--loopback", "--group", "X25519MLKEM768")
    assert "Both ends are ours" in " ".join(done.out.split())
    assert "mldsa65" in done.out
    assert not Path(program.store).exists()


def test_a_target_that_was_never_scanned_is_told_how_to_be_shown_in_reports(program: Program, place: str) -> None:
    told = " ".join(program(*ON_CRYPTOGRAPHY, place, "--group", "0x11ec", "--site", "HQ 2").err.split())
    assert f"once the target is scanned: pqscan scan net {place} --site 'HQ 2'" in told
    program.works("scan", "net", place, "--profile", "quick", "--site", "HQ 2")
    told = " ".join(program(*ON_CRYPTOGRAPHY, place, "--group", "0x11ec", "--site", "HQ 2").err.split())
    assert "reports show the groups that it proved" in told
    other = f"other.example@{place.partition('@')[2] or place}"
    assert "once the target is scanned" in " ".join(
        program(*ON_CRYPTOGRAPHY, other, "--group", "0x11ec", "--site", "HQ 2").err.split()
    )


def test_runs_of_the_harness_are_marked(program: Program, place: str) -> None:
    program.works("scan", "net", place, "--profile", "quick")
    program.works(*ON_CRYPTOGRAPHY, place, "--group", "0x11ec")
    newest, oldest = program.works("show", "runs").out.splitlines()[1:3]
    assert ("harness" in newest, "network scan" in oldest) == (True, True)


def test_reports_show_proven_groups_and_nothing_else_changes(program: Program, place: str) -> None:
    program.works("scan", "net", place)
    before = program.works("report", "json", "--as-of", "2026-11-28").json
    program.works(*ON_CRYPTOGRAPHY, place)
    program.works(*ON_CRYPTOGRAPHY, place, "--group", "0x11ec", "--site", "elsewhere")
    after = program.works("report", "json", "--as-of", "2026-11-28").json
    proven = after["targets"][0].pop("proven_groups")
    assert [(row["name"], row["ways"]) for row in proven] == [("X25519MLKEM768", ["direct", "retry"])]
    assert {run["kind"] for run in after["runs"]} == {"net", "harness"}
    for key in ("targets", "profiles", "certificates", "findings", "coverage"):
        assert after[key] == before[key], key
    assert len(program.works("show", "targets", "--json").json) == 1
    assert len(program.works("show", "targets", "--where", "algorithm=X25519MLKEM768", "--json").json) == 1


def test_the_report_with_proofs_is_valid_and_told_in_every_format(program: Program, place: str) -> None:
    program.works("scan", "net", place, "--profile", "quick")
    program.works(*ON_CRYPTOGRAPHY, place, "--group", "0x11ec")
    document = program.works("report", "json").json
    assert list(Draft202012Validator(json.loads(schema_text())).iter_errors(document)) == []
    assert "Groups proven by a handshake, with the number of targets: X25519MLKEM768 (1)" in " ".join(
        program.works("report", "text").out.split()
    )
    assert "Proven by a handshake" in program.works("report", "html").out
    explained = program.works("explain", place.partition("@")[2]).out
    assert "Proven by a handshake" in explained
    assert "key agreement on cryptography" in " ".join(explained.split())


def test_a_later_run_that_tries_something_else_takes_no_proof_back(program: Program, place: str) -> None:
    program.works("scan", "net", place, "--profile", "quick")
    program.works(*ON_CRYPTOGRAPHY, place, "--group", "0x11ec")
    program(*ON_CRYPTOGRAPHY, place, "--group", "SecP384r1MLKEM1024")
    rows = program.works("report", "json").json["targets"]
    assert [row["name"] for row in rows[0]["proven_groups"]] == ["X25519MLKEM768"]
