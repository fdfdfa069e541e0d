"""The probes of a scan of the network, as its router knows them. Importable, so that other processes can be sent it."""

from __future__ import annotations

from pqscan_probes.ike import IkeProbe, IkeSettings
from pqscan_probes.ssh import SshProbe, SshSettings
from pqscan_probes.tls import TlsProbe, TlsSettings

from pqscan.scan.router import MOST_KNOCKS, Router

_FEW_KNOCKS = 3  # of the quick profile: what harms least


def every_probe(tls: TlsSettings) -> Router:
    """One of each, as deep as the TLS probe. `tls.client` names a TLS client; SSH servers are asked as the pinned one."""
    ssh = SshProbe(SshSettings(tls.depth, keep_evidence=tls.keep_evidence))
    ike = IkeProbe(IkeSettings(tls.depth, keep_evidence=tls.keep_evidence))
    return Router((TlsProbe(tls), ssh, ike), _FEW_KNOCKS if tls.depth == "quick" else MOST_KNOCKS)
