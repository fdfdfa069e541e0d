from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.config.xml_tree import read_xml
from tests.unit.wire.config.trees import flat

SERVER = b"""<?xml version="1.0"?>
<!-- <SSLHostConfig protocols="TLSv1" /> -->
<Server>
  <Connector port="8443"
             SSLEnabled="true">text<x:SSLHostConfig
      protocols="TLSv1.3" /></Connector>
</Server>
"""


def test_attributes_have_the_line_on_which_they_stand_and_comments_and_texts_are_nothing() -> None:
    assert flat(read_xml(SERVER)) == [
        ("Server", (), 3),
        ("Server/Connector", (), 4),
        ("Server/Connector/port", ("8443",), 4),
        ("Server/Connector/SSLEnabled", ("true",), 5),
        ("Server/Connector/SSLHostConfig", (), 5),
        ("Server/Connector/SSLHostConfig/protocols", ("TLSv1.3",), 6),
    ]


def test_a_document_type_is_refused_with_every_bomb_in_it() -> None:
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><x>&b;</x>'
    with pytest.raises(MalformedMessage, match="document type"):
        read_xml(bomb)


@pytest.mark.parametrize(
    "text", [b"", b"<a>", b"<a></b>", b"text", b"<a/><b/>", b'<?xml version="1.0" encoding="no-such"?><a/>', b"<a b=c/>"]
)
def test_what_is_no_xml_is_malformed(text: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_xml(text)


def test_deep_nesting_is_malformed() -> None:
    with pytest.raises(MalformedMessage, match="deep"):
        read_xml(b"<a>" * 10_000)
