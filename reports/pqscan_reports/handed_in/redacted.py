"""The redacted edition as JSON (`pqscan-redacted/1`) and as CSV: counts by closed words, the small ones merged.

Nothing is copied from an inventory: no host, address, name, path, serial, fingerprint, subject, issuer, site, machine or person. It
holds no digest of the full edition either; the full edition holds that of the redacted one, where both are sealed together."""

from __future__ import annotations

import csv
import io
from typing import BinaryIO

from pqscan.locale import translator
from pqscan.readiness.foreign_json import Json, canonical
from pqscan.readiness.redaction import FORMAT, LEAST, own_policies, public_tables
from pqscan.report import AssessedInventory, ReportOptions
from pqscan_reports.handed_in.rows import Content, algorithms, is_shipped


class RedactedJsonReport:
    """`pqscan report json --edition redacted`."""

    name = "json"

    def write(self, inventory: AssessedInventory, options: ReportOptions, out: BinaryIO) -> None:
        content = Content.of(inventory, is_redacted=True)
        period = content.view.period
        policies: list[Json] = [
            {"id": policy.id, "edition": policy.edition, "status": policy.status.value}
            for policy in sorted(inventory.policies, key=lambda policy: policy.id)
            if is_shipped(policy)
        ]
        tables: dict[str, Json] = {table.name: table.document() for table in public_tables(content.figures)}
        used: list[Json] = [
            {"name": str(name), "used_for": str(used_for), "targets": int(count)}
            for name, used_for, _class, count in algorithms(content, translator("en")).rows
        ]
        document: dict[str, Json] = {
            "format": FORMAT,
            "as_of": inventory.as_of.isoformat(),
            "period": None if period is None else {"start": period.start.isoformat(), "end": period.end.isoformat()},
            "least_count": LEAST,
            "policies": policies,
            "own_policies": own_policies(content.figures),
            "tables": tables,
            "algorithms": used,
        }
        out.write(canonical(document) + b"\n")


class RedactedCsvReport:
    """`pqscan report csv --edition redacted`: table, category, count; an empty category is the whole, an empty count too small."""

    name = "csv"

    def write(self, inventory: AssessedInventory, options: ReportOptions, out: BinaryIO) -> None:
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=";" if options.excel else ",", lineterminator="\r\n" if options.excel else "\n")
        writer.writerow(("table", "category", "count"))
        for table in public_tables(Content.of(inventory, is_redacted=True).figures):
            writer.writerow((table.name, "", "" if table.total is None else table.total))
            writer.writerows((table.name, category, count) for category, count in table.rows)
            if table.others:
                writer.writerow((table.name, "others", table.others))
        out.write((b"\xef\xbb\xbf" if options.excel else b"") + text.getvalue().encode("utf-8"))
