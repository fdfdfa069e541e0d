"""Every row of every registry, as if a server had shown it: valid by CycloneDX's own schema, and nothing wrong by our own lint."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from cyclonedx.validation.json import JsonStrictValidator
from pqscan_reports.cyclonedx.observed import assets_of

from pqscan.app.cbom.document import read_cbom
from pqscan.app.cbom.lint import lint
from pqscan.app.cbom.problem import Severity
from pqscan.model.canonical import canonical
from pqscan.model.observation import Observation, Profile, Subject, Support, Usage
from pqscan.policy.state import State
from pqscan.registry import tls
from pqscan.registry.dns import dnssec_algorithms
from pqscan.registry.ike import IkeKind, ike_numbers
from pqscan.registry.oids import object_identifiers
from pqscan.registry.quantum import QuantumClass
from pqscan.registry.ssh import SshKind, ssh_algorithms
from pqscan.registry.table import VERSIONS as VERSIONS_OF_TLS
from pqscan.report import AssessedInventory
from tests.golden.pieces import judged, sighting, web
from tests.unit.reports.test_cyclonedx import VERSIONS, named, parts, written

_SSH = {
    SshKind.KEY_EXCHANGE: Subject.KEX_METHOD,
    SshKind.HOST_KEY: Subject.HOST_KEY,
    SshKind.CIPHER: Subject.ENCRYPTION,
    SshKind.MAC: Subject.MAC,
    SshKind.COMPRESSION: Subject.COMPRESSION,
}
_IKE = {
    IkeKind.ENCRYPTION: Subject.IKE_ENCRYPTION,
    IkeKind.PRF: Subject.IKE_PRF,
    IkeKind.INTEGRITY: Subject.IKE_INTEGRITY,
    IkeKind.KEY_EXCHANGE: Subject.IKE_KEY_EXCHANGE,
}


def shown(
    subject: Subject, value: str, name: str | None, quantum: QuantumClass, context: str | None = None, **more: Any
) -> Observation:
    return Observation(subject, value, Support.ACCEPTED, context=context, name=name, quantum_class=quantum, **more)


def version(label: str) -> Observation:
    return shown(Subject.PROTOCOL_VERSION, label, None, QuantumClass.NOT_PUBLIC_KEY)


def tls_rows() -> list[Observation]:
    """Each value once, in a version that has it."""
    found = [version(label) for label in VERSIONS_OF_TLS]
    for group in {row.value: tls.named_group(row.value) for row in tls.named_groups()}.values():
        row = group.rows[0]
        found.append(
            shown(Subject.NAMED_GROUP, group.text, group.name, row.quantum_class, row.maximum_version, candidates=group.candidates)
        )
    for scheme in {row.value: tls.signature_scheme(row.value) for row in tls.signature_schemes()}.values():
        quantum = scheme.rows[0].quantum_class
        found.append(shown(Subject.SIGNATURE_SCHEME, scheme.text, scheme.name, quantum, "TLS1.2", candidates=scheme.candidates))
    for suite in {row.value: tls.cipher_suite(row.value) for row in tls.cipher_suites()}.values():
        one = suite.rows[0]
        found.append(
            shown(Subject.CIPHER_SUITE, suite.text, suite.name, one.quantum_class, one.maximum_version, candidates=suite.candidates)
        )
    return found


def ssh_rows() -> list[Observation]:
    own = [row for row in ssh_algorithms() if row.kind in _SSH]
    told = [shown(_SSH[row.kind], row.name, row.name, row.quantum_class, components=row.components) for row in own]
    return [version("SSH-2.0"), *told]


def ike_rows() -> list[Observation]:
    found = [version("IKEv2")]
    for row in ike_numbers():
        if row.version == 2 and row.kind in _IKE:
            for bits in row.key_bits or (None,):
                value = str(row.value) if bits is None else f"{row.value}/{bits}"
                stated = () if bits is None else (("key_bits", bits),)
                found.append(
                    shown(_IKE[row.kind], value, row.name, row.quantum_class, "IKEv2", components=row.components, parameters=stated)
                )
    return found


def oid_rows() -> list[Observation]:
    return [
        shown(Subject.CERTIFICATE_SIGNATURE, row.oid, row.name, row.quantum_class, components=row.components, usage=Usage.PRESENT)
        for row in object_identifiers()
        if "signature" in row.kind
    ]


def dns_rows() -> list[Observation]:
    of_keys = Subject.DNSSEC_ALGORITHM
    return [shown(of_keys, str(row.value), row.name, QuantumClass.TRADITIONAL, "ksk") for row in dnssec_algorithms()]


ROWS = {"tls": tls_rows, "ssh": ssh_rows, "ike": ike_rows, "dns": dns_rows, "other": oid_rows}


@pytest.fixture(scope="module")
def everything(inventory: AssessedInventory) -> AssessedInventory:
    profiles = [canonical(Profile(probe, "inventory", "", True, tuple(dict.fromkeys(rows())))) for probe, rows in ROWS.items()]
    rows = [
        judged(replace(sighting(web(f"192.0.2.{n}"), profile), probe=profile.probe), State.VULNERABLE, State.VULNERABLE)
        for n, profile in enumerate(profiles, 1)
    ]
    return replace(inventory, profiles={each.digest: each for each in profiles}, certificates={}, targets=lambda: iter(rows))


@pytest.mark.parametrize("spec", VERSIONS)
def test_whatever_a_server_may_show_is_valid(everything: AssessedInventory, spec: str) -> None:
    text = written(everything, spec)
    assert JsonStrictValidator(VERSIONS[spec]).validate_str(text.decode()) is None
    wrong = [each for each in lint(read_cbom(text)).problems if each.severity is not Severity.NOTE]
    assert wrong == []


@pytest.mark.parametrize("probe", ROWS)
def test_no_class_is_lost_on_the_way(probe: str) -> None:
    for o in ROWS[probe]():
        assets = assets_of(o)
        if o.quantum_class in (QuantumClass.PQT_HYBRID, QuantumClass.POST_QUANTUM) and o.subject is not Subject.CIPHER_SUITE:
            assert [each.quantum_class for each in assets] == [o.quantum_class], o
        if o.quantum_class is QuantumClass.TRADITIONAL and o.subject is not Subject.CIPHER_SUITE:
            assert {each.quantum_class for each in assets} <= {QuantumClass.TRADITIONAL}, o


def test_ike_tells_its_transforms_in_the_way_of_each_version(everything: AssessedInventory) -> None:
    old, new = (named(parts(everything, spec), "IKEv2")["cryptoProperties"]["protocolProperties"] for spec in VERSIONS)
    assert old["type"] == "ike"
    assert all(isinstance(ref, str) for ref in old["ikev2TransformTypes"]["ke"])
    aes = [row for row in new["ikev2TransformTypes"]["encr"] if row["name"] == "ENCR_AES_GCM_16"]
    assert [row["keyLength"] for row in aes] == [128, 192, 256]
    (agreed,) = (row["algorithm"] for row in new["ikev2TransformTypes"]["ke"] if row["group"] == 36)
    (mlkem,) = (each for each in parts(everything, "1.7")["components"] if each["bom-ref"] == agreed)
    assert (mlkem["name"], mlkem["cryptoProperties"]["oid"]) == ("ML-KEM-768", "2.16.840.1.101.3.4.4.2")


def test_names_of_ssh_stand_with_what_they_mean(everything: AssessedInventory) -> None:
    document = parts(everything)
    names = {each["bom-ref"]: each["name"] for each in document["components"]}
    told = next(
        each["cryptoProperties"]["protocolProperties"]
        for each in document["components"]
        if each.get("cryptoProperties", {}).get("protocolProperties", {}).get("type") == "ssh"
    )
    suites = {row["name"]: [names[ref] for ref in row["algorithms"]] for row in told["cipherSuites"]}
    assert suites["mlkem768x25519-sha256"] == ["mlkem768x25519-sha256"]
    assert suites["aes256-gcm@openssh.com"] == ["AES-256-GCM"]
    assert suites["hmac-sha2-256"] == ["HMAC-SHA-256"]
