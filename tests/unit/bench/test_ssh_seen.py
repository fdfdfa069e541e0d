"""What the bench reads of SSH servers from the outputs of other tools, recorded against a server in Go with three host keys."""

from __future__ import annotations

import json

import pytest

from bench.measures import ssh_seen
from bench.measures.ssh_seen import SshSeen

NMAP = """\
PORT      STATE SERVICE
21000/tcp open  irtrans
| ssh-hostkey:
|   2048 29d6a972d8dfd3f775e9936c655b33cb (RSA)
|_  256 6e6e0bead2f249cd9acf77afdcf2d13b (ED25519)
| ssh2-enum-algos:
|   kex_algorithms: (3)
|       mlkem768x25519-sha256
|       curve25519-sha256
|       kex-strict-s-v00@openssh.com
|   server_host_key_algorithms: (1)
|       ssh-ed25519
|   encryption_algorithms: (2)
|       aes128-gcm@openssh.com
|       aes128-ctr
|   mac_algorithms: (1)
|       hmac-sha2-256
|   compression_algorithms: (1)
|_      none

Nmap done: 1 IP address (1 host up) scanned in 10.62 seconds
"""
SSH_AUDIT = {
    "enc": [{"algorithm": "aes128-gcm@openssh.com"}, {"algorithm": "aes128-ctr"}],
    "fingerprints": [
        {"hash": "y5Xb", "hash_alg": "SHA256", "hostkey": "ssh-ed25519"},
        {"hash": "52:29", "hash_alg": "MD5", "hostkey": "ssh-ed25519"},
    ],
    "kex": [{"algorithm": "mlkem768x25519-sha256"}, {"algorithm": "kex-strict-s-v00@openssh.com"}],
    "key": [{"algorithm": "ssh-ed25519"}, {"algorithm": "rsa-sha2-256", "keysize": 2048}],
    "mac": [{"algorithm": "hmac-sha2-256"}],
}
CRYPTOLYZER = {
    "ciphers": {
        "kex_algorithms": ["MLKEM768_X25519_SHA256", "kex-strict-s-v00@openssh.com"],
        "host_key_algorithms": ["SSH_ED25519"],
        "encryption_algorithms_client_to_server": ["AES128_CTR"],
        "encryption_algorithms_server_to_client": ["AES128_CTR", "AES256_CTR"],
        "mac_algorithms_client_to_server": ["HMAC_SHA2_256"],
        "mac_algorithms_server_to_client": ["HMAC_SHA2_256"],
    },
    "pubkeys": {"public_keys": [{"public_key": {"algorithm": "EDDSA"}}]},
}


def test_names_of_nmap_count_under_their_list_and_markers_do_not() -> None:
    assert ssh_seen.in_nmap(NMAP) == SshSeen(2, 1, 2, 1, both_ways=True, keys=2)


def test_a_list_that_nmap_tells_for_each_direction_is_one_list() -> None:
    twice = NMAP.replace(
        "|   encryption_algorithms: (2)\n|       aes128-gcm@openssh.com\n|       aes128-ctr\n",
        "|   encryption_algorithms_client_to_server: (1)\n|       aes128-ctr\n"
        "|   encryption_algorithms_server_to_client: (2)\n|       aes128-ctr\n|       aes256-ctr\n",
    )
    assert ssh_seen.in_nmap(twice).ciphers == 2


def test_two_fingerprints_of_one_host_key_are_one_key() -> None:
    assert ssh_seen.in_ssh_audit(json.dumps(SSH_AUDIT)) == SshSeen(1, 2, 2, 1, both_ways=False, keys=1)


def test_both_directions_of_cryptolyzer_count_together() -> None:
    assert ssh_seen.in_cryptolyzer(json.dumps(CRYPTOLYZER)) == SshSeen(1, 1, 2, 1, both_ways=True, keys=1)


def test_our_own_lists_count_once_whatever_their_direction() -> None:
    listed = [
        ("kex_method", "mlkem768x25519-sha256"),
        ("host_key", "ssh-ed25519"),
        ("encryption", "aes128-ctr"),
        ("mac", "hmac-sha2-256"),
    ]
    observations = [{"subject": subject, "value": value} for subject, value in (*listed, listed[2])]
    inventory = {"profiles": {"00": {"observations": observations}}, "certificates": {"01": {}}}
    assert ssh_seen.in_pqscan(json.dumps(inventory)) == SshSeen(1, 1, 1, 1, both_ways=True, keys=1)


@pytest.mark.parametrize("read", [ssh_seen.in_pqscan, ssh_seen.in_ssh_audit, ssh_seen.in_nmap, ssh_seen.in_cryptolyzer])
def test_an_output_of_another_kind_counts_as_nothing(read: ssh_seen.Reader) -> None:
    assert [read(output) for output in ("Traceback (most recent call last):", "[1]", "")] == [SshSeen()] * 3
