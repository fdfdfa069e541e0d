"""What one answering place costs, by what is asked there: as the documentation of each probe states it, for `--print-plan`."""

from __future__ import annotations

from dataclasses import replace

from pqscan.app.net_scan import NetScan
from pqscan.app.probes import MOST_GETS
from pqscan.model.target import Transport
from pqscan.registry import services
from pqscan.scan.plan import ProbeCost
from pqscan.scan.ports import Port

_ZONE = ProbeCost(2, 4_000, 30_000, 2.0)  # Some forty questions to a resolver that has to ask others.
_ZONE_OVER_UDP = replace(_ZONE, datagrams=45, unanswered=2)

_TLS = {  # Of one rich endpoint: stock OpenSSL with every suite of its default list, TLS 1.2 and 1.3, two certificates.
    "quick": ProbeCost(3, 5_000, 9_000, 0.1),
    "inventory": ProbeCost(50, 45_000, 90_000, 1.5),
    "exhaustive": ProbeCost(160, 150_000, 250_000, 4.0),
}

_IKE = ProbeCost(4, 40_000, 20_000, 8.0, datagrams=96, unanswered=6)
_QUIC = ProbeCost(12, 48_000, 60_000, 2.0, datagrams=45, unanswered=4)
_KERBEROS = ProbeCost(15, 4_500, 12_000, 1.0, datagrams=15, unanswered=2)
_SNMP = ProbeCost(1, 100, 200, 0.1, datagrams=1, unanswered=2)
_OPENVPN = ProbeCost(6, 12_000, 20_000, 4.0, datagrams=60, unanswered=2)
_NOTHING = ProbeCost(0, 0, 0, 0.0)  # WireGuard is sent nothing.

_OVER_UDP = {  # Probe by probe: quick, then what is asked beyond it.
    "ike": (ProbeCost(1, 3_000, 2_000, 0.5, datagrams=6, unanswered=6), _IKE, _IKE),
    "quic": (
        ProbeCost(1, 3_600, 6_000, 0.1, datagrams=4, unanswered=4),
        _QUIC,
        ProbeCost(40, 160_000, 200_000, 6.0, datagrams=150, unanswered=4),
    ),
    "kerberos": (ProbeCost(1, 300, 800, 0.1, datagrams=1, unanswered=2), _KERBEROS, _KERBEROS),
    "snmp": (_SNMP, _SNMP, _SNMP),
    "openvpn": (_OPENVPN, _OPENVPN, _OPENVPN),
    "wireguard": (_NOTHING, _NOTHING, _NOTHING),
}
_DEPTHS = tuple(_TLS)


def cost_of(request: NetScan, port: Port) -> ProbeCost:
    """Over TCP as TLS, which most places speak and no other protocol is dearer than; over UDP as what is asked there."""
    if request.zones:
        return _ZONE_OVER_UDP if port.transport is Transport.UDP else _ZONE
    if port.transport is Transport.UDP:
        meant = services.protocol(port.service) if port.service else services.usual_protocol(port.number, port.transport.value)
        known = None if meant is None else _OVER_UDP.get(meant.probe)
        return (known or _OVER_UDP["quic"])[_DEPTHS.index(request.profile)]  # Of a protocol without a row: as much as TLS is.
    cost = _TLS[request.profile]
    return replace(cost, connections=cost.connections + MOST_GETS + len(request.http_paths)) if request.http else cost
