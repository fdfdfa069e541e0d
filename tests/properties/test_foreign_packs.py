"""A pack or a local registry that somebody bent anywhere is read, or refused in sentences that name the file and a line of it."""

from __future__ import annotations

from datetime import date

from hypothesis import example, given, settings
from hypothesis import strategies as st

from pqscan.errors import UsageError
from pqscan.policy.milestone import date_words
from pqscan.policy.profiles import assess_profile
from pqscan.policy.reading import check_policy, read_policy
from pqscan.policy.rows import DATA_FOLDER, MOST_PROBLEMS
from pqscan.registry.digest import content_digest
from pqscan.registry.foreign_toml import parse
from pqscan.registry.local import read_local_registry
from tests.peers.truth import load_truth, truth_names
from tests.unit.policy.making import from_truth
from tests.unit.registry.test_local import GOOD as REGISTRY

NAME = "bent.toml"
LONGEST_SENTENCE = 1000  # characters
PACKS = [(DATA_FOLDER / f"{name}.toml").read_text("utf-8") for name in ("vietnam", "anssi", "cnsa-2.0-faq", "us-omb", "canada")]
PROFILE = from_truth(load_truth(next(iter(truth_names()))))

LITERALS = [
    "0", "-1", "9223372036854775808", "9" * 5000, "0x" + "f" * 5000, "-9223372036854775809", "1e999", "nan", "-inf", "1.5", "true",
    '""', '" "', "'x'", '"x"', '"\\u0000"', '"\\u001b[31m"', '"\\u202eevil"', '"a\\nb"', '"a\\tb"', '"\\u2028"', '"R\u0405A"',
    '"\uff32\uff33\uff21"',
    '"' + "x" * 5000 + '"', "2026-11-29", "2026-11-29T00:00:00Z", "07:32:00", "0001-01-01", "9999-12-31", "[]", "{}", "[[[]]]",
    '["a", "a"]', "[1, 2]", '["\\u202e"]', '["R\u0405A"]', '[""]', "[" * 300 + "]" * 300, "{ a = " * 100 + "1" + " }" * 100,
    '"binding"', '"required"', '"awaiting_guidance"', '"any"', '"yearly"', '["nss", "!nss", "acquired_after:2027-01-01"]',
    '["acquired_after:"]', '["category:"]', '["category:s\u0435rvers"]', '"2026-13"', '"2026-04"', "0x11ec", "0xfe77", '"1.2.840"',
]  # fmt: skip
LINES = [
    "[[rule]]", "[[milestone]]", "[rule]", "[[rule.more]]", "[rule.more]", "[[nothing]]", "rule = []", "rule = 1", "id = 1",
    "date = 2030-12-31",
    "year = 2030", 'month = "2026-04"', "about = true", "verified_on = 2026-11-29", '"\\u001b[31m" = 1', '"" = 1', "a.b.c = 1",
    ".".join("a" * 80) + " = 1", "= 1", "x =", '"""', "'''", "#", "# \u202e", "\ufeff", "\x00", "\r", "]]", "[[", "[[named_group]]",
    "[[object_identifier]]", "[[signature_scheme]]", "[[cipher_suite]]",
]  # fmt: skip


@st.composite
def bent(draw: st.DrawFn, whole: str) -> bytes:
    """One to three changes: a line taken out, doubled, moved, put in, its value another one, or a few characters elsewhere."""
    lines = whole.split("\n")
    for _ in range(draw(st.integers(1, 3))):
        place = draw(st.integers(0, len(lines) - 1))
        match draw(st.integers(0, 5)):
            case 0:
                del lines[place]
            case 1:
                lines.insert(place, lines[draw(st.integers(0, len(lines) - 1))])
            case 2:
                lines.insert(place, draw(st.sampled_from(LINES)))
            case 3 | 4:
                key, sign, _ = lines[place].partition(" = ")
                lines[place] = key + sign + draw(st.sampled_from(LITERALS))
            case _:
                cut = draw(st.integers(0, len(lines[place])))
                more = draw(
                    st.sampled_from(['"', "'", "[", "]", "{", "=", "\\", "\u202e", "\x00", "\x1b[2J", "é", "\U000e0001"])
                    | st.text(max_size=3)
                )
                lines[place] = lines[place][:cut] + more + lines[place][cut + draw(st.integers(0, 4)) :]
        lines = lines or [""]
    return "\n".join(lines).encode("utf-8", "surrogatepass")


def assert_one_sentence(said: str) -> None:
    assert said.isprintable(), ascii(said)
    assert NAME in said
    assert len(said) <= LONGEST_SENTENCE


@settings(max_examples=400)
@given(st.sampled_from(PACKS).flatmap(bent))
@example(PACKS[0].replace('status = "awaiting_guidance"', "status = 0x" + "f" * 20_000, 1).encode())
def test_a_pack_that_was_bent_anywhere_loads_or_tells_each_fault_with_its_line(data: bytes) -> None:
    edition, problems = check_policy(data, NAME)
    assert (edition is None) == bool(problems)
    assert len(problems) <= MOST_PROBLEMS + 1
    for problem in problems:
        assert_one_sentence(problem.text)
        assert problem.line is None or 1 <= problem.line <= data.count(b"\n") + 1
    if edition is None:
        said = ""
        try:
            read_policy(data, NAME)
        except UsageError as error:
            said = str(error)
        assert_one_sentence(said)
        return
    assert edition.digest == content_digest(parse(data))
    edition.next_date(date(2026, 11, 29))
    for each in edition.milestones:
        date_words(each, each.due)
    assess_profile(PROFILE, (edition,), date(2026, 11, 29))
    told = [edition.id, edition.title, edition.edition, edition.jurisdiction]
    told += [text for rule in edition.rules for text in (rule.id, rule.summary, rule.source.title, *rule.families, *rule.scope)]
    assert not [text for text in told if "\n" in text or "\x1b" in text or "\u202e" in text]


@settings(max_examples=300)
@given(bent(REGISTRY))
def test_a_local_registry_that_was_bent_anywhere_loads_or_is_one_sentence(data: bytes) -> None:
    try:
        found = read_local_registry(data, NAME)
    except UsageError as error:
        assert_one_sentence(str(error))
    else:
        assert found.digest == content_digest(parse(data))
        assert not [
            each.name
            for each in (*found.object_identifiers, *found.named_groups, *found.signature_schemes)
            if "\u202e" in each.name
        ]
