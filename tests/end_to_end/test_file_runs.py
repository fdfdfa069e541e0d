"""`pqscan scan files` once more, resumed, and under an authorisation; the gate over a tree; reports by pseudonyms."""

from __future__ import annotations

import base64
import gzip
import json
import os
import signal
import sqlite3
import ssl
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
import yaml
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.end_to_end.conftest import Program
from tests.integration.test_private_key_file import pem
from tests.unit.scan.files.test_examine import PEM, zipped
from tests.unit.wire.pki.making import signed

WEAK_KEY = rsa.generate_private_key(65537, 1024)
WEAK = pem(WEAK_KEY)
WEAK_CERTIFICATE = ssl.DER_cert_to_PEM_cert(signed("a.example", key=WEAK_KEY))
AUTHORISATION = """
unit = "UB"
number = "7/GP"
approver = "Trần Thị B"
from = 2020-01-01
to = 2099-12-31
machines = ["may-1"]
paths = ["{path}"]
exclusions = ["{path}/secret"]
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    tree = tmp_path / "tree"
    for name, data in (("a.pem", PEM), ("b/c.zip", zipped({"d.pem": PEM})), ("secret/e.pem", PEM)):
        (tree / name).parent.mkdir(parents=True, exist_ok=True)
        (tree / name).write_bytes(data)
        os.utime(tree / name, (1_000_000_000, 1_000_000_000))
    return tree


def test_what_did_not_change_is_told_and_full_reads_it(program: Program, tree: Path) -> None:
    program.works("scan", "files", str(tree))
    again = program.works("scan", "files", str(tree), "--json").json
    assert again["by_status"] == {"completed": 3}
    full = program.works("scan", "files", str(tree), "--full", "--json").json
    assert full["unchanged"] == 0
    assert full["by_status"] == {"completed": 3}


def test_outside_of_an_authorisation_nothing_is_read(program: Program, tree: Path) -> None:
    (program.folder / "a.toml").write_text(AUTHORISATION.format(path=tree), "utf-8")
    given = ("--authorisation", "a.toml", "--audit-log", "audit.jsonl")
    done = program.works("scan", "files", str(tree), "--machine", "may-1", "--json", *given).json
    assert done["by_status"] == {"completed": 2, "excluded": 1}
    for path, machine, said in (
        (str(tree.parent), "may-1", "lies outside of what the authorisation '7/GP' permits"),
        (f"{tree}/../tree2", "may-1", "lies outside of what the authorisation '7/GP' permits"),
        (f"{tree}/secret", "may-1", "excludes"),
        (str(tree), "may-2", "does not name the machine 'may-2'"),
    ):
        refused = program("scan", "files", path, "--machine", machine, *given)
        assert (refused.code, refused.out) == (2, "")
        assert said in refused.err
        assert len(refused.err.splitlines()) == 1
    log = [json.loads(line) for line in (program.folder / "audit.jsonl").read_text("utf-8").splitlines()]
    assert [entry["event"] for entry in log] == ["run_started", "run_ended", "refused", "refused", "refused", "refused"]
    assert log[0]["authorisation"]["number"] == "7/GP"
    assert program.works("show", "runs", "--json").json[0]["authorisation"] == "7/GP"
    assert "7/GP" in program.works("authorisation", "check", "a.toml").out


def committed(store: Path) -> int:
    """How many files the store's one run has behind it; 0 while there is none."""
    try:
        with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as connection:
            return sum(cursor for (cursor,) in connection.execute("SELECT cursor FROM run"))
    except sqlite3.Error:
        return 0


def test_an_interrupted_scan_names_how_to_go_on_and_goes_on(program: Program, tmp_path: Path) -> None:
    tree = tmp_path / "many"
    tree.mkdir()
    (tree / "a.pem").write_bytes(PEM)
    long = gzip.compress(bytes(512 << 20), 1)  # takes seconds to be unpacked and read
    for name in ("b.gz", "c.gz", "d.gz"):
        (tree / name).write_bytes(long)
    process = subprocess.Popen(
        [sys.executable, "-m", "pqscan", "scan", "files", str(tree), "--workers", "1"],
        env=program.environment, cwd=program.folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    while not committed(Path(program.store)):
        assert process.poll() is None
    process.send_signal(signal.SIGTERM)
    _out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Interrupted after" in err
    run = err.split("--resume ")[1].split()[0]
    done = program.works("scan", "files", "--resume", run, "--json").json
    assert (done["run"], done["by_status"], done["interrupted"]) == (run, {"completed": 4}, False)
    assert len(program.works("show", "runs", "--json").json) == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ("scan", "files"),
        ("scan", "files", "--resume", "none"),
        ("scan", "files", "/etc/hostname", "--resume", "none"),
        ("scan", "files", "--resume", "none", "--full"),
        ("scan", "files", "/etc/hostname", "--authorisation", "none.toml"),
        ("gate", "--files"),
        ("gate", "--files", "/etc/hostname", "--new-only"),
        ("gate", "--files", "/etc/hostname", "--run", "none"),
        ("gate", "--files", "/etc/hostname", "--baseline", "none.json"),
        ("gate", "--files", "/etc/hostname", "--new-only", "--baseline", "none.json"),
        ("gate", "--files", "/etc/hostname", "--new-only", "--baseline", "none.json", "--write-baseline", "b.json"),
        ("report", "json", "--key", "none"),
        ("report", "json", "--pseudonymise", "--key", "none"),
        ("show", "algorithms", "--pseudonymise", "--key", "none"),
        ("show", "runs", "--find", "/etc"),
    ],
    ids=" ".join,
)
def test_wrong_usage_is_one_sentence(program: Program, arguments: tuple[str, ...]) -> None:
    program.works("scan", "files", "/etc/hostname", "--quiet")
    done = program(*arguments)
    assert done.code == 2, done.err
    assert len(done.err.splitlines()) == 1


