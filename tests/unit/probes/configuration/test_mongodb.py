"""Values by MongoDB's manual, Configuration File Options and Server Parameters."""

from __future__ import annotations

import pytest

from tests.unit.probes.configuration.making import state, states
from tests.unit.probes.configuration.tree_making import is_nothing, rows, versions

TEXT = """storage: {dbPath: /var/lib/mongodb}
net:
  port: 27017
  tls:
    mode: requireTLS
    certificateKeyFile: /etc/mongo.pem
    disabledProtocols: TLS1_0,TLS1_1
setParameter:
  opensslCipherConfig: "ECDHE-RSA-AES256-GCM-SHA384:!MD5"
  opensslCipherSuiteConfig: TLS_AES_256_GCM_SHA384
"""


def test_what_is_disabled_is_no_use_and_the_rest_is_concluded() -> None:
    assert rows(TEXT) == [
        ("net 27017", "protocol_version", "TLS1.2?", 7),
        ("net 27017", "protocol_version", "TLS1.3?", 7),
        ("net 27017", "named_group", "*", 2),
        ("setParameter", "cipher_suite", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 9),
        ("setParameter", "cipher_suite", "TLS_AES_256_GCM_SHA384", 10),
    ]


def test_no_option_sets_groups_and_that_is_told() -> None:
    codes = [reason.code for reason in states(TEXT)[0].reasons]
    assert codes == ["configuration_default_decides", "configuration_no_option"]
    assert [reason.code for reason in states(TEXT)[1].reasons] == ["configuration_names_no_key"]


def test_without_tls_1_3_nothing_can_be_hybrid() -> None:
    text = "net:\n  ssl: {mode: requireSSL, PEMKeyFile: a, disabledProtocols: 'TLS1_0,TLS1_1,TLS1_3'}\n"
    assert versions(text) == ["TLS1.2?"]
    assert state(text) == "vulnerable"


@pytest.mark.parametrize(
    "text", ["# requireTLS\nnet: {port: 27017}\n", "a:\n  tls: {mode: requireTLS}\n", "Set requireTLS: and restart: now\n"]
)
def test_without_tls_and_in_files_of_others_it_is_nothing(text: str) -> None:
    assert is_nothing(text)
