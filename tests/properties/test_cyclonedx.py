"""Whatever a probe may have kept, the CycloneDX document is valid, and no private value is in it.

Attacks pqscan_reports.cyclonedx."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pqscan_reports.cyclonedx import CycloneDxReport
from pqscan_reports.sarif import SarifReport

from pqscan.model.canonical import canonical
from pqscan.model.inventory import Coverage, Sighting
from pqscan.model.observation import Confidence, Observation, Profile, Subject, Support, Usage, Where
from pqscan.model.outcome import OutcomeStatus
from pqscan.model.reason import Reason
from pqscan.model.target import FileTarget, NetworkTarget, Target
from pqscan.policy.state import Assessment, State
from pqscan.registry.quantum import QuantumClass
from pqscan.report import AssessedInventory, AssessedTarget, ReportOptions

SEEN = datetime(2026, 11, 20, tzinfo=UTC)
VALIDATORS = {"1.6": JsonStrictValidator(SchemaVersion.V1_6), "1.7": JsonStrictValidator(SchemaVersion.V1_7)}
KNOWN = ["RSA", "ML-KEM-768", "X25519", "0x11ec", "0x1301", "dh:2048", "20/256", "14", "*", "aes256-cbc", "secp256r1", "TLS1.3"]
WORDS = st.text(max_size=12) | st.sampled_from([*KNOWN, "IKEv2", "key_establishment", "1.2.840.113549.1.1.1"])
NUMBERS = st.integers(0, 1 << 53)
PARAMETERS = st.dictionaries(
    st.sampled_from(["size_bits", "parameter", "hash", "locked_by", "kdf", "iterations", "form", "version", "brings", "key_bits"]),
    NUMBERS | WORDS,
    max_size=4,
)


@st.composite
def observations(draw: st.DrawFn) -> Observation:
    where = draw(st.none() | st.builds(Where, line=st.none() | NUMBERS, offset=st.none() | NUMBERS, symbol=st.none() | WORDS))
    return Observation(
        draw(st.sampled_from(Subject)),
        draw(WORDS),
        draw(st.sampled_from(Support)),
        context=draw(st.none() | WORDS),
        name=draw(st.none() | WORDS),
        candidates=tuple(draw(st.lists(WORDS, max_size=2))),
        quantum_class=draw(st.sampled_from(QuantumClass)),
        usage=draw(st.sampled_from(Usage)),
        confidence=draw(st.sampled_from(Confidence)),
        components=tuple(draw(st.lists(WORDS, max_size=3))),
        parameters=tuple(sorted(draw(PARAMETERS).items())),
        where=where,
    )


NAMES = st.binary(min_size=1, max_size=12).map(lambda octets: octets.decode("utf-8", "surrogateescape"))
PATHS = st.text(min_size=1, max_size=20) | NAMES
TARGETS = st.builds(FileTarget, PATHS, PATHS, st.lists(PATHS, max_size=2).map(tuple)) | st.builds(
    NetworkTarget, st.just("192.0.2.1"), st.integers(0, 65535), st.none() | WORDS
)


def inventory_of(rows: list[tuple[Target, str, list[Observation], bool, OutcomeStatus]]) -> AssessedInventory:
    profiles: dict[bytes, Profile] = {}
    targets: list[AssessedTarget] = []
    alone = {(repr(row[0]), row[1]): row for row in rows}  # Once each, what is of one target together, as the store gives them.
    for target, probe, found, is_whole, status in (alone[key] for key in sorted(alone)):
        profile = canonical(Profile(probe, "inventory", "", is_whole, tuple(dict.fromkeys(found))))
        profiles[profile.digest] = profile
        sighting = Sighting(target, probe, "run", status, Reason.of("x"), 1, 0.0, SEEN, SEEN, profile.digest)
        unknown = Assessment(State.UNKNOWN, (Reason.of("x"),))
        targets.append(AssessedTarget(sighting, unknown, unknown))
    return AssessedInventory(date(2026, 11, 22), SEEN, (), (), profiles, {}, lambda: iter(targets), (), Coverage(len(rows), {}), {})


ROWS = st.lists(
    st.tuples(
        TARGETS,
        st.sampled_from(["tls", "ssh", "ike", "dns", "quic", "source_file", "private_key_file", "binary_file", "cbom"]),
        st.lists(observations(), max_size=5),
        st.booleans(),
        st.sampled_from(OutcomeStatus),
    ),
    max_size=3,
)


@pytest.mark.parametrize("version", VALIDATORS)
@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=ROWS, with_assets=st.booleans())
def test_whatever_was_kept_the_document_is_valid(
    version: str, rows: list[tuple[Target, str, list[Observation], bool, OutcomeStatus]], with_assets: bool
) -> None:
    out = io.BytesIO()
    options = ReportOptions("en", spec_version=version, with_crypto_assets=with_assets)
    CycloneDxReport().write(inventory_of(rows), options, out)
    assert VALIDATORS[version].validate_str(out.getvalue().decode("utf-8")) is None
    document = json.loads(out.getvalue())
    references = [each["bom-ref"] for each in document["components"]]
    assert len(references) == len(set(references))


@settings(max_examples=20, deadline=None)
@given(rows=ROWS)
def test_whatever_was_kept_the_log_is_json(rows: list[tuple[Target, str, list[Observation], bool, OutcomeStatus]]) -> None:
    out = io.BytesIO()
    SarifReport().write(replace(inventory_of(rows)), ReportOptions("en", root="/a"), out)
    assert json.loads(out.getvalue())["version"] == "2.1.0"
