"""OpenSSH: the first value of a keyword counts (sshd_config(5), ssh_config(5)); `sshd -T` and `ssh -G` judge where they are at
hand."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from pqscan.errors import WrongProtocol
from pqscan.model.observation import Subject
from tests.unit.probes.configuration.making import facts, line_of, of, parts, product, state, states

SERVER = "Port 22\nPermitRootLogin no\nPasswordAuthentication no\n"
CLIENT = "Host *\n  StrictHostKeyChecking yes\n"
MLKEM, SNTRUP, C25519 = "mlkem768x25519-sha256", "sntrup761x25519-sha512@openssh.com", "curve25519-sha256"


@pytest.mark.parametrize(
    ("line", "methods", "expected"),
    [
        (f"KexAlgorithms {SNTRUP},{C25519}", [SNTRUP, C25519], "default"),
        (f"KexAlgorithms {C25519},{SNTRUP}", [C25519, SNTRUP], "capable"),
        (f"KexAlgorithms {C25519}", [C25519], "vulnerable"),
        (f"KexAlgorithms {MLKEM}", [MLKEM], "exclusive"),
        (f"KexAlgorithms ^{MLKEM}", [MLKEM, "*"], "default"),
        (f"KexAlgorithms +{MLKEM}", [MLKEM, "*"], "capable"),
        (f"KexAlgorithms -{C25519}", ["*"], "unknown"),
        ("KexAlgorithms diffie-hellman-group1-sha1", ["diffie-hellman-group1-sha1"], "broken"),
        (f"kexalgorithms {C25519}\nKexAlgorithms {MLKEM}", [C25519], "vulnerable"),
        (f"#KexAlgorithms {C25519}", ["*"], "unknown"),
        (f"KexAlgorithms={C25519}", [C25519], "vulnerable"),
        (f"KexAlgorithms = {MLKEM}", [MLKEM], "exclusive"),
        (f"KexAlgorithms {C25519} # not {MLKEM}", [C25519], "vulnerable"),
        (f'KexAlgorithms "{MLKEM}" #first', [MLKEM], "exclusive"),
        ("", ["*"], "unknown"),
    ],
)
def test_truth(line: str, methods: list[str], expected: str) -> None:
    text = f"{SERVER}{line}\n"
    assert product(text) == "openssh_server"
    assert of(text, Subject.KEX_METHOD) == methods
    assert state(text) == expected


def test_a_default_is_told_with_the_version_from_which_it_is_hybrid() -> None:
    (reason, *_) = states(SERVER)[0].reasons
    told = dict(reason.parameters)
    assert (reason.code, told["product"], told["since"]) == ("configuration_default_hybrid_since", "OpenSSH", "9.0")
    assert "10.0: mlkem768x25519-sha256 first" in str(told["defaults"])


def test_a_host_block_is_a_part_where_it_sets_a_list_and_the_first_value_counts() -> None:
    text = f"Host old.example\n  KexAlgorithms {C25519}\n{CLIENT}  KexAlgorithms {MLKEM}\n"
    assert product(text) == "openssh_client"
    assert of(text, Subject.KEX_METHOD, "Host old.example") == [C25519]
    assert of(text, Subject.KEX_METHOD, "Host *") == [MLKEM]
    assert state(text) == "vulnerable"


def test_what_stands_in_front_of_every_block_counts_before_them() -> None:
    text = f"KexAlgorithms {MLKEM}\nHost a\n  KexAlgorithms {C25519}\n  IdentityFile ~/x\n"
    assert of(text, Subject.KEX_METHOD, "Host a") == [MLKEM]


INCLUDE = "Include /etc/ssh/sshd_config.d/*.conf\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (f"{SERVER}KexAlgorithms {MLKEM}\n{INCLUDE}", "exclusive"),
        (f"{INCLUDE}{SERVER}KexAlgorithms {MLKEM}\n", "unknown"),
        (f"{INCLUDE}{SERVER}KexAlgorithms {C25519}\n", "unknown"),
        (
            f"{SERVER}KexAlgorithms {MLKEM}\nMatch User a\n {INCLUDE} PermitRootLogin no\n",
            "exclusive",
        ),  # It is of users, who come too late to set it.
        (f"KexAlgorithms {MLKEM}\n{CLIENT} {INCLUDE}", "exclusive"),
        (f"{CLIENT} {INCLUDE}  KexAlgorithms {MLKEM}\n", "unknown"),
        (f"Host a\n {INCLUDE} IdentityFile x\nHost *\n  KexAlgorithms {MLKEM}\n  HashKnownHosts yes\n", "exclusive"),
    ],
)
def test_a_file_that_is_taken_in_before_a_line_may_set_it_first(text: str, expected: str) -> None:
    assert state(text) == expected


def test_host_keys_may_be_set_first_by_a_file_that_is_taken_in() -> None:
    (found,) = states(f"{INCLUDE}{SERVER}HostKeyAlgorithms ssh-ed25519\n")[1].reasons
    assert (found.code, dict(found.parameters)["why"]) == ("configuration_value_unknown", "configuration_behind_include")


def test_a_snippet_is_read_as_one_of_the_server() -> None:
    text = f"KexAlgorithms {MLKEM}\nCiphers aes256-gcm@openssh.com\nMACs hmac-sha2-256\nHostKeyAlgorithms ssh-ed25519\n"
    assert product(text) == "openssh_server"
    assert of(text, Subject.ENCRYPTION) == ["aes256-gcm@openssh.com"]
    assert of(text, Subject.MAC) == ["hmac-sha2-256"]
    assert line_of(text, Subject.HOST_KEY) == [4]
    assert [each.state.value for each in states(text)] == ["exclusive", "vulnerable"]


def test_a_part_of_the_whole_is_global() -> None:
    assert parts(SERVER) == ["global"]


@pytest.mark.parametrize(
    "text",
    [
        f"Hardening OpenSSH\n=====\nEdit the file and write\n\n    KexAlgorithms {MLKEM}\n\ninto it, then restart.\nThat is all.\n",
        'parser.add("KexAlgorithms")\nif x:\n    y = 1\n',
        "PermitRootLogin is dangerous.\nNever set it.\nWe said so.\n",
    ],
)
def test_what_only_quotes_a_line_is_no_configuration(text: str) -> None:
    with pytest.raises(WrongProtocol):
        facts(text)


@pytest.mark.parametrize(
    "line",
    [
        f"KexAlgorithms {SNTRUP},{C25519}",
        f"KexAlgorithms {C25519}\nKexAlgorithms {SNTRUP}",
        f"KexAlgorithms ^{C25519}",
        f"KexAlgorithms={C25519} # not {SNTRUP}",
    ],
)
def test_sshd_has_in_force_what_is_told(line: str, tmp_path: Path) -> None:
    sshd, keygen = shutil.which("sshd", path="/usr/sbin:/usr/local/sbin:/sbin"), shutil.which("ssh-keygen")
    if sshd is None or keygen is None:
        pytest.skip("no sshd is installed here")
    subprocess.run([keygen, "-q", "-t", "ed25519", "-N", "", "-f", tmp_path / "key"], check=True)
    (tmp_path / "sshd_config").write_text(f"{SERVER}{line}\n", "utf-8")
    ran = subprocess.run(
        [sshd, "-T", "-f", tmp_path / "sshd_config", "-h", tmp_path / "key"], capture_output=True, text=True, check=True
    )
    (effective,) = (each.split()[1].split(",") for each in ran.stdout.splitlines() if each.startswith("kexalgorithms "))
    told = of(f"{SERVER}{line}\n", Subject.KEX_METHOD)
    assert effective == told if "*" not in told else effective[: len(told) - 1] == told[:-1]


@pytest.mark.parametrize("host", ["old.example", "other.example"])
def test_ssh_has_in_force_what_is_told(host: str, tmp_path: Path) -> None:
    ssh = shutil.which("ssh")
    if ssh is None:
        pytest.skip("no ssh is installed here")
    text = f"Host=old.example # behind a wall\n  KexAlgorithms={C25519} # {MLKEM}\n{CLIENT}  KexAlgorithms {SNTRUP} #first\n"
    (tmp_path / "config").write_text(text, "utf-8")
    ran = subprocess.run([ssh, "-G", "-F", tmp_path / "config", host], capture_output=True, text=True, check=True)
    (effective,) = (each.split()[1].split(",") for each in ran.stdout.splitlines() if each.startswith("kexalgorithms "))
    assert effective == of(text, Subject.KEX_METHOD, "Host old.example" if host == "old.example" else "Host *")
