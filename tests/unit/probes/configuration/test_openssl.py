"""openssl.cnf: what commands make by it, which providers the library takes in, and that neither says anything of TLS."""

from __future__ import annotations

import pytest

from pqscan.model.observation import Observation, Subject
from tests.unit.probes.configuration.making import facts, of, parameters, states

REQUEST = "[req]\ndistinguished_name = dn\n{}\n[dn]\ncommonName = a\n"
INIT = """openssl_conf = init
[init]
providers = provider_sect
alg_section = algorithm_sect
[provider_sect]
default = default_sect
oqsprovider = oqs_sect
legacy = legacy_sect
fips = fips_sect
[default_sect]
activate = 1
[oqs_sect]
activate = yes
[legacy_sect]
# activate = 1
[fips_sect]
activate = 0
[algorithm_sect]
default_properties = fips=yes
[unused]
default_properties = fips=no
"""


def made(text: str) -> list[tuple[str, object, object]]:
    found = [one for one in facts(text).observations if one.subject is Subject.ALGORITHM]
    assert {parameters(one)["made"] for one in found} == {"yes"}
    return [(one.name or "", parameters(one).get("size_bits"), parameters(one)["part"]) for one in found]


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("default_bits = 3072", [("RSA", 3072, "req")]),
        ("default_md = sha256", [("SHA-256", None, "req")]),
        ("default_md\t=\tSHA1 # old", [("SHA-1", None, "req")]),
        ("default_md = sha256\ndefault_md = sha512", [("SHA-512", None, "req")]),
        ("[tsa_config1]\nsigner_digest = sha256", [("SHA-256", None, "tsa_config1")]),
        ("[tsa_config1]\ndigests = sha1, sha512", [("SHA-1", None, "tsa_config1"), ("SHA-512", None, "tsa_config1")]),
        ("[ca]\ndefault_ca = CA\n[CA]\ndefault_md = sha384", [("SHA-384", None, "CA")]),
    ],
)
def test_what_commands_make_by_the_file_is_told(line: str, told: list[tuple[str, object, object]]) -> None:
    assert made(REQUEST.format(line)) == told


@pytest.mark.parametrize("line", ["default_md = default\ndefault_bits = 2048", "default_bits = 2048"])
def test_what_is_made_says_nothing_of_tls(line: str) -> None:
    text = REQUEST.format(line)
    assert made(text) == [("RSA", 2048, "req")]
    assert [each.state.value for each in states(text)] == ["none", "none"]


def test_the_default_of_tls_is_told_beside_what_is_made() -> None:
    assert of(INIT + REQUEST.format("default_md = sha256"), Subject.NAMED_GROUP) == ["*"]


def test_the_providers_that_are_taken_in_are_told_with_what_is_asked_of_every_algorithm() -> None:
    assert parameters(_software(INIT)) == {
        "product": "openssl",
        "providers": "default oqsprovider",
        "default_properties": "fips=yes",
    }


def test_sections_to_which_nothing_leads_take_nothing_in() -> None:
    assert parameters(_software(INIT.replace("openssl_conf = init", "openssl_conf = other"))) == {"product": "openssl"}


def _software(text: str) -> Observation:
    (software,) = (one for one in facts(text).observations if one.subject is Subject.SOFTWARE)
    return software
