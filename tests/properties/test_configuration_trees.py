"""Whatever a text holds, the probe of configurations tells facts of its trees or says that it is none; never a fault of ours, and
nothing that outputs could not show."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pqscan.errors import PqscanError
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
from tests.unit.probes.configuration.making import facts, judged

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


def holds(data: bytes) -> None:
    """Reads a file and judges it; raises only what a file may cause."""
    with contextlib.suppress(PqscanError):
        judged(facts(data), data)


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_samples_are_read(sample: str) -> None:
    assert facts(sample).observations


@pytest.mark.parametrize(
    ("text", "value_is_cut"),
    [
        ("hostname a\ncrypto ipsec transform-set {0} esp-aes 256\ncrypto ikev2 proposal {0}\n group {0}\n", True),
        ("config vpn ipsec phase1-interface\nedit {0}\nset dhgrp {0}\n", True),
        ("tls:\n  options:\n    {0}: {{curvePreferences: [{0}]}}\n", True),
        ("connections {{\n{0} {{\nproposals = {0}\nlocal_addrs = x\n}}\n}}\n", False),  # A word that nobody knows is a parameter.
        ("server {{ listen 443 ssl; server_name {0}; ssl_ecdh_curve {0}; }}\n", True),
        ("PermitRootLogin no\nMatch User {0}\nKexAlgorithms {0}\n", True),
    ],
    ids=["ios", "fortios", "traefik", "swanctl", "nginx", "openssh"],
)
def test_long_names_are_cut(text: str, value_is_cut: bool) -> None:
    data = text.format("x" * 1000).encode()  # Keys of YAML have no more than 1024.
    found = facts(data)
    judged(found, data)
    assert any(one.value.endswith("x…") for one in found.observations) == value_is_cut
    texts = [part for one in found.observations for part in (one.context or "", *(str(value) for _, value in one.parameters))]
    assert any("x" * 60 in part for part in texts)  # It is told, as far as it is shown.


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
