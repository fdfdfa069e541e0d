"""The probe of SMB at Samba, field by field, and at scripted servers that hang up, lie and speak something else."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from pqscan_probes.smb import CIPHERS, SIGNING, SmbProbe, SmbSettings

from pqscan.errors import MalformedMessage, PeerClosed, PeerRejected, WrongProtocol
from pqscan.model.observation import Preference, Subject, Support
from pqscan.model.outcome import Facts, OutcomeStatus
from pqscan.model.target import NetworkTarget
from pqscan.net.dial import DialSettings, TcpDialer
from pqscan.net.throttle import Throttle
from pqscan.wire.smb.frame import encode_frame
from pqscan.wire.smb.negotiate import MARK, Context, NegotiateResponse, listing
from pqscan.wire.smb.words import ContextType
from tests.peers.plain_programs import load_plain_truth, missing, running
from tests.peers.service_configs import found
from tests.unit.net.loopback import serving

TRUTHS = ("samba-default", "samba-narrow")
Answer = Callable[[bytes], bytes | None]
"""What a scripted server answers to a message; None where it hangs up."""


async def ask(port: int, depth: str = "inventory") -> tuple[Facts, int]:
    dialer = TcpDialer(Throttle(), DialSettings())
    return await SmbProbe(SmbSettings(depth)).run(NetworkTarget("127.0.0.1", port), dialer), dialer.connections_used


def names(facts: Facts, subject: Subject, support: Support | None = None, context: str | None = None) -> list[str]:
    return [
        each.name or each.value
        for each in facts.observations
        if each.subject is subject and support in (None, each.support) and context in (None, each.context)
    ]


@pytest.mark.lab
@pytest.mark.skipif(missing("samba") is not None, reason=str(missing("samba")))
@pytest.mark.parametrize("name", TRUTHS)
def test_every_field_is_that_of_the_truth_file(name: str) -> None:
    truth = load_plain_truth(name)
    with running(truth["program"], *truth.get("options", ())) as port:
        facts, connections = asyncio.run(ask(port))
        quick, one = asyncio.run(ask(port, "quick"))
    assert (facts.status, facts.complete, facts.detail) == (OutcomeStatus.COMPLETED, True, None)
    assert sorted(names(facts, Subject.PROTOCOL_VERSION, Support.ACCEPTED)) == sorted(truth["versions"])
    assert sorted(names(facts, Subject.PROTOCOL_VERSION, Support.REFUSED)) == sorted(truth["refused_versions"])
    for subject, field in ((Subject.ENCRYPTION, "ciphers"), (Subject.MAC, "macs")):
        assert names(facts, subject, Support.ACCEPTED, "SMB3.1.1") == truth[field]
        assert not names(facts, subject, Support.UNKNOWN)
    assert names(facts, Subject.BEHAVIOUR) == truth["behaviours"]
    chosen = (truth["ciphers"][:1], truth["macs"][:1], ["SMB3.1.1"])
    for found_ in (facts, quick):
        assert (
            names(found_, Subject.SELECTED_ENCRYPTION),
            names(found_, Subject.SELECTED_MAC),
            names(found_, Subject.SELECTED_VERSION),
        ) == chosen
    assert (one, connections <= 17) == (1, True)
    assert not [each for each in quick.observations if each.support in (Support.REFUSED, Support.UNKNOWN)]


@pytest.mark.lab
@pytest.mark.skipif(missing("samba") is not None, reason=str(missing("samba")))
@pytest.mark.parametrize(("option", "name"), [("AES-128-GMAC", "AES-GMAC"), ("HMAC-SHA256", "HMAC-SHA256")])
def test_a_samba_that_refuses_a_whole_question_for_one_list_is_asked_for_each_list_alone(option: str, name: str) -> None:
    with running("samba", f"server smb3 signing algorithms = {option}", "server smb3 encryption algorithms = AES-256-GCM") as port:
        facts, connections = asyncio.run(ask(port))
    assert names(facts, Subject.MAC, Support.ACCEPTED, "SMB3.1.1") == [name]
    assert len(names(facts, Subject.MAC, Support.REFUSED, "SMB3.1.1")) == 2
    assert names(facts, Subject.ENCRYPTION, Support.ACCEPTED, "SMB3.1.1") == ["AES-256-GCM"]
    assert len(names(facts, Subject.ENCRYPTION, Support.REFUSED, "SMB3.1.1")) == 3
    assert connections <= 17


@pytest.mark.lab
@pytest.mark.skipif(found("testparm") is None, reason="testparm of Samba is not on this machine")
def test_sambas_own_report_of_its_defaults_is_the_truth_file(tmp_path: Path) -> None:
    empty = tmp_path / "smb.conf"
    empty.write_text("[global]\n")
    said = subprocess.run([str(found("testparm")), "-sv", str(empty)], capture_output=True, text=True, check=True).stdout
    lines = dict(line.strip().split(" = ", 1) for line in said.splitlines() if " = " in line.strip())
    truth = load_plain_truth("samba-default")
    assert lines["server smb3 encryption algorithms"].split(", ") == truth["ciphers"]
    shown = {"AES-128-GMAC": "AES-GMAC", "AES-128-CMAC": "AES-CMAC", "HMAC-SHA256": "HMAC-SHA256"}
    assert [shown[each] for each in lines["server smb3 signing algorithms"].split(", ")] == truth["macs"]


def asked(answer: Answer, depth: str = "inventory", step: int = 1 << 16) -> tuple[Facts, int]:
    """At a server that gives `answer` to each first message, in pieces of `step` bytes."""

    async def main() -> tuple[Facts, int]:
        async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            message = await reader.readexactly(int.from_bytes(await reader.readexactly(4), "big"))
            given = answer(message)
            for start in range(0, len(given or b""), step):
                writer.write((given or b"")[start : start + step])
                await writer.drain()
            if given is not None:
                await reader.read()

        async with serving(handle) as port:
            return await ask(port, depth)

    return asyncio.run(main())


def named(message: bytes) -> tuple[list[int], list[int], list[int]]:
    """Dialects, ciphers and ways to sign of a request, read without the codec."""
    if not message.startswith(MARK):
        return [], [], []
    count, start, contexts = message[66], int.from_bytes(message[92:96], "little"), int.from_bytes(message[96:98], "little")
    dialects = [int.from_bytes(message[100 + 2 * place : 102 + 2 * place], "little") for place in range(count)]
    lists: dict[int, list[int]] = {}
    for _ in range(contexts):
        kind, size = (int.from_bytes(message[start + at : start + at + 2], "little") for at in (0, 2))
        data = message[start + 8 : start + 8 + size]
        lists[kind] = [int.from_bytes(data[at : at + 2], "little") for at in range(2, size, 2)]
        start += (8 + size + 7) // 8 * 8
    return dialects, lists.get(2, []), lists.get(8, [])


def server(message: bytes, *, ciphers: tuple[int, ...] = (2, 4), dialects: tuple[int, ...] = (0x0302, 0x0311)) -> bytes | None:
    """Takes what it knows in the client's order; hangs up on SMB 1."""
    asked_dialects, asked_ciphers, asked_signing = named(message)
    if not asked_dialects:
        return None
    taken = [each for each in asked_dialects if each in dialects]
    if not taken:
        return encode_frame(NegotiateResponse(0xC00000BB).encode())
    contexts: tuple[Context, ...] = ()
    if max(taken) == 0x0311:
        cipher = next((each for each in asked_ciphers if each in ciphers), 0)
        contexts = (listing(ContextType.ENCRYPTION, (cipher,)),)
        contexts += (listing(ContextType.SIGNING, (1,)),) if 1 in asked_signing else ()
    return encode_frame(NegotiateResponse(0, max(taken), 3, 0x40, contexts, b"token").encode())


