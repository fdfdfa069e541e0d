"""One file with everything in it: what is found where, and what was not read and why."""

from __future__ import annotations

import base64
import bz2
import gzip
import io
import json
import lzma
import os
import tarfile
import zipfile
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from urllib.parse import quote

import pytest
from pqscan_probes.certificate_file import CertificateFileProbe

from pqscan.errors import WorkError, WrongProtocol
from pqscan.model.observation import Observation, Subject, Support
from pqscan.model.outcome import Facts, Outcome, OutcomeStatus
from pqscan.model.target import FileTarget
from pqscan.probe import FileProbe, FileSource, Mark
from pqscan.scan.files import piece as piece_module
from pqscan.scan.files.bounds import Bounds
from pqscan.scan.files.containers import inflate
from pqscan.scan.files.examine import Examined, Examiner
from pqscan.scan.files.marks import MOST_PLACES
from tests.unit.wire.pki.making import signed

CERTIFICATE = signed("a.example")
PEM = b"-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(CERTIFICATE) + b"-----END CERTIFICATE-----\n"
NOW = datetime(2026, 11, 29, tzinfo=UTC)


class Words:
    """Finds the word SECRET-ALGORITHM; what it raises for another word is given."""

    name = "words"
    marks = (Mark("word", "SECRET-ALGORITHM"), Mark("trouble", "TROUBLE"))

    def __init__(self, trouble: Exception | None = None) -> None:
        self.trouble = trouble

    async def run(self, target: FileTarget, source: FileSource) -> Facts:
        if self.trouble is not None and source.places(self.marks[1]).offsets:
            raise self.trouble
        return Facts(
            tuple(
                Observation(Subject.SOFTWARE, "word", Support.OFFERED, where=source.where(offset))
                for offset in source.places(self.marks[0]).offsets
            )
        )


def examiner(*probes: FileProbe, bounds: Bounds | None = None, clock: Callable[[], float] = lambda: 0.0) -> Examiner:
    return Examiner(probes or (CertificateFileProbe(),), bounds or Bounds(), lambda: NOW, clock)


def examine(path: Path, data: bytes, *probes: FileProbe, bounds: Bounds | None = None) -> Examined:
    path.write_bytes(data)
    return examiner(*probes, bounds=bounds).examine(FileTarget("m", str(path)))


