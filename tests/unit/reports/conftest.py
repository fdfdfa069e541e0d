"""The sample inventory of tests/golden, for tests of the reports."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from pqscan.report import AssessedInventory


def load_sample() -> ModuleType:
    path = Path(__file__).resolve().parents[2] / "golden" / "sample.py"
    spec = importlib.util.spec_from_file_location("golden_sample", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def sample_module() -> ModuleType:
    return load_sample()


@pytest.fixture(scope="session")
def inventory(sample_module: ModuleType) -> AssessedInventory:
    made: AssessedInventory = sample_module.sample()
    return made
