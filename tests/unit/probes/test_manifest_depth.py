"""Lock files that are nested too deeply to be followed by their structure."""

from __future__ import annotations

import pytest

from tests.unit.probes.test_manifest_file import PROBE
from tests.unit.scan.files.making import facts_of


@pytest.mark.parametrize("opening", ["[", '{"[":'])
@pytest.mark.parametrize("name", ["node-forge", "left-pad"])
def test_a_lock_file_that_is_nested_too_deeply_is_told_as_not_read_whole(opening: str, name: str) -> None:
    closing = "]" if opening == "[" else "}"
    inner = opening * 200 + "1" + closing * 200
    text = f'{{"lockfileVersion": 3, "x": {inner}, "packages": {{"node_modules/{name}": {{"version": "1.3.1"}}}}}}'
    facts = facts_of(PROBE, text.encode(), "some file")
    assert (facts.complete, facts.detail and facts.detail.code) == (False, "source_work_spent")
    assert [one.value for one in facts.observations] == (["node-forge"] if name == "node-forge" else [])


def test_brackets_in_strings_do_not_nest() -> None:
    words = '"' + "[{" * 200 + '\\"' + "[" * 200 + '"'
    text = f'{{"lockfileVersion": 3, "x": [{words}], "packages": {{"node_modules/node-forge": {{"version": "1.3.1"}}}}}}'
    facts = facts_of(PROBE, text.encode(), "some file")
    assert facts.complete
