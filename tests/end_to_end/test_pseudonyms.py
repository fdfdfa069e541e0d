"""Commands by pseudonyms: no name of a file or a holder is told, and rows stand in the order of the pseudonyms."""

from __future__ import annotations

from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.end_to_end.conftest import Program
from tests.integration.test_private_key_file import pem
from tests.unit.scan.files.test_examine import PEM, zipped

WEAK = pem(rsa.generate_private_key(65537, 1024))
SERVER = "http {\n server {\n  listen 443 ssl;\n  server_name bi-mat.vn;\n  ssl_protocols TLSv1 TLSv1.2;\n }\n}\n"
SECRET = ("may-rieng", "bi-mat.vn", "a.example", "ho-so", *(f"thu-{number}" for number in range(8)))


@pytest.fixture
def scanned(program: Program, tmp_path: Path) -> Path:
    """A tree that was read twice, with a change between, and a key of pseudonyms."""
    tree = tmp_path / "ho-so"
    tree.mkdir()
    for number in range(7):
        (tree / f"thu-{number}.pem").write_bytes(WEAK if number % 2 else PEM)
    (tree / "thu-7.zip").write_bytes(zipped({"thu-6.pem": WEAK}))
    (tree / "thu-7.conf").write_text(SERVER)
    program.works("scan", "files", str(tree), "--machine", "may-rieng")
    (tree / "thu-0.pem").write_bytes(WEAK)
    (tree / "thu-1.pem").write_bytes(PEM)
    program.works("scan", "files", str(tree), "--machine", "may-rieng")
    program.works("key", "pseudonyms", "-o", "p.key")
    return tree


KEY = ("--pseudonymise", "--key", "p.key")
TOLD = (
    ("explain", "{conf}"),
    ("explain", "{zip}"),
    ("remedy", "{conf}"),
    ("finding", "list", "--state", "all"),
    ("diff",),
    ("diff", "--html", "-"),
    ("exposure", "--most", "0", "--sensitivity"),
    ("acts",),
    ("show", "targets"),
    ("report", "html"),
)


@pytest.mark.parametrize("arguments", TOLD, ids=" ".join)
def test_no_command_tells_a_name_that_has_a_pseudonym(program: Program, scanned: Path, arguments: tuple[str, ...]) -> None:
    program.works("report", "json", "-o", str(scanned / "thu-6.json"))  # Which `acts` tells.
    places = {"conf": f"may-rieng:{scanned}/thu-7.conf", "zip": f"may-rieng:{scanned}/thu-7.zip!thu-6.pem"}
    command = [word.format_map(places) for word in arguments]
    plain = program.works(*command, "--json").out if command == ["acts"] else program.works(*command).out
    assert [name for name in SECRET if name in plain], "there was a name to hide"
    for form in ((), ("--json",)):
        told = program.works(*command, *KEY, *form).out
        assert [name for name in SECRET if name in told] == []


def test_rows_stand_in_the_order_of_their_pseudonyms(program: Program, scanned: Path) -> None:
    shown = program.works("show", "targets", *KEY, "--json").json
    reported = program.works("report", "json", *KEY).json["targets"]
    differing = program.works("diff", *KEY, "--json").json["changes"]
    listed = program.works("finding", "list", *KEY, "--json").json
    for rows in (shown, reported, differing, listed):
        paths = [(row["target"]["path"], row["target"]["members"]) for row in rows]
        assert len(set(map(str, paths))) > 1
        assert paths == sorted(paths)


def test_a_target_is_named_by_its_pseudonym(program: Program, scanned: Path) -> None:
    shown = program.works("show", "targets", *KEY, "--json").json
    pseudonym = next(row["target"]["path"] for row in shown if row["probe"] == "configuration_file")
    (one,) = program.works("explain", pseudonym, *KEY, "--json").json
    assert one["target"]["target"]["path"] == pseudonym
    assert program.works("remedy", pseudonym, *KEY).out.startswith("~")
    done = program("explain", pseudonym[:-1] + ("0" if pseudonym[-1] != "0" else "1"), *KEY)
    assert (done.code, "the pseudonym of no target" in done.err) == (2, True)


def test_a_finding_is_shown_by_its_key_without_a_name(program: Program, scanned: Path) -> None:
    found = program.works("finding", "list", "--json").json
    for row in found:
        told = program.works("finding", "show", row["key"], *KEY).out
        assert [name for name in SECRET if name in told] == []
