"""Fingerprints of SARIF over a tree in which lines move: the same findings are known again, and no two of them are one."""

from __future__ import annotations

import ssl
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.end_to_end.conftest import Program
from tests.integration.test_private_key_file import pem
from tests.unit.wire.pki.making import signed

KEY = rsa.generate_private_key(65537, 1024)


def certificate(name: str) -> str:
    return ssl.DER_cert_to_PEM_cert(signed(name, key=KEY))


FILES = {
    "a.py": "from cryptography.hazmat.primitives.asymmetric import rsa\n"
    "one = rsa.generate_private_key(65537, 1024)\ntwo = rsa.generate_private_key(65537, 1024)\n",
    "sshd_config": "Port 22\nKexAlgorithms diffie-hellman-group1-sha1\nMACs hmac-md5\nHostKeyAlgorithms ssh-rsa\n",
    "notes.txt": f"One:\n{pem(KEY).decode()}Two:\n{pem(KEY).decode()}",
    "bundle.txt": f"One:\n{certificate('a.example')}Two:\n{certificate('b.example')}",
    "requirements.txt": "cryptography==44.0.0\nrsa==4.9\n",
}
ABOVE = "# a line\n\n# and more\n"


def results(program: Program, root: Path, *more: str) -> list[Any]:
    program.works("scan", "files", str(root), "--full")
    run = program.works("report", "sarif", "--root", str(root), *more).json["runs"][0]
    found: list[Any] = run["results"]
    return found


def placed(rows: list[Any]) -> dict[str, tuple[str, str, int | None]]:
    return {
        row["partialFingerprints"]["pqscanFinding/v1"]: (
            row["locations"][0]["physicalLocation"]["artifactLocation"]["uri"],
            row["ruleId"],
            row["locations"][0]["physicalLocation"].get("region", {}).get("startLine"),
        )
        for row in rows
    }


@pytest.mark.parametrize("name", FILES)
def test_fingerprints_stay_when_lines_move(program: Program, tmp_path: Path, name: str) -> None:
    """What a manifest asks for is used by nobody yet, and gives no finding."""
    (tmp_path / "tree").mkdir()
    path = tmp_path / "tree" / name
    path.write_text(FILES[name], "utf-8")
    before = results(program, tmp_path / "tree")
    path.write_text(ABOVE + FILES[name], "utf-8")
    after = results(program, tmp_path / "tree")
    assert len(placed(before)) == len(before)
    assert bool(before) == (name != "requirements.txt")
    moved = {mark: (uri, rule, None if line is None else line + 3) for mark, (uri, rule, line) in placed(before).items()}
    assert placed(after) == moved


@pytest.mark.parametrize("name", ["a.py", "notes.txt", "bundle.txt"])
def test_two_alike_in_a_file_are_two_and_stay_so_beside_a_third(program: Program, tmp_path: Path, name: str) -> None:
    (tmp_path / "tree").mkdir()
    path = tmp_path / "tree" / name
    path.write_text(FILES[name], "utf-8")
    before = results(program, tmp_path / "tree")
    assert set(Counter(row["ruleId"] for row in before).values()) == {2}
    path.write_text(FILES[name] + {"a.py": FILES[name].splitlines()[1]}.get(name, pem(KEY).decode()), "utf-8")
    assert placed(before).keys() < placed(results(program, tmp_path / "tree")).keys()


def test_a_comment_whose_day_is_past_is_told_at_its_line(program: Program, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    said = '# pqscan: ignore reason="moves in May" until=2020-05-01\n'
    (tmp_path / "tree" / "notes.txt").write_text(f"One:\n{said}{pem(KEY).decode()}", "utf-8")
    program.works("scan", "files", str(tmp_path / "tree"))
    (run,) = program.works("report", "sarif").json["runs"]
    (told,) = run["invocations"][0]["toolExecutionNotifications"]
    assert told["descriptor"]["id"] == "ignore_comment_expired"
    assert told["locations"][0]["physicalLocation"]["region"] == {"startLine": 3}
    assert not [row for row in run["results"] if "suppressions" in row]
