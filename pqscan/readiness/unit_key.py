"""A unit's public keys as they are carried to its superior, and as the superior has them enrolled.

A key card is signed by its own keys and, where it takes the place of older ones, by those: who trusts the old keys can trust
the new ones without asking again. A first card is trusted because a person compared its fingerprint."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Self

from pqscan.errors import MalformedMessage
from pqscan.model.reason import Reason
from pqscan.readiness.foreign_json import Fields, Json, canonical, moment_text, read_canonical
from pqscan.readiness.seal import PublicKeys, Purpose, Seal, SignatureCheck, holds

FORMAT = "pqscan-unit-key/1"
ENROLMENT_FORMAT = "pqscan-enrolment/1"
MOST_CARD_BYTES = 1 << 16
MOST_ENROLMENT_BYTES = 64 << 20
MOST_CODE = 64
MOST_ENROLLED = 10_000
_MOST_REASON = 1000


@dataclass(frozen=True, slots=True)
class KeyCard:
    """`predecessor` is the fingerprint of the keys that these take the place of. `own` and `succession` are the seals."""

    unit: str
    public: PublicKeys
    made_at: datetime
    predecessor: str | None
    own: Seal
    succession: Seal | None = None

    def encode(self) -> bytes:
        value: dict[str, Json] = {"format": FORMAT, "card": card_document(self.unit, self.public, self.made_at, self.predecessor)}
        value |= {"own": self.own.document(), "succession": None if self.succession is None else self.succession.document()}
        return canonical(value) + b"\n"

    @classmethod
    def decode(cls, data: bytes) -> Self:
        """Raises MalformedMessage; the signatures are not checked here."""
        if len(data) > MOST_CARD_BYTES or not data.endswith(b"\n"):
            raise MalformedMessage("the key card is not whole")
        fields = read_canonical(data[:-1], "the key card")
        fields.constant("format", FORMAT)
        card = fields.table("card")
        succession = fields.optional_table("succession")
        found = cls(
            card.text("unit", MOST_CODE),
            PublicKeys.read(card.table("public")),
            card.moment("made_at"),
            card.optional_digest("predecessor"),
            Seal.read(fields.table("own")),
            None if succession is None else Seal.read(succession),
        )
        card.done()
        fields.done()
        return found

    @property
    def sealed_bytes(self) -> bytes:
        return canonical(card_document(self.unit, self.public, self.made_at, self.predecessor))

    def is_own(self, check: SignatureCheck) -> bool:
        """Whether whoever made the card holds the keys on it."""
        return holds(self.own, self.sealed_bytes, Purpose.KEY, self.public, check)

    def follows(self, old: PublicKeys, check: SignatureCheck) -> bool:
        """Whether the old keys say that these take their place."""
        if self.succession is None or self.predecessor != old.fingerprint:
            return False
        return holds(self.succession, self.sealed_bytes, Purpose.SUCCESSION, old, check)


def card_document(unit: str, public: PublicKeys, made_at: datetime, predecessor: str | None) -> dict[str, Json]:
    known: dict[str, Json] = {"unit": unit, "public": public.document(), "made_at": moment_text(made_at)}
    return known | {"predecessor": predecessor}


@dataclass(frozen=True, slots=True)
class EnrolledKey:
    """Keys that a superior takes for those of a unit, from `valid_from` to `valid_to` (inclusive, None for open). Revoked keys
    stay listed: nothing that they sign is taken any more, whatever date it bears."""

    unit: str
    public: PublicKeys
    valid_from: date
    valid_to: date | None = None
    revoked_on: date | None = None
    reason: str = ""

    @property
    def fingerprint(self) -> str:
        return self.public.fingerprint

    def document(self) -> dict[str, Json]:
        return {
            "unit": self.unit,
            "fingerprint": self.fingerprint,
            "public": self.public.document(),
            "valid_from": self.valid_from.isoformat(),
            "valid_to": None if self.valid_to is None else self.valid_to.isoformat(),
            "revoked_on": None if self.revoked_on is None else self.revoked_on.isoformat(),
            "reason": self.reason,
        }

    @classmethod
    def read(cls, fields: Fields) -> Self:
        """Raises MalformedMessage."""
        found = cls(
            fields.text("unit", MOST_CODE),
            PublicKeys.read(fields.table("public")),
            fields.day("valid_from"),
            fields.optional_day("valid_to"),
            fields.optional_day("revoked_on"),
            fields.text("reason", _MOST_REASON, least=0),
        )
        if fields.digest("fingerprint") != found.fingerprint:
            raise fields.wrong("fingerprint", "is not that of the keys beside it")
        fields.done()
        return found


def encode_enrolment(keys: Iterable[EnrolledKey]) -> bytes:
    """The enrolled keys as one file, sorted by unit and first day."""
    ordered = sorted(keys, key=lambda key: (key.unit, key.valid_from, key.fingerprint))
    return canonical({"format": ENROLMENT_FORMAT, "keys": [key.document() for key in ordered]}) + b"\n"


def decode_enrolment(data: bytes) -> tuple[EnrolledKey, ...]:
    """Raises MalformedMessage."""
    if len(data) > MOST_ENROLMENT_BYTES or not data.endswith(b"\n"):
        raise MalformedMessage("the enrolment file is not whole")
    fields = read_canonical(data[:-1], "the enrolment file")
    fields.constant("format", ENROLMENT_FORMAT)
    found = tuple(EnrolledKey.read(row) for row in fields.tables("keys", MOST_ENROLLED))
    fields.done()
    if len({key.fingerprint for key in found}) != len(found):
        raise MalformedMessage("the enrolment file lists a key twice")
    return found


def fault_of_card(
    card: KeyCard, compared: str | None, enrolled: Iterable[EnrolledKey], now: datetime, check: SignatureCheck
) -> Reason | None:
    """Why a card may not be enrolled; None where it may: a person compared its fingerprint, or the unit's enrolled and valid
    keys signed it."""
    known = {key.fingerprint: key for key in enrolled}
    if not card.is_own(check):
        return Reason.of("key_card_not_its_own")
    if card.public.fingerprint in known:
        return Reason.of("key_already_enrolled", unit=known[card.public.fingerprint].unit)
    if compared is not None:
        plain = "".join(compared.split()).replace(":", "").lower()
        return None if plain == card.public.fingerprint else Reason.of("key_fingerprint_differs", found=card.public.fingerprint)
    old = known.get(card.predecessor or "")
    if old is None:
        return Reason.of("key_needs_a_fingerprint", found=card.public.fingerprint)
    if old.unit != card.unit:
        return Reason.of("key_of_another_unit", unit=card.unit, enrolled=old.unit)
    if old.revoked_on is not None:
        return Reason.of("key_predecessor_revoked", day=old.revoked_on.isoformat())
    if not old.valid_from <= now.date() <= (old.valid_to or date.max):
        return Reason.of("key_predecessor_not_valid", day=now.date().isoformat())
    return None if card.follows(old.public, check) else Reason.of("key_succession_does_not_hold")
