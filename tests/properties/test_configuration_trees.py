"""Whatever a text holds, the probe of configurations tells facts of its trees or says that it is none; never a fault of ours, and
nothing that outputs could not show."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import PqscanError
from pqscan.model.canonical import canonical
from pqscan.model.observation import Profile
from pqscan.policy.states import authentication, key_establishment
from tests.unit.probes.configuration import (
    test_caddy,
    test_cisco,
    test_envoy,
    test_fortios,
    test_junos,
    test_kubernetes,
    test_mongodb,
    test_schannel,
    test_tomcat,
    test_traefik,
)
from tests.unit.probes.configuration.making import facts

TERRAFORM = 'variable "a" {\n  default = "RSA_2048"\n}\nresource "aws_kms_key" "k" {\n  customer_master_key_spec = var.a\n}\n'
SAMPLES = (
    test_caddy.TEXT,
    test_cisco.IOS,
    test_cisco.ASA,
    test_envoy.TEXT,
    test_fortios.TEXT,
    test_junos.BRACES,
    test_junos.SET,
    test_kubernetes.CERTIFICATES,
    test_kubernetes.INGRESS,
    test_mongodb.TEXT,
    test_schannel.exported(test_schannel.server("TLS 1.0", '"Enabled"=dword:1')),
    TERRAFORM,
    test_tomcat.TEXT,
    test_traefik.YAML,
    test_traefik.TOML,
)
MOST_SHOWN = 200


def holds(data: bytes) -> None:
    """Reads a file and judges it; raises only what a file may cause."""
    with contextlib.suppress(PqscanError):
        found = facts(data)
        profile = canonical(Profile("configuration_file", found.depth, found.asked, found.complete, found.observations))
        key_establishment(profile)
        authentication(profile, ())
        lines = data.count(b"\n") + 1
        for one in found.observations:
            assert len(one.value) <= MOST_SHOWN
            assert (one.value + (one.context or "")).isprintable()
            assert all(len(str(value)) <= MOST_SHOWN and str(value).isprintable() for _, value in one.parameters)
            assert one.where is None or one.where.line is None or 1 <= one.where.line <= lines


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_samples_are_read(sample: str) -> None:
    assert facts(sample).observations


def test_long_names_are_cut() -> None:
    name = "x" * 5000
    holds(f"hostname a\ncrypto ipsec transform-set {name} esp-aes 256\ncrypto ikev2 proposal {name}\n group {name}\n".encode())
    holds(f"config vpn ipsec phase1-interface\nedit {name}\nset dhgrp {name}\n".encode())
    holds(f"tls:\n  options:\n    {name}: {{curvePreferences: [{name}]}}\n".encode())


@given(st.sampled_from(SAMPLES), st.data())
def test_damaged_configurations_are_read_or_none(sample: str, data: st.DataObject) -> None:
    damaged = bytearray(sample.encode())
    for _ in range(data.draw(st.integers(1, 5))):
        damaged[data.draw(st.integers(0, len(damaged) - 1))] = data.draw(st.integers(0, 255))
    holds(bytes(damaged))


@given(st.sampled_from(SAMPLES), st.sampled_from(SAMPLES), st.data())
def test_pieces_of_two_configurations_are_read_or_none(one: str, other: str, data: st.DataObject) -> None:
    first, second = one.encode(), other.encode()
    holds(first[: data.draw(st.integers(0, len(first)))] + second[data.draw(st.integers(0, len(second))) :])


@given(st.sampled_from(SAMPLES), st.text(max_size=200), st.data())
def test_any_text_inside_is_read_or_none(sample: str, text: str, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(sample)))
    holds((sample[:place] + text + sample[place:]).encode("utf-8", "replace"))
