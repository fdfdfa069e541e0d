"""Reports by pseudonyms: no name of a file or a holder is in one, and the key finds what is meant."""

from __future__ import annotations

import io
import stat
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pqscan.app.assessment import assess
from pqscan.app.files import FileScan, run_file_scan
from pqscan.app.place import open_store
from pqscan.app.pseudonym_key import make_pseudonym_key, read_pseudonym_key
from pqscan.app.pseudonymising import find, in_order, pseudonymised
from pqscan.app.reporting import report
from pqscan.errors import UsageError, WorkError
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget
from pqscan.policy.rule import Purpose
from pqscan.readiness.pseudonyms import Pseudonyms
from pqscan.report import FirstPlace, FirstPlaces, ReadinessView
from pqscan.store.keys import target_key
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


@pytest.mark.parametrize("at_once", [1, 2, 3, 100])
def test_rows_are_ordered_however_few_are_held_at_once(at_once: int) -> None:
    rows = [(key, probe) for key in (b"c", b"a", b"b") for probe in ("y", "x", "x")]
    told = list(in_order(lambda: iter(rows), lambda row: row, at_once))
    assert told == sorted(rows)


def test_who_must_change_something_is_told_without_the_name_of_an_issuer(store: Store) -> None:
    targets = tuple(sighting.target for sighting in store.sightings())
    state, last = Reason.of("exposure_state_unknown"), Reason.of("order_last")
    issuer = Reason.of("fixer_upstream_issuer", issuer="CN=a.example")
    place = FirstPlace(1, 1, None, "", Purpose.SIGNATURE, None, targets, len(targets), (state,), issuer, last)
    first = FirstPlaces(2035, (place,), 0, {}, 0, 0)
    view = ReadinessView({}, first=first)
    told = pseudonymised(replace(assess(store), readiness=view), NAMES).readiness
    assert told is not None
    assert told.first is not None
    (after,) = told.first.places
    assert after.fixer == Reason.of("fixer_upstream_issuer", issuer=NAMES.name("CN=a.example"))
    assert list(after.examples) == sorted(after.examples, key=target_key)
    assert "ho-so-mat" not in repr(after)
