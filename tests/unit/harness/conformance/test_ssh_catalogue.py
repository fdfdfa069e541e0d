"""Every case of SSH has its sentence, its source and its title; every end and stage its words."""

from __future__ import annotations

import tomllib
from importlib.resources import files

from pqscan.harness.conformance.ssh.catalogue import ALL_CASES
from pqscan.harness.conformance.ssh.run import _FULL
from pqscan.harness.conformance.ssh.seen import Ended, Progress

REASONS = tomllib.loads(files("pqscan.locale").joinpath("reasons/harness_ssh_conformance.toml").read_text(encoding="utf-8"))


def test_every_case_is_whole_and_alone_under_its_name() -> None:
    assert len({case.id for case in ALL_CASES}) == len(ALL_CASES)
    for case in ALL_CASES:
        assert case.title.code in REASONS
        assert case.needs in REASONS
        assert case.sentence
        assert case.rests_on
        assert case.scripts(_FULL), case.id


def test_every_end_and_stage_has_its_words() -> None:
    needed = {f"conformance.ssh.ended.{each.value}" for each in Ended} | {
        f"conformance.ssh.no_answer.{each.value}" for each in Ended
    }
    needed |= {f"conformance.ssh.stopped.{each.value}" for each in Ended}
    needed |= {f"conformance.ssh.reached.{each.name.lower()}" for each in Progress}
    assert needed <= set(REASONS)
