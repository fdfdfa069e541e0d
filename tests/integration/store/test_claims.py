"""No two are at work on the same at once; what a killed process held is free again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from pqscan.errors import StoreError
from pqscan.store import cipher
from pqscan.store.claims import AlreadyClaimed, Holder, _number
from pqscan.store.repository import Store
from tests.unit.store.samples import START

ROOT = Path(__file__).parents[3]
HOLDER = Holder("20260102-030405-ab12", "nguyễn", START)
HOLDS = """
import sys
from pathlib import Path
from pqscan.store import cipher
from pqscan.store.claims import Holder
from pqscan.store.repository import Store
from tests.unit.store.samples import START
if sys.argv[2]:
    cipher.remember(Path(sys.argv[1].removeprefix("sqlite:///")), cipher.Passphrase(sys.argv[2]))
with Store.open(sys.argv[1]) as store, store.claimed("scope", Holder("20260102-030405-dead", "x", START)):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_what_one_holds_another_cannot_claim_and_is_told_who_holds_it(store: Store, url: str) -> None:
    with store.claimed("scope", HOLDER), Store.open(url) as other:
        with pytest.raises(AlreadyClaimed) as refused, other.claimed("scope", HOLDER):
            pass
        assert refused.value.holder is not None
        assert refused.value.holder.run == HOLDER.run
        assert refused.value.holder.since == START.replace(microsecond=0)
        assert refused.value.holder.by
        with other.claimed("another", HOLDER):
            pass
    with Store.open(url) as other, other.claimed("scope", HOLDER):
        pass


def test_what_failed_inside_lets_go(store: Store) -> None:
    for _ in range(2):
        with pytest.raises(RuntimeError), store.claimed("scope", HOLDER):
            raise RuntimeError


def test_what_a_killed_process_held_is_free_again(store: Store, url: str) -> None:
    passphrase = None if url.startswith("postgresql") else cipher.known(Path(url.removeprefix("sqlite:///")))
    holds = subprocess.Popen(
        [sys.executable, "-c", HOLDS, url, "" if passphrase is None else passphrase.text],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    with holds:
        assert holds.stdout is not None
        assert holds.stdout.readline() == "held\n"
        with pytest.raises(AlreadyClaimed) as refused, store.claimed("scope", HOLDER):
            pass
        assert refused.value.holder is not None
        assert refused.value.holder.run == "20260102-030405-dead"
        holds.send_signal(signal.SIGKILL)
        holds.wait()
    for _ in range(100):  # The server hears of the broken connection a moment later.
        try:
            with store.claimed("scope", HOLDER):
                return
        except AlreadyClaimed:
            with Store.open(url) as between:
                between.runs()
    pytest.fail("a dead process still holds it")


def test_of_many_at_once_one_gets_it(store: Store, url: str) -> None:
    inside: list[int] = []

    def claim(number: int) -> int:
        with Store.open(url) as own:
            for _ in range(20):
                try:
                    with own.claimed("scope", HOLDER):
                        inside.append(number)
                        assert inside == [number]
                        inside.remove(number)
                except AlreadyClaimed:
                    continue
        return number

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(claim, range(4))) == [0, 1, 2, 3]


def test_a_lock_leaves_no_file_behind_and_another_name_of_the_store_is_the_same_store(tmp_path: Path) -> None:
    path, link = tmp_path / "store.sqlite", tmp_path / "link.sqlite"
    Store.open(str(path)).close()
    link.symlink_to(path)
    with Store.open(str(path)) as store, Store.open(str(link)) as other, store.claimed("scope", HOLDER):
        (lock,) = tmp_path.glob("*.lock")
        assert lock.stat().st_mode & 0o077 == 0
        with pytest.raises(AlreadyClaimed), other.claimed("scope", HOLDER):
            pass
    assert list(tmp_path.glob("*.lock")) == []


@pytest.mark.parametrize("said", [b"", b"\xff\n\n\n", b"run\nme\nyesterday\n", b"\n" * 9000])
def test_whatever_stands_in_a_file_left_behind_locks_nobody_out(tmp_path: Path, said: bytes) -> None:
    with Store.open(str(tmp_path / "store.sqlite")) as store:
        lock = tmp_path / f"store.sqlite.{_number('scope'):016x}.lock"
        lock.write_bytes(said)
        with store.claimed("scope", HOLDER):
            lock.write_bytes(said)
            with pytest.raises(AlreadyClaimed) as refused, store.claimed("scope", HOLDER):
                pass
            assert refused.value.holder is None


def test_a_link_in_the_place_of_the_lock_is_not_followed(tmp_path: Path) -> None:
    with Store.open(str(tmp_path / "store.sqlite")) as store:
        (tmp_path / f"store.sqlite.{_number('scope'):016x}.lock").symlink_to(tmp_path / "elsewhere")
        with pytest.raises(StoreError, match="no lock can be made beside the store"), store.claimed("scope", HOLDER):
            pass
    assert not (tmp_path / "elsewhere").exists()


def test_a_time_in_another_zone_is_the_same_time(store: Store, url: str) -> None:
    since = START.astimezone() + timedelta(hours=1)
    with store.claimed("scope", Holder("r", "x", since)), Store.open(url) as other:
        with pytest.raises(AlreadyClaimed) as refused, other.claimed("scope", HOLDER):
            pass
        assert refused.value.holder is not None
        assert refused.value.holder.since == since.replace(microsecond=0)
