"""All kinds of records of the register, each with its sheet, in the order in which they refer to each other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pqscan.readiness.budget import BUDGET_SHEET
from pqscan.readiness.classification import CLASSIFICATION_SHEET
from pqscan.readiness.connection import CONNECTION_SHEET
from pqscan.readiness.legal_basis import LEGAL_BASIS_SHEET
from pqscan.readiness.product import PRODUCT_SHEET
from pqscan.readiness.sheet import Sheet
from pqscan.readiness.system_sheet import SYSTEM_SHEET
from pqscan.readiness.tagged import TAGGED_SHEET
from pqscan.readiness.task import TASK_SHEET
from pqscan.readiness.training import TRAINING_SHEET
from pqscan.readiness.unit_sheet import HEAD_SHEET, UNIT_SHEET

SHEETS: Mapping[str, Sheet[Any]] = {  # Any: each has records of its own.
    sheet.kind: sheet
    for sheet in (
        UNIT_SHEET,
        HEAD_SHEET,
        SYSTEM_SHEET,
        PRODUCT_SHEET,
        BUDGET_SHEET,
        TRAINING_SHEET,
        LEGAL_BASIS_SHEET,
        TASK_SHEET,
        CONNECTION_SHEET,
        CLASSIFICATION_SHEET,
        TAGGED_SHEET,
    )
}
