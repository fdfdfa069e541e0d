"""Values by the documentation of the providers hashicorp/aws, hashicorp/google, hashicorp/azurerm and hashicorp/tls, and of AWS."""

from __future__ import annotations

import pytest

from pqscan.model.observation import Subject
from tests.unit.probes.configuration.making import facts, state
from tests.unit.probes.configuration.tree_making import groups, is_nothing, rows, versions


def listener(policy: str = "") -> str:
    return f'resource "aws_lb_listener" "web" {{\n  protocol = "HTTPS"\n{policy}}}\n'


@pytest.mark.parametrize(
    ("policy", "expected"),
    [
        ("ELBSecurityPolicy-TLS13-1-2-Res-PQ-2025-09", "capable"),
        ("ELBSecurityPolicy-TLS13-1-2-PQ-2025-09", "capable"),
        ("ELBSecurityPolicy-TLS13-1-2-Ext2-FIPS-PQ-2025-09", "capable"),
        ("ELBSecurityPolicy-TLS13-1-3-PQ-2025-09", "capable"),
        ("ELBSecurityPolicy-TLS13-1-3-2021-06", "vulnerable"),
        ("ELBSecurityPolicy-TLS13-1-2-Res-2021-06", "vulnerable"),
        ("ELBSecurityPolicy-TLS13-1-2-Res-FIPS-2023-04", "vulnerable"),
        ("ELBSecurityPolicy-2016-08", "vulnerable"),
        ("ELBSecurityPolicy-FS-1-2-Res-2020-10", "vulnerable"),
        ("ELBSecurityPolicy-TLS13-1-2-RFC9151-FIPS-2026-01", "vulnerable"),
        ("ELBSecurityPolicy-Of-Tomorrow", "unknown"),
    ],
)
def test_a_policy_stands_for_versions_and_groups(policy: str, expected: str) -> None:
    assert state(listener(f'  ssl_policy = "{policy}"\n')) == expected


def test_what_a_policy_stands_for_is_concluded() -> None:
    text = listener('  ssl_policy = "ELBSecurityPolicy-TLS13-1-3-PQ-2025-09"\n')
    assert versions(text) == ["TLS1.3?"]
    assert "X25519MLKEM768?" in groups(text)
    assert {line for _, _, _, line in rows(text)} == {3}


def test_without_a_policy_the_default_is_in_force() -> None:
    assert versions(listener()) == ["TLS1.0?", "TLS1.1?", "TLS1.2?"]
    assert is_nothing('resource "aws_lb_listener" "plain" {\n  protocol = "HTTP"\n}\n')


@pytest.mark.parametrize(
    ("resource", "body", "expected"),
    [
        ("aws_kms_key", "", ("AES-256?", "encryption")),
        ("aws_kms_key", 'customer_master_key_spec = "RSA_4096"\n key_usage = "SIGN_VERIFY"', ("RSA 4096", "signature")),
        ("aws_kms_key", 'customer_master_key_spec = "RSA_3072"\n key_usage = "ENCRYPT_DECRYPT"', ("RSA 3072", "key_establishment")),
        ("aws_kms_key", 'customer_master_key_spec = "ECC_NIST_P384"', ("ECDSA P-384", "signature")),
        ("aws_kms_key", 'customer_master_key_spec = "ML_DSA_65"', ("ML-DSA-65", "signature")),
        ("aws_kms_key", "customer_master_key_spec = var.unknown", ("*", "aws_kms_key x")),
        (
            "google_kms_crypto_key",
            'version_template {\n algorithm = "PQ_SIGN_SLH_DSA_SHA2_128S"\n}',
            ("SLH-DSA-SHA2-128s", "signature"),
        ),
        ("google_kms_crypto_key", 'version_template {\n algorithm = "KEM_XWING"\n}', ("X-Wing", "key_establishment")),
        (
            "google_kms_crypto_key",
            'version_template {\n algorithm = "RSA_DECRYPT_OAEP_3072_SHA256"\n}',
            ("RSA 3072", "key_establishment"),
        ),
        ("azurerm_key_vault_key", 'key_type = "RSA"\n key_size = 2048\n key_opts = ["sign", "verify"]', ("RSA 2048", "signature")),
        (
            "azurerm_key_vault_key",
            'key_type = "RSA-HSM"\n key_size = 3072\n key_opts = ["wrapKey"]',
            ("RSA 3072", "key_establishment"),
        ),
        ("azurerm_key_vault_key", 'key_type = "EC"\n curve = "P-521"', ("ECDSA P-521", "signature")),
        ("tls_private_key", 'algorithm = "RSA"', ("RSA 2048?", "signature")),
        ("tls_private_key", 'algorithm = "RSA"\n rsa_bits = 4096', ("RSA 4096", "signature")),
        ("tls_private_key", 'algorithm = "ECDSA"', ("ECDSA P-224?", "signature")),
        ("tls_private_key", 'algorithm = "ECDSA"\n ecdsa_curve = "P384"', ("ECDSA P-384", "signature")),
        ("tls_private_key", 'algorithm = "ED25519"', ("Ed25519", "signature")),
        ("aws_acm_certificate", 'domain_name = "a.vn"', ("RSA 2048?", "signature")),
        ("aws_acm_certificate", 'domain_name = "a.vn"\n key_algorithm = "EC_prime256v1"', ("ECDSA P-256", "signature")),
    ],
)
def test_keys_by_kind_size_and_use(resource: str, body: str, expected: tuple[str, str]) -> None:
    text = f'resource "{resource}" "x" {{\n {body}\n}}\n'
    ((_, _, name, _),) = rows(text, Subject.ALGORITHM)
    (told,) = (one for one in facts(text).observations if one.subject is Subject.ALGORITHM)
    assert (name, told.context) == expected


