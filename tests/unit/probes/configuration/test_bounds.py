"""Configurations that are nested too deeply to be read: told as not read, where it shows that they are some."""

from __future__ import annotations

import pytest

from pqscan.errors import BeyondBounds, WrongProtocol
from tests.unit.probes.configuration.making import facts

NGINX = "http {{ server {{ listen 443 ssl; ssl_protocols TLSv1.2; ssl_certificate a; {}{} }} }}"
CERTIFICATE = "apiVersion: cert-manager.io/v1\nkind: Certificate\nspec:\n  privateKey: {{algorithm: RSA, size: 2048}}\n  x: {}{}\n"
DEEP = {
    "blocks": "# c\n/* of */ " + NGINX.format("location / { " * 50_000, "}" * 50_000),
    "YAML": CERTIFICATE.format("[" * 100_000, "]" * 100_000),
    "JSON": '{"static_resources": {"listeners": [{"filter_chains": [{"transport_socket": {"typed_config": {"@type": "tls", '
    '"common_tls_context": {"tls_params": {"x": ' + "[" * 5000 + "]" * 5000 + "}}}}}]}]}}",
}


@pytest.mark.parametrize("kind", DEEP)
def test_a_configuration_that_is_too_deep_is_told(kind: str) -> None:
    with pytest.raises(BeyondBounds):
        facts(DEEP[kind])


@pytest.mark.parametrize("text", [NGINX.format("location / { ", "}"), CERTIFICATE.format("[", "]")], ids=["blocks", "YAML"])
def test_one_that_is_not_is_read(text: str) -> None:
    assert facts(text).complete


@pytest.mark.parametrize(
    "text", ["int f() " + "{" * 200 + 'puts("ssl_protocols");' + "}" * 200, "{" * 200 + "}" * 200, "x: " + "[" * 5000 + "]" * 5000]
)
def test_other_texts_are_left_alone_however_deep_they_are(text: str) -> None:
    with pytest.raises(WrongProtocol):
        facts(text)


def test_what_is_written_about_a_configuration_is_none() -> None:
    with pytest.raises(WrongProtocol):
        facts('"""Of ssl_protocols, ssl_certificate and ssl_ecdh_curve."""\n' + 'x = f"{{"\n' * 40)
