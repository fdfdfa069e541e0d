"""Whose seals are checked here: the keys that are enrolled, and the unit's own."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from pqscan.app.enrolment import Enrolment
from pqscan.app.keys import own_cards
from pqscan.readiness.unit_key import EnrolledKey


def trusted_keys(folder: Path, enrolment: Enrolment) -> tuple[EnrolledKey, ...]:
    """Enrolled keys first: where a key of ours is enrolled and revoked, it is revoked. Raises WorkError."""
    enrolled = enrolment.enrolled()
    known = {key.fingerprint for key in enrolled}
    own = (EnrolledKey(card.unit, card.public, date.min) for card in own_cards(folder))
    return (*enrolled, *(key for key in own if key.fingerprint not in known))