def test_the_gate_over_a_repository_needs_no_store(program: Program, tree: Path) -> None:
    (tree / "weak.pem").write_bytes(WEAK)
    blocked = program("gate", "--files", str(tree))
    assert blocked.code == 1
    assert "floor-state-signature" in blocked.out
    assert not Path(program.store).exists()
    written = program.works("gate", "--files", str(tree), "--root", str(tree), "--write-baseline", "base.json")
    assert "known from now on" in written.err
    known = ("--new-only", "--baseline", "base.json", "--root", str(tree))
    program.works("gate", "--files", str(tree), *known)
    (tree / "b" / "another.pem").write_bytes(WEAK)
    new = program("gate", "--files", str(tree / "b" / "another.pem"), *known, "--json")
    assert new.code == 1
    assert any("another.pem" in target for row in new.json["criteria"] for each in row["evidence"] for target in each["targets"])


def test_the_entry_for_pre_commit_runs_on_the_changed_files(program: Program, tree: Path) -> None:
    (hook,) = yaml.safe_load((Path(__file__).parents[2] / ".pre-commit-hooks.yaml").read_text("utf-8"))
    _, *entry = hook["entry"].split()
    for name in ("changed.pem", "text"):
        (program.folder / name).write_bytes(b"nothing")
    program.works("gate", "--files", ".", "--write-baseline", hook["args"][-1])
    program.works(*entry, *hook["args"], "changed.pem", "text")
    (program.folder / "changed.pem").write_bytes(WEAK)
    assert program(*entry, *hook["args"], "changed.pem", "text").code == 1


def test_a_report_by_pseudonyms_is_found_again_by_its_key(program: Program, tree: Path) -> None:
    program.works("scan", "files", str(tree), "--machine", "may-rieng")
    program.works("key", "pseudonyms", "-o", "p.key")
    told = program.works("report", "json", "--pseudonymise", "--key", "p.key")
    for name in ("may-rieng", "a.pem", "secret", str(tree)):
        assert name not in told.out
    shown = program.works("show", "targets", "--pseudonymise", "--key", "p.key", "--json").json
    assert [row["target"]["path"] for row in shown] == [row["target"]["path"] for row in told.json["targets"]]
    (found,) = program.works("show", "targets", "--find", str(tree / "a.pem"), "--key", "p.key", "--json").json
    assert found["pseudonym"]["path"] in [row["target"]["path"] for row in shown]
    (back,) = program.works("show", "targets", "--find", found["pseudonym"]["path"], "--key", "p.key", "--json").json
    assert back["target"]["path"] == str(tree / "a.pem")
    assert "a.example" not in program.works("show", "certificates", "--pseudonymise", "--key", "p.key").out
    assert str(tree) not in program.works("show", "runs", "--pseudonymise", "--key", "p.key").out


SAID = 'pqscan: ignore reason="a test bench" until={until}'
SPOKEN_OF = {  # On a line each that blocks, behind the comment, or below it.
    "a.py": "from cryptography.hazmat.primitives.asymmetric import rsa\n\nkey = rsa.generate_private_key(65537, 1024)  # {said}\n",
    "nginx.conf": "http {{\n server {{\n  listen 443 ssl;\n  # {said}\n  ssl_protocols SSLv3 TLSv1.2;\n }}\n}}\n",
    "notes.txt": "The old key:\n# {said}\n" + WEAK.decode(),
    "bundle.txt": "// {said}\n" + WEAK_CERTIFICATE,
    "secret.yaml": "kind: Secret\ndata:\n  # {said}\n  tls.key: " + base64.b64encode(WEAK).decode() + "\n",
    "a.zone": "; {said}\nexample. 3600 IN DNSKEY 257 3 5 AwEAAbH=\n",
}


@pytest.mark.parametrize("name", SPOKEN_OF)
@pytest.mark.parametrize(("until", "code"), [("2099-12-31", 0), ("2020-01-01", 1)])
def test_the_gate_leaves_out_what_a_comment_lets_pass_until_its_day(
    program: Program, tmp_path: Path, name: str, until: str, code: int
) -> None:
    path = tmp_path / name  # In a folder called after a test, which says nothing where the scan begins there.
    path.write_text(SPOKEN_OF[name].format(said=SAID.format(until=until)), "utf-8")
    done = program("gate", "--files", str(path))
    assert done.code == code, done.out
    assert ("1 place has a comment that lets it pass." in done.out) == (code == 0)
    assert ("1 place has a comment whose day is past: it lets nothing pass any more." in done.out) == (code == 1)
    told = program("gate", "--files", str(path), "--json").json
    assert (told["let_pass"], told["let_pass_no_more"], told["wrong_comments"]) == (1 - code, code, 0)


