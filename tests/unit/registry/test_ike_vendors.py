"""What vendor ids mean."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from pqscan.errors import DataError
from pqscan.registry.ike_vendors import BEHAVIOUR, SOFTWARE, read_vendor_ids, vendor_of


@pytest.mark.parametrize(
    ("text", "name", "kind"),
    [
        ("strongSwan", "strongSwan", SOFTWARE),
        ("MS NT5 ISAKMPOAKLEY", "Windows (MS NT5 ISAKMPOAKLEY)", SOFTWARE),
        ("RFC 3947", "nat_traversal", BEHAVIOUR),
        ("FRAGMENTATION", "fragmentation_supported", BEHAVIOUR),
    ],
)
def test_the_digest_of_a_name_tells_who_sent_it_whatever_version_follows(text: str, name: str, kind: str) -> None:
    digest = hashlib.md5(text.encode(), usedforsecurity=False).digest()
    for data in (digest, digest + b"\0\0\0\x09"):
        found = vendor_of(data)
        assert found is not None
        assert (found.name, found.kind) == (name, kind)
    assert vendor_of(digest[:-1]) is None


@pytest.mark.parametrize("begins", ["zz", "00", '0102030405060708"\nname = "b"\nkind = "other'])
def test_a_row_that_cannot_be_is_refused(tmp_path: Path, begins: str) -> None:
    path = tmp_path / "rows.toml"
    path.write_text(f'[[vendor_id]]\nbegins = "{begins}"\nname = "a"\nkind = "software"\nreference = "b"\n')
    with pytest.raises(DataError):
        read_vendor_ids(path)
