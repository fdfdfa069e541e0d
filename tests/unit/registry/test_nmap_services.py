"""nmap's names of services lead to protocols that a probe asks."""

from __future__ import annotations

from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.registry.nmap_services import protocol_of, read_nmap_services
from pqscan.registry.services import protocol

_ROW = '[[service]]\nnmap = "ssh"\nprotocol = "ssh"\nreference = "nmap"\n'
_NOT_ASKED_YET = {"ike"}


def test_every_row_leads_to_a_protocol_of_ours() -> None:
    meant = set(read_nmap_services().values())
    assert {name for name in meant if protocol(name) is None} <= _NOT_ASKED_YET


def test_what_is_inside_of_tls_is_tls() -> None:
    assert (protocol_of("http", is_wrapped=True), protocol_of("http"), protocol_of("ms-wbt-server")) == ("tls", "", "rdp")


@pytest.mark.parametrize(("text", "why"), [(_ROW + _ROW, "already"), (_ROW.replace('reference = "nmap"\n', ""), "no reference")])
def test_a_wrong_row_is_told(tmp_path: Path, text: str, why: str) -> None:
    path = tmp_path / "nmap_services.toml"
    path.write_text(text)
    with pytest.raises(DataError, match=why):
        read_nmap_services(path)
