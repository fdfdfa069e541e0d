from __future__ import annotations

from pqscan.wire.config.ios import read_ios
from pqscan.wire.config.node import MOST_DEPTH
from tests.unit.wire.config.trees import flat

TEXT = b"""!
version 17.12
banner motd ^C
crypto ikev2 proposal FAKE
 group 1
^C
banner exec #one line#
banner login text of ASA
crypto ikev2 proposal P1
 encryption aes-cbc-256 aes-cbc-128
 group 19 14
 ! group 1
crypto pki certificate chain X
 certificate ca 01
  30820321 30820209 A0030201 02020100
  \tquit
no ip ssh version 1
ip ssh server algorithm kex ecdh-sha2-nistp256
end
"""


def test_lines_stand_in_lines_by_their_indentation() -> None:
    assert flat(read_ios(TEXT)) == [
        ("version", ("17.12",), 2),
        ("banner", ("login", "text", "of", "ASA"), 8),
        ("crypto", ("ikev2", "proposal", "P1"), 9),
        ("crypto/encryption", ("aes-cbc-256", "aes-cbc-128"), 10),
        ("crypto/group", ("19", "14"), 11),
        ("crypto", ("pki", "certificate", "chain", "X"), 13),
        ("crypto/certificate", ("ca", "01"), 14),
        ("crypto/certificate/quit", (), 16),
        ("no", ("ip", "ssh", "version", "1"), 17),
        ("ip", ("ssh", "server", "algorithm", "kex", "ecdh-sha2-nistp256"), 18),
        ("end", (), 19),
    ]


def test_a_banner_that_never_ends_is_its_first_line() -> None:
    assert flat(read_ios(b"banner motd ^C\nhostname a\n")) == [("hostname", ("a",), 2)]


def test_what_is_indented_ever_further_stays_within_the_depth() -> None:
    text = "\n".join(" " * place + "x" for place in range(3 * MOST_DEPTH))
    assert len(flat(read_ios(text.encode()))) == 3 * MOST_DEPTH


def test_a_line_further_out_than_its_block_ends_it() -> None:
    assert [path for path, _, _ in flat(read_ios(b"a\n   b\n  c\n d\ne\n"))] == ["a", "a/b", "a/c", "a/d", "e"]