def test_a_server_that_follows_the_clients_order_is_told_so_and_has_no_ranks() -> None:
    facts, _ = asked(server)
    assert facts.preference == (("SMB3.1.1", Preference.CLIENT),)
    assert sorted(names(facts, Subject.ENCRYPTION, Support.ACCEPTED, "SMB3.1.1")) == ["AES-128-GCM", "AES-256-GCM"]
    assert names(facts, Subject.MAC, Support.ACCEPTED, "SMB3.1.1") == ["AES-CMAC"]
    assert len(names(facts, Subject.ENCRYPTION, Support.REFUSED)) == 2
    assert {each.rank for each in facts.observations} == {None}
    assert names(facts, Subject.BEHAVIOUR) == ["signing_required"]


def test_the_same_answers_byte_by_byte_give_the_same_facts() -> None:
    assert asked(server, step=1)[0].observations == asked(server)[0].observations


def test_a_server_that_names_no_way_to_sign_signs_by_what_the_documents_give_it() -> None:
    """Windows before Server 2022 and Samba before 4.15 know no such list ([MS-SMB2], section 3.2.5.2)."""

    def old(message: bytes) -> bytes | None:
        if not message.startswith(MARK) or 0x0311 not in named(message)[0]:
            return server(message)
        cipher = next((each for each in named(message)[1] if each == 2), 0)
        return encode_frame(NegotiateResponse(0, 0x0311, 1, 0, (listing(ContextType.ENCRYPTION, (cipher,)),)).encode())

    facts, _ = asked(old)
    assert names(facts, Subject.SELECTED_MAC) == ["AES-CMAC"]
    assert names(facts, Subject.MAC, Support.ACCEPTED, "SMB3.1.1") == ["AES-CMAC"]
    assert sorted(names(facts, Subject.MAC, Support.REFUSED, "SMB3.1.1")) == ["AES-GMAC", "HMAC-SHA256"]


