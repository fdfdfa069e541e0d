"""Values by the documentation of the Gateway API, ingress-nginx, Istio, Traefik and cert-manager."""

from __future__ import annotations

import pytest

from pqscan.model.observation import Subject
from tests.unit.probes.configuration.making import facts, state, states
from tests.unit.probes.configuration.tree_making import groups, is_nothing, rows, titles, versions

CERTIFICATES = """apiVersion: cert-manager.io/v1
kind: Certificate
metadata: {name: web}
spec:
  privateKey:
    algorithm: ECDSA
    size: 384
---
apiVersion: v1
kind: List
items:
  - apiVersion: cert-manager.io/v1
    kind: Certificate
    metadata: {name: old}
    spec: {secretName: x}
"""
INGRESS = """apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: web
  annotations:
    nginx.ingress.kubernetes.io/ssl-ciphers: "ECDHE-RSA-AES128-GCM-SHA256:!MD5"
    cert-manager.io/private-key-algorithm: RSA
    cert-manager.io/private-key-size: "4096"
spec:
  tls: [{hosts: [a.example.vn]}]
"""
CONFIG_MAP = """apiVersion: v1
kind: ConfigMap
metadata: {name: ingress-nginx-controller}
data:
  ssl-ecdh-curve: "X25519MLKEM768:X25519"
  ssl-protocols: "TLSv1.2 TLSv1.3"
"""


def test_certificates_are_given_keys_also_in_a_list_and_by_default() -> None:
    assert titles(CERTIFICATES) == ["cert-manager"]
    assert rows(CERTIFICATES) == [
        ("Certificate web", "algorithm", "ECDSA P-384", 6),
        ("Certificate old", "algorithm", "RSA 2048?", 12),
    ]
    assert states(CERTIFICATES)[1].state.value == "vulnerable"


def test_that_no_option_is_known_is_told() -> None:
    reasons = [reason.code for reason in states(CERTIFICATES)[1].reasons]
    assert reasons[-1] == "configuration_no_option"


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("{algorithm: RSA, size: 4096}", "RSA 4096"),
        ("{algorithm: RSA}", "RSA 2048?"),
        ("{algorithm: ECDSA, size: 521}", "ECDSA P-521"),
        ("{algorithm: ECDSA}", "ECDSA P-256?"),
        ("{algorithm: Ed25519}", "Ed25519"),
        ("{algorithm: *a}", "*"),
        ("{algorithm: SomethingNew}", "*"),
        ("{rotationPolicy: Always}", "RSA 2048?"),
    ],
)
def test_kinds_of_keys(key: str, expected: str) -> None:
    text = f"x: &a b\napiVersion: cert-manager.io/v1\nkind: Certificate\nspec: {{privateKey: {key}}}\n"
    assert [name for _, _, name, _ in rows(text)] == [expected]


def test_an_ingress_leaves_groups_to_its_controller() -> None:
    assert titles(INGRESS) == ["cert-manager", "Kubernetes"]
    assert rows(INGRESS, Subject.ALGORITHM) == [("annotations web", "algorithm", "RSA 4096", 7)]
    assert rows(INGRESS, Subject.CIPHER_SUITE) == [("Ingress web", "cipher_suite", "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", 6)]
    assert groups(INGRESS) == ["*"]
    reason = states(INGRESS)[0].reasons[0]
    assert (reason.code, dict(reason.parameters)["product"]) == ("configuration_default_decides", "Kubernetes")


def test_the_config_map_of_a_controller_sets_them() -> None:
    assert groups(CONFIG_MAP) == ["X25519MLKEM768", "x25519"]
    assert versions(CONFIG_MAP) == ["TLS1.2", "TLS1.3"]
    assert state(CONFIG_MAP) == "default"


def test_gateways_are_told_by_listener() -> None:
    text = (
        "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nspec:\n  listeners:\n"
        "  - {name: plain, protocol: HTTP}\n  - {name: web, protocol: HTTPS}\n"
    )
    assert rows(text) == [("listener web", "named_group", "*", 6)]


def test_istio_bounds_versions_on_both_sides() -> None:
    text = (
        "apiVersion: networking.istio.io/v1\nkind: Gateway\nspec:\n  servers:\n  - port: {name: https}\n"
        "    tls: {minProtocolVersion: TLSV1_2, maxProtocolVersion: TLSV1_2, cipherSuites: [ECDHE-RSA-AES128-GCM-SHA256]}\n"
    )
    assert versions(text) == ["TLS1.2"]
    assert state(text) == "vulnerable"


def test_a_mesh_sets_its_groups() -> None:
    text = "meshConfig:\n  tlsDefaults:\n    ecdhCurves: [P-256, X25519MLKEM768]\n"
    assert groups(text, "tlsDefaults") == ["secp256r1", "X25519MLKEM768"]
    assert state(text) == "capable"


MESH = """apiVersion: v1
kind: ConfigMap
metadata: {name: istio}
data:
  mesh: |-
    # of the mesh

    meshMTLS:
      minProtocolVersion: TLSV1_3
      ecdhCurves: [X25519MLKEM768]
    tlsDefaults:
      ecdhCurves:
      - P-256
      cipherSuites: [ECDHE-RSA-AES256-GCM-SHA384]
  meshNetworks: 'networks: {}'
"""


