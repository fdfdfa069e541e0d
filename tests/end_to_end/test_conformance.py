"""`pqscan harness conformance` as a user runs it: a good and a faulty server, files, lists, refusals."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest

from pqscan.harness.tls.identity import self_made
from pqscan.harness.tls.loopback import serving
from pqscan.harness.tls.server import ServerConversation
from pqscan.scan.audit import verify
from tests.end_to_end.conftest import Program
from tests.peers.faulty import FAULTS, Fault
from tests.peers.hostile import AlwaysAlert, NeverAnswers
from tests.peers.proxy import Proxy

IDENTITY = self_made(0x0403, datetime.now(UTC))
GOOD = Fault("good", frozenset())
FAULTY = next(fault for fault in FAULTS if fault.name == "any-finished")


@contextmanager
def running(fault: Fault) -> Iterator[int]:
    """The server in a thread with a loop of its own; gives its port."""
    settings = fault.settings(IDENTITY)
    loop = asyncio.new_event_loop()
    ready, told, ending = threading.Event(), list[int](), asyncio.Event()

    async def serve(make: Callable[[], ServerConversation]) -> None:
        async with serving(make) as port:
            told.append(port)
            ready.set()
            await ending.wait()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve(lambda: fault.server(settings))), daemon=True)
    thread.start()
    assert ready.wait(60)
    try:
        yield told[0]
    finally:
        loop.call_soon_threadsafe(ending.set)
        thread.join(60)
        loop.close()


def test_a_good_server_conforms_and_its_files_say_so(program: Program) -> None:
    with running(GOOD) as port:
        done = program.works("harness", "conformance", f"127.0.0.1:{port}", "--junit", "out.xml", "--html", "out.html")
    assert "failed (" not in done.out
    assert "Nothing failed; some answers are only tolerated." in done.out
    assert "cases, at most" in done.err
    assert max(map(len, done.out.splitlines())) <= 80
    suites = ElementTree.fromstring((program.folder / "out.xml").read_text(encoding="utf-8"))
    assert suites.attrib["failures"] == "0"
    assert int(suites.attrib["tests"]) > 100
    assert "share-short" in (program.folder / "out.html").read_text(encoding="utf-8")
    assert verify(program.audit_log).entries == 2


def test_a_faulty_server_ends_with_exit_code_1_and_its_case(program: Program) -> None:
    with running(FAULTY) as port:
        done = program("harness", "conformance", f"127.0.0.1:{port}", "--case", "finished-wrong", "--case", "share-short")
        as_json = program("harness", "conformance", f"127.0.0.1:{port}", "--case", "finished-wrong", "--json")
    assert done.code == as_json.code == 1
    assert "finished-wrong: A Finished that does not verify." in done.out
    assert "RFC 9846, section 4.5.3" in done.out
    assert as_json.json["grade"] == "fails"
    assert as_json.json["trials"][0]["reason"]["code"] == "conformance.went_on.application"


def test_a_failure_says_in_words_which_variant_it_was_and_ends_with_what_was_seen(program: Program) -> None:
    server = {fault.name: fault for fault in FAULTS}
    with running(server["takes-long-share"]) as port:
        varied = program("harness", "conformance", f"127.0.0.1:{port}", "--case", "share-long").out
    with running(server["same-random"]) as port:
        unseen = program("harness", "conformance", f"127.0.0.1:{port}", "--case", "randoms-fresh").out
    assert "variant: X25519MLKEM768, one byte more; the server went on" in " ".join(varied.split())
    assert "    RFC 9846, section 4.2.3\n" in unseen  # Nothing more of it to tell, and no mark before nothing.


def test_the_list_sends_nothing_and_needs_no_target(program: Program) -> None:
    done = program.works("harness", "conformance", "--list")
    assert "share-short (must refuse, illegal_parameter (47))" in done.out
    assert not program.audit_log.exists()
    cases = program.works("harness", "conformance", "--list", "--case", "key-update", "--json").json["cases"]
    assert [case["id"] for case in cases] == ["key-update"]


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ((), 2),
        (("192.0.2.7:443",), 2),
        (("127.0.0.1:443", "--case", "nonsense"), 2),
        (("127.0.0.1:443", "--rate", "0"), 2),
        (("127.0.0.1:1",), 3),
    ],
)
def test_what_cannot_be_done_is_one_sentence(program: Program, arguments: tuple[str, ...], code: int) -> None:
    done = program("harness", "conformance", *arguments)
    assert done.code == code
    if code == 2:
        assert done.err.startswith("Error: ")
        assert len(done.err.strip().splitlines()) == 1


def test_a_server_of_which_nothing_can_be_told_ends_with_exit_code_3(program: Program) -> None:
    with AlwaysAlert() as peer:
        done = program("harness", "conformance", f"127.0.0.1:{peer.port}", "--case", "share-short")
    assert done.code == 3
    assert "not applicable (1)" in done.out


def test_the_list_is_shown_in_vietnamese_too(program: Program) -> None:
    done = program.works("--lang", "vi", "harness", "conformance", "--list", "--case", "share-short")
    assert "share-short" in done.out


class SilentAfterTwenty(Proxy):
    """Passes the survey and the first cases on, then reads and says nothing."""

    def __init__(self, backend_port: int) -> None:
        super().__init__(backend_port)
        self.is_silent = threading.Event()

    def play(self, stream: socket.socket, number: int) -> None:
        if number <= 20:
            self.pass_on(stream)
            return
        self.is_silent.set()
        while stream.recv(65536):
            pass


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_an_interrupt_tells_what_is_done_and_closes_the_audit_log(program: Program, number: signal.Signals) -> None:
    with running(GOOD) as port, SilentAfterTwenty(port) as peer:
        process = program.start("harness", "conformance", f"127.0.0.1:{peer.port}", "--timeout", "60")
        assert peer.is_silent.wait(60)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "passed (" in out
    assert "server-share-sizes" in out
    assert "The server conforms" not in out
    assert " of " in err.splitlines()[-2]
    assert [json.loads(line)["event"] for line in program.audit_log.read_text("utf-8").splitlines()] == ["run_started", "run_ended"]


@pytest.mark.parametrize("option", ["--junit", "--html"])
@pytest.mark.parametrize("name", ["missing/out", ".", "", "a" * 300, "stream"])
def test_a_file_that_cannot_be_written_is_told_before_anything_is_sent(program: Program, option: str, name: str) -> None:
    (program.folder / "stream").symlink_to("/proc/self/fd/1")
    with NeverAnswers() as peer:
        done = program("harness", "conformance", f"127.0.0.1:{peer.port}", option, name)
        assert peer.connections == 0
    assert done.code == 3
    assert "cannot be written" in done.err
    assert not program.audit_log.exists()