def zipped(members: Mapping[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return file.getvalue()


def tarred(members: Mapping[str, bytes], mode: str = "w", **further: int) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode=mode, **further) as archive:  # type: ignore[call-overload]  # The mode is no literal.
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return file.getvalue()


def ar(members: Mapping[str, bytes]) -> bytes:
    parts = [b"!<arch>\n"]
    for name, data in members.items():
        parts.append(f"{name:<16}{'0':<12}{'0':<6}{'0':<6}{'644':<8}{len(data):<10}`\n".encode() + data + b"\n" * (len(data) & 1))
    return b"".join(parts)


def cpio(members: Mapping[str, bytes], magic: bytes = b"070701") -> bytes:
    parts = []
    for inode, (name, data) in enumerate([*members.items(), ("TRAILER!!!", b"")]):
        fields = (inode, 0o100644 if data else 0, 0, 0, 1, 0, len(data), 0, 0, 0, 0, len(name) + 1, 0)
        head = magic + b"".join(b"%08X" % field for field in fields) + name.encode() + b"\0"
        parts.append(head + bytes(-len(head) % 4) + data + bytes(-len(data) % 4))
    return b"".join(parts)


def rpm(payload: bytes) -> bytes:
    def header(entries: int, data: bytes) -> bytes:
        return b"\x8e\xad\xe8\x01" + bytes(4) + entries.to_bytes(4) + len(data).to_bytes(4) + bytes(16 * entries) + data

    signature = header(2, b"signature")
    return b"\xed\xab\xee\xdb" + bytes(92) + signature + bytes(-len(signature) % 8) + header(3, b"names") + payload


def found(examined: Examined) -> list[tuple[str, ...]]:
    """The members in which something was found."""
    return [members(outcome) for outcome in examined.outcomes if outcome.profile is not None]


def members(outcome: Outcome) -> tuple[str, ...]:
    assert isinstance(outcome.target, FileTarget)
    return outcome.target.members


def not_read(examined: Examined) -> list[tuple[tuple[str, ...], str, OutcomeStatus]]:
    return [(members(o), o.detail.code, o.status) for o in examined.outcomes if o.probe == "file" and o.detail is not None]


def test_a_file_with_nothing_in_it_has_no_outcome(tmp_path: Path) -> None:
    examined = examine(tmp_path / "a", b"hello")
    assert (examined.outcomes, examined.octets, examined.contents, examined.is_through) == ((), 5, 1, True)
    assert examine(tmp_path / "b", b"").outcomes == ()


def test_a_certificate_is_found_under_any_name_and_anywhere_in_a_file(tmp_path: Path) -> None:
    for data in (PEM, CERTIFICATE, b"\0\1\2" * 1000 + CERTIFICATE + bytes(5), b"text\n" * 1000 + PEM):
        (outcome,) = examine(tmp_path / "picture.jpg", data).outcomes
        assert (outcome.status, outcome.probe) == (OutcomeStatus.COMPLETED, "certificate_file")
        assert outcome.certificates == (CERTIFICATE,)
        assert outcome.profile is not None
        assert outcome.profile.complete


CONTAINERS = {
    "zip": (zipped({"d/c.pem": PEM}), "a.jar", ("d/c.pem",)),
    "tar": (tarred({"c.pem": PEM}), "a", ("c.pem",)),
    "old tar": (tarred({"c.pem": PEM}).replace(b"ustar\0", bytes(6)), "a", ("c.pem",)),
    "gzip": (gzip.compress(PEM), "c.pem.gz", ("c.pem",)),
    "bzip2": (bz2.compress(PEM), "c.pem.bz2", ("c.pem",)),
    "xz": (lzma.compress(PEM), "c.pem.xz", ("c.pem",)),
    "tgz": (tarred({"c.pem": PEM}, "w:gz"), "a.tgz", ("a.tar", "c.pem")),
    "deb": (
        ar({"debian-binary": b"2.0\n", "data.tar.xz": tarred({"./c": PEM}, "w:xz")}),
        "a.deb",
        ("data.tar.xz", "data.tar", "./c"),
    ),
    "cpio": (cpio({"etc/c": PEM, "x": b"y"}), "a", ("etc/c",)),
    "cpio with checksums": (cpio({"x": b"y", "etc/c": PEM}, b"070702"), "a", ("etc/c",)),
    "two cpio": (cpio({"x": b"y"}) + bytes(300) + cpio({"c": PEM}) + bytes(512), "initrd", ("c",)),
    "rpm": (rpm(gzip.compress(cpio({"./c": PEM}))), "a.rpm", ("payload", "payload", "./c")),
    "zip in tar in zip": (zipped({"x": tarred({"y": zipped({"z": PEM})})}), "a", ("x", "y", "z")),
    "several xz": (lzma.compress(b"text\n") + lzma.compress(PEM), "c.xz", ("c",)),
    "several gzip": (gzip.compress(b"text\n") + gzip.compress(PEM), "c.gz", ("c",)),
}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_a_certificate_is_found_in_archives_and_their_archives(tmp_path: Path, kind: str) -> None:
    data, name, inside = CONTAINERS[kind]
    if kind == "old tar":  # Without a magic the checksum is another one.
        block = bytearray(data)
        block[148:156] = b" " * 8
        block[148:156] = b"%06o\0 " % sum(block[:512])
        data = bytes(block)
    examined = examine(tmp_path / name, data)
    assert found(examined) == [inside]
    assert examined.is_through
    assert not_read(examined) == []


def test_what_is_behind_a_damaged_member_is_still_read(tmp_path: Path) -> None:
    data = bytearray(zipped({"a": PEM * 20, "b": PEM}))
    place = data.index(b"PK\x03\x04") + 60
    data[place : place + 8] = b"\xff" * 8
    examined = examine(tmp_path / "a.zip", bytes(data))
    assert ("b",) in found(examined)
    assert not_read(examined) == [(("a",), "member_broken", OutcomeStatus.MALFORMED)]
    assert not examined.is_through


@pytest.mark.parametrize("kind", ["tar", "gzip", "bzip2", "xz", "tgz", "deb", "zip", "cpio", "rpm"])
def test_an_archive_that_is_cut_off_is_told(tmp_path: Path, kind: str) -> None:
    data, name, _ = CONTAINERS[kind]
    end = 700 if kind == "tar" else len(data) * 2 // 3  # Most of a small tar is padding.
    examined = examine(tmp_path / name, data[:end])
    assert {code for _, code, _ in not_read(examined)} <= {"container_broken", "member_broken"}
    assert not examined.is_through


@pytest.mark.parametrize("kind", ["gzip", "tgz", "zip", "deb", "rpm", "several gzip", "zip in tar in zip"])
@pytest.mark.parametrize("damage", ["none", "cut", "in the data", "in the checksum"])
def test_both_libraries_for_deflate_find_and_tell_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, damage: str
) -> None:
    pytest.importorskip("zlib_ng")
    data = bytearray(CONTAINERS[kind][0])
    if damage == "cut":
        del data[len(data) * 2 // 3 :]
    elif damage != "none":
        data[len(data) // 2 if damage == "in the data" else -6] ^= 0x55
    fast = examine(tmp_path / "a", bytes(data))
    monkeypatch.setattr(inflate, "_HAS_ZLIB_NG", False)
    plain = examine(tmp_path / "a", bytes(data))
    assert (found(fast), not_read(fast), fast.octets) == (found(plain), not_read(plain), plain.octets)


def test_what_is_locked_is_told_and_the_others_are_read(tmp_path: Path) -> None:
    data = bytearray(zipped({"a": PEM, "b": PEM}))
    for start in (data.index(b"PK\x03\x04") + 6, data.index(b"PK\x01\x02") + 8):
        data[start] |= 1
    examined = examine(tmp_path / "a.zip", bytes(data))
    assert (found(examined), not_read(examined)) == ([("b",)], [(("a",), "member_locked", OutcomeStatus.REJECTED)])


def test_an_archive_that_is_not_opened_is_told(tmp_path: Path) -> None:
    assert not_read(examine(tmp_path / "a", b"7z\xbc\xaf\x27\x1c" + bytes(100))) == [
        ((), "container_not_opened", OutcomeStatus.EXCLUDED)
    ]


def test_archives_in_archives_end_at_a_depth(tmp_path: Path) -> None:
    data = PEM
    for _ in range(6):
        data = zipped({"x": data})
    assert not_read(examine(tmp_path / "a", data, bounds=Bounds(depth=5))) == [
        (("x",) * 5, "container_too_deep", OutcomeStatus.EXCLUDED)
    ]
    assert found(examine(tmp_path / "a", data, bounds=Bounds(depth=6))) == [("x",) * 6]


def test_a_bomb_costs_what_the_bounds_allow(tmp_path: Path) -> None:
    bomb = gzip.compress(gzip.compress(bytes(200_000_000)))
    examined = examine(tmp_path / "a.gz", bomb, bounds=Bounds(octets=10_000_000))
    assert [code for _, code, _ in not_read(examined)] == ["file_octets_spent"]
    assert examined.octets < 10_000_000 + (2 << 20)
    members = examine(tmp_path / "b", zipped({f"{number}": b"" for number in range(50)}), bounds=Bounds(members=20))
    assert [code for _, code, _ in not_read(members)] == ["file_members_spent"]


def test_time_runs_out_between_reads(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(zipped({f"{number}": PEM for number in range(50)}))
    seconds = count()
    examined = examiner(bounds=Bounds(seconds=30), clock=lambda: float(next(seconds))).examine(FileTarget("m", str(tmp_path / "a")))
    assert [code for _, code, _ in not_read(examined)] == ["file_seconds_spent"]
    assert 0 < len(found(examined)) < 30


def test_what_a_secret_of_kubernetes_holds_is_found_under_its_key(tmp_path: Path) -> None:
    value = base64.b64encode(PEM).decode()
    folded = "\n    ".join(value[place : place + 76] for place in range(0, len(value), 76))
    text = f'kind: Secret\ndata:\n  tls.crt: {value}\n  ca.crt: |\n    {folded}\n---\n{{"data": {{"x.pem": "{value}"}}}}\n'
    examined = examine(tmp_path / "secret.yaml", text.encode())
    assert found(examined) == [("tls.crt",), ("ca.crt",), ("x.pem",)]
    assert {outcome.certificates for outcome in examined.outcomes} == {(CERTIFICATE,)}
    assert found(examine(tmp_path / "env", b"VALUE=" + value.encode())) == [("VALUE",)]
    assert found(examine(tmp_path / "bare", b"x " + value.encode())) == [("base64@2",)]
    twice = base64.b64encode(f"key: {value}".encode()).decode()
    assert examine(tmp_path / "other", f"a: {twice}\nb: LS0tLS1CRUdJTi".encode()).outcomes == ()


def saml(lines: int = 3) -> bytes:
    """Something of SAML, of any length, with a certificate in it."""
    space = b'xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol"'
    others = b"".join(b'<saml:%d xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion"/>' % line for line in range(lines))
    return b"<samlp:Response " + space + b">" + others + PEM + b"</samlp:Response>"


def wrapped(text: str, width: int, indent: str = "") -> str:
    return ("\n" + indent).join(text[at : at + width] for at in range(0, len(text), width))


@pytest.mark.parametrize(
    ("written", "name"),
    [
        (lambda text: text, "base64@0"),
        (lambda text: f"SAMLResponse={text}", "SAMLResponse"),
        (lambda text: f'<input name="SAMLResponse" value="{text}"/>', "value"),
        (lambda text: "POST /acs\nSAMLResponse=" + quote(text, safe="") + "&RelayState=a", "SAMLResponse"),
        (lambda text: json.dumps({"response": text}).replace("/", "\\/"), "response"),
        (lambda text: f"data:\n  idp.xml: |\n    {wrapped(text, 76, '    ')}\nother: word\n", "idp.xml"),
        (lambda text: f"{wrapped(text, 64)}\nAuthorization: none\n", "base64@0"),
        (lambda text: json.dumps({"x": wrapped(text, 76).replace("\n", "\r\n")}), "x"),
    ],
    ids=["alone", "a parameter", "a form", "a request", "JSON with escapes", "YAML", "lines", "lines in JSON"],
)
@pytest.mark.parametrize("lines", [3, 4, 5, 400])
def test_what_is_saml_in_base64_is_found_under_its_key(
    tmp_path: Path, written: Callable[[str], str], name: str, lines: int
) -> None:
    text = written(base64.b64encode(saml(lines)).decode())
    examined = examine(tmp_path / "a", text.encode())
    assert found(examined) == [(name,)]
    assert {outcome.certificates for outcome in examined.outcomes} == {(CERTIFICATE,)}


def test_two_messages_of_saml_are_two_and_other_base64_is_none(tmp_path: Path) -> None:
    text = base64.b64encode(saml())
    assert found(examine(tmp_path / "a", b"a=" + text + b"\nb=" + text)) == [("a",), ("b",)]
    for other in (b"x" + saml(), saml().replace(b"SAML:2.0:", b"XAML:2.0:")):
        assert examine(tmp_path / "b", base64.b64encode(other)).outcomes == ()


@pytest.mark.parametrize("text", ["dXJuOm9hc2lzOm5hbWVzOnRjOlNBTUw6Mi4wO", "VybjpvYXNpczpuYW1lczp0YzpTQU1MOjIuMD"])
def test_words_of_saml_in_base64_over_and_over_end(tmp_path: Path, text: str) -> None:
    for between in ("", "\n", " ", "A" * 70 + "\n", "=", "\\", "%"):
        assert examine(tmp_path / "a", ((text + between) * 20_000).encode()).outcomes == ()


def test_a_file_with_more_marks_than_are_kept_is_told(tmp_path: Path) -> None:
    examined = examine(tmp_path / "a", PEM + b"-----BEGIN CERTIFICATE-----\n" * MOST_PLACES)
    assert not_read(examined) == [((), "file_marks_spent", OutcomeStatus.EXCLUDED)]
    assert found(examined) == [()]


def test_a_header_of_a_tar_that_claims_gigabytes_is_not_believed(tmp_path: Path) -> None:
    info = tarfile.TarInfo("pax")
    info.type, info.size = tarfile.XHDTYPE, 3 << 30
    examined = examine(tmp_path / "a.tar", info.tobuf(tarfile.USTAR_FORMAT) + bytes(5120))
    assert not_read(examined) == [((), "container_broken", OutcomeStatus.MALFORMED)]


def test_names_of_members_may_be_anything(tmp_path: Path) -> None:
    examined = examine(tmp_path / "a", tarred({"../../etc/passwd\n\x1b[2J": PEM}))
    assert found(examined) == [("../../etc/passwd\n\x1b[2J",)]
    assert [path.name for path in tmp_path.iterdir()] == ["a"], "nothing is written"


def test_members_of_one_name_do_not_hide_each_other(tmp_path: Path) -> None:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        for data in (PEM, b"nothing", PEM):
            info = tarfile.TarInfo("c.pem")
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    assert found(examine(tmp_path / "a.tar", file.getvalue())) == [("c.pem",), ("c.pem#3",)]


def test_a_member_may_have_no_name(tmp_path: Path) -> None:
    nameless = bytes.fromhex("504b010214031400000008004b8e7d5dc7a78b3b0600000004000000000000000000000000000000800100000000")
    end = b"PK\x05\x06" + bytes(4) + b"\1\0\1\0" + len(nameless).to_bytes(4, "little") + bytes(4) + bytes(2)
    assert not_read(examine(tmp_path / "b", b"PK\x03\x04" + nameless + end)) != []


def test_a_probe_that_finds_another_thing_says_nothing_and_one_that_fails_is_told(tmp_path: Path) -> None:
    assert examine(tmp_path / "a", b"TROUBLE", Words(WrongProtocol("no"))).outcomes == ()
    (outcome,) = examine(tmp_path / "a", b"TROUBLE", Words(ValueError("x"))).outcomes
    assert (outcome.status, outcome.profile) == (OutcomeStatus.BUG, None)
    (outcome,) = examine(tmp_path / "a", b"TROUBLE", Words(WorkError("x"))).outcomes
    assert outcome.status is OutcomeStatus.THROTTLED


def test_each_probe_has_an_outcome_of_its_own(tmp_path: Path) -> None:
    examined = examine(tmp_path / "a", PEM + b"SECRET-ALGORITHM", CertificateFileProbe(), Words())
    assert [outcome.probe for outcome in examined.outcomes] == ["certificate_file", "words"]


def test_what_stands_in_several_pieces_is_one_outcome(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(piece_module, "PIECE_OCTETS", 1 << 16)
    monkeypatch.setattr(piece_module, "OVERLAP_OCTETS", 1 << 12)
    data = (b"x" * 50_000 + b"SECRET-ALGORITHM\n") * 10
    (outcome,) = examine(tmp_path / "a", data, Words()).outcomes
    assert outcome.profile is not None
    where = [o.where for o in outcome.profile.observations if o.where is not None]
    assert [(place.line, place.offset) for place in where] == [(n + 1, n * 50_017 + 50_000) for n in range(10)]


def test_a_file_that_changes_while_it_is_read_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a"

    class Meddler(Words):
        async def run(self, target: FileTarget, source: FileSource) -> Facts:
            Path(target.path).write_bytes(b"more")  # noqa: ASYNC240  # It never waits.
            return await super().run(target, source)

    examined = examine(path, b"SECRET-ALGORITHM", Meddler())
    assert not_read(examined) == [((), "file_changed_meanwhile", OutcomeStatus.CLOSED_EARLY)]
    assert found(examined) == [()]


def test_what_is_no_regular_file_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert not_read(examiner().examine(FileTarget("m", str(tmp_path / "pipe")))) == [
        ((), "file_unreadable", OutcomeStatus.UNREACHABLE)
    ]
    assert not_read(examiner().examine(FileTarget("m", str(tmp_path / "nothing")))) == [
        ((), "file_unreadable", OutcomeStatus.UNREACHABLE)
    ]


def test_a_file_that_is_larger_than_the_bound_ends_there(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(PEM + bytes(80 << 20))
    examined = examiner(bounds=Bounds(octets=64 << 20)).examine(FileTarget("m", str(tmp_path / "large")))
    assert [code for _, code, _ in not_read(examined)] == ["file_octets_spent"]
    assert found(examined) == [()], "what was read until then stands"
