"""Values by Apache Tomcat's documentation, HTTP Connector."""

from __future__ import annotations

import pytest

from pqscan.model.observation import Subject
from tests.unit.probes.configuration.making import state
from tests.unit.probes.configuration.tree_making import groups, is_nothing, rows, versions

TEXT = """<?xml version="1.0"?>
<Server port="8005">
  <Service name="Catalina">
    <!-- <Connector SSLEnabled="true"><SSLHostConfig protocols="TLSv1" groups="secp521r1"/></Connector> -->
    <Connector port="8080" protocol="HTTP/1.1"/>
    <Connector port="8443" SSLEnabled="true">
      <SSLHostConfig hostName="a.example.vn"
                     protocols="TLSv1.2,TLSv1.3"
                     groups="X25519MLKEM768,x25519,secp256r1">
        <Certificate type="EC" certificateFile="a.pem"/>
      </SSLHostConfig>
      <SSLHostConfig protocols="all,-TLSv1,-TLSv1.1"
                     ciphers="ECDHE-RSA-AES256-GCM-SHA384"/>
    </Connector>
    <Connector port="9443" SSLEnabled="true" sslEnabledProtocols="TLSv1,TLSv1.1" ciphers="TLS_RSA_WITH_AES_128_CBC_SHA"/>
  </Service>
</Server>
"""


def test_hosts_and_connectors_are_parts_and_attributes_have_their_lines() -> None:
    assert rows(TEXT, Subject.NAMED_GROUP) == [
        ("SSLHostConfig a.example.vn", "named_group", "X25519MLKEM768", 9),
        ("SSLHostConfig a.example.vn", "named_group", "x25519", 9),
        ("SSLHostConfig a.example.vn", "named_group", "secp256r1", 9),
        ("SSLHostConfig", "named_group", "*", 12),
        ("Connector 9443", "named_group", "*", 15),
    ]
    assert rows(TEXT, Subject.CIPHER_SUITE) == [
        ("SSLHostConfig", "cipher_suite", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 13),
        ("Connector 9443", "cipher_suite", "TLS_RSA_WITH_AES_128_CBC_SHA", 15),
    ]
    assert rows(TEXT, Subject.ALGORITHM) == [("SSLHostConfig a.example.vn", "algorithm", "ECDSA", 10)]


@pytest.mark.parametrize(
    ("protocols", "expected"),
    [
        ("TLSv1.2,TLSv1.3", ["TLS1.2", "TLS1.3"]),
        ("TLSv1.2+TLSv1.3", ["TLS1.2", "TLS1.3"]),
        ("all,-TLSv1,-TLSv1.1", ["TLS1.2?", "TLS1.3?"]),
        ("+TLSv1.3", ["TLS1.3"]),
    ],
)
def test_protocols_are_lists_with_signs(protocols: str, expected: list[str]) -> None:
    found = versions(f'<Connector SSLEnabled="true"><SSLHostConfig protocols="{protocols}"/></Connector>'.join(("<S>", "</S>")))
    assert [name.rstrip("?") for name in found] == [name.rstrip("?") for name in expected]


def test_the_worst_part_decides() -> None:
    assert state(TEXT) == "broken"


def test_groups_alone_are_exclusive_only_with_tls_1_3_alone() -> None:
    text = '<S><Connector SSLEnabled="true"><SSLHostConfig protocols="{}" groups="X25519MLKEM768"/></Connector></S>'
    assert state(text.format("TLSv1.3")) == "exclusive"
    assert state(text.format("TLSv1.2,TLSv1.3")) == "default"


def test_a_connector_without_tls_is_nothing() -> None:
    assert is_nothing('<Server><Connector port="8080" SSLEnabled="false"/></Server>')


@pytest.mark.parametrize(
    "text",
    [
        "<!-- SSLHostConfig --><Server/>",
        '<!DOCTYPE x [<!ENTITY a "b">]><S><Connector SSLEnabled="true"><SSLHostConfig groups="&a;"/></Connector></S>',
        'Put <SSLHostConfig protocols="TLSv1"/> into the Connector.',
    ],
)
def test_comments_bombs_and_prose_are_none(text: str) -> None:
    assert is_nothing(text)


def test_a_group_that_no_source_lists_is_kept_as_it_stands() -> None:
    assert groups('<S><Connector SSLEnabled="true"><SSLHostConfig groups="x25519,NEW1"/></Connector></S>') == ["x25519", "NEW1"]
