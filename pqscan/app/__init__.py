"""The Python interface of pqscan: what every command does, without a terminal.

    from pqscan import app

    with app.open_store("inventory.sqlite", create=True) as store:
        result = app.scan_net(app.NetScan(targets=("127.0.0.1",), ports="443"), store)
        inventory = app.assess(store)
        with open("report.html", "wb") as out:
            app.report(inventory, "html", out, language="en")

Nothing here prints or reads the command line. Errors are `PqscanError`: `UsageError` is the caller's doing, `WorkError` means
that the work cannot be done here. Parts are loaded when they are first used, so that importing this package costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pqscan.app.assessment import assess, choose_policies
    from pqscan.app.benchmarking import benchmark
    from pqscan.app.conforming import ConformanceRequest, conformance
    from pqscan.app.demonstration import Demonstration, demo
    from pqscan.app.difference import Difference, TargetChange, diff
    from pqscan.app.explanation import Explanation, explain
    from pqscan.app.files import scan_files
    from pqscan.app.gating import Gated, GateRequest, gate
    from pqscan.app.handshake_target import HandshakeRequest
    from pqscan.app.handshaking import HandshakeResult, handshake, loopback
    from pqscan.app.net_scan import NetScan
    from pqscan.app.place import default_store, open_store, unlock_store
    from pqscan.app.remedying import TargetRemedies, remedy
    from pqscan.app.reporting import REPORT_NAMES, report
    from pqscan.app.scanning import ScanResult, plan_net, resume_net, scan_net
    from pqscan.app.self_testing import self_test
    from pqscan.app.showing import Selection, show_algorithms, show_certificates, show_runs, show_targets

_PLACES = {
    "assessment": ("assess", "choose_policies"),
    "benchmarking": ("benchmark",),
    "conforming": ("ConformanceRequest", "conformance"),
    "demonstration": ("Demonstration", "demo"),
    "difference": ("Difference", "TargetChange", "diff"),
    "explanation": ("Explanation", "explain"),
    "files": ("scan_files",),
    "gating": ("GateRequest", "Gated", "gate"),
    "handshake_target": ("HandshakeRequest",),
    "handshaking": ("HandshakeResult", "handshake", "loopback"),
    "net_scan": ("NetScan",),
    "place": ("default_store", "open_store", "unlock_store"),
    "remedying": ("TargetRemedies", "remedy"),
    "reporting": ("REPORT_NAMES", "report"),
    "scanning": ("ScanResult", "plan_net", "resume_net", "scan_net"),
    "self_testing": ("self_test",),
    "showing": ("Selection", "show_algorithms", "show_certificates", "show_runs", "show_targets"),
}
_MODULES = {name: module for module, names in _PLACES.items() for name in names}

__all__ = [
    "REPORT_NAMES",
    "ConformanceRequest",
    "Demonstration",
    "Difference",
    "Explanation",
    "GateRequest",
    "Gated",
    "HandshakeRequest",
    "HandshakeResult",
    "NetScan",
    "ScanResult",
    "Selection",
    "TargetChange",
    "TargetRemedies",
    "assess",
    "benchmark",
    "choose_policies",
    "conformance",
    "default_store",
    "demo",
    "diff",
    "explain",
    "gate",
    "handshake",
    "loopback",
    "open_store",
    "plan_net",
    "remedy",
    "report",
    "resume_net",
    "scan_files",
    "scan_net",
    "self_test",
    "show_algorithms",
    "show_certificates",
    "show_runs",
    "show_targets",
    "unlock_store",
]


def __getattr__(name: str) -> object:
    if name not in _MODULES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_MODULES[name]}"), name)
