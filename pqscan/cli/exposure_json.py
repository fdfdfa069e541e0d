"""The list of what comes first as JSON: every place with its targets, X, Y and Z with their sources, and the sentences."""

from __future__ import annotations

from pqscan_reports.json_inventory import target_json

from pqscan.app.exposing import ExposureList, Place
from pqscan.cli.out import Json
from pqscan.locale import Translator
from pqscan.model.reason import Reason
from pqscan.readiness.exposure import Exposure, Term
from pqscan.readiness.figures import FORMULA, Dimension
from pqscan.readiness.reach import Reach


def exposure_json(found: ExposureList, say: Translator) -> Json:
    """One document."""
    figures: list[Json] = [
        {
            "purpose": figure.purpose.value,
            "dimension": figure.dimension.value,
            "value": figure.value or None,
            "whole": figure.whole,
            "counts": {category.value: count for category, count in sorted(figure.counts.items())},
        }
        for purpose in found.counts
        for dimension in Dimension
        for figure in found.estate.figures(purpose, dimension)
    ]
    return {
        "as_of": found.as_of.isoformat(),
        "quantum_year": found.settings.quantum_year,
        "migration_years": {asset.value: years for asset, years in sorted(found.settings.migration_years.items())},
        "targets": found.targets,
        "without_system": found.without_system,
        "out_of_scope": found.out_of_scope,
        "counts": {
            purpose.value: {kind.value: number for kind, number in sorted(kinds.items())} for purpose, kinds in found.counts.items()
        },
        "outliving_certificates": [each.sha256.hex() for each in found.outliving],
        "formula": _reason(FORMULA, say),
        "figures": figures,
        "places": [_place(place, say) for place in found.places],
        "sensitivity": {
            "years": list(found.shift_years),
            "shifts": [
                {
                    "target": target_json(shift.item.target),
                    "probe": shift.item.probe,
                    "purpose": shift.item.exposure.purpose.value,
                    "places": list(shift.places),
                    "kinds": [kind.value for kind in shift.kinds],
                }
                for shift in found.shifts
            ],
        },
    }


def _place(place: Place, say: Translator) -> Json:
    item = place.item
    pressed = item.pressure
    return {
        "first": place.first,
        "last": place.last,
        "system": item.system,
        "exposure": _exposure(item.exposure, say),
        "policy": {
            "standing": pressed.standing.value,
            "days": pressed.days,
            "policy": pressed.policy or None,
            "rule": pressed.rule or None,
            "due": None if pressed.due is None else pressed.due.isoformat(),
        },
        "reach": _reach(item.reach),
        "fixer": None
        if place.fix is None
        else {"fixer": place.fix.fixer.value, "who": place.fix.who or None, "reason": _reason(place.fix.reason, say)},
        "why": _reason(place.rows[-1].why, say),
        "targets": [{"target": target_json(row.item.target), "probe": row.item.probe} for row in place.rows],
    }


def _exposure(found: Exposure, say: Translator) -> Json:
    return {
        "purpose": found.purpose.value,
        "state": None if found.state is None else found.state.value,
        "kind": found.kind.value,
        "months": found.months,
        "x": _term(found.shelf, say),
        "y": _term(found.migration, say),
        "z": _term(found.quantum, say),
        "reasons": [_reason(reason, say) for reason in found.reasons],
    }


def _term(term: Term, say: Translator) -> Json:
    return {"months": term.months, "source": term.source, "text": say.phrase(term.source), "reference": term.reference or None}


def _reach(found: Reach) -> Json:
    return {
        "certificate": found.certificate,
        "key": found.key,
        "authority": found.authority,
        "profile": found.profile,
        "systems": found.systems,
    }


def _reason(reason: Reason, say: Translator) -> Json:
    return {"code": reason.code, "parameters": dict(reason.parameters), "text": say.render(reason)}
