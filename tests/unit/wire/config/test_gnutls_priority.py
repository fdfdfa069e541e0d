from __future__ import annotations

import pytest

from pqscan.wire.config.gnutls_priority import is_priority, read_priority


@pytest.mark.parametrize(
    ("text", "versions", "groups", "with_default"),
    [
        ("NORMAL", None, (), True),
        ("NORMAL:-VERS-ALL:+VERS-TLS1.3", ("TLS1.3",), (), True),
        ("NORMAL:-VERS-TLS1.0:-VERS-TLS1.1", ("TLS1.2", "TLS1.3"), (), True),
        ("NORMAL:-GROUP-ALL:+GROUP-X25519-MLKEM768:+GROUP-X25519", None, ("X25519-MLKEM768", "X25519"), False),
        ("NORMAL:+GROUP-X25519-MLKEM768", None, ("X25519-MLKEM768",), True),
        ("SECURE256:-GROUP-X448", None, (), True),
        ("NONE:+VERS-TLS1.3", ("TLS1.3",), (), False),
        ("NONE:+GROUP-SECP256R1", None, ("SECP256R1",), False),
    ],
)
def test_versions_and_groups(text: str, versions: tuple[str, ...] | None, groups: tuple[str, ...], with_default: bool) -> None:
    found = read_priority(text)
    assert (found.versions, found.groups, found.with_default) == (versions, groups, with_default)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("NORMAL:%COMPAT", True), ("@SYSTEM", True), ("HIGH:!aNULL", False), ("PROFILE=SYSTEM", False), ("", False)],
)
def test_strings_of_the_two_libraries_are_told_apart(text: str, expected: bool) -> None:
    assert is_priority(text) is expected
