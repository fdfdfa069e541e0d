"""Reports by pseudonyms: no name of a file or a holder is in one, and the key finds what is meant."""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from pqscan.app.assessment import assess
from pqscan.app.files import FileScan, run_file_scan
from pqscan.app.place import open_store
from pqscan.app.pseudonym_key import make_pseudonym_key, read_pseudonym_key
from pqscan.app.pseudonymising import find, pseudonymised
from pqscan.app.reporting import report
from pqscan.errors import UsageError, WorkError
from pqscan.model.target import FileTarget
from pqscan.readiness.pseudonyms import Pseudonyms
from pqscan.store.repository import Store
from tests.unit.scan.files.test_examine import PEM, zipped

NAMES = Pseudonyms(bytes(range(32)))
SECRET = ("may-nguyen", "ho-so-mat", "to-trinh", "thu-rieng", "a.example")


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    folder = tmp_path / "ho-so-mat"
    folder.mkdir()
    (folder / "to-trinh.pem").write_bytes(PEM)
    (folder / "to-trinh-hong.pem").write_bytes(PEM.replace(b"MII", b"AAA"))  # The reason names the file.
    (folder / "a.zip").write_bytes(zipped({"thu-rieng.pem": PEM, "thu-rieng.7z": b"7z\xbc\xaf\x27\x1c" + bytes(100)}))
    with open_store(str(tmp_path / "store.sqlite"), create=True) as opened:
        run_file_scan(FileScan((folder,), "may-nguyen"), opened)
        yield opened


@pytest.mark.parametrize("name", ["json", "csv", "html", "text", "xlsx"])
def test_no_name_is_in_a_report(store: Store, name: str) -> None:
    def made(inventory: object) -> bytes:
        out = io.BytesIO()
        report(inventory, name, out, language="en")  # type: ignore[arg-type]
        return out.getvalue()

    inventory = assess(store)
    plain, told = made(inventory), made(pseudonymised(inventory, NAMES))
    if name == "xlsx":  # Packed: its parts are looked into.
        import zipfile

        plain, told = (
            b"".join(zipfile.ZipFile(io.BytesIO(d)).read(n) for n in zipfile.ZipFile(io.BytesIO(d)).namelist())
            for d in (plain, told)
        )
    assert any(word.encode() in plain for word in SECRET)
    assert [word for word in SECRET if word.encode() in told] == []
    assert b"~" in told


def test_the_key_finds_a_path_by_its_pseudonym_and_the_other_way_round(store: Store) -> None:
    targets = [sighting.target for sighting in store.sightings()]
    target = next(one for one in targets if isinstance(one, FileTarget) and one.path.endswith("to-trinh.pem"))
    (found,) = find(iter(targets), target.path, NAMES)
    assert (found.target, found.pseudonym) == (target, NAMES.target(target))
    assert [one.target for one in find(iter(targets), found.pseudonym.path, NAMES)] == [target]
    assert list(find(iter(targets), found.pseudonym.path, Pseudonyms(bytes(32)))) == []
    inside = [one.target.members for one in find(iter(targets), target.path.replace("to-trinh.pem", "a.zip"), NAMES)]
    assert inside == [("thu-rieng.7z",), ("thu-rieng.pem",)]
    (unknown,) = find(iter(targets), "/never/seen!in", NAMES)
    assert unknown.pseudonym == NAMES.target(FileTarget("", "/never/seen", ("in",)))


def test_the_key_is_its_owners_alone_and_never_overwritten(tmp_path: Path) -> None:
    place = make_pseudonym_key(tmp_path / "keys" / "p.key")
    assert stat.S_IMODE(place.stat().st_mode) == 0o600
    assert len(read_pseudonym_key(place).key) == 32
    with pytest.raises(WorkError, match="is there already"):
        make_pseudonym_key(place)
    place.chmod(0o644)
    with pytest.raises(WorkError, match="can be read by others"):
        read_pseudonym_key(place)
    with pytest.raises(UsageError, match="make one with `pqscan key pseudonyms`"):
        read_pseudonym_key(tmp_path / "none")
    (tmp_path / "short").write_text("00ff\n")
    (tmp_path / "short").chmod(0o600)
    with pytest.raises(UsageError, match="holds 32 octets"):
        read_pseudonym_key(tmp_path / "short")