def test_the_gate_tells_a_comment_that_lacks_its_reason(program: Program, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("# pqscan: ignore until=2099-01-01\n" + WEAK.decode(), "utf-8")
    done = program("gate", "--files", str(path))
    assert done.code == 1
    assert "1 file has a comment without a reason or a day, which lets nothing pass." in done.out


def test_a_key_that_a_comment_lets_pass_is_kept_and_told_as_ever(program: Program, tmp_path: Path) -> None:
    """Only who stops somebody heeds the comment: a key is there, whatever was decided of it."""
    (tmp_path / "tree").mkdir()
    path = tmp_path / "tree" / "notes.txt"
    told = []
    said = SAID.format(until="2099-12-31")
    for word in ("-" * len(said), said):
        path.write_text(f"# {word}\n" + WEAK.decode(), "utf-8")
        program.works("scan", "files", str(path), "--full")
        shown = program.works("report", "cyclonedx").json
        told.append([each for each in shown["components"] if each["type"] == "cryptographic-asset"])
        assert "RSA 1024" in program.works("explain", str(path)).out
    refs = [[each["bom-ref"] for each in components] for components in told]
    assert refs[0] == refs[1]
    assert any(ref.startswith("crypto/private-key") for ref in refs[0])
    results = program.works("report", "sarif").json["runs"][0]["results"]
    assert results
    assert {each["suppressions"][0]["justification"] for each in results} == {"a test bench"}


def test_the_gate_does_not_pass_over_what_it_could_not_read(program: Program, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "cut").mkdir()
    (tmp_path / "cut" / "a.zip").write_bytes(zipped({"a.pem": PEM})[:60])
    for name, code in (("empty", 0), ("cut", 3)):
        done = program("gate", "--files", str(tmp_path / name))
        assert done.code == code, (name, done.out, done.err)
    assert "could be read to its end" in program("gate", "--files", str(tmp_path / "cut")).err


def test_a_path_that_is_not_there_is_wrong_usage_of_the_gate_as_of_a_scan(program: Program, tmp_path: Path) -> None:
    told = [program(*command, str(tmp_path / "not-there")) for command in (("scan", "files"), ("gate", "--files"))]
    assert [(done.code, done.out) for done in told] == [(2, "")] * 2
    assert told[0].err == told[1].err


def test_passwords_are_tried_on_what_stayed_locked_before(program: Program, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    path = tmp_path / "tree" / "key.pem"
    path.write_bytes(pem(rsa.generate_private_key(65537, 1024), password=b"mot hai"))
    os.utime(path, (1_000_000_000, 1_000_000_000))
    (tmp_path / "words").write_text("mot hai\n", encoding="utf-8")
    program.works("scan", "files", str(path.parent))
    program.works("scan", "files", str(path.parent), "--passwords", str(tmp_path / "words"))
    assert "RSA 1024" in program.works("explain", str(path)).out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("scan", "files", ""), "no path is named"),
        (("scan", "files", "not-there", "nor-this"), "nothing is there by the name of 'not-there'"),
        (("scan", "files", ".", "--workers", "99999"), "--workers must be 1 to"),
        (("gate", "--files", ""), "--files needs a path"),
        (("gate", "--files", ".", "--root", "."), "--root is for a baseline"),
        (("gate", "--files", ".", "--root", "not-there", "--write-baseline", "b.json"), "must be a folder"),
    ],
)
def test_words_that_mean_nothing_are_refused(program: Program, words: tuple[str, ...], said: str) -> None:
    done = program(*words)
    assert (done.code, said in done.err) == (2, True), done.err


def test_parts_of_configurations_go_by_pseudonyms_too(program: Program, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a").write_text(
        "conn nguyen-van-an\n    keyexchange=ikev2\n    ike=aes256-sha256-modp2048!\n    right=a.vn\n"
    )
    (tmp_path / "tree" / "b").write_text(
        "http {\n server {\n  listen 443 ssl;\n  server_name bi-mat.vn;\n"
        '  # pqscan: ignore reason="as nguyen-van-an said" until=2099-01-01\n  ssl_protocols TLSv1.1;\n }\n}\n'
    )
    program.works("scan", "files", str(tmp_path / "tree"))
    key = program.folder / "names.key"
    program.works("key", "pseudonyms", "-o", str(key))
    for report in ("json", "html", "csv", "text", "cyclonedx", "sarif"):
        told = program.works("report", report, "--pseudonymise", "--key", str(key)).out
        assert not [name for name in ("nguyen-van-an", "bi-mat.vn", "tree/a") if name in told], report
    assert "nguyen-van-an" in program.works("report", "json").out
