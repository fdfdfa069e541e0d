"""What the bench takes from the outputs of scanners for the transforms of a gateway."""

from __future__ import annotations

import json

from bench.measures import ike_seen

IKE_SCAN = """\
Starting ike-scan 1.9.5 with 1 hosts (http://www.nta-monitor.com/tools/ike-scan/)
127.0.0.1\tIKEv2 SA_INIT Handshake returned
\tHDR=(CKY-R=726573706f6e6473, IKEv2)
\tSA=(Encr=AES_CBC,KeyLength=256 Prf=HMAC_SHA1 Integ=HMAC_SHA1_96 DH_Group=2:modp1024)
\tKeyExchange(36 bytes)
"""
CRYPTOLYZER = {
    "encryption_algorithms": [{"encryption_algorithm": "AES_256", "block_cipher_mode": "CBC"}],
    "pseudorandom_functions": ["SHA1"],
    "integrity_algorithms": None,
    "diffie_hellman_groups": ["RFC3526_2048_BIT_MODP_GROUP"],
}


def inventory(*told: tuple[str, str, str, str | None]) -> str:
    names = ("subject", "value", "support", "context")
    observations = [{**dict(zip(names, each, strict=True)), "name": f"name of {each[1]}"} for each in told]
    return json.dumps({"profiles": {"00": {"observations": observations}}})


def test_a_key_length_is_no_transform_of_its_own() -> None:
    assert ike_seen.in_ike_scan(IKE_SCAN) == 4


def test_a_notification_of_ike_scan_names_no_transform() -> None:
    assert ike_seen.in_ike_scan("127.0.0.1\tNotify message 14 (NO_PROPOSAL_CHOSEN)\n") == 0


def test_lists_of_cryptolyzer_that_are_missing_count_as_nothing() -> None:
    assert [ike_seen.in_cryptolyzer(each) for each in (json.dumps(CRYPTOLYZER), "Traceback", "[]")] == [3, 0, 0]


def test_only_what_a_gateway_accepts_in_ikev2_counts_of_ours() -> None:
    told = inventory(
        ("ike_encryption", "20/256", "accepted", "IKEv2"),
        ("ike_prf", "5", "refused", "IKEv2"),
        ("ike_key_exchange", "2", "selected", "IKEv1"),
        ("ike_additional_key_exchange", "36", "selected", "IKEv2"),
    )
    assert ike_seen.in_pqscan(told) == {("ike_encryption", "20/256"), ("ike_additional_key_exchange", "36")}
    assert ike_seen.ml_kem_in_pqscan(told) == {"name of 36"}


def test_a_policy_is_told_in_the_words_of_the_inventory() -> None:
    assert ike_seen.taken_by([((1, 20, 256), (4, 19, None))]) == {("ike_encryption", "20/256"), ("ike_key_exchange", "19")}
