"""What every worker process needs before its first hello: modules and the registry's tables, loaded by being imported.

Workers are forked from a process that has imported this once, so that they share it instead of each reading it anew.
"""

from __future__ import annotations

import gc

from pqscan_probes.tls import TlsProbe

from pqscan.registry import universe
from pqscan.scan import workers  # noqa: F401

TlsProbe()  # The clients' hellos.
universe.registry_edition()
for _depth in ("quick", "inventory"):
    universe.edition_asked(_depth)
    universe.groups_asked(_depth, "TLS1.3")
    universe.cipher_suites_asked(_depth, "TLS1.2")
    universe.signature_schemes_asked(_depth, "TLS1.3")
gc.freeze()  # No worker's collection touches these pages, so that they stay shared.
