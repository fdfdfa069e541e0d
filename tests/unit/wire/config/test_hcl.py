from __future__ import annotations

import pytest

from pqscan.errors import MalformedMessage
from pqscan.wire.config.hcl import read_hcl
from tests.unit.wire.config.trees import flat

TEXT = b"""# resource "aws_kms_key" "no" { key_spec = "RSA_2048" }
// nor this
/* resource "tls_private_key" "no" {
} */
resource "aws_kms_key" "data" {
  key_spec    = "RSA_2048" # here
  deletion    = 7
  rotation    = true
  other       = var.spec
  computed    = var.a ? "RSA_2048" : "ECC_NIST_P256"
  curves      = ["P-256",
                 "P-384"]
  mixed       = ["a", var.b]
  policy      = jsonencode({ key_spec = "RSA_4096", list = [1, 2] })
  text        = "with ${lookup(var.m, "key_spec")} and \\" quote"
  long        = <<-EOT
    key_spec = "RSA_3072"
    EOTX
  EOT
  tags        = { Name = "x", "Quoted" : "y" }
  version_template { algorithm = "EC_SIGN_P256_SHA256" }
}
"""


def test_blocks_attributes_and_plain_values_are_read_and_the_rest_has_none() -> None:
    above = "resource/"
    assert flat(read_hcl(TEXT)) == [
        ("resource", ("aws_kms_key", "data"), 5),
        (above + "key_spec", ("RSA_2048",), 6),
        (above + "deletion", ("7",), 7),
        (above + "rotation", ("true",), 8),
        (above + "other", ("${var.spec}",), 9),
        (above + "computed", (), 10),
        (above + "curves", (), 11),
        (above + "curves/", ("P-256",), 11),
        (above + "curves/", ("P-384",), 12),
        (above + "mixed", (), 13),
        (above + "policy", (), 14),
        (above + "text", ('with ${lookup(var.m, "key_spec")} and \\" quote',), 15),
        (above + "long", (), 16),
        (above + "tags", (), 20),
        (above + "tags/Name", ("x",), 20),
        (above + "tags/Quoted", ("y",), 20),
        (above + "version_template", (), 21),
        (above + "version_template/algorithm", ("EC_SIGN_P256_SHA256",), 21),
    ]


@pytest.mark.parametrize(
    "text",
    [
        b"a {",
        b"}",
        b"prose that quotes\nx = 1",
        b"Prose:\nx = 1",
        b"two words = 1",
        b'x = "never',
        b"x = [1, 2",
        b"x = <<EOT\nnever",
        b"x = 1)",
        b'x = "${',
        b'"a\nb"',
        b"x = ${" * 1000,
    ],
)
def test_what_is_no_hcl_is_malformed(text: bytes) -> None:
    with pytest.raises(MalformedMessage):
        read_hcl(text)


def test_deep_texts_in_texts_are_malformed() -> None:
    with pytest.raises(MalformedMessage):
        read_hcl(b"x = " + b'"${' * 100)
