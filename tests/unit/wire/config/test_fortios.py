from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.config.fortios import read_fortios
from tests.unit.wire.config.trees import flat

TEXT = b"""#config-version=FGT60F-7.6.1-FW-build3457-241127:opmode=0:vdom=0
config vpn ipsec phase1-interface
    edit "hanoi"
        set ike-version 2
        set dhgrp 20 21
        unset psksecret
        set comments "set dhgrp 1
        set dhgrp 2"
        config inner
            set a "b \\" c"
        end
    next
    edit "hue"
        set dhgrp 5
    next
end
config system global
    set ssl-min-proto-version TLSv1-2
end
"""


def test_tables_hold_entries_and_entries_values() -> None:
    above = "vpn ipsec phase1-interface"
    assert flat(read_fortios(TEXT)) == [
        (above, (), 2),
        (above + "/hanoi", (), 3),
        (above + "/hanoi/ike-version", ("2",), 4),
        (above + "/hanoi/dhgrp", ("20", "21"), 5),
        (above + "/hanoi/comments", ("set dhgrp 1\n        set dhgrp 2",), 7),
        (above + "/hanoi/inner", (), 9),
        (above + "/hanoi/inner/a", ('b \\" c',), 10),
        (above + "/hue", (), 13),
        (above + "/hue/dhgrp", ("5",), 14),
        ("system global", (), 17),
        ("system global/ssl-min-proto-version", ("TLSv1-2",), 18),
    ]


def test_what_was_copied_in_part_is_read_as_far_as_it_goes() -> None:
    assert flat(read_fortios(b"end\nnext\nconfig a\nedit b\nset c d\nedit e\nset f g")) == [
        ("a", (), 3), ("a/b", (), 4), ("a/b/c", ("d",), 5), ("a/e", (), 6), ("a/e/f", ("g",), 7),
    ]  # fmt: skip


def test_a_text_that_never_ends_is_malformed() -> None:
    with pytest.raises(MalformedMessage):
        read_fortios(b'config a\nset b "c')