def test_a_variable_with_a_default_is_concluded_and_one_without_is_left_open() -> None:
    text = (
        'variable "spec" {\n  default = "RSA_4096"\n}\nlocals {\n  curve = "P-384"\n}\nvariable "bare" {}\n'
        'resource "aws_kms_key" "a" {\n  customer_master_key_spec = var.spec\n}\n'
        'resource "azurerm_key_vault_key" "b" {\n  key_type = "EC"\n  curve = local.curve\n}\n'
        'resource "aws_kms_key" "c" {\n  customer_master_key_spec = var.bare\n}\n'
    )
    assert rows(text, Subject.ALGORITHM) == [
        ("aws_kms_key a", "algorithm", "RSA 4096?", 9),
        ("aws_kms_key c", "algorithm", "*", 16),
        ("azurerm_key_vault_key b", "algorithm", "ECDSA P-384", 12),
    ]


@pytest.mark.parametrize(
    "text",
    [
        '# resource "aws_kms_key" "x" {\n#   customer_master_key_spec = "RSA_2048"\n# }\n',
        'data "aws_kms_key" "x" {\n  key_id = "a"\n}\n',
        'output "x" {\n  value = "aws_kms_key RSA_2048"\n}\n',
        'Write this:\n\nresource "aws_kms_key" "x" {\n  customer_master_key_spec = "RSA_2048"\n}\n',
        'resource "x" "y" {\n  text = <<EOT\nresource "aws_kms_key" "x" {\n}\nEOT\n}\n',
    ],
)
def test_comments_data_prose_and_texts_are_none(text: str) -> None:
    assert is_nothing(text)


@pytest.mark.parametrize(
    ("resource", "body", "expected"),
    [
        ("azurerm_storage_account", 'min_tls_version = "TLS1_2"', ["TLS1.2", "TLS1.3?"]),
        ("azurerm_storage_account", "", ["TLS1.2?", "TLS1.3?"]),
        ("azurerm_mssql_server", 'minimum_tls_version = "1.2"', ["TLS1.2", "TLS1.3?"]),
        ("azurerm_linux_web_app", 'site_config {\n minimum_tls_version = "1.3"\n}', ["TLS1.3"]),
        ("azurerm_app_service", 'site_config {\n min_tls_version = "1.1"\n}', ["TLS1.1", "TLS1.2?", "TLS1.3?"]),
        ("azurerm_application_gateway", 'ssl_policy {\n policy_name = "AppGwSslPolicy20170401S"\n}', ["TLS1.2?"]),
        (
            "aws_cloudfront_distribution",
            'viewer_certificate {\n minimum_protocol_version = "TLSv1.2_2021"\n}',
            ["TLS1.2?", "TLS1.3?"],
        ),
        ("aws_api_gateway_domain_name", 'security_policy = "TLS_1_0"', ["TLS1.0?", "TLS1.1?", "TLS1.2?"]),
        ("aws_apigatewayv2_domain_name", 'domain_name_configuration {\n security_policy = "TLS_1_2"\n}', ["TLS1.2?", "TLS1.3?"]),
    ],
)
def test_services_that_take_a_least_version_leave_groups_to_the_provider(resource: str, body: str, expected: list[str]) -> None:
    text = f'resource "{resource}" "x" {{\n{body}\n}}\n'
    assert versions(text) == expected
    assert groups(text) == ["*"]