@pytest.mark.parametrize(
    ("dialect", "capabilities", "cipher", "mac"),
    [
        (0x0302, 0x40, ["AES-128-CCM"], "AES-CMAC"),
        (0x0300, 0x40, ["AES-128-CCM"], "AES-CMAC"),
        (0x0300, 0x00, [], "AES-CMAC"),
        (0x0210, 0x40, [], "HMAC-SHA256"),
        (0x0202, 0x00, [], "HMAC-SHA256"),
    ],
)
def test_a_dialect_before_3_1_1_has_the_cipher_and_the_way_to_sign_of_its_own(
    dialect: int, capabilities: int, cipher: list[str], mac: str
) -> None:
    def only(message: bytes) -> bytes | None:
        if not message.startswith(MARK):
            return None
        takes = dialect in named(message)[0]
        return encode_frame((NegotiateResponse(0, dialect, 1, capabilities) if takes else NegotiateResponse(0xC00000BB)).encode())

    facts, _ = asked(only)
    assert (names(facts, Subject.SELECTED_ENCRYPTION), names(facts, Subject.ENCRYPTION)) == (cipher, cipher)
    assert (names(facts, Subject.SELECTED_MAC), names(facts, Subject.MAC)) == ([mac], [mac])
    assert ("no_encryption" in names(facts, Subject.BEHAVIOUR)) == (not cipher)
    assert len(names(facts, Subject.PROTOCOL_VERSION, Support.REFUSED)) == 5


def test_a_cipher_tells_the_size_of_its_key_and_a_way_to_sign_none() -> None:
    facts, _ = asked(server)
    sizes = {each.name: dict(each.parameters).get("key_bits") for each in facts.observations if each.subject is Subject.ENCRYPTION}
    assert sizes == {"AES-128-CCM": 128, "AES-128-GCM": 128, "AES-256-CCM": 256, "AES-256-GCM": 256}
    assert not [each for each in facts.observations if each.subject is Subject.MAC and each.parameters]


def test_who_takes_another_dialect_at_the_end_than_at_first_has_refused_nothing() -> None:
    count = iter(range(1000))

    def turning(message: bytes) -> bytes | None:
        everything = len(named(message)[0]) == 5
        return server(message, dialects=(0x0302,) if everything and next(count) else (0x0302, 0x0311))

    facts, _ = asked(turning)
    assert facts.detail is not None
    assert (facts.complete, facts.detail.code) == (False, "smb_closed_early")
    assert not [each for each in facts.observations if each.support is Support.REFUSED]
    unknown = [each for each in facts.observations if each.support is Support.UNKNOWN]
    assert {dict(each.parameters)["reason"] for each in unknown} == {"closed_early"}


def test_a_server_without_encryption_is_told_so() -> None:
    facts, _ = asked(partial(server, ciphers=()))
    assert "no_encryption" in names(facts, Subject.BEHAVIOUR)
    assert len(names(facts, Subject.ENCRYPTION, Support.REFUSED, "SMB3.1.1")) == len(CIPHERS)


@pytest.mark.parametrize("cipher", [2, 0x9999])
def test_who_chooses_what_it_was_not_offered_has_refused_nothing(cipher: int) -> None:
    fixed = NegotiateResponse(0, 0x0311, 1, 0, (listing(ContextType.ENCRYPTION, (cipher,)), listing(ContextType.SIGNING, (2,))))
    facts, connections = asked(lambda message: encode_frame(fixed.encode()) if message.startswith(MARK) else None)
    assert names(facts, Subject.ENCRYPTION, Support.ACCEPTED) == (["AES-128-GCM"] if cipher == 2 else [])
    left_open = [
        one for one in facts.observations if one.subject in (Subject.ENCRYPTION, Subject.MAC) if one.support is not Support.ACCEPTED
    ]
    assert {(one.support, dict(one.parameters)["reason"]) for one in left_open} == {(Support.UNKNOWN, "contradiction")}
    assert connections < 12
    assert {each.value for each in facts.observations if each.subject is Subject.MAC} == {f"0x{each:04x}" for each in SIGNING}


def test_who_says_nothing_of_signing_signs_as_smb_3_does() -> None:
    """Servers that know no such context (section 3.1.4.1)."""

    def silent(message: bytes) -> bytes | None:
        answer = NegotiateResponse(0, 0x0311, 1, 0, (listing(ContextType.ENCRYPTION, (2,)),))
        return encode_frame(answer.encode()) if 2 in named(message)[1] else server(message, ciphers=())

    facts, _ = asked(silent)
    assert names(facts, Subject.MAC, Support.ACCEPTED, "SMB3.1.1") == names(facts, Subject.SELECTED_MAC) == ["AES-CMAC"]
    assert len(names(facts, Subject.MAC, Support.REFUSED, "SMB3.1.1")) == 2


