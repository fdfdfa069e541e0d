"""Configurations of all products as administrators write them, with the truth of each line beside it (administrators.toml)."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest
from pqscan_probes.configuration_file import ConfigurationFileProbe

from pqscan.errors import WrongProtocol
from pqscan.model.observation import Observation, Subject, Support
from tests.unit.scan.files.making import facts_of

SAMPLES = tomllib.loads(Path(__file__).with_name("administrators.toml").read_text("utf-8"))["sample"]
PROBE = ConfigurationFileProbe()
MARK = re.compile(r"[ \t]*«([^»]*)»")
KINDS = {
    Subject.NAMED_GROUP: "g",
    Subject.PROTOCOL_VERSION: "v",
    Subject.CIPHER_SUITE: "c",
    Subject.KEX_METHOD: "k",
    Subject.HOST_KEY: "h",
    Subject.ENCRYPTION: "e",
    Subject.MAC: "m",
    Subject.SIGNATURE_SCHEME: "s",
    Subject.ALGORITHM: "a",
    Subject.IKE_KEY_EXCHANGE: "ix",
    Subject.IKE_ENCRYPTION: "ie",
    Subject.IKE_INTEGRITY: "ii",
    Subject.IKE_PRF: "ip",
    Subject.IKE_ADDITIONAL_KEY_EXCHANGE: "ia",
    Subject.DNSSEC_ALGORITHM: "d",
}
Fact = tuple[str, str, int]


def truth_of(text: str) -> tuple[str, set[Fact]]:
    """The text without its marks, and what they say."""
    lines = text.split("\n")
    words = [(word, number) for number, line in enumerate(lines, 1) for found in MARK.finditer(line) for word in found[1].split()]
    facts = {(word.partition(":")[0], word.partition(":")[2].replace("~", " "), number) for word, number in words}
    return "\n".join(MARK.sub("", line) for line in lines), facts


def told(one: Observation) -> Fact:
    line = 0 if one.where is None else one.where.line or 0
    if one.support is Support.UNKNOWN:
        return "o", one.subject.value, line
    stated = dict(one.parameters)
    beside = [stated[name] for name in ("size_bits", "parameter") if name in stated] if one.subject is Subject.ALGORITHM else []
    return KINDS[one.subject], " ".join(map(str, [one.name or one.value, *beside])), line


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample["name"])
def test_each_line_puts_in_force_what_stands_beside_it(sample: dict[str, str]) -> None:
    text, truth = truth_of(sample["text"])
    any_of = {(kind, line) for kind, name, line in truth if name == "*"}
    ends = text.replace("\n", "\r\n") if "crlf" in sample["name"] else text
    try:
        observations = facts_of(PROBE, ends.encode(), sample["path"]).observations
    except WrongProtocol:
        observations = ()
    found = {told(one) for one in observations if one.subject is not Subject.SOFTWARE}
    found = {fact for fact in found if (fact[0], fact[2]) not in any_of and (fact[0] != "o" or fact in truth)}
    assert found == {fact for fact in truth if fact[1] != "*"}
