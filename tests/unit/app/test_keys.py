"""Private keys of units on disk, key cards, enrolment: what is refused and that nothing secret is said."""

from __future__ import annotations

import os
import stat
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from pqscan.app.enrolment import EnrolmentFile, Refusal, enrol
from pqscan.app.keys import (
    CryptographyCheck,
    active_card,
    load_key,
    make_key,
    needs_passphrase,
    own_cards,
    read_card,
    read_passphrase,
)
from pqscan.errors import UsageError, WorkError
from pqscan.readiness.seal import Purpose, holds, seal
from tests.unit.readiness.sealing_samples import NOW

SECRET = "mật khẩu rất dài".encode()


def private_file(folder: Path) -> Path:
    return next(folder.glob("*.key.pem"))


def test_keys_that_were_made_are_loaded_again_and_seal(tmp_path: Path) -> None:
    made = make_key(tmp_path, "DU-01", NOW)
    loaded = load_key(tmp_path, active_card(tmp_path, None))
    found = seal(b"{}", Purpose.SNAPSHOT, loaded)
    assert holds(found, b"{}", Purpose.SNAPSHOT, made.public, CryptographyCheck())


def test_private_keys_lie_in_files_of_their_owner_alone(tmp_path: Path) -> None:
    make_key(tmp_path / "keys", "DU-01", NOW)
    assert stat.S_IMODE((tmp_path / "keys").stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").iterdir()} == {0o600}
    assert private_file(tmp_path / "keys").read_bytes().count(b"-----BEGIN PRIVATE KEY-----") == 2


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX")
def test_a_key_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    card = make_key(tmp_path, "DU-01", NOW).card
    private_file(tmp_path).chmod(0o640)
    with pytest.raises(WorkError, match="chmod 600"):
        load_key(tmp_path, card)


def test_a_passphrase_locks_both_keys_and_is_never_said(tmp_path: Path) -> None:
    card = make_key(tmp_path, "DU-01", NOW, SECRET).card
    assert needs_passphrase(tmp_path, card)
    assert private_file(tmp_path).read_bytes().count(b"-----BEGIN ENCRYPTED PRIVATE KEY-----") == 2
    assert load_key(tmp_path, card, SECRET).public == card.public
    for wrong in (None, b"another"):
        with pytest.raises(WorkError) as caught:
            load_key(tmp_path, card, wrong)
        assert "another" not in str(caught.value).replace("another passphrase", "")


def test_a_passphrase_for_keys_without_one_is_told(tmp_path: Path) -> None:
    card = make_key(tmp_path, "DU-01", NOW).card
    with pytest.raises(WorkError, match="give none"):
        load_key(tmp_path, card, SECRET)


@pytest.mark.parametrize("content", [b"", b"x" * 100_000, b"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n" * 2])
def test_a_damaged_key_file_is_one_sentence(tmp_path: Path, content: bytes) -> None:
    card = make_key(tmp_path, "DU-01", NOW).card
    private_file(tmp_path).write_bytes(content)
    with pytest.raises(WorkError):
        load_key(tmp_path, card)


def test_private_keys_of_another_card_are_not_taken(tmp_path: Path) -> None:
    first = make_key(tmp_path / "a", "DU-01", NOW).card
    make_key(tmp_path / "b", "DU-01", NOW)
    private_file(tmp_path / "a").write_bytes(private_file(tmp_path / "b").read_bytes())
    with pytest.raises(WorkError, match="not those of the card"):
        load_key(tmp_path / "a", first)


def test_rotated_keys_are_signed_by_the_old_ones_and_take_their_place(tmp_path: Path) -> None:
    old = make_key(tmp_path, "DU-01", NOW)
    new = make_key(tmp_path, "DU-01", NOW + timedelta(days=1), old=old)
    assert new.card.follows(old.public, CryptographyCheck())
    assert active_card(tmp_path, "DU-01").public == new.public
    assert len(own_cards(tmp_path)) == 2


def test_no_keys_and_keys_of_several_units_are_wrong_usage(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="pqscan key make"):
        active_card(tmp_path, None)
    make_key(tmp_path, "DU-01", NOW)
    make_key(tmp_path, "DU-02", NOW)
    with pytest.raises(UsageError, match="--unit"):
        active_card(tmp_path, None)
    with pytest.raises(UsageError, match="no keys"):
        active_card(tmp_path, "DU-03")


@pytest.mark.parametrize("unit", ["", "   ", "x" * 65, "a\x1b[2J"])
def test_a_unit_code_that_cannot_be_is_wrong_usage(tmp_path: Path, unit: str) -> None:
    with pytest.raises(UsageError):
        make_key(tmp_path, unit, NOW)


def test_the_first_line_of_a_passphrase_file_is_the_passphrase(tmp_path: Path) -> None:
    path = tmp_path / "pass"
    path.write_bytes(b"one two\r\nthree\n")
    assert read_passphrase(path) == b"one two"
    path.write_bytes(b"\nx")
    with pytest.raises(UsageError):
        read_passphrase(path)
    with pytest.raises(UsageError):
        read_passphrase(tmp_path / "missing")


def test_a_first_card_needs_the_fingerprint_that_a_person_compared(tmp_path: Path) -> None:
    card, enrolment = make_key(tmp_path / "unit", "DU-01", NOW).card, EnrolmentFile(tmp_path)
    for compared, code in ((None, "key_needs_a_fingerprint"), ("ab" * 32, "key_fingerprint_differs")):
        with pytest.raises(Refusal) as caught:
            enrol(enrolment, card, NOW, compared=compared)
        assert caught.value.reason.code == code
    spoken = " ".join(card.public.fingerprint[place : place + 4].upper() for place in range(0, 64, 4))
    assert enrol(enrolment, card, NOW, compared=spoken).unit == "DU-01"
    assert enrolment.enrolled()[0].public == card.public
    with pytest.raises(Refusal) as caught:
        enrol(enrolment, card, NOW, compared=spoken)
    assert caught.value.reason.code == "key_already_enrolled"


def test_a_card_that_enrolled_keys_signed_is_enrolled_without_asking(tmp_path: Path) -> None:
    old = make_key(tmp_path / "unit", "DU-01", NOW)
    new = make_key(tmp_path / "unit", "DU-01", NOW, old=old)
    enrolment = EnrolmentFile(tmp_path)
    enrol(enrolment, old.card, NOW, compared=old.public.fingerprint)
    assert enrol(enrolment, new.card, NOW).public == new.public


def test_a_card_that_revoked_expired_or_other_keys_signed_is_refused(tmp_path: Path) -> None:
    old = make_key(tmp_path / "unit", "DU-01", NOW)
    new = make_key(tmp_path / "unit", "DU-01", NOW, old=old)
    stolen = make_key(tmp_path / "thief", "DU-02", NOW, old=old)

    def code(card: object = new.card, revoke: bool = False, now: int = 0) -> str:
        enrolment = EnrolmentFile(tmp_path / f"{id(card)}{revoke}{now}")
        enrol(enrolment, old.card, NOW, compared=old.public.fingerprint, valid_to=NOW.date())
        if revoke:
            enrolment.revoke(old.public.fingerprint[:8], NOW.date(), "lost")
        with pytest.raises(Refusal) as caught:
            enrol(enrolment, card, NOW + timedelta(days=now))  # type: ignore[arg-type]
        return caught.value.reason.code

    assert code(revoke=True) == "key_predecessor_revoked"
    assert code(now=1) == "key_predecessor_not_valid"
    assert code(stolen.card) == "key_of_another_unit"
    assert code(replace(new.card, succession=new.card.own)) == "key_succession_does_not_hold"
    assert code(replace(new.card, unit="DU-03")) == "key_card_not_its_own"


def test_a_revoked_key_stays_listed_and_a_wrong_fingerprint_is_wrong_usage(tmp_path: Path) -> None:
    card, enrolment = make_key(tmp_path / "unit", "DU-01", NOW).card, EnrolmentFile(tmp_path)
    enrol(enrolment, card, NOW, compared=card.public.fingerprint)
    assert enrolment.revoke(card.public.fingerprint, date(2026, 10, 1), "lost").revoked_on == date(2026, 10, 1)
    assert enrolment.enrolled()[0].reason == "lost"
    for again in (card.public.fingerprint, card.public.fingerprint[:7], "ab" * 32):
        with pytest.raises(UsageError):
            enrolment.revoke(again, date(2026, 10, 2), "")


def test_a_damaged_enrolment_file_is_one_sentence_and_stays_as_it_is(tmp_path: Path) -> None:
    enrolment = EnrolmentFile(tmp_path)
    enrolment.path.write_bytes(b"{}\n")
    card = make_key(tmp_path / "unit", "DU-01", NOW).card
    with pytest.raises(WorkError, match="damaged"):
        enrol(enrolment, card, NOW, compared=card.public.fingerprint)
    assert enrolment.path.read_bytes() == b"{}\n"


def test_a_file_that_is_no_card_is_wrong_usage(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"hello\n")
    with pytest.raises(UsageError):
        read_card(path)