def old(message: bytes) -> bytes | None:
    """Takes SMB 1 alone."""
    return (
        None
        if message.startswith(MARK)
        else encode_frame(b"\xffSMB\x72" + bytes(4) + b"\x80" + bytes(22) + b"\x11\0\0\x03" + bytes(40))
    )


def test_who_hangs_up_once_and_answers_smb_1_has_not_refused_what_is_newer() -> None:
    for count, refused in ((1, ["SMB2.0.2", "SMB2.1", "SMB3.0"]), (2, ["SMB2.0.2", "SMB2.1", "SMB3.0", "SMB3.0.2", "SMB3.1.1"])):
        hang_ups = iter(range(count))

        def busy(message: bytes, hang_ups: Iterator[int] = hang_ups) -> bytes | None:
            if not message.startswith(MARK):
                return old(message)
            return server(message) if next(hang_ups, None) is None else None

        facts, _ = asked(busy)
        assert "SMB1" in names(facts, Subject.PROTOCOL_VERSION, Support.ACCEPTED)
        assert names(facts, Subject.PROTOCOL_VERSION, Support.REFUSED) == refused
        assert names(facts, Subject.SELECTED_VERSION) == (["SMB3.1.1"] if count == 1 else [])


def test_what_was_refused_by_who_then_stops_answering_is_unknown() -> None:
    count = iter(range(1000))
    facts, _ = asked(lambda message: server(message) if next(count) < 4 else None)
    assert (facts.status, facts.complete) == (OutcomeStatus.CLOSED_EARLY, False)
    assert facts.detail is not None
    assert facts.detail.code == "smb_closed_early"
    assert not [each for each in facts.observations if each.support is Support.REFUSED]
    assert [each.value for each in facts.observations if each.subject is Subject.SELECTED_VERSION] == ["SMB3.1.1"]


OLD = encode_frame(b"\xffSMB\x72" + bytes(4) + b"\x80" + bytes(22) + b"\x11\x00\x00\x03" + bytes(31) + bytes(2))


@pytest.mark.parametrize("depth", ["quick", "inventory"])
def test_who_hangs_up_on_smb_2_twice_and_answers_smb_1_has_smb_1_alone(depth: str) -> None:
    facts, connections = asked(lambda message: None if message.startswith(MARK) else OLD, depth)
    assert (facts.complete, connections) == (True, 3)
    assert names(facts, Subject.PROTOCOL_VERSION, Support.ACCEPTED) == ["SMB1"]
    assert len(names(facts, Subject.PROTOCOL_VERSION, Support.REFUSED)) == (0 if depth == "quick" else 5)
    assert names(facts, Subject.BEHAVIOUR) == ["signing_not_required"]


def test_who_hangs_up_once_and_answers_smb_2_then_is_not_taken_for_an_old_server() -> None:
    count = iter(range(1000))
    facts, _ = asked(lambda message: OLD if not message.startswith(MARK) else None if next(count) == 0 else server(message))
    assert facts.complete
    assert names(facts, Subject.PROTOCOL_VERSION, Support.ACCEPTED) == ["SMB1", "SMB3.0.2", "SMB3.1.1"]


def test_what_is_no_smb_is_told_as_what_it_is() -> None:
    with pytest.raises(WrongProtocol) as caught:
        asked(lambda _: b"SSH-2.0-OpenSSH_10.0\r\n")
    assert caught.value.like == "SSH"
    for words in (b"\x00\x00\x00\x05hello", b"\x83\x00\x00\x01\x8f"):
        with pytest.raises(WrongProtocol):
            asked(lambda _, words=words: words)  # type: ignore[misc]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (None, PeerClosed),
        (b"\x00\xff\xff\xff" + MARK, MalformedMessage),
        (encode_frame(MARK + bytes(60)), MalformedMessage),
        (b"\x85\0\0\0" * 65 + encode_frame(NegotiateResponse(0, 0x0311).encode()), MalformedMessage),  # It keeps us alive.
        (encode_frame(NegotiateResponse(0, 0x0999).encode()), MalformedMessage),
        (encode_frame(NegotiateResponse(0xC00000BB).encode()), PeerRejected),
        (encode_frame(b"\xffSMB\x72" + bytes(4) + b"\x80" + bytes(22) + b"\x01\xff\xff\x00\x00"), MalformedMessage),
    ],
)
def test_an_answer_that_says_nothing_is_an_error_of_the_peer(answer: bytes | None, error: type[Exception]) -> None:
    with pytest.raises(error):
        asked(lambda _: answer)
