"""Every case of IKEv2 has its sentence, its source and its title; every end and stage its words."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from pqscan.harness.conformance.case import Kind
from pqscan.harness.conformance.ike.catalogue import ALL_CASES
from pqscan.harness.conformance.ike.run import _FULL
from pqscan.harness.conformance.ike.seen import Ended, Progress

REASONS = tomllib.loads(files("pqscan.locale").joinpath("reasons/harness_ike_conformance.toml").read_text(encoding="utf-8"))


def test_every_case_is_whole_and_alone_under_its_name() -> None:
    assert len({case.id for case in ALL_CASES}) == len(ALL_CASES)
    for case in ALL_CASES:
        assert case.title.code in REASONS
        assert case.needs in REASONS
        assert case.sentence
        assert case.rests_on
        assert case.scripts(_FULL), case.id
        assert (case.judge is not None) is (case.kind is Kind.LOOK), case.id


def test_what_must_be_refused_says_how() -> None:
    for case in ALL_CASES:
        assert case.kind is not Kind.REFUSE or case.required or case.may_drop, case.id


def test_every_end_and_stage_has_its_words() -> None:
    needed = {f"conformance.ike.{table}.{each.value}" for each in Ended for table in ("ended", "no_answer", "stopped")}
    needed |= {f"conformance.ike.reached.{each.name.lower()}" for each in Progress}
    needed |= {f"conformance.ike.not_taken.{each.value}" for each in (Ended.OURS, Ended.SILENCE, Ended.BROKEN)}
    needed |= {f"conformance.ike.went_on.{each.name.lower()}" for each in Progress if each}
    assert needed <= set(REASONS)
