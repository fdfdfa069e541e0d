"""The catalogue: enough cases, each with its source, its sentence, its control and its words."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

import pqscan.harness.conformance
from pqscan.errors import UsageError
from pqscan.harness.conformance.case import Case, Kind, Peer
from pqscan.harness.conformance.catalogue import ALL_CASES, cases_named
from pqscan.harness.conformance.run import CANDIDATES, plan
from pqscan.harness.conformance.seen import Ended, Progress, Seen
from pqscan.locale.templates import label_templates
from pqscan.registry.tls import named_group
from pqscan.wire.tls.messages import ServerHello
from pqscan.wire.tls.words import HELLO_RETRY_RANDOM

REASONS = tomllib.loads(files("pqscan.locale").joinpath("reasons/harness_conformance.toml").read_text(encoding="utf-8"))
RETRY = ServerHello(0x0303, HELLO_RETRY_RANDOM, b"", 0x1301, 0, ((43, b"\x03\x04"), (44, b"\x00\x01x")))
ABLE = Peer(CANDIDATES, retried=Seen(retry=RETRY), ml_dsa=Seen(scheme=0x0904))
UNABLE = Peer()


def test_there_are_more_than_a_hundred_cases_with_ids_of_their_own() -> None:
    assert len({case.id for case in ALL_CASES}) == len(ALL_CASES) > 100


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.id)
def test_a_case_names_its_source_and_says_what_is_required(case: Case) -> None:
    assert re.match(r"(RFC \d+|FIPS 20[34]|draft-[a-z-]+)", case.rests_on)
    assert len(case.sentence) > 20
    assert (case.judge is not None) is (case.kind is Kind.LOOK)
    assert bool(case.required) is (case.kind in (Kind.REFUSE, Kind.MAY_REFUSE))
    assert case.title.code in REASONS
    assert case.needs in REASONS


@pytest.mark.parametrize("case", ALL_CASES, ids=lambda case: case.id)
def test_a_case_has_scripts_for_a_server_that_can_do_everything_and_none_for_one_that_can_nothing(case: Case) -> None:
    scripts = case.scripts(ABLE)
    assert scripts
    assert case.scripts(UNABLE) == ()
    labels = [script.label for script in scripts]
    assert case.kind is Kind.LOOK or len(set(labels)) == len(labels)
    for script in scripts:
        control = case.control_of(ABLE, script)
        assert control.ends_at is Progress.APPLICATION
        assert case.control_of(ABLE, control) == control


def test_every_variant_has_its_words_or_is_a_name() -> None:
    """Names of groups and extensions and code points are the same in every language."""
    labels = {script.label.rpartition(": ")[2] for case in ALL_CASES for script in case.scripts(ABLE)}
    named = {"", "key_share", "signature_algorithms", "supported_groups", "supported_versions", "x = y = 0", "p - 1"}
    groups = {named_group(group).name for group in ABLE.groups}
    unnamed = {label for label in labels - named if not set(label.split(", ")) <= groups and not label.startswith("0x")}
    of_ssh = {"at infinity", "coordinate too large"}  # What the cases of SSH have beside it.
    assert unnamed | of_ssh == set(label_templates()["variant"])


def test_a_plan_counts_every_connection_that_could_be_made() -> None:
    one, two = plan(cases_named(("share-short",))), plan(cases_named(("share-short", "key-not-reduced")))
    assert len(CANDIDATES) < one.connections < two.connections


def test_a_case_that_there_is_not_is_told() -> None:
    with pytest.raises(UsageError, match="'share-shrot'"):
        cases_named(("share-short", "share-shrot"))


def test_every_reason_in_code_has_its_sentence() -> None:
    """Codes are written whole, or end in one of `Ended` or in the name of a case."""
    codes = {f"conformance.{each}" for each in _written()}
    endings = {f"conformance.{stem}.{ended.value}" for stem in ("without_alert", "not_taken", "stopped") for ended in Ended}
    assert codes - endings <= set(REASONS), sorted(codes - endings - set(REASONS))
    needed = {f"conformance.without_alert.{ended}" for ended in ("closed", "close_notify", "reset", "silence")}
    needed |= {f"conformance.not_taken.{ended}" for ended in ("closed", "close_notify", "reset", "silence", "malformed", "ours")}
    needed |= {f"conformance.stopped.{ended}" for ended in ("no_connection", "silence", "wrong_protocol", "flood")}
    needed |= {f"conformance.went_on.{stage}" for stage in ("retry", "protected", "flight", "application")}
    needed |= {f"conformance.seen.reached.{stage.name.lower()}" for stage in Progress}
    needed |= {f"conformance.seen.ended.{ended.value}" for ended in Ended}
    needed |= {f"conformance.no_answer.{ended.value}" for ended in Ended}
    needed |= {f"conformance.end_not_seen.{ended.value}" for ended in Ended if ended is not Ended.CLOSE_NOTIFY}
    assert needed <= set(REASONS)


def _written() -> set[str]:
    found: set[str] = set()
    home = Path(pqscan.harness.conformance.__file__).parent
    for path in (*home.glob("*.py"), *home.glob("cases/*.py")):  # The cases of SSH have a file of reasons of their own.
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found |= set(re.findall(r"^conformance\.([a-z_.0-9]+[a-z0-9])$", node.value))
            if isinstance(node, ast.Call) and ast.unparse(node.func) in ("_failed", "_tolerated"):
                assert isinstance(node.args[0], ast.Constant)
                found.add(str(node.args[0].value))
    return found