def test_a_mesh_is_read_within_a_config_map_with_the_lines_of_the_file() -> None:
    assert rows(MESH) == [
        ("tlsDefaults", "named_group", "secp256r1", 13),
        ("tlsDefaults", "cipher_suite", "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", 14),
        ("meshMTLS", "protocol_version", "TLS1.3", 9),
        ("meshMTLS", "named_group", "*", 10),  # It does not respect them.
    ]


@pytest.mark.parametrize(
    "text",
    [
        'kind: ConfigMap\ndata:\n  mesh: "tlsDefaults:\\n  ecdhCurves: [P-256]"\n',
        '{"kind":"List","items":[\n{"kind":"ConfigMap","data":{\n"mesh":"tlsDefaults: {ecdhCurves: [P-256]}"}}]}',
        "kind: ConfigMap\ndata:\n  mesh: >-\n    tlsDefaults:\n    {ecdhCurves: [P-256]}\n",
    ],
    ids=["quoted", "json-list", "folded"],
)
def test_what_stands_in_another_kind_of_text_has_the_line_of_its_name(text: str) -> None:
    assert rows(text) == [("tlsDefaults", "named_group", "secp256r1", 3)]


@pytest.mark.parametrize(
    "text",
    [
        MESH.replace("ConfigMap", "Secret"),
        MESH.replace("  mesh:", "  notes:"),
        MESH.replace("    tlsDefaults", "   : {tlsDefaults"),
        f"kind: ConfigMap\ndata:\n  mesh: 'tlsDefaults: {'[' * 900}'\n",
    ],
    ids=["kind", "name", "no-yaml", "too-deep"],
)
def test_other_texts_are_texts(text: str) -> None:
    assert is_nothing(text)


@pytest.mark.parametrize(
    ("text", "part", "line"),
    [
        (
            "apiVersion: networking.istio.io/v1\nkind: Gateway\nspec:\n  servers:\n  - port: {name: web}\n    tls:\n"
            "      mode: {}\n",
            "server web",
            7,
        ),
        (
            "apiVersion: gateway.networking.k8s.io/v1\nkind: Gateway\nspec:\n  listeners:\n  - name: web\n    protocol: TLS\n"
            "    tls: {mode: {}}\n",
            "listener web",
            7,
        ),
    ],
    ids=["istio", "gateway-api"],
)
def test_a_listener_that_passes_tls_on_agrees_on_no_keys(text: str, part: str, line: int) -> None:
    through = "PASSTHROUGH" if "istio" in text else "Passthrough"
    found = text.replace("mode: {}", f"mode: {through}")
    assert rows(found) == [(part, "named_group", "*", line)]
    (one,) = (one for one in facts(found).observations if one.subject is Subject.NAMED_GROUP)
    assert dict(one.parameters)["reason"] == "configuration_passes_on"
    assert [each.state.value for each in states(found)] == ["none", "none"]
    ends = text.replace("mode: {}", "mode: SIMPLE" if "istio" in text else "mode: Terminate")
    assert state(ends) == "unknown"


def test_options_of_traefik_in_a_cluster() -> None:
    text = "apiVersion: traefik.io/v1alpha1\nkind: TLSOption\nmetadata: {name: a}\nspec:\n  curvePreferences: [CurveP384]\n"
    assert rows(text) == [("TLSOption a", "named_group", "secp384r1", 5)]


def test_json_says_the_same() -> None:
    text = '{"apiVersion":"cert-manager.io/v1","kind":"Certificate",\n"spec":{"privateKey":\n{"algorithm":"Ed25519"}}}'
    assert rows(text) == [("Certificate", "algorithm", "Ed25519", 3)]


def test_what_a_template_fills_in_is_left_open() -> None:
    text = "apiVersion: cert-manager.io/v1\nkind: Certificate\nspec:\n  privateKey:\n    algorithm: {{ .Values.algorithm }}\n"
    assert rows(text) == [("Certificate", "algorithm", "*", 5)]


@pytest.mark.parametrize(
    "text",
    [
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: certificates.cert-manager.io/x}\n",
        "apiVersion: example.com/v1 # cert-manager.io/\nkind: Certificate\nspec: {privateKey: {algorithm: RSA}}\n",
        "apiVersion: networking.k8s.io/v1\nkind: Ingress\nspec: {rules: []}\n",
        "controller:\n  annotations: cert-manager.io/\n  algorithm: RSA\n",
        "See https://cert-manager.io/docs: set\n  kind: Certificate\n",
    ],
)
def test_definitions_files_of_others_and_prose_are_none(text: str) -> None:
    assert is_nothing(text)


def test_one_entry_of_many_does_not_hide_the_others() -> None:
    text = "---\n".join(CERTIFICATES for _ in range(50))
    assert len(facts(text).observations) == 101


TRAFFIC = """apiVersion: gateway.envoyproxy.io/v1alpha1
kind: ClientTrafficPolicy
metadata: {name: web}
spec:
  tls:
    minVersion: "1.3"
    ecdhCurves: [X25519MLKEM768]
"""


def test_the_policy_of_envoy_gateway_sets_groups_and_versions() -> None:
    assert (groups(TRAFFIC), versions(TRAFFIC), state(TRAFFIC)) == (["X25519MLKEM768"], ["TLS1.3"], "exclusive")
    assert groups(TRAFFIC.replace("    ecdhCurves: [X25519MLKEM768]\n", "")) == ["*"]
