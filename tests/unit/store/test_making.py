"""Values made by the setters of their slots are the same as those that their class makes."""

from __future__ import annotations

from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.model.target import NetworkTarget, Transport
from pqscan.store.making import maker

TEXTS = st.none() | st.text(max_size=8)
make = maker(NetworkTarget)


@given(st.text(max_size=8), st.integers(), TEXTS, TEXTS, st.sampled_from(Transport), TEXTS, st.text(max_size=8))
def test_it_makes_what_the_class_makes(
    address: str, port: int, name: str | None, host: str | None, transport: Transport, starttls: str | None, site: str
) -> None:
    made = make(address, port, name, host, transport, starttls, site)
    assert made == NetworkTarget(address, port, name, host, transport, starttls, site)
    assert hash(made) == hash(NetworkTarget(address, port, name, host, transport, starttls, site))


def test_a_field_too_few_is_refused() -> None:
    with pytest.raises(TypeError):
        make("192.0.2.1", 443)


def test_a_class_that_checks_its_fields_is_refused() -> None:
    @dataclass(frozen=True, slots=True)
    class Checked:
        number: int

        def __post_init__(self) -> None:
            raise ValueError("never run")

    with pytest.raises(TypeError):
        maker(Checked)
