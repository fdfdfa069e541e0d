"""Keys in XML as .NET and Java write them (tests/vectors/keys), in settings, licences and source code."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest
from pqscan_probes.windows_key import WindowsKeyProbe
from pqscan_probes.xml_key import XmlKeyProbe

from pqscan.errors import MalformedMessage, WrongProtocol
from pqscan.model.observation import Observation, Subject, Where
from pqscan.model.outcome import Facts
from tests.corpus.foreign_keys import xml_elliptic_of_rfc_4050, xml_rsa
from tests.corpus.material import public_der
from tests.unit.scan.files.making import facts_of

VECTORS = Path(__file__).parents[1] / "vectors" / "keys"
PUBLIC = xml_rsa("rsa1024", is_private=False)


def probe(data: bytes | str) -> Facts:
    return facts_of(XmlKeyProbe(), data.encode() if isinstance(data, str) else data)


def one(data: bytes | str) -> tuple[Observation, dict[str, str | int]]:
    (observation,) = probe(data).observations
    return observation, dict(observation.parameters)


@pytest.mark.parametrize(("family", "bits"), [("rsa", 2048), ("dsa", 1024)])
def test_keys_of_dotnet_are_told_and_are_one_key_in_every_form(family: str, bits: int) -> None:
    kept = set()
    for end, subject, form in (("private", Subject.PRIVATE_KEY, {"form": "xml"}), ("public", Subject.PUBLIC_KEY, {})):
        data = (VECTORS / f"{family}-{end}.xml").read_bytes()
        observation, stated = one(data)
        assert (observation.subject, observation.name, stated) == (subject, family.upper(), {**form, "size_bits": bits})
        kept.update(probe(data).certificates)
    assert kept == set(facts_of(WindowsKeyProbe(), (VECTORS / f"{family}-public.blob").read_bytes()).certificates)


@pytest.mark.parametrize("family", ["rsa", "dsa"])
def test_private_blobs_of_dotnet_are_told(family: str) -> None:
    (observation,) = facts_of(WindowsKeyProbe(), (VECTORS / f"{family}-private.blob").read_bytes()).observations
    assert (observation.subject, observation.name) == (Subject.PRIVATE_KEY, family.upper())


@pytest.mark.parametrize("family", ["rsa", "dsa", "ec"])
def test_a_key_as_java_writes_it_is_the_key_that_java_has(family: str) -> None:
    facts = probe((VECTORS / f"java-{family}.xml").read_bytes())
    assert facts.certificates == ((VECTORS / f"java-{family}.der").read_bytes(),)


@pytest.mark.parametrize("element", ["ECDSAKeyValue", "ECDHKeyValue"])
def test_a_key_on_a_curve_with_decimal_numbers_is_told(element: str) -> None:
    assert probe(xml_elliptic_of_rfc_4050("p521", "1.3.132.0.35", element)).certificates == (public_der("p521"),)


@pytest.mark.parametrize(
    "text",
    [
        PUBLIC,
        PUBLIC.replace("<", "&lt;").replace(">", "&gt;"),
        json.dumps(PUBLIC),
        PUBLIC.replace("<", "\\u003c").replace(">", "\\u003E").replace("+", "\\u002B"),
        PUBLIC.replace("</", "<\\/").replace("><", ">\\r\\n  <"),
        PUBLIC.replace("<", "<ds:").replace("<ds:/", "</ds:"),
        PUBLIC.replace("><", ">\n\t<"),
    ],
    ids=["plain", "entities", "json", "escapes", "slashes", "prefix", "lines"],
)
def test_a_key_in_settings_and_strings_is_read(text: str) -> None:
    data = f"# settings\nkey = {text}\n"
    assert probe(data).certificates == (public_der("rsa1024"),)
    assert (one(data)[0].where or Where()).line == 2


def test_the_key_of_a_signature_is_left_to_it_and_one_behind_it_is_told() -> None:
    inside = f'<ds:Signature xmlns:ds="urn:x"><KeyInfo><KeyValue>{PUBLIC}</KeyValue></KeyInfo></ds:Signature>'
    with pytest.raises(WrongProtocol):
        probe(inside)
    assert len(probe(f"<a>{inside}{PUBLIC}</a>").observations) == 1
    assert one(inside.replace(PUBLIC, xml_rsa("rsa1024", is_private=True)))[0].subject is Subject.PRIVATE_KEY


@pytest.mark.parametrize(
    "text",
    [
        "<RSAKeyValue><Modulus>...</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>",
        "<RSAKeyValue><Modulus>AQAB</Modulus>",
        "the element RSAKeyValue, and ECDSAKeyValue/DSAKeyValue",
        "<DSAKeyValue></DSAKeyValue><ECKeyValue/>",
    ],
)
def test_words_and_examples_are_no_key(text: str) -> None:
    with pytest.raises(WrongProtocol):
        probe(text)


def test_numbers_of_something_else_are_told_as_unreadable_and_the_others_stand() -> None:
    even = base64.b64encode(bytes(7) + b"\4" * 120).decode()
    wrong = f"<RSAKeyValue><Modulus>{even}</Modulus><Exponent>AQAB</Exponent></RSAKeyValue>"
    with pytest.raises(MalformedMessage):
        probe(wrong)
    facts = probe(wrong + PUBLIC)
    assert (len(facts.observations), facts.complete) == (1, False)


def test_elements_without_an_end_are_left_at_some_point() -> None:
    assert not probe(PUBLIC + "<RSAKeyValue>" * 30_000).complete
