"""The probes of a scan of the network, as its router knows them. Importable, so that other processes can be sent it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial

from pqscan_probes.ike import IkeProbe, IkeSettings
from pqscan_probes.kerberos import KerberosProbe, KerberosSettings
from pqscan_probes.openvpn import OpenVpnProbe
from pqscan_probes.smb import SmbProbe, SmbSettings
from pqscan_probes.snmp import SnmpProbe, SnmpSettings
from pqscan_probes.ssh import SshProbe, SshSettings
from pqscan_probes.tls import DtlsProbe, QuicProbe, TlsProbe, TlsSettings
from pqscan_probes.wireguard import WireGuardProbe

from pqscan.app.net_scan import NetScan
from pqscan.errors import UsageError, WorkError
from pqscan.probe import NetworkProbe
from pqscan.scan.names import shown
from pqscan.scan.router import MOST_KNOCKS, Router

_FEW_KNOCKS = 3  # of the quick profile: what harms least

MOST_GETS = 4
"""Connections that HTTPS costs beside those of TLS, and beside the paths that the user names."""


def every_probe(tls: TlsSettings) -> Router:
    """One of each, as deep as the TLS probe. `tls.client` names a TLS client; SSH servers are asked as the pinned one."""
    return _beside(TlsProbe(tls), tls)


def every_probe_with_http(tls: TlsSettings, paths: tuple[str, ...]) -> Router:
    """The same, where TLS is followed by what HTTPS says."""
    from pqscan_probes.http import HttpProbe

    return _beside(HttpProbe(TlsProbe(tls), paths), tls)


def _beside(first: NetworkProbe, tls: TlsSettings) -> Router:
    depth, keeps = tls.depth, tls.keep_evidence
    others: tuple[NetworkProbe, ...] = (
        SshProbe(SshSettings(depth, keep_evidence=keeps)),
        IkeProbe(IkeSettings(depth, keep_evidence=keeps)),
        SmbProbe(SmbSettings(depth, keep_evidence=keeps)),
        KerberosProbe(KerberosSettings(depth, keep_evidence=keeps)),
        SnmpProbe(SnmpSettings(depth, keep_evidence=keeps)),
        OpenVpnProbe(TlsProbe(replace(tls, depth="quick"))),
        WireGuardProbe(),
        QuicProbe(tls),
        DtlsProbe(tls),
    )
    return Router((first, *others), _FEW_KNOCKS if depth == "quick" else MOST_KNOCKS)


def zone_probe(depth: str, names: tuple[str, ...], selectors: tuple[str, ...], keep_evidence: bool) -> Router:
    """The probe of zones alone: what answers about a zone is asked nothing else."""
    from pqscan_probes.dns import DnsProbe, DnsSettings

    return Router((DnsProbe(DnsSettings(depth, names, selectors, keep_evidence)),))


def router_for(request: NetScan, tls: TlsSettings) -> Callable[[], Router]:
    """What makes the router of a scan, in each of its processes. Raises WorkError where zones are asked for and cannot be."""
    if request.http:
        return partial(every_probe_with_http, tls, request.http_paths)
    if not request.zones:
        return partial(every_probe, tls)
    require_dnspython()
    return partial(zone_probe, request.profile, request.zone_names, request.selectors, request.keep_evidence)


def check_http(request: NetScan) -> None:
    """Raises UsageError for paths that cannot be asked for."""
    if not request.http_paths:
        return
    from pqscan_probes.http.paths import MOST_PATHS, is_path

    if not request.http:
        raise UsageError("--http-path goes with --http: give both, or neither")
    if len(request.http_paths) > MOST_PATHS:
        raise UsageError(f"{len(request.http_paths)} paths are given, and at most {MOST_PATHS} are asked for")
    for path in request.http_paths:
        if not is_path(path):
            raise UsageError(f"{shown(path)} is no path: it begins with / and is ASCII without blanks")


def require_dnspython() -> None:
    """Raises WorkError, in one sentence, where messages of the DNS cannot be written and read here."""
    from pqscan_probes.dns.message import is_available

    if not is_available():
        raise WorkError("asking about zones needs dnspython: install pqscan with [net]; nothing was sent")
