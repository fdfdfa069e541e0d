"""Private keys of gpg-agent: what GnuPG writes, in both forms of S-expressions, and what only looks like one."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from pqscan_probes.agent_key_file import AgentKeyFileProbe

from pqscan.errors import WrongProtocol
from tests.unit.scan.files.making import facts_of

MODULUS = b"\xc3" + bytes(254) + b"\x01"
TEXT = b"Created: 20261129T220619\nKey: (private-key (rsa (n #00" + MODULUS.hex().encode() + b"#)\n  (e #010001#)(d #3366#)))\n"
CANONICAL = (
    b"(21:protected-private-key(3:rsa(1:n257:\0"
    + MODULUS
    + b")(1:e3:\1\0\1)(9:protected25:openpgp-s2k3-sha1-aes-cbc(4:sha1)2:xx)))"
)


def told(data: bytes) -> list[tuple[str | None, dict[str, str | int]]]:
    return [(one.name, dict(one.parameters)) for one in facts_of(AgentKeyFileProbe(), data).observations]


def test_a_key_as_text_is_told_with_its_line() -> None:
    (observation,) = facts_of(AgentKeyFileProbe(), TEXT).observations
    assert (observation.name, dict(observation.parameters)) == ("RSA", {"form": "gpg-agent", "size_bits": 2048})
    assert observation.where is not None
    assert observation.where.line == 2


def test_a_locked_key_shows_its_size_and_by_what_it_is_locked() -> None:
    assert told(CANONICAL) == [("RSA", {"form": "gpg-agent", "size_bits": 2048, "locked_by": "openpgp-s2k3-sha1-aes-cbc"})]


@pytest.mark.parametrize(
    ("text", "name", "stated"),
    [
        ("(private-key (ecc (curve Ed25519)(flags eddsa)(q #40#)(d #01#)))", "Ed25519", {"size_bits": 256}),
        ('(shadowed-private-key (ecc (curve "NIST P-256")(q #04#)(shadowed t1-v1 (#d2# OPENPGP.1))))', "EC",
         {"parameter": "secp256r1", "size_bits": 256, "locked_by": "card"}),
        ("(private-key (kyber768 (p #00#)(s #01#)))", None, {}),
    ],
)  # fmt: skip
def test_curves_cards_and_kinds_that_no_row_names(text: str, name: str | None, stated: dict[str, object]) -> None:
    assert told(text.encode()) == [(name, {"form": "gpg-agent"} | stated)]


@pytest.mark.parametrize(
    "data",
    [b"see (private-key in the manual", b"(private-key)", b"(private-key (rsa (n #zz#)))", CANONICAL[:-1], b"(private-key" * 300],
)
def test_words_about_keys_and_cut_ones_are_none(data: bytes) -> None:
    with pytest.raises(WrongProtocol):
        told(data)


@pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not on this machine")
@pytest.mark.parametrize("password", ["", "mot hai ba"])
def test_what_gnupg_writes_is_read(tmp_path: Path, password: str) -> None:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    common = ["gpg", "--homedir", str(home), "--batch", "--pinentry-mode", "loopback", "--passphrase", password]
    for user, kind in (("an@example.vn", "rsa3072"), ("binh@example.vn", "ed25519"), ("chi@example.vn", "nistp256")):
        subprocess.run([*common, "--quick-gen-key", user, kind, "sign", "never"], check=True, capture_output=True)
    files = sorted((home / "private-keys-v1.d").iterdir())
    found = [one for path in files for one in told(path.read_bytes())]
    assert sorted((name or "?", stated["size_bits"]) for name, stated in found) == [("EC", 256), ("Ed25519", 256), ("RSA", 3072)]
    assert {"locked_by" in stated for _, stated in found} == {bool(password)}
    subprocess.run(["gpgconf", "--homedir", str(home), "--kill", "all"], check=False, capture_output=True)
